/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl validate and plan: what can be said of files without a lab. */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "labctl/file.h"
#include "labctl/out.h"
#include "plan/plan.h"

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

/* One finding as JSON; line and column are left out where they are not known. */
static void add_problem(json_t *list, const char *file, unsigned int line, unsigned int column,
			const char *text)
{
	json_t *problem = json_pack("{s:o, s:o}", "file", json_text(file), "text", json_text(text));

	if (line)
		(void)json_object_set_new(problem, "line", json_integer(line));
	if (column)
		(void)json_object_set_new(problem, "column", json_integer(column));
	(void)json_array_append_new(list, problem);
}

static int check_topology(const char *path, const char *schemas, struct str *lines, json_t *list,
			  struct err *err)
{
	auto_problems struct topo_problems problems = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	int r = topo_load(path, schemas, &topo, &problems, err);

	if (r == 0)
		r = plan_build(&topo, &plan, err);
	file_topology_problems(&problems, lines);
	for (size_t i = 0; i < problems.n; i++)
		add_problem(list, problems.items[i].file, problems.items[i].line,
			    problems.items[i].column, problems.items[i].text);
	return r;
}

static int check_experiment(const char *path, const char *schemas, struct str *lines, json_t *list,
			    struct err *err)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment experiment = { 0 };
	int r = experiment_load(path, schemas, &experiment, &problems, err);

	xml_problems_print(&problems, lines);
	for (size_t i = 0; i < problems.n; i++)
		add_problem(list, problems.items[i].file, problems.items[i].line,
			    problems.items[i].column, problems.items[i].text);
	return r;
}

/* Checks one file and says what it found; its part of the JSON answer goes to files. */
static bool validate(const struct labctl *l, const char *path, json_t *files)
{
	auto_free char *schemas = file_topology_dir(l);
	auto_free char *root = NULL;
	auto_free char *clean = NULL;
	auto_str struct str text = { 0 };
	auto_str struct str lines = { 0 };
	json_t *problems = json_array();
	bool experiment;
	struct err err = ERR_INIT;
	int r = io_read_file(path, FILE_MAX, &text, &err);

	root = root_element(str_text(&text));
	experiment = strcmp(root, "experiment") == 0;
	if (r == 0)
		r = experiment ? check_experiment(path, schemas, &lines, problems, &err)
			       : check_topology(path, schemas, &lines, problems, &err);
	if (r < 0 && !json_array_size(problems)) {
		add_problem(problems, path, 0, 0, err.msg);
		str_addf(&lines, "%s\n", err.msg);
	}
	(void)json_array_append_new(files,
				    json_pack("{s:o, s:s, s:b, s:o}", "file", json_text(path),
					      "kind", experiment ? "experiment" : "topology",
					      "valid", r == 0, "problems", problems));
	clean = out_clean(str_text(&lines), true);
	fprintf(stderr, "%s", clean);
	if (!l->json && r == 0)
		printf("%s: a valid %s\n", path, experiment ? "experiment" : "topology");
	return r == 0;
}

int cmd_validate(struct labctl *l, const struct args *a)
{
	auto_json json_t *answer = json_object();
	json_t *files = json_array();
	bool valid = true;

	(void)json_object_set_new(answer, "files", files);
	for (size_t i = 0; i < a->n_operands; i++)
		valid = validate(l, a->operands[i], files) && valid;
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
	struct err err = ERR_INIT;
	int code = file_load_topology(l, a->operands[0], &topo, &path);

	if (code != EXIT_DONE)
		return code;
	if (plan_build(&topo, &plan, &err) < 0)
		return out_error(l, EXIT_INVALID, &err);
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
