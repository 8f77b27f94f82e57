/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, written out of the table of commands. */
#include "labctl/args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"
#include "labctl/labctl.h"
#include "labctl/out.h"

#define PACKAGES_MAX 65536 /* bytes of the list */

static void print_options(const struct option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_str struct str left = { 0 };

		if (options[i].letter)
			str_addf(&left, "-%c, ", options[i].letter);
		str_addf(&left, "--%s", options[i].name);
		if (options[i].value)
			str_addf(&left, " %s", options[i].value);
		printf("  %-18s %s\n", str_text(&left), options[i].help);
	}
}

static void help_program(const struct command_table *table)
{
	printf("labctl - an Internet of virtual machines on this machine, to look at its "
	       "packets\n\n"
	       "usage: labctl COMMAND ...\n\n");
	for (size_t i = 0; i < table->n; i++)
		if (!table->commands[i].hidden)
			printf("  %-10s %s\n", table->commands[i].name, table->commands[i].summary);
	printf("\nwith every command:\n");
	print_options(table->common, table->n_common);
	printf("\n`labctl help TOPIC` explains:\n");
	for (size_t i = 0; i < topics_n; i++)
		printf("  %-11s %s\n", topics[i].name, topics[i].summary);
	printf("\nTo begin: labctl doctor; labctl up school.xml; labctl run fetch; labctl down\n"
	       "The full manual: man labctl\n");
}

static void help_command(const struct command_table *table, const struct command *command)
{
	printf("usage: labctl %s%s%s%s\n\n%s\n", command->name,
	       command->n_options ? " [OPTION...]" : "", command->operands[0] ? " " : "",
	       command->operands, command->summary);
	if (command->text)
		printf("\n%s\n", command->text);
	printf("\n");
	print_options(command->options, command->n_options);
	print_options(table->common, table->n_common);
}

/* --- as JSON --- */

static json_t *options_json(const struct option *options, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const char letter[2] = { options[i].letter, '\0' };

		(void)json_array_append_new(
			list, json_pack("{s:s, s:s?, s:s?, s:s}", "name", options[i].name, "letter",
					letter[0] ? letter : NULL, "value", options[i].value,
					"summary", options[i].help));
	}
	return list;
}

static json_t *command_json(const struct command *c)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:o}", "command", c->name, "operands", c->operands,
			 "summary", c->summary, "text", c->text, "options",
			 options_json(c->options, c->n_options));
}

static json_t *program_json(const struct command_table *table)
{
	json_t *commands = json_array(), *topics_list = json_array();

	for (size_t i = 0; i < table->n; i++)
		if (!table->commands[i].hidden)
			(void)json_array_append_new(commands, command_json(&table->commands[i]));
	for (size_t i = 0; i < topics_n; i++)
		(void)json_array_append_new(topics_list,
					    json_pack("{s:s, s:s}", "topic", topics[i].name,
						      "summary", topics[i].summary));
	return json_pack("{s:o, s:o, s:o}", "commands", commands, "options",
			 options_json(table->common, table->n_common), "topics", topics_list);
}

void help_tell(const struct labctl *l, const struct command *command)
{
	auto_json json_t *value = NULL;

	if (l->json) {
		value = command ? command_json(command) : program_json(l->table);
		out_json(value, false);
	} else if (command) {
		help_command(l->table, command);
	} else {
		help_program(l->table);
	}
}

/* --- topics --- */

static const struct topic *find_topic(const char *name)
{
	for (size_t i = 0; i < topics_n; i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}

/* The lines of images/packages, "NAME # REASON", as two columns. */
static void add_packages(const struct labctl *l, struct str *out)
{
	auto_free char *path = xasprintf("%s/images/packages", l->paths.share);
	auto_str struct str text = { 0 };
	char *rest, *line;

	if (io_read_file(path, PACKAGES_MAX, &text, NULL) < 0)
		return;
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n"))) {
		char *reason = strchr(line, '#');

		if (!reason || reason == line)
			continue;
		line[strcspn(line, " \t")] = '\0';
		str_addf(out, "    %-20s  %s\n", line, reason + 1 + strspn(reason + 1, " "));
	}
}

static void tell_topic(const struct labctl *l, const struct topic *topic)
{
	auto_json json_t *value = NULL;
	auto_str struct str text = { 0 };

	str_adds(&text, topic->text);
	if (str_eq(topic->name, "guest"))
		add_packages(l, &text);
	if (!l->json) {
		printf("%s: %s\n\n%s", topic->name, topic->summary, str_text(&text));
		return;
	}
	value = json_pack("{s:s, s:s, s:s}", "topic", topic->name, "summary", topic->summary,
			  "text", str_text(&text));
	out_json(value, false);
}

static const char *nearest(const struct command_table *table, const char *word)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < table->n && n < ARRAY_SIZE(names); i++)
		if (!table->commands[i].hidden)
			names[n++] = table->commands[i].name;
	for (size_t i = 0; i < topics_n && n < ARRAY_SIZE(names); i++)
		names[n++] = topics[i].name;
	return str_nearest(word, names, n);
}

int cmd_help(struct labctl *l, const struct args *a)
{
	const char *word = a->n_operands ? a->operands[0] : NULL;
	const struct command *command = word ? command_find(l->table, word) : NULL;
	const struct topic *topic = word ? find_topic(word) : NULL;
	struct err err = ERR_INIT;
	const char *near, *advice = word ? command_advice(word) : NULL;

	if (topic) {
		tell_topic(l, topic);
		return EXIT_DONE;
	}
	if (!word || command) {
		help_tell(l, command);
		return EXIT_DONE;
	}
	near = nearest(l->table, word);
	if (advice)
		(void)err_set(&err, EINVAL, "no command '%s' here: %s", word, advice);
	else if (near)
		(void)err_set(&err, EINVAL, "there is no command or topic '%s'; did you mean '%s'?",
			      word, near);
	else
		(void)err_set(&err, EINVAL,
			      "there is no command or topic '%s'; `labctl help` lists them", word);
	return out_error(l, EXIT_USAGE, &err);
}
