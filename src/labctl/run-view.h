/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user sees of a run: each step on its way, and what came of it. */
#ifndef LABCTL_RUN_VIEW_H
#define LABCTL_RUN_VIEW_H

#include "labctl/labctl.h"

struct run_view {
	bool json;
	bool silent;   /* another command tells what comes of it */
	bool terminal; /* the step under way may be shown and replaced */
};

/* An event of CTL_RUN, ctx a struct run_view, on standard error; with json on standard output. */
void run_view_event(void *ctx, const json_t *event);
/* Nothing is under way any more: its line goes. */
void run_view_clear(const struct run_view *view);
/*
 * What came of CTL_RUN, which r, reply and err are the answer of: the story is read, put into
 * all.pcapng and printed, or, where told is not NULL, handed over in it. *result becomes a new
 * reference where there is a run. The exit code.
 */
int run_view_finish(const struct labctl *l, const char *experiment, int r, json_t *reply,
		    json_t **result, json_t **told, const struct err *err);

#endif
