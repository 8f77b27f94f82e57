/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What labctl prints. */
#include "labctl/out.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

char *out_clean(const char *text, bool lines)
{
	struct str out = { 0 };

	str_add_clean(&out, text, lines);
	return str_take(&out);
}

void out_line(const char *text)
{
	auto_free char *clean = out_clean(text, false);

	printf("%s\n", isatty(STDOUT_FILENO) ? clean : text);
}

int out_failure(const struct labctl *l, enum exit_code code, const struct err *err,
		const json_t *body)
{
	auto_free char *text = out_clean(err->msg, false);
	auto_json json_t *error = body ? json_copy((json_t *)(uintptr_t)body) : json_object();
	auto_json json_t *value = NULL;

	(void)fflush(stdout); /* so that the two do not change places on a terminal */
	fprintf(stderr, "labctl: %s\n", text);
	if (!l->json)
		return (int)code;
	(void)json_object_set_new(error, "code", json_integer(err->code ? -err->code : EIO));
	(void)json_object_set_new(error, "message", json_string(text));
	value = json_pack("{s:O}", "error", error);
	out_json(value, true);
	return (int)code;
}

int out_error(const struct labctl *l, enum exit_code code, const struct err *err)
{
	return out_failure(l, code, err, NULL);
}

void out_console(const json_t *reply)
{
	const json_t *lines = json_object_get(reply, "console");

	if (!json_array_size(lines))
		return;
	fprintf(stderr, "the last lines of the console of '%s':\n",
		json_get_text(reply, "node", "?"));
	out_lines(lines);
}

void out_lacks(const json_t *lacks)
{
	const json_t *lack;
	size_t i;

	json_array_foreach(lacks, i, lack) {
		const char *why = json_get_text(lack, "why", "");
		auto_free char *text = xasprintf(
			"node '%s': does not hold: %s%s%s", json_get_text(lack, "node", "?"),
			json_get_text(lack, "check", "?"), *why ? ": " : "", why);
		auto_free char *clean = out_clean(text, false);

		printf("  %s\n", clean);
	}
}

void out_lines(const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		auto_free char *clean =
			out_clean(json_is_string(line) ? json_string_value(line) : "", false);

		fprintf(stderr, "  | %s\n", clean);
	}
}

void out_json(const json_t *value, bool compact)
{
	(void)json_dumpf(value, stdout,
			 JSON_ENCODE_ANY | (compact ? JSON_COMPACT : JSON_INDENT(2)));
	printf("\n");
	(void)fflush(stdout);
}

void out_table_add(struct table *t, const char *const *texts)
{
	for (size_t i = 0; i < t->columns; i++)
		*array_add(t->cells, t->n_cells) = out_clean(texts[i] ? texts[i] : "", false);
}

/* Characters of UTF-8 text; all of ours are one column wide. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t widest = 0;

	for (size_t i = column; i < t->n_cells; i += t->columns) {
		size_t w = width_of(t->cells[i]);

		widest = w > widest ? w : widest;
	}
	return widest;
}

void out_table_print(const struct table *t, FILE *f)
{
	auto_free size_t *widths = xcalloc(t->columns, sizeof(*widths));

	for (size_t i = 0; i < t->columns; i++)
		widths[i] = column_width(t, i);
	for (size_t row = 0; row < t->n_cells; row += t->columns) {
		size_t last = t->columns;

		while (last && !t->cells[row + last - 1][0])
			last--;
		for (size_t i = 0; i < last; i++) {
			size_t gap = i + 1 < last ? widths[i] - width_of(t->cells[row + i]) + 2 : 0;

			fprintf(f, "%s%*s", t->cells[row + i], (int)gap, "");
		}
		fprintf(f, "\n");
	}
}

void out_table_free(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ 0 };
}

void out_duration(char buf[24], double seconds)
{
	long s = seconds > 0 ? (long)seconds : 0;

	if (s < 60)
		(void)snprintf(buf, 24, "%.1f s", seconds);
	else if (s < 3600)
		(void)snprintf(buf, 24, "%ld min %ld s", s / 60, s % 60);
	else
		(void)snprintf(buf, 24, "%ld h %ld min", s / 3600 % 100000, s / 60 % 60);
}
