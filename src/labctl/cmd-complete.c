/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl __complete WORD...: what the last word may become, one candidate a line, for the shells'
 * completion scripts; ":file" stands for file names, which shells do better. Errors are silence.
 */
#include <string.h>

#include "labctl/client.h"
#include "labctl/file.h"
#include "labctl/out.h"
#include "labctl/ports.h"
#include "labctl/runs.h"
#include "report/words.h"

static const char *const image_verbs[] = { "build", "show", "prune", "export", "import" };

static const char *const changes[] = { "up",    "down",     "delay=", "jitter=", "loss=",
				       "rate=", "station=", "from=",  "to=",     "signal=" };
static const char *const runs_verbs[] = { "rm", "prune", "import" };

static void candidate(const char *text, const char *start)
{
	auto_free char *clean = out_clean(text, false);

	if (str_prefix(clean, start))
		printf("%s\n", clean);
}

static void complete_options(const struct option *options, size_t n, const char *start)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *word = xasprintf("--%s", options[i].name);

		candidate(word, start);
	}
}

static void complete_commands(const char *start)
{
	for (size_t i = 0; i < n_commands; i++)
		if (!commands[i].hidden)
			candidate(commands[i].name, start);
}

static void complete_labs(const struct labctl *l, const char *start)
{
	auto_registry_list struct registry_list list = { 0 };

	if (registry_list(l->paths.state, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		candidate(list.entries[i].name, start);
}

static void complete_names(char *dir, const char *start)
{
	size_t n;
	char **names = file_names(dir, &n);

	for (size_t i = 0; i < n; i++) {
		candidate(names[i], start);
		free(names[i]);
	}
	free(names);
	free(dir);
}

static json_t *ask_status(const struct labctl *l)
{
	auto_registry_entry struct registry_entry entry = { 0 };

	return client_find(l, &entry, NULL) < 0 ? NULL : ports_status(&entry);
}

/* The names of the lab's nodes or links. */
static void complete_names_of(const struct labctl *l, const char *list, const char *start)
{
	auto_json json_t *status = ask_status(l);
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(status, list), i, item)
		candidate(json_get_text(item, "name", ""), start);
}

static void complete_port(void *ctx, const char *port)
{
	candidate(port, ctx);
}

static void complete_ports(const struct labctl *l, const char *start)
{
	auto_json json_t *status = ask_status(l);

	ports_each(status, complete_port, (void *)(uintptr_t)start);
}

static void complete_runs(const struct labctl *l, const char *start)
{
	char **names;
	size_t n;

	if (runs_list(l, &names, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		candidate(names[i], start);
	runs_free(names, n);
}

static void complete_kind(const struct labctl *l, enum word_kind kind, const char *start)
{
	switch (kind) {
	case WORD_ANY:
		break;
	case WORD_FILE:
		printf(":file\n");
		break;
	case WORD_LAB:
		complete_labs(l, start);
		break;
	case WORD_NODE:
		complete_names_of(l, "nodes", start);
		break;
	case WORD_PORT:
		complete_ports(l, start);
		break;
	case WORD_LINK:
		complete_names_of(l, "links", start);
		break;
	case WORD_EXPERIMENT:
		complete_names(file_experiment_dir(l), start);
		printf(":file\n");
		break;
	case WORD_TOPOLOGY:
		complete_names(file_topology_dir(l), start);
		printf(":file\n");
		break;
	case WORD_TOPIC:
		complete_commands(start);
		for (size_t i = 0; i < n_topics; i++)
			candidate(topics[i].name, start);
		break;
	case WORD_IMAGE:
		for (size_t i = 0; i < ARRAY_SIZE(image_verbs); i++)
			candidate(image_verbs[i], start);
		break;
	case WORD_RUN:
		complete_runs(l, start);
		printf(":file\n");
		break;
	case WORD_LANGUAGE:
		for (size_t i = 0; words_languages[i]; i++)
			candidate(words_languages[i], start);
		break;
	case WORD_RUNS:
		for (size_t i = 0; i < ARRAY_SIZE(runs_verbs); i++)
			candidate(runs_verbs[i], start);
		complete_runs(l, start);
		break;
	case WORD_CHANGE:
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
			candidate(changes[i], start);
		break;
	}
}

/* The option that the word before the last one is, if it takes a value. */
static const struct option *waiting_option(const struct command *c, const char *word)
{
	const struct option *lists[2] = { common_options, c ? c->options : NULL };
	const size_t counts[2] = { n_common_options, c ? c->n_options : 0 };

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

int cmd_complete(struct labctl *l, const struct args *a)
{
	auto_args struct args typed = { 0 };
	const char *last = a->n_operands ? a->operands[a->n_operands - 1] : "";
	const char *before = a->n_operands > 1 ? a->operands[a->n_operands - 2] : "";
	auto_free char **argv = xcalloc(a->n_operands + 1, sizeof(*argv));
	const struct option *o;
	int argc = 0;

	/* The parser looks at argv from its second word on. */
	argv[argc++] = (char *)(uintptr_t) "labctl";
	for (size_t i = 0; i + 1 < a->n_operands; i++)
		argv[argc++] = (char *)(uintptr_t)a->operands[i];
	(void)args_parse(argc, argv, &typed, NULL);
	l->lab = args_get(&typed, "lab") ? args_get(&typed, "lab") : l->lab;
	o = waiting_option(typed.command, before);
	if (o) {
		complete_kind(l, o->kind, last);
	} else if (last[0] == '-') {
		complete_options(common_options, n_common_options, last);
		if (typed.command)
			complete_options(typed.command->options, typed.command->n_options, last);
	} else if (!typed.command) {
		complete_commands(last);
	} else if (typed.n_operands && typed.command->next) {
		complete_kind(l, typed.command->next, last);
	} else if (!typed.n_operands || (typed.command->max < 0 && !typed.command->verbatim)) {
		complete_kind(l, typed.command->kind, last);
	}
	return EXIT_DONE;
}
