/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Simple values against their pattern in the schema, and what they should have been. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <libxml/xmlregexp.h>

#include "xml/grammar.h"
#include "xml/private.h"
#include "xml/rng.h"

static enum fit content_fits(const struct grammar *grammar, const xmlNode *parent,
			     const char *value, int refs);

/* White space as xsd:token has it: none at the ends, one blank in between. */
static char *as_token(const char *value)
{
	struct str out = { 0 };

	for (; *value; value++) {
		if (!isspace((unsigned char)*value))
			str_add(&out, value, 1);
		else if (out.len && out.data[out.len - 1] != ' ')
			str_add(&out, " ", 1);
	}
	while (out.len && out.data[out.len - 1] == ' ')
		out.data[--out.len] = '\0';
	return str_take(&out);
}

static enum fit matches(const char *pattern, const char *value)
{
	xmlRegexp *regexp = xmlRegexpCompile(TEXT(pattern));
	int r;

	if (!regexp)
		return FIT_UNKNOWN;
	r = xmlRegexpExec(regexp, TEXT(value));
	xmlRegFreeRegexp(regexp);
	return r == 1 ? FIT_YES : r == 0 ? FIT_NO : FIT_UNKNOWN;
}

static bool is_number(const char *type)
{
	static const char *const types[] = { "integer",         "nonNegativeInteger",
					     "positiveInteger", "unsignedLong",
					     "unsignedInt",     "unsignedShort",
					     "unsignedByte" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (str_eq(types[i], type))
			return true;
	}
	return false;
}

static void number_range(const xmlNode *data, unsigned long *min, unsigned long *max)
{
	const xmlNode *it;

	*min = 0;
	*max = ULONG_MAX;
	rng_for_each(it, data)
	{
		auto_free char *text = xml_prose(from_libxml(it));

		if (str_eq(rng_attr(it, "name"), "minInclusive"))
			(void)str_to_ulong(text, 0, ULONG_MAX, min);
		if (str_eq(rng_attr(it, "name"), "maxInclusive"))
			(void)str_to_ulong(text, 0, ULONG_MAX, max);
	}
}

static enum fit data_fits(const xmlNode *data, const char *value)
{
	const char *type = rng_attr(data, "type");
	auto_free char *token = as_token(value);
	enum fit fit = FIT_YES;
	unsigned long min, max, number;
	const xmlNode *it;

	if (type && is_number(type)) {
		number_range(data, &min, &max);
		return str_to_ulong(token, min, max, &number) == 0 ? FIT_YES : FIT_NO;
	}
	if (!str_eq(type, "string") && !str_eq(type, "token"))
		return FIT_UNKNOWN;
	rng_for_each(it, data)
	{
		auto_free char *pattern = xml_text(from_libxml(it));
		enum fit one = FIT_UNKNOWN;

		if (str_eq(rng_attr(it, "name"), "pattern"))
			one = matches(pattern, str_eq(type, "token") ? token : value);
		if (one == FIT_NO)
			return FIT_NO;
		if (one == FIT_UNKNOWN)
			fit = FIT_UNKNOWN;
	}
	return fit;
}

/* Any of the alternatives, or of the parts of a define. */
static enum fit any_fits(const struct grammar *grammar, const xmlNode *choice, const char *value,
			 int refs);

static enum fit ref_fits(const struct grammar *grammar, const xmlNode *ref, const char *value,
			 int refs)
{
	const xmlNode *define =
		rng_define(xmlDocGetRootElement(grammar->tree), rng_attr(ref, "name"), NULL);

	return define && refs < RNG_REFS_MAX ? content_fits(grammar, define, value, refs + 1)
					     : FIT_UNKNOWN;
}

static enum fit pattern_fits(const struct grammar *grammar, const xmlNode *pattern,
			     const char *value, int refs)
{
	if (rng_is(pattern, "text"))
		return FIT_YES;
	if (rng_is(pattern, "data"))
		return data_fits(pattern, value);
	if (rng_is(pattern, "ref"))
		return ref_fits(grammar, pattern, value, refs);
	if (rng_is(pattern, "choice"))
		return any_fits(grammar, pattern, value, refs);
	if (rng_is(pattern, "value")) {
		auto_free char *token = as_token(value);
		auto_free char *wanted = xml_prose(from_libxml(pattern));

		return str_eq(token, wanted) ? FIT_YES : FIT_NO;
	}
	return FIT_UNKNOWN;
}

static enum fit any_fits(const struct grammar *grammar, const xmlNode *choice, const char *value,
			 int refs)
{
	enum fit fit = FIT_NO;
	const xmlNode *it;

	rng_for_each(it, choice)
	{
		enum fit one = pattern_fits(grammar, it, value, refs);

		if (one == FIT_YES)
			return FIT_YES;
		if (one == FIT_UNKNOWN)
			fit = FIT_UNKNOWN;
	}
	return fit;
}

static enum fit content_fits(const struct grammar *grammar, const xmlNode *parent,
			     const char *value, int refs)
{
	const xmlNode *only = rng_child(parent);

	if (!only)
		return FIT_YES; /* <attribute name="x"/> holds any text */
	return rng_next(only) ? FIT_UNKNOWN : pattern_fits(grammar, only, value, refs);
}

enum fit grammar_fits(const struct grammar *grammar, const xmlNode *pattern, const char *value)
{
	return content_fits(grammar, pattern, value, 0);
}

/* All <value>s below, through choices and references. */
static void collect_values(const struct grammar *grammar, const xmlNode *parent, char ***values,
			   size_t *n, int refs)
{
	const xmlNode *it;

	if (refs > RNG_REFS_MAX)
		return;
	rng_for_each(it, parent)
	{
		const xmlNode *define = NULL;

		if (rng_is(it, "value"))
			*array_add(*values, *n) = xml_prose(from_libxml(it));
		else if (rng_is(it, "choice"))
			collect_values(grammar, it, values, n, refs + 1);
		else if (rng_is(it, "ref"))
			define = rng_define(xmlDocGetRootElement(grammar->tree),
					    rng_attr(it, "name"), NULL);
		if (define)
			collect_values(grammar, define, values, n, refs + 1);
	}
}

static bool add_values(const struct grammar *grammar, const xmlNode *pattern, const char *value,
		       struct str *out)
{
	char **values = NULL;
	size_t n = 0, i;

	collect_values(grammar, pattern, &values, &n, 0);
	for (i = 0; i < n; i++)
		str_addf(out, "%s'%s'", i == 0 ? (n > 1 ? "one of " : "") : ", ", values[i]);
	if (n)
		xml_add_hint(out, value, (const char *const *)values, n);
	for (i = 0; i < n; i++)
		free(values[i]);
	free(values);
	return n > 0;
}

static void add_data(const xmlNode *data, struct str *out)
{
	const char *type = rng_attr(data, "type");
	unsigned long min, max;

	if (!type || !is_number(type)) {
		str_adds(out, "what the schema asks for");
		return;
	}
	number_range(data, &min, &max);
	if (max == ULONG_MAX)
		str_addf(out, "a whole number of at least %lu", min);
	else
		str_addf(out, "a whole number from %lu to %lu", min, max);
}

/* What the define says of this very value. */
static void add_hints(const xmlNode *define, const char *value, struct str *out)
{
	for (const xmlNode *it = rng_hint(define, NULL); it; it = rng_hint(define, it)) {
		const char *pattern = rng_attr(it, "for");
		auto_free char *text = xml_prose(from_libxml(it));

		if (pattern && matches(pattern, value) == FIT_YES)
			str_addf(out, "; %s", text);
	}
}

void grammar_add_wanted(const struct grammar *grammar, const xmlNode *pattern, const char *value,
			struct str *out)
{
	const xmlNode *root = xmlDocGetRootElement(grammar->tree), *only = rng_child(pattern);
	const xmlNode *last = NULL;
	auto_free char *documentation = NULL;
	int refs = 0;

	while (only && rng_is(only, "ref") && refs++ < RNG_REFS_MAX) {
		const xmlNode *define = rng_define(root, rng_attr(only, "name"), NULL);

		free(documentation);
		documentation = define ? rng_documentation(define) : NULL;
		only = define ? rng_child(define) : NULL;
		last = define;
	}
	if (documentation)
		str_adds(out, documentation);
	else if (!add_values(grammar, pattern, value, out) && only)
		add_data(only, out);
	if (last)
		add_hints(last, value, out);
}
