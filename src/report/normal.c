/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A story without what differs from run to run. */
#include "report/normal.h"

#include <netinet/in.h>
#include <string.h>

#define ARROW "\u2192" /* between the ports, in Wireshark's words for TCP and UDP */
#define MAC_TEXT 17    /* 00:16:d3:23:68:8a */

/* --- words: what is random in them becomes '*'; the list is docs/story.md's --- */

/* A port that nobody agreed on: one of those that an end chooses at random. */
static bool is_chosen_port(const char *word, size_t len)
{
	unsigned long port = 0;

	if (!len || len > 5 || strspn(word, "0123456789") < len)
		return false;
	for (size_t i = 0; i < len; i++)
		port = port * 10 + (unsigned long)(word[i] - '0');
	return port >= 1024;
}

/* Bytes with colons between, more than a MAC has: a random, a hash, a key. */
static bool is_bytes(const char *word, size_t len)
{
	return len > MAC_TEXT && strspn(word, "0123456789abcdef:") >= len;
}

static void add_word(struct str *out, const char *word, size_t len, bool at_arrow)
{
	static const char *const counters[] = { "Seq=", "Ack=", "Win=", "TSval=", "TSecr=", "SN=" };
	const char *hex = memmem(word, len, "0x", 2);

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (len > strlen(counters[i]) && str_prefix(word, counters[i])) {
			str_addf(out, "%s*", counters[i]);
			return;
		}
	if (hex && hex[2] != ' ' && hex[2])
		str_addf(out, "%.*s0x*", (int)(hex - word), word);
	else if (is_bytes(word, len) || (at_arrow && is_chosen_port(word, len)))
		str_adds(out, "*");
	else
		str_add(out, word, len);
}

static void add_masked(struct str *out, const char *text)
{
	bool behind_arrow = false;

	for (bool first = true; *text; first = false) {
		size_t len = strcspn(text, " ");
		const char *next = text + len + strspn(text + len, " ");

		if (!first)
			str_adds(out, " ");
		add_word(out, text, len, behind_arrow || str_prefix(next, ARROW));
		behind_arrow = str_prefix(text, ARROW);
		text = next;
	}
}

/* --- lines --- */

struct lines {
	char **text;
	size_t n;
};

static void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->text[i]);
	free(lines->text);
}
AUTO_DEFINE(lines_auto, struct lines, lines_free)
#define auto_lines AUTO(lines_autop)

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What routers and switches say to one another, every two seconds or every eighty, and routers to
 * hosts, and who listens to which group. */
static bool is_routing(const json_t *journey)
{
	static const char *const protocols[] = { "OSPF",  "BGP", "RIPv1", "RIPv2",
						 "RIPng", "STP", "RSTP" };
	const char *protocol = json_get_text(journey, "protocol", "");
	const char *what = json_get_text(journey, "what", "");

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (str_eq(protocol, protocols[i]))
			return true;
	return str_eq(protocol, "ICMPv6") &&
	       (str_prefix(what, "Router Advertisement") || str_prefix(what, "Multicast Listener"));
}

/* Sent as time goes by, how often differs: beacons and what else the air says of itself, and
 * routing. */
static bool is_periodic(const json_t *journey)
{
	return str_eq(json_get_text(journey, "kind", ""), "air") || is_routing(journey);
}

static bool is_tcp(const json_t *journey)
{
	return json_integer_value(json_object_get(journey, "ip_protocol")) == IPPROTO_TCP;
}

/* What Wireshark calls by the name of what it carries, carries something. */
static bool carries_data(const json_t *journey)
{
	return !str_eq(json_get_text(journey, "protocol", ""), "TCP") ||
	       !strstr(json_get_text(journey, "what", ""), " Len=0");
}

/* A segment that carries nothing but an acknowledgement: how many there are is a matter of timers.
 */
static bool is_bare_ack(const json_t *journey)
{
	return is_tcp(journey) && !carries_data(journey) &&
	       strstr(json_get_text(journey, "what", ""), "[ACK]");
}

/* Data of a connection: into how many segments it is cut, and what shares one, is chance. The way
 * that they take is not. */
static bool is_stream(const json_t *journey)
{
	return is_tcp(journey) && carries_data(journey);
}

static void add_hop(const json_t *hops, size_t i, bool stream, struct str *out)
{
	const json_t *hop = json_array_get(hops, i), *next;
	const char *action = json_get_text(hop, "action", "?");
	auto_lines struct lines branches = { 0 };
	size_t j;

	/* Which segment of a stream it is that is answered, is a matter of timers. */
	str_addf(out, "; %s %s %s %s > %s", json_get_text(hop, "at", "?"),
		 json_get_text(hop, "way", "?"),
		 stream && str_eq(action, "answered") ? "delivered" : action,
		 json_get_text(hop, "src", "?"), json_get_text(hop, "dst", "?"));
	if (json_integer_value(json_object_get(hop, "ttl")))
		str_addf(out, " ttl %" JSON_INTEGER_FORMAT,
			 json_integer_value(json_object_get(hop, "ttl")));
	/* What was flooded goes on at several places at once, in an order that says nothing. A hop
	 * comes from one before it, so this ends. */
	json_array_foreach(hops, j, next) {
		const json_t *from = json_object_get(next, "from");
		auto_str struct str branch = { 0 };

		if (j <= i || !json_is_integer(from) || json_integer_value(from) != (json_int_t)i)
			continue;
		add_hop(hops, j, stream, &branch);
		*array_add(branches.text, branches.n) = str_take(&branch);
	}
	if (branches.n)
		qsort(branches.text, branches.n, sizeof(*branches.text), compare);
	for (j = 0; j < branches.n; j++)
		str_adds(out, branches.text[j]);
}

/* One packet and its way, one line. */
static char *journey_line(const json_t *journey)
{
	const json_t *hops = json_object_get(journey, "hops");
	struct str out = { 0 };

	if (is_stream(journey)) {
		str_adds(&out, "  stream");
	} else {
		str_adds(&out, "  packet ");
		add_masked(&out, json_get_text(journey, "protocol", "?"));
		str_adds(&out, " ");
		add_masked(&out, json_get_text(journey, "what", ""));
	}
	str_addf(&out, ", %s", json_get_text(journey, "outcome", "?"));
	if (json_array_size(hops))
		add_hop(hops, 0, is_stream(journey), &out);
	return str_take(&out);
}

/* The same lines stand together, with how often each was there: two packets that do not wait for
 * one another may change places. */
static void add_counted(struct lines *lines, struct str *out)
{
	if (lines->n)
		qsort(lines->text, lines->n, sizeof(*lines->text), compare);
	for (size_t i = 0, end; i < lines->n; i = end) {
		for (end = i; end < lines->n && str_eq(lines->text[i], lines->text[end]); end++)
			;
		if (str_prefix(lines->text[i], "  stream"))
			str_addf(out, "%s\n", lines->text[i]);
		else
			str_addf(out, "%s; times %zu\n", lines->text[i], end - i);
	}
}

/* How many frames of the phase each hop saw. */
static void count_hops(const json_t *journey, json_t *counts)
{
	const json_t *hop;
	size_t i;

	json_array_foreach(json_object_get(journey, "hops"), i, hop) {
		const char *at = json_get_text(hop, "at", "?");

		(void)json_object_set_new(
			counts, at,
			json_integer(json_integer_value(json_object_get(counts, at)) + 1));
	}
}

static void add_packets(const json_t *story, const json_t *phase, struct str *out)
{
	const char *name = json_get_text(phase, "name", "");
	auto_lines struct lines packets = { 0 }, hops = { 0 };
	auto_json json_t *counts = json_object();
	const json_t *journey, *count;
	const char *at;
	size_t i;

	json_array_foreach(json_object_get(story, "journeys"), i, journey) {
		if (!str_eq(json_get_text(journey, "phase", ""), name) || is_periodic(journey) ||
		    is_bare_ack(journey))
			continue;
		*array_add(packets.text, packets.n) = journey_line(journey);
		if (!is_stream(journey))
			count_hops(journey, counts);
	}
	add_counted(&packets, out);
	json_object_foreach(counts, at, count)
		*array_add(hops.text, hops.n) = xasprintf("  hop %s, frames %" JSON_INTEGER_FORMAT,
							  at, json_integer_value(count));
	if (hops.n)
		qsort(hops.text, hops.n, sizeof(*hops.text), compare);
	for (i = 0; i < hops.n; i++)
		str_addf(out, "%s\n", hops.text[i]);
}

/* Fields whose values are drawn by chance. */
static bool is_random(const char *field)
{
	static const char *const fields[] = {
		"dhcp.id",     "dns.id",      "ip.id",       "tcp.seq_raw", "tcp.ack_raw",
		"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tls.handshake.random",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (str_eq(field, fields[i]))
			return true;
	return false;
}

static void add_value(const json_t *e, const char *name, const char *value, struct str *out)
{
	const char *field = json_get_text(json_object_get(e, "fields"), name, "");
	bool port = strstr(field, "port");

	str_addf(out, "    %s ", name);
	if (is_random(field) && (!port || is_chosen_port(value, strlen(value))))
		str_adds(out, "*");
	else
		add_masked(out, value);
	str_adds(out, "\n");
}

static void add_expectation(const json_t *e, struct str *out)
{
	const json_t *value;
	const char *name;

	/* The count is not kept: "at least one" says what the experiment wants of it, and the
	 * packets below say how many there were. */
	str_addf(out, "  expect %s at %s: %s\n", json_get_text(e, "name", "?"),
		 json_get_text(e, "at", "?"), json_get_text(e, "verdict", "?"));
	json_object_foreach(json_object_get(e, "values"), name, value) {
		add_value(e, name, json_is_string(value) ? json_string_value(value) : "", out);
	}
}

/* Whether a remark is on routing: a BGP session is silent for longer than most runs last. */
static bool is_on_routing(const json_t *story, const json_t *remark)
{
	const json_t *journey, *hop;
	size_t i, j;

	json_array_foreach(json_object_get(story, "journeys"), i, journey)
		json_array_foreach(json_object_get(journey, "hops"), j, hop)
			if (json_equal(json_object_get(hop, "at"), json_object_get(remark, "at")) &&
			    json_equal(json_object_get(hop, "frame"),
				       json_object_get(remark, "frame")))
				return is_routing(journey);
	return false;
}

static void add_phase(const json_t *story, const json_t *phase, struct str *out)
{
	const json_t *item;
	size_t i;

	str_addf(out, "phase %s: %s\n", json_get_text(phase, "name", "-"),
		 json_get_text(phase, "verdict", "?"));
	json_array_foreach(json_object_get(phase, "expectations"), i, item)
		add_expectation(item, out);
	json_array_foreach(json_object_get(phase, "remarks"), i, item)
		if (!is_on_routing(story, item))
			str_addf(out, "  remark %s at %s\n", json_get_text(item, "name", "?"),
				 json_get_text(item, "at", "?"));
	add_packets(story, phase, out);
}

void normal_story(const json_t *story, struct str *out)
{
	const json_t *item;
	const char *name;
	size_t i;

	str_addf(out, "story %s", json_get_text(story, "experiment", "?"));
	json_object_foreach(json_object_get(story, "parameters"), name, item)
		str_addf(out, " %s=%s", name, json_is_string(item) ? json_string_value(item) : "");
	str_addf(out, ": %s\n", json_get_text(story, "verdict", "?"));
	json_array_foreach(json_object_get(story, "phases"), i, item)
		add_phase(story, item, out);
	json_object_foreach(json_object_get(json_object_get(story, "unmatched"), "ports"), name,
			    item)
		if (json_integer_value(item))
			str_addf(out, "unmatched at %s: %" JSON_INTEGER_FORMAT "\n", name,
				 json_integer_value(item));
}
