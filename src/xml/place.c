/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where things stand: elements by their place, attributes by looking into the start tag again. */
#include <string.h>

#include "xml/private.h"

const char *xml_file(const struct xml_node *node)
{
	return place_of(node)->source->name;
}

unsigned int xml_line(const struct xml_node *node)
{
	return place_of(node)->line;
}

unsigned int xml_column(const struct xml_node *node)
{
	return place_of(node)->column;
}

bool xml_tainted(const struct xml_node *node)
{
	return place_of(node)->tainted;
}

/* A start tag is scanned with its line and column; bytes inside a UTF-8 character do not count. */
struct cursor {
	const char *p, *end;
	unsigned int line, column;
};

static void step(struct cursor *c)
{
	if (*c->p == '\n') {
		c->line++;
		c->column = 1;
	} else if (((unsigned char)*c->p & 0xc0) != 0x80) {
		c->column++;
	}
	c->p++;
}

static void skip_until(struct cursor *c, const char *set)
{
	while (c->p < c->end && !strchr(set, *c->p))
		step(c);
}

static void skip_any(struct cursor *c, const char *set)
{
	while (c->p < c->end && *c->p && strchr(set, *c->p))
		step(c);
}

/* The document is well-formed, so the tag is: <name attr="..." attr='...'> */
void place_of_attr(const struct xml_node *node, const char *attr, unsigned int *line,
		   unsigned int *column)
{
	const struct place *place = place_of(node);
	const struct str *text = &place->source->text;
	struct cursor c = { text->data + place->offset, text->data + text->len, place->line,
			    place->column };

	*line = place->line;
	*column = place->column;
	if (!attr)
		return;
	skip_until(&c, " \t\r\n>/");
	for (;;) {
		struct cursor name;
		char quote[2] = "";

		skip_any(&c, " \t\r\n");
		name = c;
		skip_until(&c, "= \t\r\n>/");
		if (c.p == name.p || c.p == c.end)
			return;
		if ((size_t)(c.p - name.p) == strlen(attr) &&
		    memcmp(name.p, attr, strlen(attr)) == 0) {
			*line = name.line;
			*column = name.column;
			return;
		}
		skip_until(&c, "\"'");
		if (c.p == c.end)
			return;
		quote[0] = *c.p;
		step(&c);
		skip_until(&c, quote);
		if (c.p < c.end)
			step(&c);
	}
}

/* "node 'kt1': nic 'eth0': " ; the root is not named: it is the file. */
static void add_label(struct str *out, const struct xml_node *node)
{
	const struct xml_node *parent = xml_parent(node);
	static const char *const names[] = { "name", "path", "to" };
	const char *name = NULL;
	size_t i;

	if (!parent)
		return;
	add_label(out, parent);
	str_adds(out, xml_name(node));
	for (i = 0; i < ARRAY_SIZE(names) && !name; i++)
		name = xml_attr(node, names[i]);
	if (name && *name)
		str_addf(out, " '%.64s'", name);
	str_adds(out, ": ");
}

void place_add_finding(struct xml_problems *problems, const struct xml_node *at, const char *attr,
		       const struct xml_node *label, const char *text)
{
	auto_str struct str front = { 0 };
	unsigned int line, column;

	if (problems->n >= XML_PROBLEMS_MAX) {
		problems->more++; /* without looking for its place, which costs the tag's length */
		return;
	}
	place_of_attr(at, attr, &line, &column);
	add_label(&front, label);
	xml_problem_at(problems, xml_file(at), line, column, "%s%s", str_text(&front), text);
}

void xml_problem(struct xml_problems *problems, const struct xml_node *node, const char *attr,
		 const char *fmt, ...)
{
	auto_str struct str text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	place_add_finding(problems, node, attr, node, str_text(&text));
}

bool xml_has_problem(const struct xml_problems *problems, const struct xml_node *node,
		     const char *attr)
{
	unsigned int line, column;
	size_t i;

	if (problems->n >= XML_PROBLEMS_MAX)
		return true;
	place_of_attr(node, attr, &line, &column);
	for (i = 0; i < problems->n; i++) {
		const struct xml_problem *p = &problems->items[i];

		if (p->line == line && p->column == column && str_eq(p->file, xml_file(node)))
			return true;
	}
	return false;
}
