/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of findings about a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xml/xml.h"

#define TEXT_MAX 1000 /* bytes of a sentence */

void xml_problems_free(struct xml_problems *problems)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		free(problems->items[i].file);
		free(problems->items[i].text);
	}
	free(problems->items);
	*problems = (struct xml_problems){ 0 };
}

/* A name that is a megabyte long is not repeated for each finding. Cuts between characters. */
static void cut(struct str *text)
{
	size_t len = TEXT_MAX;

	while (len && ((unsigned char)text->data[len] & 0xc0) == 0x80)
		len--;
	text->len = len;
	str_adds(text, "...");
}

void xml_problem_at(struct xml_problems *problems, const char *file, unsigned int line,
		    unsigned int column, const char *fmt, ...)
{
	auto_str struct str text = { 0 }, clean = { 0 };
	struct xml_problem *problem;
	va_list ap;

	if (problems->n >= XML_PROBLEMS_MAX) {
		problems->more++;
		return;
	}
	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	if (text.len > TEXT_MAX)
		cut(&text);
	str_add_clean(&clean, str_text(&text), false);
	problem = array_add(problems->items, problems->n);
	problem->file = xstrdup(file);
	problem->line = line;
	problem->column = column;
	problem->text = str_take(&clean);
}

/* The position of a finding that came earlier breaks ties: qsort alone does not keep the order. */
struct ranked {
	struct xml_problem problem;
	size_t rank;
	bool first;
};

static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int files = strcmp(x->problem.file, y->problem.file);

	if (x->first != y->first)
		return x->first ? -1 : 1;
	if (files)
		return files;
	if (x->problem.line != y->problem.line)
		return x->problem.line < y->problem.line ? -1 : 1;
	if (x->problem.column != y->problem.column)
		return x->problem.column < y->problem.column ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

void xml_problems_sort(struct xml_problems *problems, const char *first)
{
	auto_free struct ranked *ranked = xcalloc(problems->n, sizeof(*ranked));
	size_t i;

	for (i = 0; i < problems->n; i++) {
		ranked[i].problem = problems->items[i];
		ranked[i].rank = i;
		ranked[i].first = str_eq(problems->items[i].file, first);
	}
	qsort(ranked, problems->n, sizeof(*ranked), compare);
	for (i = 0; i < problems->n; i++)
		problems->items[i] = ranked[i].problem;
}

static void add_line(struct str *out, const struct xml_problem *problem, const char *kind)
{
	str_add_clean(out, problem->file, false);
	if (problem->line)
		str_addf(out, ":%u", problem->line);
	if (problem->line && problem->column)
		str_addf(out, ":%u", problem->column);
	str_addf(out, ": %s%s%s", kind ? kind : "", kind ? ": " : "", problem->text);
}

int xml_problems_err(const struct xml_problems *problems, struct err *err)
{
	auto_str struct str line = { 0 };

	if (!problems->n)
		return 0;
	add_line(&line, &problems->items[0], NULL);
	if (problems->n == 1)
		return err_set(err, EINVAL, "%s", line.data);
	return err_set(err, EINVAL, "%.440s (and %zu more)", line.data,
		       problems->n - 1 + problems->more);
}

void xml_problems_print(const struct xml_problems *problems, const char *kind, struct str *out)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		add_line(out, &problems->items[i], kind);
		str_adds(out, "\n");
	}
	if (problems->more)
		str_addf(out, "... and %zu more\n", problems->more);
}

void xml_add_hint(struct str *out, const char *word, const char *const *candidates, size_t n)
{
	const char *near = str_nearest(word, candidates, n);

	if (near)
		str_addf(out, " — did you mean '%s'?", near);
}
