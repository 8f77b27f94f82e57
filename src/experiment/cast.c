/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An experiment speaks of the client, its gateway, the web server; a lab has nodes. Here the one
 * becomes the other, in the document itself: what is loaded then, and kept with a run, needs
 * neither the lab nor this file.
 */
#include "experiment/cast.h"

#include <stdint.h>
#include <string.h>

#include "experiment/fill.h"

static const char blanks[] = " \t\r\n";

struct casting {
	struct fill fill;
	json_t *told;   /* {"no Wi-Fi in this lab": ["step 'join'", ..]} */
	json_t *gone;   /* names of expectations that are left out, with no other in their place */
	json_t *kept;   /* names of those that are not */
	json_t *lost;   /* names of values that only those took */
	json_t *values; /* that are taken so far */
};

/* --- one element --- */

/* What stands or falls by itself. */
static bool is_unit(const struct xml_node *node)
{
	static const char *const names[] = { "step",   "output", "fact", "collect", "expect",
					     "remark", "phase",  "link", "restart" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (xml_is(node, names[i]))
			return true;
	return false;
}

/* Terms without '=' are actors; those of parameters stay. False: one does not hold; *why is NULL
 * where it is of labs that have more than is asked for. */
static bool when_holds(const struct casting *c, struct xml_node *node, const char **why)
{
	const char *when = xml_attr(node, "when");
	auto_free char *copy = xstrdup(when ? when : "");
	auto_str struct str stays = { 0 };
	char *rest = NULL;

	for (char *term = strtok_r(copy, blanks, &rest); term;
	     term = strtok_r(NULL, blanks, &rest)) {
		const char *name = term + (*term == '!');
		bool there = !c->fill.parts || json_object_get(c->fill.parts, name);

		if (strchr(term, '=')) {
			str_addf(&stays, "%s%s", stays.len ? " " : "", term);
		} else if (!experiment_has_actor(c->fill.root, name, strlen(name))) {
			xml_problem(c->fill.problems, node, "when",
				    "'%s' is not PARAMETER=VALUE or PARAMETER!=VALUE, and there is "
				    "no <actor> of this name",
				    term);
		} else if (there == (*term == '!')) {
			*why = there ? NULL : fill_lack(&c->fill, name, "");
			return false;
		}
	}
	if (when)
		xml_set_attr(node, "when", stays.len ? stays.data : NULL);
	return true;
}

/* A value that the filter needs and nobody takes in this lab. */
static bool has_values(const struct casting *c, const struct xml_node *node, const char **why)
{
	const char *at = xml_attr(node, "filter");

	for (; at && (at = strstr(at, "@{")); at += 2) {
		auto_free char *name = xstrndup(at + 2, strcspn(at + 2, "}"));

		*why = json_get_text(c->lost, name, NULL);
		if (*why && !json_object_get(c->values, name))
			return false;
	}
	*why = NULL;
	return true;
}

/* What is known without a frame of this file that says so: an address, where it was not leased. */
static void fill_values(const struct casting *c, struct xml_node *node)
{
	const json_t *known = json_object_get(c->fill.parts, "values"), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)known, name, value) {
		auto_free char *reference = xasprintf("@{%s}", name);
		const char *at = xml_attr(node, "filter"), *next;
		auto_str struct str out = { 0 };

		if (!at || json_object_get(c->values, name) || !strstr(at, reference))
			continue;
		for (; (next = strstr(at, reference)); at = next + strlen(reference)) {
			str_add(&out, at, (size_t)(next - at));
			str_adds(&out, json_string_value(value));
		}
		str_adds(&out, at);
		xml_set_attr(node, "filter", str_text(&out));
	}
}

static bool keep(const struct casting *c, struct xml_node *node, const char **why)
{
	struct xml_node *it;

	if (!when_holds(c, node, why))
		return false;
	if (!c->fill.parts)
		return true;
	fill_values(c, node);
	if (!has_values(c, node, why) || !fill_attrs(&c->fill, node, why))
		return false;
	xml_for_each(it, node, NULL) {
		if (!is_unit(it) && !fill_text(&c->fill, it, why))
			return false;
	}
	return true;
}

/* --- what is left out --- */

static void tell(const struct casting *c, const struct xml_node *node, const char *why)
{
	const char *kind = xml_is(node, "collect")  ? "file"
			   : xml_is(node, "expect") ? "expectation"
						    : xml_name(node);
	const char *name = xml_attr(node, xml_is(node, "collect") ? "as" : "name");
	json_t *list = json_object_get(c->told, why);

	if (!name || xml_is(node, "fact") || xml_is(node, "remark"))
		return;
	if (!list) {
		list = json_array();
		(void)json_object_set_new(c->told, why, list);
	}
	(void)json_array_append_new(list, json_sprintf("%s '%s'", kind, name));
}

/* What stood in it is missed by what refers to it; why NULL: something else stands in its place. */
static void forget(const struct casting *c, const struct xml_node *node, const char *why)
{
	const char *name = xml_attr(node, "name");
	struct xml_node *it;

	if (xml_is(node, "expect") && name && !json_object_get(c->kept, name))
		(void)json_object_set_new(c->gone, name, json_true());
	xml_for_each(it, node, NULL) {
		const char *value = xml_is(it, "value") ? xml_attr(it, "name") : NULL;

		if (value && why && !xml_is(node, "parameter"))
			(void)json_object_set_new(c->lost, value, json_string(why));
		forget(c, it, why);
	}
}

/* Its title stays, so that the story says what there is elsewhere. */
static void empty_phase(const struct casting *c, struct xml_node *node, const char *why)
{
	struct xml_node *it, *next;

	tell(c, node, why);
	xml_set_attr(node, "lacks", why);
	xml_set_attr(node, "when", NULL);
	for (it = xml_child(node, NULL); it; it = next) {
		next = xml_next(it, NULL);
		if (xml_is(it, "title"))
			fill_title(&c->fill, it);
		else
			xml_remove(it);
	}
}

static void drop(const struct casting *c, struct xml_node *node, const char *why)
{
	forget(c, node, why);
	if (why && xml_is(node, "phase")) {
		empty_phase(c, node, why);
		return;
	}
	if (why)
		tell(c, node, why);
	xml_remove(node);
}

static void note_kept(const struct casting *c, struct xml_node *node)
{
	const char *after = xml_attr(node, "after");
	struct xml_node *it;

	if (xml_is(node, "expect") && xml_attr(node, "name")) {
		(void)json_object_del(c->gone, xml_attr(node, "name"));
		(void)json_object_set_new(c->kept, xml_attr(node, "name"), json_true());
	}
	/* Whatever it should come after is not there to be waited for. */
	if (after && json_object_get(c->gone, after))
		xml_set_attr(node, "after", NULL);
	xml_for_each(it, node, "value") {
		const char *name = xml_attr(it, "name");

		if (name)
			(void)json_object_set_new(c->values, name, json_true());
	}
}

static void walk(struct casting *c, struct xml_node *node);

/* A phase that has lost all that was expected of it is left out as a whole. */
static void walk_phase(struct casting *c, struct xml_node *phase)
{
	bool asked = xml_child(phase, "expect");
	json_t *told = c->told;
	auto_json json_t *own = json_object();
	json_t *list;
	const char *why;

	c->told = own;
	walk(c, phase);
	c->told = told;
	if (asked && !xml_child(phase, "expect")) {
		why = json_object_iter_key(json_object_iter(own));
		if (why)
			drop(c, phase, why);
		else
			xml_remove(phase);
		return;
	}
	json_object_foreach(own, why, list) {
		json_t *all = json_object_get(c->told, why);

		if (all)
			(void)json_array_extend(all, list);
		else
			(void)json_object_set(c->told, why, list);
	}
}

static void walk(struct casting *c, struct xml_node *node)
{
	struct xml_node *it, *next;

	for (it = xml_child(node, NULL); it; it = next) {
		const char *why = NULL;
		bool full = xml_child(it, NULL);

		next = xml_next(it, NULL);
		if (is_unit(it) && !keep(c, it, &why)) {
			drop(c, it, why);
			continue;
		}
		if (xml_is(it, "expect") || xml_is(it, "remark"))
			note_kept(c, it);
		if (xml_is(it, "phase"))
			walk_phase(c, it);
		else
			walk(c, it);
		if (!is_unit(it) && full && !xml_child(it, NULL) && !xml_is(it, "steps"))
			xml_remove(it);
	}
}

/* --- the whole --- */

/* Says which node each actor is; one that the experiment cannot do without has to be there. */
static void cast_actors(const struct casting *c)
{
	struct xml_node *it;

	xml_for_each(it, c->fill.root, "actor") {
		const char *name = xml_attr(it, "name");
		const json_t *part = json_object_get(c->fill.parts, name ? name : "");
		const char *why = name && !part ? fill_lack(&c->fill, name, "") : NULL;

		if (!name)
			continue;
		xml_set_attr(it, "node", json_get_text(part, "node", NULL));
		xml_set_attr(it, "url", json_get_text(part, "url", NULL));
		if (!part && !why)
			xml_problem(c->fill.problems, it, "name", "no lab has a part of this name");
		else if (!part && !str_eq(xml_attr(it, "optional"), "yes") &&
			 !json_object_get(c->fill.parts, "values"))
			xml_problem(c->fill.problems, it, NULL, "the lab has none: %s", why);
	}
}

/* What was captured elsewhere was done there: of what is done here there is one step, which is
 * nothing. */
static void undo_acts(struct xml_node *root)
{
	struct xml_node *it, *next, *step;

	for (it = xml_child(root, NULL); it; it = next) {
		next = xml_next(it, NULL);
		if (xml_is(it, "prepare") || xml_is(it, "restore") || xml_is(it, "collect"))
			xml_remove(it);
	}
	it = xml_child(root, "steps");
	while (it && xml_child(it, NULL))
		xml_remove(xml_child(it, NULL));
	if (!it)
		return;
	step = xml_add_child(it, "step");
	xml_set_attr(step, "name", "elsewhere");
	xml_set_attr(step, "node", "client");
	xml_set_attr(step, "deadline", "1");
	xml_set_text(xml_add_child(step, "run"), "true");
}

/* Whether another expectation of that name is asked instead: "expectation 'dns-query'". */
static bool is_replaced(const struct casting *c, const char *what)
{
	const char *quote = str_prefix(what, "expectation ") ? strchr(what, '\'') : NULL;
	auto_free char *name = quote ? xstrndup(quote + 1, strlen(quote) - 2) : NULL;

	return name && json_object_get(c->kept, name);
}

static void add_told(const struct casting *c, struct xml_node *root)
{
	const json_t *list, *what;
	const char *why;
	size_t i;

	json_object_foreach(c->told, why, list) {
		auto_str struct str text = { 0 };
		struct xml_node *node;

		json_array_foreach(list, i, what)
			if (!is_replaced(c, json_string_value(what)))
				str_addf(&text, "%s%s", text.len ? ", " : "",
					 json_string_value(what));
		if (!text.len)
			continue;
		node = xml_add_child(root, "left-out");
		xml_set_attr(node, "why", why);
		xml_set_text(node, str_text(&text));
	}
}

void experiment_cast(struct xml_node *root, const json_t *parts, struct xml_problems *problems)
{
	auto_json json_t *told = json_object(), *gone = json_object(), *kept = json_object(),
			 *lost = json_object(), *values = json_object();
	struct casting c = { { root, parts, problems }, told, gone, kept, lost, values };

	if (!xml_child(root, "actor"))
		return;
	if (parts)
		cast_actors(&c);
	if (json_object_get(parts, "values"))
		undo_acts(root);
	walk(&c, root);
	add_told(&c, root);
}
