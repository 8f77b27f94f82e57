/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line: one table (commands.c) says what each command takes; parsing, help and
 * completion are read from it.
 */
#ifndef LABCTL_ARGS_H
#define LABCTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

struct labctl;

/* What an operand or an option's value is, for completion. */
enum word_kind {
	WORD_ANY,
	WORD_CHOICE, /* one of those that the option's value names: "kvm|tcg" */
	WORD_FILE,
	WORD_XML,
	WORD_FOLDER,
	WORD_LAB,
	WORD_NODE,
	WORD_PORT,
	WORD_LINK,
	WORD_EXPERIMENT,
	WORD_IMAGE,
	WORD_CACHE, /* what `cache` does */
	WORD_RUN,
	WORD_RUNS, /* what `runs` does */
	WORD_HOP,  /* of the run before it */
	WORD_LANGUAGE,
	WORD_CHANGE, /* of a link */
	WORD_TOPOLOGY,
	WORD_ASSIGNMENT,
	WORD_CLASS,         /* what `class` does */
	WORD_DO_ASSIGNMENT, /* what `assignment` does */
	WORD_TOPIC          /* of the help: a command too */
};

struct option {
	const char *name;  /* without the dashes */
	char letter;       /* 0: none */
	const char *value; /* what it takes, as in the help; NULL: nothing */
	enum word_kind kind;
	const char *help;
};

struct args;

struct command {
	const char *name;
	const char *operands; /* as in the help: "NODE [COMMAND...]" */
	int min, max;         /* how many operands; max -1: any number */
	enum word_kind
		kind; /* of the first operand; of all of them where max is -1 and not verbatim */
	enum word_kind next; /* of those behind it; WORD_ANY: no other kind is said */
	bool verbatim;       /* what follows the least operands is not ours to look at (ssh) */
	bool parameters;     /* --NAME VALUE of names we do not know are kept (run) */
	bool hidden;         /* not in the help */
	const char *summary; /* half a line */
	const char *text;    /* the paragraphs of --help */
	const struct option *options;
	size_t n_options;
	int (*run)(struct labctl *l, const struct args *a);
	void (*more_help)(struct labctl *l, const struct args *a); /* may be NULL */
};

/* Handed down from main(): its functions read it, too. */
struct command_table {
	const struct command *commands;
	size_t n;
	const struct option *common; /* the options that every command takes */
	size_t n_common;
};

/* A word that people know from other tools: our command, where we have just that, or else what to
 * type here. */
struct foreign_word {
	const char *name, *command, *advice;
};
extern const struct foreign_word foreign_words[];
extern const size_t foreign_n;

/* Also of the foreign words that have a command; NULL when there is none. */
const struct command *command_find(const struct command_table *table, const char *name);
/* What to type where the word is of another tool, or NULL. */
const char *command_advice(const char *name);
/* The command that was perhaps meant, or NULL. */
const char *command_nearest(const struct command_table *table, const char *name);

/* What `help` tells of besides commands. */
struct topic {
	const char *name;
	const char *summary; /* half a line */
	const char *text;
};
extern const struct topic topics[];
extern const size_t topics_n;

struct arg {
	const char *name;
	const char *value; /* NULL: takes none */
};

/* A command line taken apart; the strings are argv's. */
struct args {
	const struct command_table *table; /* by which it is taken apart; the caller fills it in */
	const struct command *command;     /* NULL: none was given */
	const char *unknown;               /* the word in its place, when it is no command */
	struct arg *options;               /* in the order given; the last of a name counts */
	size_t n_options;
	struct arg *parameters; /* of command->parameters; value NULL: none was given */
	size_t n_parameters;
	const char **operands; /* NULL behind the last */
	size_t n_operands;
};

/* -EINVAL with what is wrong; ret is filled as far as it got, and must be freed in any case. */
int args_parse(int argc, char **argv, struct args *ret, struct err *err);
/* Whether the number of operands is right: only asked when there is something to run. */
int args_check_operands(const struct args *a, struct err *err);
/* The option's value ("" for one without), or NULL when it was not given. */
const char *args_get(const struct args *a, const char *name);
void args_free(struct args *a);
AUTO_DEFINE(args_auto, struct args, args_free)
#define auto_args AUTO(args_autop)

/* Help on stdout, as text or JSON: of a command, or of the program where that is NULL. */
void help_tell(const struct labctl *l, const struct command *command);

#endif
