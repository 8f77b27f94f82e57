/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl __complete WORD...: what the last word may become, one candidate a line, for the shells'
 * completion scripts; ":file", ":xml" (files of that suffix) and ":folder" stand for file names,
 * which shells do better. Errors are silence, and no lab is asked: what is running is in its entry.
 */
#include <string.h>

#include "labctl/client.h"
#include "labctl/file.h"
#include "labctl/out.h"
#include "labctl/ports.h"
#include "report/words.h"
#include "run/runs.h"

static const char *const cache_verbs[] = { "show", "prune" };
static const char *const image_verbs[] = { "build", "show", "prune", "export", "import" };

static const char *const changes[] = { "up",         "down",     "delay=",   "jitter=", "loss=",
				       "duplicate=", "reorder=", "corrupt=", "rate=",   "mtu=",
				       "station=",   "from=",    "to=",      "signal=" };
static const char *const assignment_verbs[] = { "validate", "preview", "answer-key", "start" };
static const char *const class_verbs[] = { "new", "explain", "grade" };
static const char *const runs_verbs[] = { "rm", "prune", "import" };

/* The word that is completed: the first lead bytes stay ("--tls=", "station="), start may become
 * something longer. */
struct prompt {
	const char *text;
	int lead;
	const char *start;
};

static struct prompt prompt_of(const char *text, size_t lead)
{
	return (struct prompt){ text, (int)lead, text + lead };
}

static void candidate(const char *text, const struct prompt *word)
{
	auto_free char *clean = out_clean(text, false);

	if (str_prefix(clean, word->start))
		printf("%.*s%s\n", word->lead, word->text, clean);
}

static void complete_options(const struct option *options, size_t n, const struct prompt *word)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *name = xasprintf("--%s", options[i].name);

		candidate(name, word);
	}
}

static void complete_list(const char *const *list, size_t n, const struct prompt *word)
{
	for (size_t i = 0; i < n; i++)
		candidate(list[i], word);
}

/* "kvm|tcg", as the help says it. */
static void complete_choice(const char *choices, const struct prompt *word)
{
	auto_free char *copy = xstrdup(choices);
	char *rest = copy, *choice;

	while ((choice = strsep(&rest, "|")))
		candidate(choice, word);
}

static void complete_commands(const struct command_table *table, const struct prompt *word)
{
	for (size_t i = 0; i < table->n; i++)
		if (!table->commands[i].hidden)
			candidate(table->commands[i].name, word);
}

static void complete_labs(const struct labctl *l, const struct prompt *word)
{
	auto_places struct places all = { 0 };

	if (place_list(l, &all, NULL) < 0)
		return;
	for (size_t i = 0; i < all.n; i++)
		candidate(place_name(&all.list[i]), word);
}

static void complete_names(const struct labctl *l, enum file_kind kind, const struct prompt *word)
{
	size_t n;
	char **names = file_names(l, kind, &n);

	complete_list((const char *const *)names, n, word);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

/* The topology of the lab that is meant; an empty one where there is none. */
static void load_lab(const struct labctl *l, struct topo *ret)
{
	auto_place struct place place = PLACE_INIT;

	if (place_find(l, &place, NULL) == 0)
		place_load(l, &place, ret);
}

static void complete_nodes(const struct labctl *l, const struct prompt *word)
{
	auto_topo struct topo topo = { 0 };

	load_lab(l, &topo);
	for (size_t i = 0; i < topo.n_nodes; i++)
		candidate(topo.nodes[i].name, word);
}

static void complete_links(const struct labctl *l, const struct prompt *word)
{
	auto_topo struct topo topo = { 0 };

	load_lab(l, &topo);
	for (size_t i = 0; i < topo.n_links; i++)
		candidate(topo.links[i].name, word);
}

static void complete_points(const struct topo *topo, const struct prompt *word)
{
	auto_points struct topo_points points = { 0 };

	topo_points(topo, &points);
	for (size_t i = 0; i < points.n; i++)
		candidate(points.list[i].name, word);
}

static void complete_ports(const struct labctl *l, const struct prompt *word)
{
	auto_topo struct topo topo = { 0 };

	load_lab(l, &topo);
	complete_points(&topo, word);
}

/* The hops of a run. */
static void complete_hops(const struct labctl *l, const char *run, const struct prompt *word)
{
	auto_topo struct topo topo = { 0 };
	auto_free char *dir = NULL;

	if (runs_find(l->paths.runs, run, &dir, NULL) == 0)
		ports_topology(l, dir, &topo);
	complete_points(&topo, word);
}

static void complete_runs(const struct labctl *l, const struct prompt *word)
{
	char **names;
	size_t n;

	if (runs_list(l->paths.runs, &names, &n, NULL) < 0)
		return;
	complete_list((const char *const *)names, n, word);
	runs_free(names, n);
}

static void complete_change(const struct labctl *l, const struct prompt *word)
{
	static const char *const of_nodes[] = { "station=", "from=", "to=" };

	complete_list(changes, ARRAY_SIZE(changes), word);
	for (size_t i = 0; i < ARRAY_SIZE(of_nodes); i++) {
		const struct prompt node = prompt_of(word->text, strlen(of_nodes[i]));

		if (str_prefix(word->text, of_nodes[i]))
			complete_nodes(l, &node);
	}
}

static void complete_kind(const struct labctl *l, enum word_kind kind, const struct prompt *word)
{
	switch (kind) {
	case WORD_ANY:
	case WORD_CHOICE:
	case WORD_HOP:
		break;
	case WORD_FILE:
		printf(":file\n");
		break;
	case WORD_XML:
		printf(":xml\n");
		break;
	case WORD_FOLDER:
		printf(":folder\n");
		break;
	case WORD_LAB:
		complete_labs(l, word);
		break;
	case WORD_NODE:
		complete_nodes(l, word);
		break;
	case WORD_PORT:
		complete_ports(l, word);
		break;
	case WORD_LINK:
		complete_links(l, word);
		break;
	case WORD_EXPERIMENT:
		complete_names(l, FILE_EXPERIMENT, word);
		printf(":xml\n");
		break;
	case WORD_TOPOLOGY:
		complete_names(l, FILE_TOPOLOGY, word);
		printf(":xml\n");
		break;
	case WORD_ASSIGNMENT:
		complete_names(l, FILE_ASSIGNMENT, word);
		printf(":xml\n");
		break;
	case WORD_CLASS:
		complete_list(class_verbs, ARRAY_SIZE(class_verbs), word);
		break;
	case WORD_DO_ASSIGNMENT:
		complete_list(assignment_verbs, ARRAY_SIZE(assignment_verbs), word);
		break;
	case WORD_TOPIC:
		complete_commands(l->table, word);
		for (size_t i = 0; i < topics_n; i++)
			candidate(topics[i].name, word);
		break;
	case WORD_IMAGE:
		complete_list(image_verbs, ARRAY_SIZE(image_verbs), word);
		break;
	case WORD_CACHE:
		complete_list(cache_verbs, ARRAY_SIZE(cache_verbs), word);
		break;
	case WORD_RUN:
		complete_runs(l, word);
		printf(":folder\n");
		break;
	case WORD_LANGUAGE:
		for (size_t i = 0; words_languages[i]; i++)
			candidate(words_languages[i], word);
		break;
	case WORD_RUNS:
		complete_list(runs_verbs, ARRAY_SIZE(runs_verbs), word);
		break;
	case WORD_CHANGE:
		complete_change(l, word);
		break;
	}
}

static void complete_value(const struct labctl *l, const struct option *o,
			   const struct prompt *word)
{
	if (o->kind == WORD_CHOICE)
		complete_choice(o->value, word);
	else
		complete_kind(l, o->kind, word);
}

/* An operand behind the first one, whose kind that one decides. */
static void complete_next(const struct labctl *l, const struct args *typed,
			  const struct prompt *word)
{
	const struct command *c = typed->command;
	const char *first = typed->operands[0];
	bool file = str_eq(first, "import") || str_eq(first, "export");

	if (c->max >= 0 && typed->n_operands >= (size_t)c->max)
		return;
	if (c->next == WORD_HOP)
		complete_hops(l, first, word);
	else if (c->kind == WORD_RUNS && str_eq(first, "rm"))
		complete_runs(l, word);
	else if (c->kind == WORD_RUNS || c->kind == WORD_IMAGE)
		complete_kind(l, file ? WORD_FILE : WORD_ANY, word);
	else if (c->next)
		complete_kind(l, c->next, word);
	else if (c->max < 0 && !c->verbatim)
		complete_kind(l, c->kind, word);
}

/* --- options --- */

/* The option that takes a value and is called text, "--lab" or "-l", in its first len bytes. */
static const struct option *option_named(const struct command_table *table, const struct command *c,
					 const char *text, size_t len)
{
	const struct option *lists[2] = { table->common, c ? c->options : NULL };
	const size_t counts[2] = { table->n_common, c ? c->n_options : 0 };
	auto_free char *word = xstrndup(text, len);

	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < counts[i]; j++) {
			const struct option *o = &lists[i][j];

			if (o->value &&
			    ((str_prefix(word, "--") && strcmp(word + 2, o->name) == 0) ||
			     (word[0] == '-' && o->letter && word[1] == o->letter && !word[2])))
				return o;
		}
	return NULL;
}

/* The experiment whose parameters may be given; an empty one where none is named yet. */
static void load_experiment(const struct labctl *l, const struct args *typed,
			    struct experiment *ret)
{
	if (typed->command && typed->command->parameters && typed->n_operands)
		(void)file_read_experiment(l, typed->operands[0], ret);
}

static bool has_actor(const struct experiment *e, const char *name)
{
	for (size_t i = 0; i < e->n_actors; i++)
		if (str_eq(e->actors[i].name, name))
			return true;
	return false;
}

/* False where the experiment has no parameter of that name, which begins with "--". */
static bool complete_parameter(const struct labctl *l, const struct experiment *e, const char *text,
			       size_t len, const struct prompt *word)
{
	if (has_actor(e, "client") && len == strlen("--client") && str_prefix(text, "--client")) {
		complete_nodes(l, word);
		return true;
	}
	for (size_t i = 0; i < e->n_parameters; i++) {
		const struct experiment_parameter *p = &e->parameters[i];

		if (len != strlen(p->name) + 2 || !str_prefix(text, "--") ||
		    strncmp(text + 2, p->name, len - 2) != 0)
			continue;
		for (size_t j = 0; j < p->n_values; j++)
			candidate(p->values[j].name, word);
		return true;
	}
	return false;
}

/* True where text[0..len), an option or a parameter, takes a value, which was completed then. */
static bool complete_value_of(const struct labctl *l, const struct command *c,
			      const struct experiment *e, const char *text, size_t len,
			      const struct prompt *word)
{
	const struct option *o = option_named(l->table, c, text, len);

	if (o)
		complete_value(l, o, word);
	return o || complete_parameter(l, e, text, len, word);
}

static void complete_option(const struct labctl *l, const struct command *c,
			    const struct experiment *e, const struct prompt *word)
{
	const char *equals = strchr(word->text, '=');

	if (equals) {
		const struct prompt value =
			prompt_of(word->text, (size_t)(equals - word->text) + 1);

		(void)complete_value_of(l, c, e, word->text, (size_t)value.lead - 1, &value);
		return;
	}
	complete_options(l->table->common, l->table->n_common, word);
	if (c)
		complete_options(c->options, c->n_options, word);
	if (has_actor(e, "client"))
		candidate("--client", word);
	if (has_actor(e, "web"))
		candidate("--url", word);
	for (size_t i = 0; i < e->n_parameters; i++) {
		auto_free char *name = xasprintf("--%s", e->parameters[i].name);

		candidate(name, word);
	}
}

int cmd_complete(struct labctl *l, const struct args *a)
{
	auto_args struct args typed = { .table = l->table };
	auto_experiment struct experiment e = { 0 };
	const struct prompt word =
		prompt_of(a->n_operands ? a->operands[a->n_operands - 1] : "", 0);
	const char *before = a->n_operands > 1 ? a->operands[a->n_operands - 2] : "";
	auto_free char **argv = xcalloc(a->n_operands + 1, sizeof(*argv));
	int argc = 0;

	/* The parser looks at argv from its second word on. */
	argv[argc++] = (char *)(uintptr_t) "labctl";
	for (size_t i = 0; i + 1 < a->n_operands; i++)
		argv[argc++] = (char *)(uintptr_t)a->operands[i];
	(void)args_parse(argc, argv, &typed, NULL);
	l->lab = args_get(&typed, "lab") ? args_get(&typed, "lab") : l->lab;
	load_experiment(l, &typed, &e);
	if (word.text[0] == '-')
		complete_option(l, typed.command, &e, &word);
	else if (complete_value_of(l, typed.command, &e, before, strlen(before), &word))
		return EXIT_DONE;
	else if (!typed.command)
		complete_commands(l->table, &word);
	else if (typed.n_operands)
		complete_next(l, &typed, &word);
	else
		complete_kind(l, typed.command->kind, &word);
	return EXIT_DONE;
}
