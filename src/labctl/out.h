/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What labctl prints: errors, JSON, tables, and text of others without its control characters. */
#ifndef LABCTL_OUT_H
#define LABCTL_OUT_H

#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "labctl/labctl.h"

/* Text that came from a guest, a file, labd or the user, as it may go to a terminal: as
 * str_add_clean. */
char *out_clean(const char *text, bool lines);
/* One line of standard output that another program may read: exact, but cleaned for a terminal. */
void out_line(const char *text);
/* Prints "labctl: MESSAGE" on stderr and, with --json, {"error":...} on stdout; returns code. */
int out_error(const struct labctl *l, enum exit_code code, const struct err *err);
/* The same for a failure reply of labd, all of whose fields go into the JSON; body may be NULL. */
int out_failure(const struct labctl *l, enum exit_code code, const struct err *err,
		const json_t *body);
/* The console that an error reply of labd's may have, on stderr. */
void out_console(const json_t *reply);
/* Of a reply's "lacks", what does not hold on which node: a line each, indented, on stdout. */
void out_lacks(const json_t *lacks);
/* An array of a guest's lines, indented, on stderr. */
void out_lines(const json_t *lines);
/* One JSON value and a newline on stdout; compact: on one line. */
void out_json(const json_t *value, bool compact);

/* Rows of cells, printed with columns as wide as they need. */
struct table {
	char **cells;
	size_t n_cells, columns;
};

/* A row; texts are copied and cleaned; NULL is an empty cell. columns of them. */
void out_table_add(struct table *t, const char *const *texts);
#define out_table_row(t, ...) out_table_add((t), (const char *const[]){ __VA_ARGS__ })
void out_table_print(const struct table *t, FILE *f);
void out_table_free(struct table *t);
AUTO_DEFINE(out_table_auto, struct table, out_table_free)
#define auto_out_table AUTO(out_table_autop)

/* "3 s", "4 min 10 s", "2 h 5 min" */
void out_duration(char buf[24], double seconds);

#endif
