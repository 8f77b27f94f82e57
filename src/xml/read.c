/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading: libxml2's parser with our hand on it, so that every element knows its place. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parserInternals.h>

#include "base/io.h"
#include "xml/private.h"

/* No entities but the five (there is no DTD to declare more), no network, CDATA is text. */
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA | XML_PARSE_NODICT)

/* One run of the parser; its xmlParserCtxt's _private. */
struct reading {
	struct xml_doc *doc;
	struct source *source;
	struct xml_problems *problems;
	int levels;
	bool failed;
	/*
	 * Elements come in the order of the text: lines are counted from where the last one stood.
	 */
	size_t offset;
	unsigned int line, column;
};

static void fail(xmlParserCtxt *parser, unsigned int line, unsigned int column, const char *text)
{
	struct reading *reading = parser->_private;

	/* After the first, most of what a parser says is a consequence. */
	if (!reading->failed)
		xml_problem_at(reading->problems, reading->source->name, line, column, "%s", text);
	reading->failed = true;
}

static void on_error(void *ctx, xmlError *error)
{
	auto_free char *text = NULL;
	size_t len;

	if (error->level < XML_ERR_ERROR || !error->message)
		return;
	text = xasprintf("not well-formed XML: %s", error->message);
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	fail(ctx, error->line > 0 ? (unsigned int)error->line : 0,
	     error->int2 > 0 ? (unsigned int)error->int2 : 0, text);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	xmlParserCtxt *parser = ctx;

	(void)name;
	(void)external;
	(void)system;
	fail(parser, (unsigned int)xmlSAX2GetLineNumber(parser), 0,
	     "a DOCTYPE does not belong here: labs and experiments have neither DTD nor entities; "
	     "take it out");
	xmlStopParser(parser);
}

/* Moves on to offset, counting lines, and characters of the last line. */
static void count_to(struct reading *reading, size_t offset)
{
	const char *text = reading->source->text.data;

	for (; reading->offset < offset; reading->offset++) {
		if (text[reading->offset] == '\n') {
			reading->line++;
			reading->column = 1;
		} else if (((unsigned char)text[reading->offset] & 0xc0) != 0x80) {
			reading->column++;
		}
	}
}

/*
 * The parser has just read the attributes; no '<' can be inside them, so the last one began the
 * tag.
 */
static void set_place(struct reading *reading, const xmlParserCtxt *parser)
{
	const xmlParserInput *input = parser->input;
	size_t offset = input->consumed + (size_t)(input->cur - input->base);
	struct place *place = xcalloc(1, sizeof(*place));

	if (offset > reading->source->text.len)
		offset = reading->source->text.len;
	while (offset > reading->offset && reading->source->text.data[offset] != '<')
		offset--;
	count_to(reading, offset);
	place->source = reading->source;
	place->offset = reading->offset;
	place->line = reading->line;
	place->column = reading->column;
	place->next = reading->doc->places;
	reading->doc->places = place;
	parser->node->_private = place;
}

static void on_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		       int n_namespaces, const xmlChar **namespaces, int n_attributes,
		       int n_defaulted, const xmlChar **attributes)
{
	xmlParserCtxt *parser = ctx;
	struct reading *reading = parser->_private;
	int before = parser->nodeNr;

	xmlSAX2StartElementNs(ctx, name, prefix, uri, n_namespaces, namespaces, n_attributes,
			      n_defaulted, attributes);
	if (parser->nodeNr != before + 1 || !parser->node) {
		fail(parser, reading->line, 0, "cannot be read: too much for the XML parser");
		xmlStopParser(parser);
		return;
	}
	set_place(reading, parser);
	if (reading->levels + parser->nodeNr > XML_DEPTH_MAX) {
		auto_free char *text = xasprintf("nested deeper than %d levels", XML_DEPTH_MAX);

		fail(parser, reading->line, reading->column, text);
		xmlStopParser(parser);
	}
}

/*
 * Offsets are bytes of UTF-8, so other encodings are refused before and after the parser sees them.
 */
static const char *encoding_problem(const struct str *text)
{
	const char *p = text->data;

	if (text->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (isspace((unsigned char)*p))
		p++;
	if (!*p && p == text->data + text->len)
		return "the file is empty";
	if (*p != '<')
		return "not an XML file in UTF-8: it does not begin with '<'";
	if (memchr(text->data, 0, text->len))
		return "not an XML file in UTF-8: it holds a zero byte";
	return NULL;
}

/* The end of what begins at p and is no element's tag; NULL where p is one's. */
static const char *skip_other(const char *p)
{
	static const struct {
		const char *begin, *end;
	} others[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" }, { "<!", ">" } };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const char *end;

		if (!str_prefix(p, others[i].begin))
			continue;
		end = strstr(p + strlen(others[i].begin), others[i].end);
		return end ? end : p + strlen(p);
	}
	return NULL;
}

/* The first start tag of more attributes than there may be, NULL: none. libxml2 compares each
 * attribute of a tag with each other. */
static const char *crowded_tag(const char *p)
{
	while ((p = strchr(p, '<'))) {
		const char *tag = p, *other = skip_other(p);
		int attrs = 0;

		if (other) {
			p = other;
			continue;
		}
		for (p++; *p && *p != '>' && *p != '<'; p++) {
			if (*p != '"' && *p != '\'')
				continue;
			if (++attrs > XML_ATTRS_MAX)
				return tag;
			p = strchr(p + 1, *p);
			if (!p)
				return NULL;
		}
	}
	return NULL;
}

static bool is_utf8(const xmlChar *encoding)
{
	return !encoding || !strcasecmp(CHARS(encoding), "UTF-8") ||
	       !strcasecmp(CHARS(encoding), "US-ASCII");
}

static xmlDoc *parse(struct reading *reading)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();
	xmlDoc *tree;

	if (!parser)
		abort();
	parser->_private = reading;
	parser->sax->startElementNs = on_element;
	parser->sax->internalSubset = on_doctype;
	parser->sax->serror = on_error;
	tree = xmlCtxtReadMemory(parser, reading->source->text.data, (int)reading->source->text.len,
				 NULL, NULL, PARSE_OPTIONS);
	if (!tree)
		fail(parser, 0, 0, "not well-formed XML");
	else if (!is_utf8(tree->encoding))
		fail(parser, 1, 0, "not in UTF-8: save the file in that encoding");
	xmlFreeParserCtxt(parser);
	return tree;
}

int read_source(struct xml_doc *doc, struct source *source, int levels, xmlDoc **ret,
		struct xml_problems *problems)
{
	struct reading reading = {
		.doc = doc,
		.source = source,
		.problems = problems,
		.levels = levels,
		.line = 1,
		.column = 1,
	};
	const char *problem, *crowded;
	xmlDoc *tree;

	str_add(&source->text, "", 0);
	doc->used += source->text.len;
	if (doc->used > doc->limit) {
		xml_problem_at(problems, source->name, 0, 0,
			       "too large: more than %zu bytes, included files counted",
			       doc->limit);
		return -EINVAL;
	}
	problem = encoding_problem(&source->text);
	if (problem) {
		xml_problem_at(problems, source->name, 1, 0, "%s", problem);
		return -EINVAL;
	}
	crowded = crowded_tag(source->text.data);
	if (crowded) {
		count_to(&reading, (size_t)(crowded - source->text.data));
		xml_problem_at(problems, source->name, reading.line, reading.column,
			       "an element with more than %d attributes", XML_ATTRS_MAX);
		return -EINVAL;
	}
	tree = parse(&reading);
	if (reading.failed) {
		xmlFreeDoc(tree);
		return -EINVAL;
	}
	tree->_private = doc;
	*ret = tree;
	return 0;
}

struct source *read_add_source(struct xml_doc *doc, char *name, char *real)
{
	struct source *source = xcalloc(1, sizeof(*source));

	source->name = name;
	source->real = real;
	source->next = doc->sources;
	doc->sources = source;
	return source;
}
