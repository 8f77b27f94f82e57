/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forwarding decisions, out of the tables before and after a run. */
#include "report/decision.h"

#include <string.h>

#include "report/route.h"
#include "report/words.h"

struct deciding {
	const json_t *story, *policies;
	json_t *known; /* "NODE ADDRESS NIC": the route, so that no table is read twice for it */
};

/* --- what a table has --- */

static bool has_policies(const struct deciding *d, const char *node)
{
	const json_t *name;
	size_t i;

	json_array_foreach(d->policies, i, name)
		if (str_eq(json_string_value(name), node))
			return true;
	return false;
}

/* Of the entry's ways the one through that NIC: NULL where there is none, or where it has several.
 */
static const struct route_way *way_through(const struct route_entry *entry, const char *nic)
{
	const struct route_way *found = NULL;

	if (entry->n_ways > ROUTE_WAYS_MAX)
		return NULL;
	for (size_t i = 0; i < entry->n_ways; i++) {
		const struct route_way *way = &entry->ways[i];
		size_t len = strlen(nic);

		/* "eth0.10" is a VLAN of eth0. */
		if (strncmp(way->dev, nic, len) != 0 || (way->dev[len] && way->dev[len] != '.'))
			continue;
		if (found)
			return NULL;
		found = way;
	}
	return found;
}

static json_t *route_json(const struct route_entry *entry, const char *nic)
{
	const struct route_way *way = way_through(entry, nic);
	json_t *route;

	if (!way)
		return NULL;
	route = json_pack("{s:s, s:s}", "prefix", entry->prefix, "dev", way->dev);
	if (*way->via)
		(void)json_object_set_new(route, "via", json_string(way->via));
	if (entry->n_ways > 1)
		(void)json_object_set_new(route, "paths", json_integer((json_int_t)entry->n_ways));
	return route;
}

/* The same before and after; or one of two, of which each might have led there, or one alone. */
static json_t *decide(const struct deciding *d, const char *node, const char *address,
		      const char *nic)
{
	const json_t *table =
		route_table(d->story, node, strchr(address, ':') ? "routes-ipv6" : "routes");
	struct route_entry was = { .kind = "" }, is = { .kind = "" };
	enum route before = route_look_up(json_get_text(table, "before", NULL), address, &was);
	enum route after = route_look_up(json_get_text(table, "after", NULL), address, &is);
	json_t *first, *then;

	if (before == ROUTE_UNKNOWN || after == ROUTE_UNKNOWN || has_policies(d, node))
		return NULL;
	first = before == ROUTE_THERE ? route_json(&was, nic) : NULL;
	if (before == after && route_same(&was, &is))
		return first;
	then = after == ROUTE_THERE ? route_json(&is, nic) : NULL;
	if (!first && !then)
		return NULL;
	return json_pack("{s:o, s:o}", "before", first ? first : json_null(), "after",
			 then ? then : json_null());
}

static const json_t *known(struct deciding *d, const char *node, const char *address,
			   const char *nic)
{
	auto_free char *key = xasprintf("%s %s %s", node, address, nic);
	const json_t *route = json_object_get(d->known, key);
	json_t *made;

	if (route)
		return route;
	made = decide(d, node, address, nic);
	(void)json_object_set_new(d->known, key, made ? made : json_null());
	return json_object_get(d->known, key);
}

/* --- which packets --- */

/* Where it goes to behind a node that translates: its destination, or what became of it. */
static void translate(const json_t *hop, const char *source, char address[NET_TEXT])
{
	const json_t *change;
	size_t i;

	json_array_foreach(json_object_get(hop, "translated"), i, change) {
		const char *from = json_get_text(change, "from", ""),
			   *to = json_get_text(change, "to", "");
		size_t len = strlen(address);

		if (strncmp(from, address, len) != 0 || (from[len] && from[len] != ':') ||
		    str_eq(source, address))
			continue;
		(void)snprintf(address, NET_TEXT, "%.*s", (int)strcspn(to, ":"), to);
		return;
	}
}

/* The first hop that comes from this one. */
static const json_t *next_of(const json_t *hops, size_t index)
{
	for (size_t i = index + 1; i < json_array_size(hops); i++) {
		const json_t *from = json_object_get(json_array_get(hops, i), "from");

		if (json_is_integer(from) && (size_t)json_integer_value(from) == index)
			return json_array_get(hops, i);
	}
	return NULL;
}

static void tell_journey(struct deciding *d, const json_t *journey)
{
	const json_t *hops = json_object_get(journey, "hops");
	char address[NET_TEXT];
	json_t *hop;
	size_t i;

	(void)snprintf(address, sizeof(address), "%s", json_get_text(journey, "destination", ""));
	json_array_foreach(hops, i, hop) {
		const char *action = json_get_text(hop, "action", "");
		const char *port = json_get_text(next_of(hops, i), "port", NULL);
		const json_t *route;

		if (!str_eq(json_get_text(hop, "way", ""), "in") || !port ||
		    !(str_eq(action, "forwarded") || str_eq(action, "translated")))
			continue;
		translate(hop, json_get_text(journey, "source", ""), address);
		route = known(d, json_get_text(hop, "node", "?"), address, strchr(port, ':') + 1);
		if (!json_is_null(route))
			(void)json_object_set(hop, "route", (json_t *)(uintptr_t)route);
	}
}

void decision_tell(json_t *story, const json_t *policies)
{
	auto_json json_t *known_routes = json_object();
	struct deciding d = { story, policies, known_routes };
	const json_t *journey;
	size_t i;

	json_array_foreach(json_object_get(story, "journeys"), i, journey)
		tell_journey(&d, journey);
}

/* --- in words --- */

static void add_route(const json_t *route, const char *lang, struct str *out)
{
	const char *via = json_get_text(route, "via", NULL);
	json_int_t paths = json_integer_value(json_object_get(route, "paths"));

	if (!json_is_object(route)) {
		str_adds(out, "-");
		return;
	}
	str_adds(out, json_get_text(route, "prefix", "?"));
	if (via)
		str_addf(out, " via %s", via);
	str_addf(out, " dev %s", json_get_text(route, "dev", "?"));
	if (paths)
		str_addf(out, ", %s %" JSON_INTEGER_FORMAT, words_get(WORD_EQUAL_PATHS, lang),
			 paths);
}

void decision_text(const json_t *hop, const char *lang, struct str *out)
{
	const json_t *route = json_object_get(hop, "route");

	if (!route)
		return;
	if (json_object_get(route, "prefix")) {
		add_route(route, lang, out);
		return;
	}
	str_addf(out, "%s ", words_get(WORD_BEFORE, lang));
	add_route(json_object_get(route, "before"), lang, out);
	str_addf(out, "; %s ", words_get(WORD_AFTER, lang));
	add_route(json_object_get(route, "after"), lang, out);
}
