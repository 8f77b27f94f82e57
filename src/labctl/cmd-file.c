/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl validate and plan: what can be said of files without a lab. */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "labctl/file.h"
#include "labctl/out.h"
#include "plan/plan.h"
#include "role/role.h"
#include "wireshark/sharkd.h"

#define FILE_MAX ((size_t)1 << 20) /* the loaders refuse more, too */

/* The name of the root element, for telling topologies and experiments apart; "" when there is
 * none. */
static char *root_element(const char *text)
{
	for (const char *p = strchr(text, '<'); p; p = strchr(p, '<')) {
		if (str_prefix(p, "<!--"))
			p = strstr(p, "-->");
		else if (p[1] == '?' || p[1] == '!')
			p = strchr(p, '>');
		else
			return xstrndup(p + 1, strcspn(p + 1, " \t\r\n/>"));
		if (!p)
			break;
	}
	return xstrdup("");
}

/* What was found in one file. */
struct findings {
	struct xml_problems problems, notes;
};

static void findings_free(struct findings *found)
{
	xml_problems_free(&found->problems);
	xml_problems_free(&found->notes);
}
AUTO_DEFINE(findings_auto, struct findings, findings_free)
#define auto_findings AUTO(findings_autop)

/* Line and column are left out where they are not known. */
static json_t *to_json(const struct xml_problems *found)
{
	json_t *list = json_array();

	for (size_t i = 0; i < found->n; i++) {
		const struct xml_problem *p = &found->items[i];
		json_t *one = json_pack("{s:o, s:o}", "file", json_text(p->file), "text",
					json_text(p->text));

		if (p->line)
			(void)json_object_set_new(one, "line", json_integer(p->line));
		if (p->column)
			(void)json_object_set_new(one, "column", json_integer(p->column));
		(void)json_array_append_new(list, one);
	}
	return list;
}

static int check_topology(const char *path, const char *schemas, struct findings *found,
			  struct err *err)
{
	auto_topo struct topo topo = { 0 };
	int r = topo_load(path, schemas, role_all, &topo, &found->problems, err);

	found->notes = topo.notes;
	topo.notes = (struct xml_problems){ 0 };
	return r;
}

/* topo: that it is held against, or NULL. */
static int check_experiment(const char *path, const char *schemas, struct topo *topo,
			    struct findings *found, struct err *err)
{
	auto_experiment struct experiment experiment = { 0 };
	struct cast_wish wish = { .topo = topo };
	int r = experiment_load_cast(path, schemas, topo ? cast_lab : NULL, &wish, &experiment,
				     &found->problems, err),
	    asked;

	if (r < 0)
		return r;
	if (topo)
		r = file_check_experiment(&experiment, topo, &found->problems, err);
	asked = experiment_check_filters(&experiment, SHARKD, &found->problems, err);
	if (asked < 0 && asked != -EINVAL)
		xml_problem_at(&found->notes, path, 0, 0, "its filters were not checked: %s",
			       err->msg);
	xml_problems_sort(&found->problems, path);
	r = xml_problems_err(&found->problems, err);
	return r;
}

/* Checks one file and says what it found; its part of the JSON answer goes to files. */
static bool validate(const struct labctl *l, const char *path, struct topo *topo, json_t *files)
{
	auto_free char *schemas = file_schema_dir(l);
	auto_findings struct findings found = { 0 };
	auto_free char *root = NULL, *name = out_clean(path, false);
	auto_str struct str text = { 0 }, lines = { 0 };
	struct err err = ERR_INIT;
	int r = io_read_file(path, FILE_MAX, &text, &err);
	bool experiment;

	root = root_element(str_text(&text));
	experiment = strcmp(root, "experiment") == 0;
	if (r == 0)
		r = experiment ? check_experiment(path, schemas, topo, &found, &err)
			       : check_topology(path, schemas, &found, &err);
	xml_problems_print(&found.problems, NULL, &lines);
	if (r < 0 && !found.problems.n) {
		auto_free char *sentence = out_clean(err.msg, false);

		str_addf(&lines, "%s\n", sentence);
		xml_problem_at(&found.problems, path, 0, 0, "%s", err.msg);
	}
	xml_problems_print(&found.notes, "note", &lines);
	(void)json_array_append_new(
		files, json_pack("{s:o, s:s, s:b, s:o, s:I, s:o}", "file", json_text(path), "kind",
				 experiment ? "experiment" : "topology", "valid", r == 0,
				 "problems", to_json(&found.problems), "more",
				 (json_int_t)found.problems.more, "notes", to_json(&found.notes)));
	fprintf(stderr, "%s", str_text(&lines));
	if (!l->json && r == 0)
		printf("%s: a valid %s\n", name, experiment ? "experiment" : "topology");
	return r == 0;
}

/* The file that word means: as `up` and `run` take names, those that came with labd. */
static char *file_of(const struct labctl *l, const char *word)
{
	char *path = NULL;

	if (access(word, F_OK) < 0 && file_find(l, word, FILE_TOPOLOGY, &path, NULL) < 0)
		(void)file_find(l, word, FILE_EXPERIMENT, &path, NULL);
	return path ? path : xstrdup(word);
}

int cmd_validate(struct labctl *l, const struct args *a)
{
	const char *topology = args_get(a, "topology");
	auto_json json_t *answer = json_object();
	auto_topo struct topo topo = { 0 };
	json_t *files = json_array();
	auto_free char *path = NULL;
	bool valid = true;
	int code;

	(void)json_object_set_new(answer, "files", files);
	if (topology) {
		code = file_load_topology(l, topology, &topo, &path);
		if (code != EXIT_DONE)
			return code;
	}
	for (size_t i = 0; i < a->n_operands; i++) {
		auto_free char *file = file_of(l, a->operands[i]);

		valid = validate(l, file, topology ? &topo : NULL, files) && valid;
	}
	if (l->json)
		out_json(answer, false);
	return valid ? EXIT_DONE : EXIT_INVALID;
}

int cmd_plan(struct labctl *l, const struct args *a)
{
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	auto_free char *path = NULL, *clean = NULL;
	auto_str struct str text = { 0 };
	auto_json json_t *value = NULL;
	int code = file_load_topology(l, a->operands[0], &topo, &path);

	if (code != EXIT_DONE)
		return code;
	plan_build(&topo, &plan);
	if (l->json) {
		value = plan_to_json(&plan);
		out_json(value, false);
		return EXIT_DONE;
	}
	plan_print(&plan, &text);
	clean = out_clean(str_text(&text), true);
	printf("%s", clean);
	return EXIT_DONE;
}
