/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all of labctl's commands share: the context, exit codes, and the commands themselves. */
#ifndef LABCTL_LABCTL_H
#define LABCTL_LABCTL_H

#include <stdbool.h>

#include "ctl/paths.h"
#include "labctl/args.h"

/* labctl(1) documents these. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,       /* anything that has no code of its own */
	EXIT_USAGE = 2,        /* the command line is wrong */
	EXIT_NO_LAB = 3,       /* no such lab, no lab, or several and none chosen */
	EXIT_INVALID = 4,      /* a topology or experiment file is not valid */
	EXIT_LAB_FAILED = 5,   /* the lab did not come up, the experiment did not pass,
				* its story does not hold, or the lab is not whole */
	EXIT_MACHINE = 6,      /* this machine lacks something; nothing was begun */
	EXIT_NOT_JUDGED = 7,   /* nobody can say whether the experiment or story holds */
	EXIT_SSH_FAILED = 255, /* `ssh`: the command could not be run (its own status otherwise) */
	EXIT_INTERRUPTED = 130,
};

struct labctl {
	struct paths paths;
	const char *lab; /* -l, or LABCTL_LAB; NULL: the only one there is */
	bool json;       /* --json */
	const struct command_table *table;
};

/* commands.c; of main() alone, since it knows all that is below. */
extern const struct command_table commands_all;

/* Each runs one command and returns its exit code; all messages are out by then. */
int cmd_up(struct labctl *l, const struct args *a);
int cmd_down(struct labctl *l, const struct args *a);
int cmd_freeze(struct labctl *l, const struct args *a);
int cmd_reset(struct labctl *l, const struct args *a);
int cmd_cache(struct labctl *l, const struct args *a);
int cmd_restart(struct labctl *l, const struct args *a);
int cmd_ls(struct labctl *l, const struct args *a);
int cmd_status(struct labctl *l, const struct args *a);
int cmd_link(struct labctl *l, const struct args *a);
int cmd_logs(struct labctl *l, const struct args *a);
int cmd_run(struct labctl *l, const struct args *a);
int cmd_runs(struct labctl *l, const struct args *a);
int cmd_report(struct labctl *l, const struct args *a);
int cmd_story(struct labctl *l, const struct args *a);
int cmd_open(struct labctl *l, const struct args *a);
int cmd_bundle(struct labctl *l, const struct args *a);
int cmd_cp(struct labctl *l, const struct args *a);
int cmd_ssh_config(struct labctl *l, const struct args *a);
int cmd_ssh(struct labctl *l, const struct args *a);
int cmd_console(struct labctl *l, const struct args *a);
int cmd_capture(struct labctl *l, const struct args *a);
int cmd_validate(struct labctl *l, const struct args *a);
int cmd_plan(struct labctl *l, const struct args *a);
int cmd_assignment(struct labctl *l, const struct args *a);
int cmd_task(struct labctl *l, const struct args *a);
int cmd_class(struct labctl *l, const struct args *a);
int cmd_check(struct labctl *l, const struct args *a);
int cmd_image(struct labctl *l, const struct args *a);
int cmd_demo(struct labctl *l, const struct args *a);
int cmd_doctor(struct labctl *l, const struct args *a);
int cmd_help(struct labctl *l, const struct args *a);
int cmd_complete(struct labctl *l, const struct args *a);

/* What `run EXPERIMENT --help` says beyond the table: the experiment's own parameters. */
void cmd_run_help(struct labctl *l, const struct args *a);

#endif
