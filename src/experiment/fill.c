/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What references to the parts of a lab stand for. */
#include "experiment/fill.h"

#include <stdint.h>
#include <string.h>

#include "base/korean.h"
#include "experiment/cast.h"

static const char blanks[] = " \t\r\n";

bool experiment_has_actor(const struct xml_node *root, const char *name, size_t len)
{
	struct xml_node *it;

	xml_for_each(it, root, "actor") {
		const char *actor = xml_attr(it, "name");

		if (actor && strlen(actor) == len && memcmp(actor, name, len) == 0)
			return true;
	}
	return false;
}

const char *fill_lack(const struct fill *fill, const char *actor, const char *word)
{
	const json_t *lacks = json_object_get(fill->parts, "lacks");
	auto_free char *full = xasprintf("%s.%s", actor, word);
	const char *why = json_get_text(lacks, full, NULL);

	return why ? why : json_get_text(lacks, actor, NULL);
}

static void unknown_word(const struct fill *fill, const struct xml_node *node, const char *attr,
			 const char *actor, const char *word)
{
	const json_t *part = json_object_get(fill->parts, actor), *value;
	auto_str struct str known = { 0 };
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)part, name, value)
		str_addf(&known, "%s%s", known.len ? ", " : "; it has ", name);
	xml_problem(fill->problems, node, attr, "actor '%s' has no '%s'%s", actor, word,
		    str_text(&known));
}

/* What "client.mac" stands for, len bytes; NULL: nothing, and *why says so where it is the lab's
 * doing. */
static const char *value_of(const struct fill *fill, const struct xml_node *node, const char *attr,
			    const char *text, size_t len, const char **why)
{
	auto_free char *actor = xstrndup(text, len);
	char *dot = strchr(actor, '.');
	const char *word = dot ? dot + 1 : "node", *value;

	if (dot)
		*dot = '\0';
	value = json_get_text(json_object_get(fill->parts, actor), word, NULL);
	if (value)
		return value;
	*why = fill_lack(fill, actor, word);
	if (!*why)
		unknown_word(fill, node, attr, actor, word);
	return NULL;
}

/* Where the next reference to an actor begins, and how long its name is; NULL: there is none. */
static const char *next_reference(const struct xml_node *root, const char *text, size_t *len)
{
	const char *begin = text;

	for (; (text = strstr(text, "${")); text += 2) {
		const char *end = strchr(text, '}');

		if (!end || (text > begin && text[-1] == '$'))
			continue;
		*len = (size_t)(end - text) - 2;
		if (experiment_has_actor(root, text + 2, strcspn(text + 2, ".}")))
			return text;
	}
	return NULL;
}

bool experiment_names_actors(const struct xml_node *root, const char *text)
{
	size_t len;

	return next_reference(root, text, &len);
}

/*
 * The text with what its references stand for; NULL where the lab has not all of it, and *why says
 * what is missing. A korean text gets particles that fit.
 */
static char *filled(const struct fill *fill, const struct xml_node *node, const char *attr,
		    const char *text, const char **why)
{
	bool korean = str_eq(xml_attr(node, XML_LANG), "ko");
	auto_str struct str out = { 0 };
	const char *next;
	size_t len;

	while ((next = next_reference(fill->root, text, &len))) {
		const char *value = value_of(fill, node, attr, next + 2, len, why);

		str_add(&out, text, (size_t)(next - text));
		if (!value && *why)
			return NULL;
		str_adds(&out, value ? value : "");
		text = next + len + 3;
		if (korean && value)
			text += korean_particle(value, text, &out);
	}
	str_adds(&out, text);
	return str_take(&out);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* Of several ports those that the lab has. */
static bool fill_ports(const struct fill *fill, struct xml_node *node, const char **why)
{
	auto_free char *copy = xstrdup(xml_attr(node, "at"));
	auto_str struct str out = { 0 };
	char *rest = NULL;

	for (char *port = strtok_r(copy, blanks, &rest); port;
	     port = strtok_r(NULL, blanks, &rest)) {
		const char *missing = NULL;
		auto_free char *text = filled(fill, node, "at", port, &missing);

		/* Two parts may be one and the same: what is asked at its port is asked once. What
		 * is not known at all was told. */
		if (text && *text && !has_word(str_text(&out), text))
			str_addf(&out, "%s%s", out.len ? " " : "", text);
		else if (!text && !*why)
			*why = missing;
	}
	if (!out.len)
		return false;
	*why = NULL;
	xml_set_attr(node, "at", out.data);
	return true;
}

bool fill_attrs(const struct fill *fill, struct xml_node *node, const char **why)
{
	static const char *const names[] = { "node",    "filter", "path", "contains",
					     "matches", "equals", "from", "station",
					     "to",      "name",   "field" };

	if (xml_attr(node, "at") && strstr(xml_attr(node, "at"), "${") &&
	    !fill_ports(fill, node, why))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = xml_attr(node, names[i]);
		auto_free char *text = NULL;

		if (!value || !strstr(value, "${"))
			continue;
		text = filled(fill, node, names[i], value, why);
		if (!text)
			return false;
		xml_set_attr(node, names[i], text);
	}
	return true;
}

bool fill_text(const struct fill *fill, struct xml_node *node, const char **why)
{
	auto_free char *before = xml_text(node), *text = NULL;

	if (!strstr(before, "${"))
		return true;
	text = filled(fill, node, NULL, before, why);
	if (text)
		xml_set_text(node, text);
	return text;
}

/* With dots for what the lab does not have. */
void fill_title(const struct fill *fill, struct xml_node *node)
{
	auto_free char *text = xml_text(node);
	auto_str struct str out = { 0 };
	const char *rest = text, *next;
	size_t len;

	for (; (next = next_reference(fill->root, rest, &len)); rest = next + len + 3) {
		const char *why = NULL, *value = value_of(fill, node, NULL, next + 2, len, &why);

		str_add(&out, rest, (size_t)(next - rest));
		str_adds(&out, value ? value : "\u2026");
	}
	str_adds(&out, rest);
	xml_set_text(node, str_text(&out));
}
