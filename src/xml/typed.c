/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typed values of elements: a finding where one is not what it should be. */
#include "xml/xml.h"

char *xml_prose_in(struct xml_problems *problems, const struct xml_node *parent, const char *name,
		   const char *lang)
{
	char *found = NULL;
	struct xml_node *it;

	xml_for_each(it, parent, name) {
		const char *own = xml_attr(it, XML_LANG);

		if (!str_eq(own ? own : "en", lang))
			continue;
		if (found)
			xml_problem(problems, it, NULL, "only one may be here for each language");
		else
			found = xml_prose(it);
	}
	return found;
}

unsigned long xml_attr_unsigned(struct xml_problems *problems, const struct xml_node *node,
				const char *attr, unsigned long min, unsigned long max,
				unsigned long fallback)
{
	const char *text = xml_attr(node, attr);
	unsigned long value;

	if (!text)
		return fallback;
	if (str_to_ulong(text, min, max, &value) == 0)
		return value;
	if (!xml_has_problem(problems, node, attr))
		xml_problem(problems, node, attr,
			    "%s is '%.64s', not a whole number from %lu to %lu", attr, text, min,
			    max);
	return fallback;
}

bool xml_attr_flag(struct xml_problems *problems, const struct xml_node *node, const char *attr,
		   bool fallback)
{
	const char *text = xml_attr(node, attr);

	if (!text)
		return fallback;
	if (str_eq(text, "yes"))
		return true;
	if (str_eq(text, "no"))
		return false;
	if (!xml_has_problem(problems, node, attr))
		xml_problem(problems, node, attr, "%s is '%.64s', neither 'yes' nor 'no'", attr,
			    text);
	return fallback;
}
