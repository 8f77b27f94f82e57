/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model of an experiment: its parameters, what depends on them, and its end. */
#include "experiment/experiment.h"

#include <errno.h>
#include <string.h>

static void when_free(struct experiment_when *when)
{
	free(when->terms);
}

static void place_free(struct experiment_place *place)
{
	free(place->file);
}

static void parameter_free(struct experiment_parameter *parameter)
{
	size_t i;

	for (i = 0; i < parameter->n_values; i++) {
		free(parameter->values[i].name);
		free(parameter->values[i].text);
	}
	free(parameter->values);
	free(parameter->name);
	free(parameter->description);
}

static void step_free(struct experiment_step *step)
{
	size_t i;

	for (i = 0; i < step->n_outputs; i++) {
		free(step->outputs[i].text);
		when_free(&step->outputs[i].when);
	}
	for (i = 0; i < step->n_facts; i++) {
		free(step->facts[i].name);
		free(step->facts[i].pattern);
	}
	free(step->outputs);
	free(step->facts);
	free(step->name);
	free(step->node);
	free(step->command);
	json_decref(step->words);
	free(step->save);
	when_free(&step->when);
	place_free(&step->place);
}

static void steps_free(struct experiment_step *steps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		step_free(&steps[i]);
	free(steps);
}

static void collect_free(struct experiment_collect *collect)
{
	free(collect->node);
	free(collect->path);
	free(collect->as);
	when_free(&collect->when);
	place_free(&collect->place);
}

static void text_free(struct experiment_text *text)
{
	free(text->en);
	free(text->ko);
}

static void phase_free(struct experiment_phase *phase)
{
	free(phase->name);
	text_free(&phase->title);
	text_free(&phase->explain);
	free(phase->lacks);
}

static void expect_free(struct experiment_expect *expect)
{
	for (size_t i = 0; i < expect->n_captures; i++) {
		free(expect->captures[i].name);
		free(expect->captures[i].field);
	}
	free(expect->captures);
	free(expect->name);
	free(expect->node);
	free(expect->nic);
	free(expect->filter);
	free(expect->after);
	when_free(&expect->when);
	place_free(&expect->place);
}

static void remark_free(struct experiment_remark *remark)
{
	expect_free(&remark->asked);
	text_free(&remark->article);
	text_free(&remark->wire);
	text_free(&remark->why);
}

void experiment_free(struct experiment *experiment)
{
	size_t i;

	for (i = 0; i < experiment->n_actors; i++) {
		free(experiment->actors[i].name);
		free(experiment->actors[i].node);
		free(experiment->actors[i].url);
	}
	for (i = 0; i < experiment->n_left_out; i++) {
		free(experiment->left_out[i].why);
		free(experiment->left_out[i].what);
	}
	for (i = 0; i < experiment->n_parameters; i++)
		parameter_free(&experiment->parameters[i]);
	for (i = 0; i < experiment->n_collects; i++)
		collect_free(&experiment->collects[i]);
	for (i = 0; i < experiment->n_expects; i++)
		expect_free(&experiment->expects[i]);
	for (i = 0; i < experiment->n_phases; i++)
		phase_free(&experiment->phases[i]);
	for (i = 0; i < experiment->n_remarks; i++)
		remark_free(&experiment->remarks[i]);
	steps_free(experiment->prepare, experiment->n_prepare);
	steps_free(experiment->steps, experiment->n_steps);
	steps_free(experiment->restore, experiment->n_restore);
	free(experiment->actors);
	free(experiment->left_out);
	free(experiment->parameters);
	free(experiment->collects);
	free(experiment->expects);
	free(experiment->phases);
	free(experiment->remarks);
	free(experiment->flat);
	free(experiment->name);
	free(experiment->description);
	text_free(&experiment->source);
	free(experiment->source_href);
	free(experiment->description_ko);
	*experiment = (struct experiment){ 0 };
}

void experiment_args_init(const struct experiment *experiment, struct experiment_args *ret)
{
	size_t i;

	ret->n = experiment->n_parameters;
	ret->choice = xcalloc(ret->n, sizeof(*ret->choice));
	for (i = 0; i < ret->n; i++)
		ret->choice[i] = experiment->parameters[i].preset;
}

void experiment_args_free(struct experiment_args *args)
{
	free(args->choice);
	*args = (struct experiment_args){ 0 };
}

static void add_parameter_names(const struct experiment *experiment, struct str *out)
{
	size_t i;

	if (!experiment->n_parameters)
		str_adds(out, "it has none");
	else
		str_adds(out, "it has ");
	for (i = 0; i < experiment->n_parameters; i++)
		str_addf(out, "%s%s", i ? ", " : "", experiment->parameters[i].name);
}

static int set_value(const struct experiment_parameter *parameter, size_t *choice,
		     const char *value, struct err *err)
{
	auto_str struct str names = { 0 };
	size_t i;

	for (i = 0; i < parameter->n_values; i++) {
		if (str_eq(parameter->values[i].name, value ? value : "yes")) {
			*choice = i;
			return 0;
		}
		str_addf(&names, "%s%s", i ? ", " : "", parameter->values[i].name);
	}
	if (!value)
		return err_set(err, EINVAL, "parameter '%s': takes a value: %.300s",
			       parameter->name, str_text(&names));
	return err_set(err, EINVAL, "parameter '%s': no value '%.64s'; valid: %.300s",
		       parameter->name, value, str_text(&names));
}

int experiment_set_parameter(const struct experiment *experiment, struct experiment_args *args,
			     const char *name, const char *value, struct err *err)
{
	auto_str struct str names = { 0 };
	size_t i;

	for (i = 0; i < experiment->n_parameters; i++)
		if (str_eq(experiment->parameters[i].name, name))
			return set_value(&experiment->parameters[i], &args->choice[i], value, err);
	add_parameter_names(experiment, &names);
	return err_set(err, ENOENT, "experiment '%s': no parameter '%.64s'; %.300s",
		       experiment->name, name, str_text(&names));
}

json_t *experiment_args_to_json(const struct experiment *experiment,
				const struct experiment_args *args)
{
	json_t *out = json_object();

	for (size_t i = 0; i < experiment->n_parameters; i++) {
		const struct experiment_parameter *p = &experiment->parameters[i];

		(void)json_object_set_new(out, p->name,
					  json_string(p->values[args->choice[i]].name));
	}
	return out;
}

int experiment_args_from_json(const struct experiment *experiment, const json_t *object,
			      json_t *unknown, struct experiment_args *ret, struct err *err)
{
	const char *name;
	json_t *value;

	experiment_args_init(experiment, ret);
	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		const char *text = json_is_string(value) ? json_string_value(value) : "";
		int r = experiment_set_parameter(experiment, ret, name, text, unknown ? NULL : err);

		if (r < 0 && !unknown)
			return r;
		if (r < 0)
			(void)json_object_set_new(unknown, name, json_string(text));
	}
	return 0;
}

bool experiment_holds(const struct experiment_when *when, const struct experiment_args *args)
{
	size_t i;

	for (i = 0; i < when->n_terms; i++) {
		const struct experiment_term *term = &when->terms[i];

		if ((args->choice[term->parameter] == term->value) == term->differs)
			return false;
	}
	return true;
}

/* The text that stands for the parameter whose name is the first len bytes of name; NULL: no such.
 */
static const char *chosen_text(const struct experiment *experiment,
			       const struct experiment_args *args, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < experiment->n_parameters; i++) {
		const struct experiment_parameter *parameter = &experiment->parameters[i];

		/* One without values is an error of the file, which may not have been told yet. */
		if (parameter->n_values && strlen(parameter->name) == len &&
		    !memcmp(parameter->name, name, len))
			return parameter->values[args->choice[i]].text;
	}
	return NULL;
}

void experiment_expand(const struct experiment *experiment, const struct experiment_args *args,
		       const char *text, struct str *out)
{
	const char *dollar, *end, *value;

	while ((dollar = strstr(text, "${"))) {
		if (dollar > text && dollar[-1] == '$') {
			str_add(out, text, (size_t)(dollar - text) - 1);
			str_adds(out, "${");
			text = dollar + 2;
			continue;
		}
		end = strchr(dollar, '}');
		value = end ? chosen_text(experiment, args, dollar + 2, (size_t)(end - dollar) - 2)
			    : NULL;
		str_add(out, text, (size_t)(dollar - text));
		/* The loader has refused unknown names: what is left is not ours to drop. */
		str_adds(out, value ? value : "${");
		text = value ? end + 1 : dollar + 2;
	}
	str_adds(out, text);
}
