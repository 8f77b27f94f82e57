/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the schema of an experiment cannot say. */
#include "experiment/rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/name.h"
#include "experiment/cast.h"
#include "experiment/step.h"
#include "run/run.h"

#define VALUE_MAX 1024 /* bytes: each of a text's many ${} may stand for so many */
#define TERMS_MAX 64   /* of a when */
#define PATTERN_MAX 512
#define PATTERN_COST_MAX \
	100000 /* length times all repetition counts: what regcomp may have to write out */

void experiment_loader_end(struct experiment_loader *loader)
{
	free(loader->steps.items);
	free(loader->files.items);
	loader->steps = (struct experiment_seen_list){ 0 };
	loader->files = (struct experiment_seen_list){ 0 };
}

/*
 * Notes a name; returns the element that has it already, or NULL. Two elements that each depend on
 * a parameter may share a name: one of them is meant to be skipped. Names that differ in case only
 * are one name to some file systems.
 */
static const struct xml_node *note_name(struct experiment_seen_list *list, const char *name,
					const struct xml_node *node)
{
	struct experiment_seen *seen;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcasecmp(list->items[i].name, name) == 0 &&
		    !(str_eq(list->items[i].name, name) && xml_attr(list->items[i].node, "when") &&
		      xml_attr(node, "when")))
			return list->items[i].node;
	seen = array_add(list->items, list->n);
	seen->name = name;
	seen->node = node;
	return NULL;
}

void experiment_rule_parameter(struct experiment_loader *loader, const struct xml_node *node)
{
	/* What `labctl run` itself calls its options: a parameter of that name could not be chosen.
	 */
	static const char *const taken[] = { "help", "json", "lab", "out", "version" };
	const struct experiment *experiment = loader->experiment;
	const char *name = xml_attr(node, "name");
	size_t i;

	for (i = 0; i < experiment->n_parameters; i++)
		if (str_eq(experiment->parameters[i].name, name))
			xml_problem(loader->problems, node, "name",
				    "there is already a parameter of this name");
	if (name && (experiment_has_actor(loader->root, name, strlen(name)) ||
		     (str_eq(name, "url") && xml_child(loader->root, "actor"))))
		xml_problem(loader->problems, node, "name",
			    "--%s chooses an actor; take another name", name);
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		if (str_eq(taken[i], name))
			xml_problem(loader->problems, node, "name",
				    "--%s is an option of `labctl run` itself; take another name",
				    name);
}

void experiment_rule_value(struct experiment_loader *loader, const struct xml_node *node,
			   const struct experiment_parameter *parameter)
{
	const char *text = xml_attr(node, "text");
	size_t i;

	if (text && strlen(text) > VALUE_MAX)
		xml_problem(loader->problems, node, "text", "the text is longer than %d bytes",
			    VALUE_MAX);
	for (i = 0; i < parameter->n_values; i++)
		if (str_eq(parameter->values[i].name, xml_attr(node, "name")))
			xml_problem(loader->problems, node, "name",
				    "there is already a value of this name");
}

/* " (valid: a, b) — did you mean 'a'?" about the values of a parameter. */
static void add_value_hint(struct str *out, const struct experiment_parameter *parameter,
			   const char *word)
{
	auto_free const char **names = xcalloc(parameter->n_values, sizeof(*names));
	size_t i;

	for (i = 0; i < parameter->n_values; i++) {
		names[i] = parameter->values[i].name;
		str_addf(out, "%s%s", i ? ", " : "; valid: ", names[i]);
	}
	xml_add_hint(out, word, names, parameter->n_values);
}

static size_t find_value(const struct experiment_parameter *parameter, const char *name)
{
	size_t i;

	for (i = 0; i < parameter->n_values; i++)
		if (str_eq(parameter->values[i].name, name))
			return i;
	return SIZE_MAX;
}

size_t experiment_rule_default(struct experiment_loader *loader, const struct xml_node *node,
			       const struct experiment_parameter *parameter)
{
	const char *preset = xml_attr(node, "default");
	size_t found = find_value(parameter, preset);
	auto_str struct str hint = { 0 };

	if (found != SIZE_MAX)
		return found;
	if (preset && parameter->n_values && !xml_has_problem(loader->problems, node, "default")) {
		add_value_hint(&hint, parameter, preset);
		xml_problem(loader->problems, node, "default",
			    "default '%s' is none of its values%s", preset, str_text(&hint));
	}
	return 0;
}

static size_t find_parameter(const struct experiment *experiment, const char *name)
{
	size_t i;

	for (i = 0; i < experiment->n_parameters; i++)
		if (str_eq(experiment->parameters[i].name, name))
			return i;
	return SIZE_MAX;
}

static void unknown_parameter(struct experiment_loader *loader, const struct xml_node *node,
			      const char *attr, const char *name)
{
	const struct experiment *experiment = loader->experiment;
	auto_free const char **names = xcalloc(experiment->n_parameters, sizeof(*names));
	auto_str struct str hint = { 0 };
	size_t i;

	for (i = 0; i < experiment->n_parameters; i++)
		names[i] = experiment->parameters[i].name;
	xml_add_hint(&hint, name, names, experiment->n_parameters);
	xml_problem(loader->problems, node, attr, "there is no parameter '%s'%s%s", name,
		    str_text(&hint),
		    hint.len || str_eq(attr, "when") ? ""
						     : "; a ${ of the shell's own is written $${");
}

void experiment_rule_text(struct experiment_loader *loader, const struct xml_node *node,
			  const char *attr, const char *text)
{
	const char *dollar = text;

	if (strlen(text) > EXPERIMENT_TEXT_MAX) {
		xml_problem(loader->problems, node, attr, "the text is longer than %d bytes",
			    EXPERIMENT_TEXT_MAX);
		return;
	}
	for (; (dollar = strstr(dollar, "${")); dollar += 2) {
		const char *end = strchr(dollar, '}');
		auto_free char *name = NULL;

		if (dollar > text && dollar[-1] == '$')
			continue;
		if (!end) {
			xml_problem(loader->problems, node, attr, "a ${ has no } after it");
			return;
		}
		name = xstrndup(dollar + 2, (size_t)(end - dollar) - 2);
		if (find_parameter(loader->experiment, name) == SIZE_MAX &&
		    !experiment_has_actor(loader->root, name, strcspn(name, ".")))
			unknown_parameter(loader, node, attr, name);
	}
}

void experiment_rule_command(struct experiment_loader *loader, const struct xml_node *node,
			     const char *text)
{
	if (!text[strspn(text, " \t\r\n")])
		xml_problem(loader->problems, node, NULL, "<%s> is empty: there is nothing to run",
			    xml_name(node));
	experiment_rule_text(loader, node, NULL, text);
}

void experiment_rule_ampersand(struct experiment_loader *loader, const struct xml_node *node,
			       const char *command)
{
	size_t len = strlen(command);

	while (len && strchr(" \t\r\n", command[len - 1]))
		len--;
	/* One whose output goes elsewhere holds nothing up. */
	if (loader->kept || !len || command[len - 1] != '&' || strchr(command, '>'))
		return;
	xml_problem(loader->problems, node, NULL,
		    "the command goes on after the step, which waits for all that it prints: give "
		    "the step background=\"yes\", and leave out the '&' at its end");
}

/* The larger count of "{n,m}" at brace, or 1 where there is none. */
static unsigned long repetition(const char *brace)
{
	char *end;
	unsigned long low = strtoul(brace + 1, &end, 10),
		      high = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;
	unsigned long count = high > low ? high : low;

	return count ? count : 1;
}

/*
 * What regcomp and regexec make of a pattern can cost far more than its length: nested repetition
 * counts multiply, and back references (which POSIX leaves out of extended expressions) try every
 * split.
 */
static const char *pattern_cost(const char *pattern)
{
	unsigned long cost = strlen(pattern);
	char before = 'x';

	if (cost > PATTERN_MAX)
		return "it is longer than 512 bytes";
	for (; *pattern; before = *pattern++) {
		unsigned long count = 1;

		if (*pattern == '\\' && pattern[1]) {
			pattern++;
			if (isdigit((unsigned char)*pattern))
				return "back references are not part of POSIX extended regular "
				       "expressions";
		} else if (*pattern == '{') {
			count = repetition(pattern);
		} else if (*pattern == '+' && strchr(")*+?}", before)) {
			count = 2; /* x+ is xx*, and x may have been doubled already */
		}
		if (count > PATTERN_COST_MAX / cost)
			return "its repetition counts are too large";
		cost *= count;
	}
	return NULL;
}

static bool has_empty_parameter(const struct experiment *experiment)
{
	size_t i;

	for (i = 0; i < experiment->n_parameters; i++)
		if (!experiment->parameters[i].n_values)
			return true;
	return false;
}

void experiment_rule_pattern(struct experiment_loader *loader, const struct xml_node *node,
			     const char *pattern)
{
	const struct experiment *experiment = loader->experiment;
	auto_experiment_args struct experiment_args args = { 0 };
	auto_str struct str text = { 0 };
	const char *cost = pattern_cost(pattern);
	struct err err = ERR_INIT;

	if (cost) {
		xml_problem(loader->problems, node, "matches",
			    "the regular expression is refused: %s", cost);
		return;
	}
	if (experiment_names_actors(loader->root, pattern))
		return; /* whole only in a lab */
	/* What is left of a ${} that is wrong itself would only be called wrong again. */
	if (xml_has_problem(loader->problems, node, "matches") || has_empty_parameter(experiment))
		return;
	if (str_eq(xml_name(node), "fact")) {
		str_adds(&text, pattern); /* nothing is replaced in it */
	} else {
		experiment_args_init(experiment, &args);
		experiment_expand(experiment, &args, pattern, &text);
		cost = pattern_cost(str_text(&text));
	}
	if (cost)
		xml_problem(loader->problems, node, "matches",
			    "the regular expression is refused with its parameters: %s", cost);
	else if (experiment_pattern_check(str_text(&text), &err) < 0)
		xml_problem(loader->problems, node, "matches", "%s", err.msg);
}

/* One term, NAME=VALUE or NAME!=VALUE; false after a finding. */
static bool read_term(struct experiment_loader *loader, const struct xml_node *node, char *text,
		      struct experiment_term *ret)
{
	char *equals = strchr(text, '=');
	const struct experiment_parameter *parameter;
	auto_str struct str hint = { 0 };

	if (!equals || equals == text) {
		xml_problem(loader->problems, node, "when",
			    "'%s' is not PARAMETER=VALUE or PARAMETER!=VALUE", text);
		return false;
	}
	*equals = '\0';
	ret->differs = equals[-1] == '!';
	if (ret->differs)
		equals[-1] = '\0';
	ret->parameter = find_parameter(loader->experiment, text);
	if (ret->parameter == SIZE_MAX) {
		unknown_parameter(loader, node, "when", text);
		return false;
	}
	parameter = &loader->experiment->parameters[ret->parameter];
	ret->value = find_value(parameter, equals + 1);
	if (ret->value != SIZE_MAX)
		return true;
	if (!parameter->n_values)
		return false; /* told already */
	add_value_hint(&hint, parameter, equals + 1);
	xml_problem(loader->problems, node, "when", "parameter '%s' has no value '%s'%s", text,
		    equals + 1, str_text(&hint));
	return false;
}

void experiment_rule_when(struct experiment_loader *loader, const struct xml_node *node,
			  struct experiment_when *ret)
{
	const char *when = xml_attr(node, "when");
	auto_free char *copy = xstrdup(when ? when : "");
	char *rest = NULL, *text;
	int n = 0;

	for (text = strtok_r(copy, " \t\r\n", &rest); text;
	     text = strtok_r(NULL, " \t\r\n", &rest)) {
		struct experiment_term term;

		if (n++ == TERMS_MAX) {
			xml_problem(loader->problems, node, "when", "more than %d terms",
				    TERMS_MAX);
			return;
		}
		if (read_term(loader, node, text, &term))
			*array_add(ret->terms, ret->n_terms) = term;
	}
}

static bool allows(const struct experiment_when *when, size_t parameter, size_t value)
{
	for (size_t i = 0; i < when->n_terms; i++)
		if (when->terms[i].parameter == parameter &&
		    (when->terms[i].value == value) == when->terms[i].differs)
			return false;
	return true;
}

bool experiment_rule_both(const struct experiment *experiment, const struct experiment_when *a,
			  const struct experiment_when *b)
{
	for (size_t i = 0; i < experiment->n_parameters; i++) {
		size_t n = experiment->parameters[i].n_values, j = 0;

		while (j < n && !(allows(a, i, j) && allows(b, i, j)))
			j++;
		if (n && j == n)
			return false;
	}
	return true;
}

void experiment_rule_step_name(struct experiment_loader *loader, const struct xml_node *node)
{
	const char *name = xml_attr(node, "name");
	const struct xml_node *other = name ? note_name(&loader->steps, name, node) : NULL;

	if (other)
		xml_problem(loader->problems, node, "name",
			    "there is already a step of this name, in line %u", xml_line(other));
}

void experiment_rule_file_name(struct experiment_loader *loader, const struct xml_node *node,
			       const char *attr)
{
	const char *name = xml_attr(node, attr);
	const char *fault = name ? name_fault(name) : NULL;
	const struct xml_node *other;

	if (!name || loader->kept || xml_has_problem(loader->problems, node, attr))
		return;
	if (fault) {
		xml_problem(loader->problems, node, attr, "file '%s' %s; take another name", name,
			    fault);
		return;
	}
	if (run_is_own(name)) {
		xml_problem(loader->problems, node, attr,
			    "file '%s' of the run folder is labd's own; take another name", name);
		return;
	}
	other = note_name(&loader->files, name, node);
	if (other)
		xml_problem(loader->problems, node, attr,
			    "file '%s' is already written by <%s> in line %u", name,
			    xml_name(other), xml_line(other));
}

void experiment_rule_expect(struct experiment_loader *loader, const struct xml_node *node,
			    const struct experiment_expect *expect)
{
	const struct experiment *experiment = loader->experiment;
	size_t i;

	for (i = 0; i < experiment->n_expects; i++) {
		const struct experiment_expect *other = &experiment->expects[i];

		if (!str_eq(other->name, expect->name) || !str_eq(other->node, expect->node) ||
		    !str_eq(other->nic, expect->nic) ||
		    !experiment_rule_both(experiment, &other->when, &expect->when))
			continue;
		xml_problem(loader->problems, node, "name",
			    "there is already one of this name at %s:%s, in line %u", other->node,
			    other->nic, other->place.line);
	}
}
