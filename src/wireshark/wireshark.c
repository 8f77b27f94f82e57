/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Display filters over captures: counts, first matches and their fields. */
#include "wireshark/wireshark.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "net/point.h"
#include "run/run.h"
#include "wireshark/question.h"

void wireshark_answer_free(struct wireshark_answer *a)
{
	for (size_t i = 0; i < WIRESHARK_FIELDS; i++)
		free(a->values[i]);
	free(a->near.field);
	free(a->near.want);
	free(a->near.have);
	*a = (struct wireshark_answer){ 0 };
}

int wireshark_check_filter(struct wireshark *ws, const char *filter, struct err *err)
{
	return question_check(ws, "filter", filter, err);
}

int wireshark_check_field(struct wireshark *ws, const char *field, struct err *err)
{
	return question_check(ws, "field", field, err);
}

static int check_fields(struct wireshark *ws, const struct wireshark_query *q, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < WIRESHARK_FIELDS && q->fields[i]; i++)
		r = question_check(ws, "field", q->fields[i], err);
	return r;
}

/* What labd counted when it was captured. */
static const json_t *counted(const struct wireshark *ws, const char *place)
{
	return json_find(json_object_get(ws->counts, "ports"), "name", place);
}

static int one(void *ctx, const struct wireshark_frame *frame)
{
	*(bool *)ctx = true;
	(void)frame;
	return 0;
}

/* Of the air, where a station's handshake is not in the capture. */
static int find_hidden(struct wireshark *ws, const char *file, struct err *err)
{
	return net_air_of(file)
		       ? wireshark_ask_frames(
				 ws, "wlan.fc.type == 2 and wlan.fc.protected == 1 and not llc",
				 one, &ws->hidden, err)
		       : 0;
}

static int count_frames(struct wireshark *ws, json_int_t *ret, struct err *err)
{
	auto_json json_t *status = NULL;
	const json_t *kept = question_kept(ws, "status");
	int r = kept ? 0 : question_ask(ws, "status", NULL, &status, err);

	if (r < 0)
		return question_wrong(r, "capture", ws->path, err);
	*ret = json_integer_value(kept ? kept : json_object_get(status, "frames"));
	if (!kept)
		question_keep(ws, "status", json_integer(*ret));
	return 0;
}

/* Whether the file is what was captured at that place, all of it, and can be read. */
static int compare(struct wireshark *ws, const char *place, struct err *err)
{
	const json_t *port = counted(ws, place);
	auto_free char *quoted = xasprintf("\"%s\"", place);
	auto_free char *iface = NULL;
	json_int_t frames = 0;
	int r = count_frames(ws, &frames, err);

	if (r < 0)
		return r;
	ws->cut |= json_integer_value(json_object_get(port, "dropped")) > 0 ||
		   json_integer_value(json_object_get(port, "frames")) > frames;
	r = frames ? wireshark_ask_field(ws, 1, "frame.interface_name", false, &iface, err) : 0;
	if (r == 0 && iface && !str_eq(iface, quoted))
		return err_set(err, EINVAL, "capture '%s': belongs to %s, not to %s", ws->path,
			       iface, quoted);
	return r < 0 ? r : find_hidden(ws, place, err);
}

int question_load(struct wireshark *ws, const char *file, struct err *err)
{
	int r;

	if (file[0] == '/')
		return question_load_path(ws, file, err);
	if (str_eq(ws->loaded, file))
		return ws->cut;
	r = question_look_at(ws, run_capture_path(ws->dir, file), err);
	if (r == 0 && strchr(file, ':'))
		r = compare(ws, file, err);
	if (r < 0)
		return r;
	ws->loaded = xstrdup(file);
	return ws->cut;
}

struct counting {
	int64_t after_ns;
	struct wireshark_answer *answer;
};

static int count(void *ctx, const struct wireshark_frame *frame)
{
	const struct counting *counting = ctx;
	struct wireshark_answer *a = counting->answer;

	if (counting->after_ns && frame->time_ns <= counting->after_ns) {
		a->early = a->early ? a->early : frame->number;
		return 0;
	}
	if (!a->count)
		a->first_time_ns = frame->time_ns;
	if (a->count < WIRESHARK_FRAMES)
		a->frames[a->count] = frame->number;
	a->count++;
	return 0;
}

/* Whether a filter asks only for what can be seen without the keys. */
static bool is_of_air(const char *filter)
{
	static const char *const words[] = {
		"and",     "or",   "not",        "xor",      "eq",    "ne",    "gt",
		"lt",      "ge",   "le",         "in",       "any",   "all",   "contains",
		"matches", "wlan", "wlan_radio", "radiotap", "eapol", "frame", "wlan_rsna_eapol"
	};

	for (size_t len; *filter; filter += len) {
		bool known = false;

		len = strspn(filter, "abcdefghijklmnopqrstuvwxyz0123456789_.:-");
		if (!len) {
			const char *end = *filter == '"' ? strchr(filter + 1, '"') : NULL;

			len = end ? (size_t)(end - filter) + 1 : 1;
			continue;
		}
		/* A number or an address is no field. */
		known = isdigit((unsigned char)*filter) || memchr(filter, ':', len);
		for (size_t i = 0; i < ARRAY_SIZE(words) && !known; i++)
			known = strcspn(filter, ". ()=!<>&|[{,") == strlen(words[i]) &&
				str_prefix(filter, words[i]);
		if (!known)
			return false;
	}
	return true;
}

/* About the file that is loaded. */
static int answer(struct wireshark *ws, const struct wireshark_query *q, struct wireshark_answer *a,
		  struct err *err)
{
	struct counting counting = { q->after_ns, a };
	int r = question_check(ws, "filter", q->filter, err);

	if (r == 0)
		r = check_fields(ws, q, err);
	if (r == 0)
		r = question_wrong(wireshark_ask_frames(ws, q->filter, count, &counting, err),
				   "filter", q->filter, err);
	for (size_t i = 0; r == 0 && a->count && i < WIRESHARK_FIELDS && q->fields[i]; i++)
		r = wireshark_ask_field(ws, a->frames[0], q->fields[i], false, &a->values[i], err);
	if (r == 0 && q->nearest && !a->count && !a->early)
		r = wireshark_ask_nearest(ws, q, &a->near, err);
	return r;
}

/* All queries to the file of query i, which is the first of them. What is one query's own fault
 * goes to its answer. */
static int answer_file(struct wireshark *ws, const struct wireshark_query *queries, size_t n,
		       size_t i, struct wireshark_answer *answers, struct err *err)
{
	const char *file = queries[i].file;
	struct err own = ERR_INIT;
	int loaded = question_load(ws, file, &own);

	for (; i < n; i++) {
		int r = loaded;

		if (!str_eq(queries[i].file, file))
			continue;
		if (loaded >= 0) {
			err_clear(&own);
			answers[i].cut = loaded;
			answers[i].hidden = ws->hidden && !is_of_air(queries[i].filter);
			r = answer(ws, &queries[i], &answers[i], &own);
		}
		if (r == 0)
			continue;
		if (r != -EINVAL) {
			if (err)
				*err = own;
			return r;
		}
		wireshark_answer_free(&answers[i]);
		(void)snprintf(answers[i].error, sizeof(answers[i].error), "%.255s", own.msg);
	}
	return 0;
}

static bool seen_before(const struct wireshark_query *queries, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq(queries[j].file, queries[i].file))
			return true;
	return false;
}

/* The first query to the file that is loaded, so that it need not be loaded again; else 0. */
static size_t first_query(const struct wireshark *ws, const struct wireshark_query *queries,
			  size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(queries[i].file, ws->loaded))
			return i;
	return 0;
}

int wireshark_ask(struct wireshark *ws, const struct wireshark_query *queries, size_t n,
		  struct wireshark_answer *answers, struct err *err)
{
	size_t first = first_query(ws, queries, n);
	int r;

	if (!n)
		return 0;
	memset(answers, 0, n * sizeof(*answers));
	r = answer_file(ws, queries, n, first, answers, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!str_eq(queries[i].file, queries[first].file) && !seen_before(queries, i))
			r = answer_file(ws, queries, n, i, answers, err);
	for (size_t i = 0; r < 0 && i < n; i++)
		wireshark_answer_free(&answers[i]);
	return r;
}

void wireshark_open(const struct wireshark_setup *setup, const char *dir, struct wireshark **ret)
{
	struct wireshark *ws = xcalloc(1, sizeof(*ws));
	auto_free char *counts = run_path(dir, RUN_COUNTS);

	ws->program = xstrdup(setup->sharkd);
	ws->cache = setup->cache ? xstrdup(setup->cache) : NULL;
	ws->dir = xstrdup(dir);
	ws->patience = setup->patience;
	manner_of(setup, &ws->manner);
	(void)json_open(counts, &ws->counts, NULL);
	*ret = ws;
}

void wireshark_close(struct wireshark *ws)
{
	if (!ws)
		return;
	question_unload(ws);
	if (ws->saved)
		keep_prune(ws->cache);
	sharkd_free(ws->sharkd);
	json_decref(ws->counts);
	manner_free(&ws->manner);
	free(ws->program);
	free(ws->cache);
	free(ws->dir);
	free(ws);
}

void wireshark_version(const char *sharkd, char ret[WIRESHARK_VERSION])
{
	const char *const argv[] = { sharkd, "-v", NULL };
	struct child_opts opts = { .stderr_fd = -1, .deadline_ms = 10000 };
	auto_str struct str text = { 0 };
	const char *found;

	ret[0] = '\0';
	if (child_run(argv, &opts, &text, NULL) != 0)
		return;
	/* "Sharkd (Wireshark) 4.0.17 (Git v4.0.17 packaged as ...)." */
	found = strstr(str_text(&text), "(Wireshark) ");
	if (found)
		(void)sscanf(found, "(Wireshark) %31s", ret);
}
