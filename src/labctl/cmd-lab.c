/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl ls, status, link and logs: labs as they are. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "labctl/client.h"
#include "labctl/out.h"

#define WHOLE_MS (10 * 60000) /* checks of slow guests may take long */

#define LINES_DEFAULT 200
#define LINES_MAX 10000
#define HELLO_MS 2000 /* a lab that does not answer by then is listed as such */

/* --- ls --- */

/* What labd says its state is; a new string. */
static char *state_of(const struct place *place)
{
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	struct client_call call = { .command = CTL_HELLO, .signals = -1, .silence_ms = HELLO_MS };

	if (place_is_starting(place))
		return xstrdup("starting");
	if (place_connect(place, -1, deadline_in_ms(HELLO_MS), &ctl, NULL) < 0 ||
	    client_call(ctl, &call, &reply, NULL) < 0)
		return xstrdup("does not answer");
	return xstrdup(json_get_text(reply, "state", "?"));
}

static void list_one(const struct place *place, json_t *labs, struct table *t)
{
	auto_free char *state = state_of(place);
	json_t *lab = place_to_json(place);
	char since[24];

	out_duration(since, place_age_s(place));
	out_table_row(t, place_name(place), state, since, place_topology(place));
	(void)json_object_set_new(lab, "state", json_text(state));
	(void)json_array_append_new(labs, lab);
}

int cmd_ls(struct labctl *l, const struct args *a)
{
	auto_places struct places all = { 0 };
	auto_out_table struct table t = { .columns = 4 };
	auto_json json_t *answer = json_object();
	json_t *labs = json_array();
	struct err err = ERR_INIT;

	(void)a;
	(void)json_object_set_new(answer, "labs", labs);
	if (place_list(l, &all, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	out_table_row(&t, "LAB", "STATE", "SINCE", "TOPOLOGY");
	for (size_t i = 0; i < all.n; i++)
		list_one(&all.list[i], labs, &t);
	if (l->json)
		out_json(answer, false);
	else if (all.n)
		out_table_print(&t, stdout);
	else
		printf("no lab is running; `labctl up school.xml` brings one up\n");
	return EXIT_DONE;
}

/* --- status --- */

/* The texts of an array, with a separator between; a new string. */
static char *join(const json_t *texts, const char *between)
{
	auto_str struct str s = { 0 };
	const json_t *text;
	size_t i;

	json_array_foreach(texts, i, text) {
		if (json_is_string(text))
			str_addf(&s, "%s%s", i ? between : "", json_string_value(text));
	}
	return str_take(&s);
}

/* "connected, iptime01, -50 dBm" behind what is said of the node already; a new string. */
static char *detail_of(const json_t *node)
{
	const json_t *wifi = json_object_get(node, "wifi");
	const char *ssid = json_get_text(wifi, "ssid", NULL);
	int signal = json_get_int(wifi, "signal_dbm", 0), n = json_get_int(wifi, "stations", -1);
	auto_free char *ports =
		json_object_get(node, "ports") ? join(json_object_get(node, "ports"), ", ") : NULL;
	auto_str struct str s = { 0 };

	str_adds(&s, json_get_text(node, "detail", ""));
	if (ports)
		str_addf(&s, "%s%s", s.len ? "; " : "", ports);
	if (!wifi)
		return str_take(&s);
	str_addf(&s, "%s%s", s.len ? "; " : "", json_get_text(wifi, "state", "radio is down"));
	if (ssid)
		str_addf(&s, ", %s", ssid);
	if (signal)
		str_addf(&s, ", %d dBm", signal);
	if (n >= 0)
		str_addf(&s, ", %d station%s", n, n == 1 ? "" : "s");
	return str_take(&s);
}

static const char *text_at(const json_t *texts, size_t i)
{
	const char *text = json_string_value(json_array_get(texts, i));

	return text ? text : "";
}

static void print_nodes(const json_t *nodes)
{
	auto_out_table struct table t = { .columns = 5 };
	json_int_t total_kib = 0;
	const json_t *node;
	size_t i;

	out_table_row(&t, "NODE", "STAGE", "MEMORY", "ADDRESSES", "DETAIL");
	json_array_foreach(nodes, i, node) {
		json_int_t kib = json_integer_value(json_object_get(node, "pss_kib"));
		const json_t *addresses = json_object_get(node, "addresses");
		auto_free char *detail = detail_of(node);
		auto_free char *memory =
			kib ? xasprintf("%lld MiB", (long long)(kib / 1024)) : xstrdup("");

		total_kib += kib;
		out_table_row(&t, json_get_text(node, "name", "?"),
			      json_get_text(node, "stage", "?"), memory, text_at(addresses, 0),
			      detail);
		/* One a line: a router has many, and a terminal 80 columns. */
		for (size_t k = 1; k < json_array_size(addresses); k++)
			out_table_row(&t, "", "", "", text_at(addresses, k), "");
	}
	out_table_print(&t, stdout);
	if (total_kib)
		printf("memory in all (Pss): %lld MiB\n", (long long)(total_kib / 1024));
}

static void add_link(struct table *t, const json_t *link)
{
	auto_free char *ends = join(json_object_get(link, "ends"), " - ");
	const json_t *way, *ways = json_object_get(link, "ways");
	auto_str struct str shape = { 0 };
	size_t i;

	json_array_foreach(ways, i, way) {
		const char *text = json_get_text(way, "shape", "");

		if (*text)
			str_addf(&shape, "%sfrom %s: %s", shape.len ? "; " : "",
				 json_get_text(way, "out_of", "?"), text);
	}
	if (!ways)
		str_adds(&shape, json_get_text(link, "shape", ""));
	out_table_row(t, json_get_text(link, "name", "?"), json_get_text(link, "kind", "?"),
		      json_get_text(link, "state", "?"), ends, str_text(&shape));
}

static void print_too_large(const json_t *link)
{
	const json_t *way;
	size_t i;

	json_array_foreach(json_object_get(link, "too_large"), i, way) {
		json_int_t n = json_integer_value(json_object_get(way, "frames"));
		auto_free char *text = xasprintf(
			"link '%s': %lld frame%s from %s larger than its MTU lets through",
			json_get_text(link, "name", "?"), (long long)n, n == 1 ? "" : "s",
			json_get_text(way, "out_of", "?"));
		auto_free char *clean = out_clean(text, false);

		printf("%s\n", clean);
	}
}

static void print_links(const json_t *links)
{
	auto_out_table struct table t = { .columns = 5 };
	const json_t *link;
	size_t i;

	out_table_row(&t, "LINK", "KIND", "STATE", "ENDS", "SHAPE");
	json_array_foreach(links, i, link)
		add_link(&t, link);
	out_table_print(&t, stdout);
	json_array_foreach(links, i, link)
		print_too_large(link);
}

/* What happened to the processes that carry and capture frames, where anything did. */
static void print_helpers(const json_t *helpers)
{
	const json_t *helper;
	size_t i;

	json_array_foreach(helpers, i, helper) {
		auto_free char *text = out_clean(json_get_text(helper, "text", "?"), false);

		printf("%s%s\n", i ? "" : "\n", text);
	}
}

int cmd_status(struct labctl *l, const struct args *a)
{
	auto_json json_t *status = NULL;
	auto_free char *lab = NULL;
	auto_free char *state = NULL;
	auto_free char *topology = NULL;
	char since[24];
	const json_t *lacks;
	int64_t frozen;
	bool whole = args_get(a, "whole");
	int code = client_ask(l, CTL_STATUS, json_pack("{s:b}", "whole", whole),
			      whole ? WHOLE_MS : 0, &status);

	if (code != EXIT_DONE)
		return code;
	lacks = json_object_get(status, "lacks");
	if (whole && json_array_size(lacks))
		code = EXIT_LAB_FAILED;
	if (l->json) {
		out_json(status, false);
		return code;
	}
	lab = out_clean(json_get_text(status, "lab", "?"), false);
	state = out_clean(json_get_text(status, "state", "?"), false);
	topology = out_clean(json_get_text(status, "topology", "?"), false);
	out_duration(since, json_number_value(json_object_get(status, "seconds")));
	printf("lab '%s': %s; it took %s to come up\n", lab, state, since);
	frozen = json_integer_value(json_object_get(status, "frozen"));
	if (frozen) {
		out_duration(since, (double)(clock_real_ns() / NS_PER_S - frozen));
		printf("thawed: it goes on from %s ago, when it was frozen\n", since);
	}
	printf("topology: %s\n\n", topology);
	print_nodes(json_object_get(status, "nodes"));
	printf("\n");
	print_links(json_object_get(status, "links"));
	print_helpers(json_object_get(status, "helpers"));
	if (json_array_size(lacks))
		printf("\n%s:\n", whole ? "not whole" : "not whole when it was asked last");
	else if (whole)
		printf("\nwhole: all that is expected of this lab holds\n");
	out_lacks(lacks);
	return code;
}

/* --- link --- */

/* One word of what the link is to become: up, down, or NAME=VALUE. */
static int take_change(json_t *args, const char *word, struct err *err)
{
	static const char *const names[] = { "delay",   "jitter",  "loss", "duplicate",
					     "reorder", "corrupt", "rate", "mtu",
					     "station", "from",    "to",   "signal" };
	const char *equals = strchr(word, '=');
	auto_free char *name = xstrndup(word, strcspn(word, "="));
	const char *near;

	if (strcmp(word, "up") == 0 || strcmp(word, "down") == 0)
		return json_object_set_new(args, "state", json_string(word));
	for (size_t i = 0; equals && i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return json_object_set_new(args, name, json_string(equals + 1));
	near = str_nearest(name, names, ARRAY_SIZE(names));
	return err_set(err, EINVAL,
		       "'%s' is not one of up, down, delay=, jitter=, loss=, duplicate=, reorder=, "
		       "corrupt=, rate=, mtu=, from= or, for Wi-Fi, station=, from=, to=, "
		       "signal=%s%s%s",
		       word, near ? "; did you mean '" : "", near ? near : "", near ? "='?" : "");
}

static int list_links(const struct labctl *l)
{
	auto_json json_t *answer = NULL;
	int code = client_ask(l, CTL_LINK, NULL, 0, &answer);

	if (code != EXIT_DONE)
		return code;
	if (l->json)
		out_json(answer, false);
	else
		print_links(json_object_get(answer, "links"));
	return EXIT_DONE;
}

int cmd_link(struct labctl *l, const struct args *a)
{
	auto_json json_t *args = NULL;
	auto_json json_t *link = NULL;
	auto_out_table struct table t = { .columns = 5 };
	struct err err = ERR_INIT;
	int code;

	if (!a->n_operands)
		return list_links(l);
	args = json_pack("{s:s}", "link", a->operands[0]);
	if (!args)
		return out_error(l, EXIT_USAGE,
				 (err_set(&err, EINVAL, "the link's name is not UTF-8"), &err));
	for (size_t i = 1; i < a->n_operands; i++)
		if (take_change(args, a->operands[i], &err) < 0)
			return out_error(l, EXIT_USAGE, &err);
	code = client_ask(l, CTL_LINK, take_ptr(args), 0, &link);
	if (code != EXIT_DONE)
		return code;
	if (l->json) {
		out_json(link, false);
		return EXIT_DONE;
	}
	add_link(&t, link);
	out_table_print(&t, stdout);
	print_too_large(link);
	return EXIT_DONE;
}

/* --- logs --- */

static int print_log(const struct labctl *l, const char *text)
{
	auto_free char *clean = out_clean(text, true);
	auto_json json_t *answer = json_pack("{s:s}", "text", clean);

	if (l->json)
		out_json(answer, false);
	else
		printf("%s", clean);
	return EXIT_DONE;
}

static int node_logs(const struct labctl *l, const char *node, unsigned long lines)
{
	auto_json json_t *answer = NULL;
	auto_free char *clean = NULL;
	json_t *args = json_pack("{s:s, s:I}", "node", node, "lines", (json_int_t)lines);
	int code = client_ask(l, CTL_LOGS, args, 0, &answer);

	if (code != EXIT_DONE)
		return code;
	clean = out_clean(json_get_text(answer, "text", ""), true);
	if (l->json)
		out_json(answer, false);
	else
		printf("%s", clean);
	return EXIT_DONE;
}

/* labd's own log is read from its file: it must be there also when labd is not. */
int cmd_logs(struct labctl *l, const struct args *a)
{
	auto_place struct place place = PLACE_INIT;
	auto_str struct str text = { 0 };
	const char *given = args_get(a, "lines");
	unsigned long lines = LINES_DEFAULT;
	struct err err = ERR_INIT;
	int r;

	if (given && str_to_ulong(given, 1, LINES_MAX, &lines) < 0)
		return out_error(
			l, EXIT_USAGE,
			(err_set(&err, EINVAL, "--lines: '%s' is not a number from 1 to %d", given,
				 LINES_MAX),
			 &err));
	if (a->n_operands)
		return node_logs(l, a->operands[0], lines);
	r = place_find(l, &place, &err);
	/* What a lab that is no more has left. */
	if (r < 0 && l->lab && place_ended_log(l, l->lab, lines, &text, NULL) == 0)
		return print_log(l, str_text(&text));
	if (r < 0)
		return out_error(l, client_exit_code(r), &err);
	return place_log(&place, lines, &text, &err) < 0 ? out_error(l, EXIT_FAILED, &err)
							 : print_log(l, str_text(&text));
}
