/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a lab comes up, on stderr: on a terminal one line a node, redrawn in place; else one line an
 * event, and of a node that waits for long what it waits for. What labd says is cleaned before it
 * is shown.
 */
#ifndef LABCTL_PROGRESS_H
#define LABCTL_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "plan/plan.h"

struct progress_node {
	char *name;
	char *detail;    /* what it waits for; may be NULL */
	int stage;       /* index into the stages; -1: not begun */
	int64_t changed; /* when it reached that stage, CLOCK_MONOTONIC */
	int64_t told;    /* when something was last said of it, where lines stay */
};

struct progress {
	FILE *file;
	int columns; /* 0: plain lines */
	int drawn;   /* lines that stand on the terminal */
	int64_t start;
	int name_width;
	struct progress_node *nodes;
	size_t n_nodes;
};

/* rows and columns of the terminal behind file; 0 columns: it is none. */
void progress_init(struct progress *p, FILE *file, int rows, int columns, const struct plan *plan);
/* An event of `up`: stage or note. Others are ignored. */
void progress_event(struct progress *p, const json_t *event);
/* Moves the clocks on. */
void progress_tick(struct progress *p);
/* Leaves what stands; further prints go below. */
void progress_end(struct progress *p);
void progress_free(struct progress *p);
AUTO_DEFINE(progress_auto, struct progress, progress_free)
#define auto_progress AUTO(progress_autop)

/* The size of the terminal at fd; 0 and 0 where it is none, or one that cannot move its cursor. */
void progress_terminal(int fd, int *rows, int *columns);

#endif
