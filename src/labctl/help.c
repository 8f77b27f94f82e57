/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, written out of the table of commands. */
#include "labctl/options.h"

#include <stdio.h>

#include "base/str.h"
#include "labctl/labctl.h"

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

void help_program(void)
{
	printf("labctl - an Internet of virtual machines on this machine, to look at its "
	       "packets\n\n"
	       "usage: labctl COMMAND ...\n\n");
	for (size_t i = 0; i < n_commands; i++)
		if (!commands[i].hidden)
			printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	printf("\nwith every command:\n");
	print_options(common_options, n_common_options);
	printf("\nTo begin: labctl doctor; labctl up school.xml; labctl run fetch; labctl down\n"
	       "The whole story: man labctl\n");
}

void help_command(const struct command *command)
{
	printf("usage: labctl %s%s%s%s\n\n%s\n", command->name,
	       command->n_options ? " [OPTION...]" : "", command->operands[0] ? " " : "",
	       command->operands, command->summary);
	if (command->text)
		printf("\n%s\n", command->text);
	printf("\n");
	print_options(command->options, command->n_options);
	print_options(common_options, n_common_options);
}

int cmd_help(struct labctl *l, const struct args *a)
{
	const struct command *command = a->n_operands ? command_find(a->operands[0]) : NULL;
	const char *near;

	(void)l;
	if (!a->n_operands) {
		help_program();
		return EXIT_DONE;
	}
	if (command) {
		help_command(command);
		return EXIT_DONE;
	}
	near = command_nearest(a->operands[0]);
	fprintf(stderr, "labctl: unknown command '%s'%s%s%s\n", a->operands[0],
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}
