/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of students. */
#include "course/roster.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "course/draw.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A folder is called so, and some file systems do not tell cases apart. */
static bool has_name(const struct roster *roster, const char *name)
{
	for (size_t i = 0; i < roster->n; i++)
		if (strcasecmp(roster->names[i], name) == 0)
			return true;
	return false;
}

static int add_name(struct roster *roster, const char *name, unsigned int line, struct err *err)
{
	if (!draw_is_name(name))
		return err_set(err, EINVAL,
			       "line %u: '%s' is no name of 1 to 64 letters, digits or any of . _ "
			       "- @ +",
			       line, name);
	if (has_name(roster, name))
		return err_set(err, EINVAL, "line %u: '%s' is there already", line, name);
	if (roster->n == ROSTER_MAX)
		return err_set(err, EINVAL, "line %u: more than %d students", line, ROSTER_MAX);
	*array_add(roster->names, roster->n) = xstrdup(name);
	return 0;
}

/* The first column, out of its quotes. */
static char *first_column(char *line)
{
	size_t len = strcspn(line, ",;\t");

	line[len] = '\0';
	if (len < 2 || line[0] != '"' || line[len - 1] != '"')
		return line;
	line[len - 1] = '\0';
	return line + 1;
}

int roster_parse(const char *text, struct roster *ret, struct err *err)
{
	auto_roster struct roster roster = { 0 };
	auto_free char *copy = xstrdup(text);
	char *rest = copy + (str_prefix(copy, BYTE_ORDER_MARK) ? strlen(BYTE_ORDER_MARK) : 0);
	char *line;
	unsigned int number = 0;

	while ((line = strsep(&rest, "\n"))) {
		size_t len = strlen(line);
		int r;

		number++;
		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		if (strchr(line, '\r'))
			return err_set(err, EINVAL,
				       "line %u: has a carriage return within: end lines by line "
				       "feeds",
				       number);
		line = first_column(line);
		if (!line[0] || line[0] == '#' || (number == 1 && strcasecmp(line, "student") == 0))
			continue;
		r = add_name(&roster, line, number, err);
		if (r < 0)
			return r;
	}
	if (!roster.n)
		return err_set(err, EINVAL, "no student is in it");
	*ret = roster;
	roster = (struct roster){ 0 };
	return 0;
}

void roster_free(struct roster *roster)
{
	for (size_t i = 0; i < roster->n; i++)
		free(roster->names[i]);
	free(roster->names);
	*roster = (struct roster){ 0 };
}

const char *roster_claims(const struct roster *roster, const char *path)
{
	auto_free char *copy = xstrdup(path);
	const char *base = basename(copy), *best = NULL;

	for (size_t i = 0; i < roster->n; i++) {
		const char *name = roster->names[i];
		size_t len = strlen(name);
		char end = strncasecmp(base, name, len) == 0 ? base[len] : 'x';

		if ((end == '\0' || end == '.') && (!best || len > strlen(best)))
			best = name;
	}
	return best;
}
