/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a document to the model, with every finding on the way. */
#include "experiment/load.h"
#include "experiment/cast.h"

#include <errno.h>
#include <string.h>

static void load_values(struct experiment_loader *loader, const struct xml_node *node,
			struct experiment_parameter *parameter)
{
	struct xml_node *it;

	xml_for_each(it, node, "value") {
		struct experiment_value *value;

		if (!experiment_has_room(loader, it, parameter->n_values, EXPERIMENT_STEPS_MAX))
			return;
		experiment_rule_value(loader, it, parameter);
		value = array_add(parameter->values, parameter->n_values);
		value->name = experiment_attr(it, "name");
		value->text = experiment_attr(it, "text");
	}
}

static void load_parameters(struct experiment_loader *loader, const struct xml_node *root)
{
	struct experiment *experiment = loader->experiment;
	struct xml_node *it;

	xml_for_each(it, root, "parameter") {
		struct xml_node *description = xml_child(it, "description");
		struct experiment_parameter *parameter;

		if (!experiment_has_room(loader, it, experiment->n_parameters,
					 EXPERIMENT_STEPS_MAX))
			return;
		experiment_rule_parameter(loader, it);
		parameter = array_add(experiment->parameters, experiment->n_parameters);
		parameter->name = experiment_attr(it, "name");
		parameter->description = description ? xml_prose(description) : NULL;
		load_values(loader, it, parameter);
		parameter->preset = experiment_rule_default(loader, it, parameter);
	}
}

static void load_actors(struct experiment_loader *loader, const struct xml_node *root)
{
	struct experiment *experiment = loader->experiment;
	struct xml_node *it;

	xml_for_each(it, root, "actor") {
		struct experiment_actor *actor;

		if (!experiment_has_room(loader, it, experiment->n_actors, EXPERIMENT_STEPS_MAX))
			return;
		actor = array_add(experiment->actors, experiment->n_actors);
		actor->name = experiment_attr(it, "name");
		actor->node = xml_attr(it, "node") ? experiment_attr(it, "node") : NULL;
		actor->url = xml_attr(it, "url") ? experiment_attr(it, "url") : NULL;
	}
	xml_for_each(it, root, "left-out") {
		struct experiment_left_out *out;

		if (!experiment_has_room(loader, it, experiment->n_left_out, EXPERIMENT_STEPS_MAX))
			return;
		out = array_add(experiment->left_out, experiment->n_left_out);
		out->why = experiment_attr(it, "why");
		out->what = xml_prose(it);
	}
}

static void load_output(struct experiment_loader *loader, const struct xml_node *node,
			struct experiment_output *output)
{
	static const char *const tests[] = {
		[EXPERIMENT_TEST_CONTAINS] = "contains",
		[EXPERIMENT_TEST_MATCHES] = "matches",
		[EXPERIMENT_TEST_EQUALS] = "equals",
	};
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!xml_attr(node, tests[i]))
			continue;
		output->test = (enum experiment_test)i;
		n++;
	}
	if (n != 1)
		xml_problem(loader->problems, node, NULL,
			    "give one of contains, matches and equals");
	output->text = experiment_attr(node, tests[output->test]);
	experiment_rule_text(loader, node, tests[output->test], output->text);
	if (output->test == EXPERIMENT_TEST_MATCHES)
		experiment_rule_pattern(loader, node, output->text);
	experiment_rule_when(loader, node, &output->when);
}

static void load_facts(struct experiment_loader *loader, const struct xml_node *node,
		       struct experiment_step *step)
{
	struct xml_node *it;

	xml_for_each(it, node, "fact") {
		struct experiment_fact *fact;

		if (!experiment_has_room(loader, it, step->n_facts, EXPERIMENT_STEPS_MAX))
			return;
		fact = array_add(step->facts, step->n_facts);
		fact->name = experiment_attr(it, "name");
		fact->pattern = experiment_attr(it, "matches");
		experiment_rule_pattern(loader, it, fact->pattern);
	}
}

static void load_command(struct experiment_loader *loader, const struct xml_node *node,
			 struct experiment_step *step)
{
	struct xml_node *run = xml_child(node, "run"), *until = xml_child(node, "until");
	struct xml_node *command = run ? run : until;

	step->until = !run && until;
	step->command = command ? xml_text(command) : xstrdup("");
	if (command)
		experiment_rule_command(loader, command, step->command);
	else if (!xml_tainted(node))
		xml_problem(loader->problems, node, NULL,
			    "there is neither <run> nor <until>: nothing to do");
	if (run && until)
		xml_problem(loader->problems, until, NULL,
			    "give <run> (once) or <until> (again and again), not both");
}

/* What goes on in the background has no deadline, and is no question. */
static void load_background(struct experiment_loader *loader, const struct xml_node *node,
			    struct experiment_step *step)
{
	step->background = xml_attr_flag(loader->problems, node, "background", false);
	if (!step->background && !xml_attr(node, "deadline") && !xml_tainted(node))
		xml_problem(loader->problems, node, NULL, "attribute 'deadline' is missing");
	if (!step->background)
		return;
	if (xml_attr(node, "deadline"))
		xml_problem(loader->problems, node, "deadline",
			    "a step in the background has none: it ends with the run");
	if (str_eq(step->node, EXPERIMENT_EVERY_NODE))
		xml_problem(loader->problems, node, "node",
			    "a step in the background is of one node");
	if (step->until)
		xml_problem(loader->problems, node, "background",
			    "<until> is waited for: take <run>");
}

static int load_status(struct experiment_loader *loader, const struct xml_node *node)
{
	if (str_eq(xml_attr(node, "status"), "any"))
		return EXPERIMENT_STATUS_ANY;
	return (int)xml_attr_unsigned(loader->problems, node, "status", 0, 255, 0);
}

static void load_step(struct experiment_loader *loader, const struct xml_node *node,
		      struct experiment_step *step)
{
	struct xml_node *it;

	step->name = experiment_attr(node, "name");
	step->node = experiment_attr(node, "node");
	step->deadline_s = (unsigned int)xml_attr_unsigned(loader->problems, node, "deadline", 1,
							   EXPERIMENT_DEADLINE_MAX, 0);
	step->status = load_status(loader, node);
	step->save = xml_attr(node, "save") ? experiment_attr(node, "save") : NULL;
	step->place = experiment_place_of(node);
	experiment_rule_when(loader, node, &step->when);
	experiment_rule_file_name(loader, node, "save");
	load_command(loader, node, step);
	load_background(loader, node, step);
	experiment_rule_ampersand(loader, node, step->command);
	xml_for_each(it, node, "output") {
		if (!experiment_has_room(loader, it, step->n_outputs, EXPERIMENT_STEPS_MAX))
			break;
		load_output(loader, it, array_add(step->outputs, step->n_outputs));
	}
	load_facts(loader, node, step);
}

/* "link kt1-kt2 state=down" */
static void load_link(struct experiment_loader *loader, const struct xml_node *node,
		      struct experiment_step *step)
{
	static const char *const words[] = { "state",   "delay",   "jitter", "loss", "duplicate",
					     "reorder", "corrupt", "rate",   "mtu",  "from",
					     "station", "to",      "signal" };
	auto_free char *link = experiment_attr(node, "name");
	struct str name = { 0 };

	step->act = EXPERIMENT_ACT_LINK;
	step->words = json_pack("{s:s}", "link", link);
	str_addf(&name, "link %s", link);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *value = xml_attr(node, words[i]);

		if (!value)
			continue;
		experiment_rule_text(loader, node, words[i], value);
		(void)json_object_set_new(step->words, words[i], json_string(value));
		str_addf(&name, " %s=%s", words[i], value);
	}
	if (json_object_size(step->words) == 1 && !xml_tainted(node))
		xml_problem(loader->problems, node, NULL,
			    "nothing of the link is changed: give state, delay, ...");
	step->name = str_take(&name);
}

static void load_restart(const struct xml_node *node, struct experiment_step *step)
{
	step->act = EXPERIMENT_ACT_RESTART;
	step->node = experiment_attr(node, "node");
	step->name = xasprintf("restart %s", step->node);
}

/* Whatever kind of step it is. */
static void load_any(struct experiment_loader *loader, const struct xml_node *node,
		     struct experiment_step *step)
{
	if (xml_is(node, "step")) {
		experiment_rule_step_name(loader, node);
		load_step(loader, node, step);
		return;
	}
	if (xml_is(node, "link"))
		load_link(loader, node, step);
	else
		load_restart(node, step);
	step->place = experiment_place_of(node);
	experiment_rule_when(loader, node, &step->when);
}

/* together: the number of the <together> that the section is, or 0. */
static void load_steps(struct experiment_loader *loader, const struct xml_node *section,
		       size_t together, struct experiment_step **steps, size_t *n)
{
	struct xml_node *it;

	if (!section)
		return;
	if (!xml_child(section, NULL) && !xml_tainted(section))
		xml_problem(loader->problems, section, NULL, "element 'step' is missing");
	xml_for_each(it, section, NULL) {
		struct experiment_step step = { .together = together };

		if (xml_is(it, "together")) {
			load_steps(loader, it, *n + 1, steps, n);
			continue;
		}
		if (!xml_is(it, "step") && !xml_is(it, "link") && !xml_is(it, "restart"))
			continue;
		if (!experiment_has_room(loader, it, *n, EXPERIMENT_STEPS_MAX))
			return;
		load_any(loader, it, &step);
		*array_add(*steps, *n) = step;
	}
}

static enum experiment_kind load_kind(const struct xml_node *node)
{
	const char *kind = xml_attr(node, "kind");

	if (str_eq(kind, "page"))
		return EXPERIMENT_KIND_PAGE;
	return str_eq(kind, "tls-keys") ? EXPERIMENT_KIND_TLS_KEYS : EXPERIMENT_KIND_FILE;
}

static void load_collects(struct experiment_loader *loader, const struct xml_node *root)
{
	struct experiment *experiment = loader->experiment;
	struct xml_node *it;

	xml_for_each(it, root, "collect") {
		struct experiment_collect collect = { 0 };

		if (!experiment_has_room(loader, it, experiment->n_collects, EXPERIMENT_STEPS_MAX))
			return;
		experiment_rule_file_name(loader, it, "as");
		collect.node = experiment_attr(it, "node");
		collect.path = experiment_attr(it, "path");
		collect.as = experiment_attr(it, "as");
		collect.kind = load_kind(it);
		collect.place = experiment_place_of(it);
		experiment_rule_when(loader, it, &collect.when);
		*array_add(experiment->collects, experiment->n_collects) = collect;
	}
}

static void load_all(struct experiment_loader *loader, const struct xml_node *root)
{
	struct experiment *experiment = loader->experiment;

	experiment->name = experiment_attr(root, "name");
	experiment->description = xml_prose_in(loader->problems, root, "description", "en");
	experiment->description_ko = xml_prose_in(loader->problems, root, "description", "ko");
	load_actors(loader, root);
	load_parameters(loader, root);
	load_steps(loader, xml_child(root, "prepare"), 0, &experiment->prepare,
		   &experiment->n_prepare);
	load_steps(loader, xml_child(root, "steps"), 0, &experiment->steps, &experiment->n_steps);
	load_steps(loader, xml_child(root, "restore"), 0, &experiment->restore,
		   &experiment->n_restore);
	load_collects(loader, root);
	experiment_load_expects(loader, root);
}

/* Who looks at a file, and in what lab it is to be played. */
struct reader {
	const char *schema_dir;
	bool kept;
	int (*cast)(void *ctx, const char *url, json_t **ret, struct err *err);
	void *ctx;
};

static int cast_doc(const struct reader *reader, struct xml_node *root,
		    struct xml_problems *problems, struct err *err)
{
	auto_json json_t *parts = NULL;
	const char *url = NULL;
	struct xml_node *it;
	int r = 0;

	xml_for_each(it, root, "actor")
		url = xml_attr(it, "url") ? xml_attr(it, "url") : url;
	if (reader->cast && xml_child(root, "actor"))
		r = reader->cast(reader->ctx, url, &parts, err);
	if (r == 0)
		experiment_cast(root, parts, problems);
	return r;
}

static int load_doc(const struct reader *reader, struct xml_doc *doc, const char *name,
		    struct experiment *ret, struct xml_problems *problems, struct err *err)
{
	auto_experiment struct experiment experiment = { 0 };
	struct experiment_loader loader = { .experiment = &experiment,
					    .root = xml_root(doc),
					    .problems = problems,
					    .kept = reader->kept };
	auto_str struct str flat = { 0 };
	int rc = cast_doc(reader, xml_root(doc), problems, err);

	if (rc < 0)
		return rc;
	load_all(&loader, xml_root(doc));
	experiment_loader_end(&loader);
	xml_problems_sort(problems, name);
	rc = xml_problems_err(problems, err);
	if (rc < 0)
		return rc;
	xml_dump(doc, &flat);
	experiment.flat = str_take(&flat);
	*ret = experiment;
	experiment = (struct experiment){ 0 };
	return 0;
}

static int load_file(const struct reader *reader, const char *path, struct experiment *ret,
		     struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = xasprintf("%s/experiment.rng", reader->schema_dir);
	struct xml_options options = { .schema = schema };
	auto_xml_doc struct xml_doc *doc = NULL;
	int rc = xml_open(path, &options, &doc, problems, err);

	return rc < 0 ? rc : load_doc(reader, doc, path, ret, problems, err);
}

int experiment_load(const char *path, const char *schema_dir, struct experiment *ret,
		    struct xml_problems *problems, struct err *err)
{
	const struct reader reader = { .schema_dir = schema_dir };

	return load_file(&reader, path, ret, problems, err);
}

int experiment_load_cast(const char *path, const char *schema_dir,
			 int (*cast)(void *ctx, const char *url, json_t **ret, struct err *err),
			 void *ctx, struct experiment *ret, struct xml_problems *problems,
			 struct err *err)
{
	const struct reader reader = { .schema_dir = schema_dir, .cast = cast, .ctx = ctx };

	return load_file(&reader, path, ret, problems, err);
}

int experiment_load_kept(const char *path, const char *schema_dir, struct experiment *ret,
			 struct xml_problems *problems, struct err *err)
{
	const struct reader reader = { .schema_dir = schema_dir, .kept = true };

	return load_file(&reader, path, ret, problems, err);
}

int experiment_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
			 struct experiment *ret, struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = xasprintf("%s/experiment.rng", schema_dir);
	const struct reader reader = { .schema_dir = schema_dir };
	struct xml_options options = { .schema = schema };
	auto_xml_doc struct xml_doc *doc = NULL;
	int rc = xml_open_text(text, len, name, &options, &doc, problems, err);

	return rc < 0 ? rc : load_doc(&reader, doc, name, ret, problems, err);
}
