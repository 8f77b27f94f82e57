/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/wireshark: filters and fields over recorded HTTP/2 sessions with the real sharkd; sharkds
 * that misbehave.
 * Covers: src/wireshark/load.c src/wireshark/nearest.c src/wireshark/question.c
 * Covers: src/wireshark/sharkd.c src/wireshark/start.c src/wireshark/wifi.c
 * Covers: src/wireshark/wireshark.c
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "wireshark/wireshark.h"

/* 18 frames each: one page fetched from nginx by curl, on a loopback; the TLS secrets are in the
 * files. */
static char tls13[512], tls12[512];

/* A session for some questions alone. */
static int ask(const char *program, const struct wireshark_query *q, size_t n,
	       const struct sharkd_patience *patience, struct wireshark_answer *a, struct err *err)
{
	const struct wireshark_setup setup = { .sharkd = program, .patience = patience };
	auto_wireshark struct wireshark *ws = NULL;

	wireshark_open(&setup, "/nonexistent", &ws);
	return wireshark_ask(ws, q, n, a, err);
}

/* --- answers --- */

static const struct row {
	const char *name, *file, *filter;
	uint64_t count, first;
	const char *fields[3], *values[3];
} rows[] = {
	{ "every frame", tls13, "", 18, 1, { "frame.number" }, { "1" } },
	{ "no frame", tls13, "udp", 0, 0, { "udp.port" }, { NULL } },
	{ "HTTP/2 status inside TLS 1.3",
	  tls13,
	  "http2.headers.status == 200",
	  1,
	  14,
	  { "http2.headers.status", "http2.headers.content_type" },
	  { "200", "\"text/html\"" } },
	{ "HTTP/2 status inside TLS 1.2 with RSA",
	  tls12,
	  "http2.headers.status == 200",
	  1,
	  14,
	  { "http2.headers.status" },
	  { "200" } },
	{ "HTTP/2 request",
	  tls13,
	  "http2.headers.method == \"GET\"",
	  1,
	  13,
	  { "http2.headers.authority", "http2.headers.path" },
	  { "\"www.google.com\"", "\"/\"" } },
	{ "Finished of both sides", tls13, "tls.handshake.type == 20", 2, 6, { NULL }, { NULL } },
	{ "RSA key exchange",
	  tls12,
	  "tls.handshake.ciphersuite == 0x009c && tls.handshake.type == 2",
	  1,
	  6,
	  { NULL },
	  { NULL } },
	{ "several values of a field: the first",
	  tls13,
	  "tls.handshake.type == 11",
	  1,
	  6,
	  { "tls.handshake.type", "tls.handshake.random" },
	  { "2", "58:9b:df:18:66:a4:ce:fe:46:7e:84:51:83:cb:12:ce:bf:94:fb:b5:61:54:d1:bb:fe:bd:df:"
		 "eb:0e:38:1f:b2" } },
	{ "values as a filter says them",
	  tls13,
	  "tcp.flags.syn == 1",
	  2,
	  1,
	  { "tcp.dstport", "ip.id", "tcp.flags.syn" },
	  { "443", "0xce9f", "1" } },
	{ "a field that the frame has not",
	  tls13,
	  "tcp",
	  18,
	  1,
	  { "udp.port", "ip.proto" },
	  { NULL, NULL } },
	{ "quotes, backslashes and slices",
	  tls13,
	  "frame contains \"\\x16\\x03\" && eth[0:1] == 00",
	  2,
	  4,
	  { NULL },
	  { NULL } },
};

static void test_answers(void **state)
{
	struct wireshark_query queries[ARRAY_SIZE(rows)] = { 0 };
	struct wireshark_answer a[ARRAY_SIZE(rows)];
	struct err err = ERR_INIT;

	(void)state;
	need_sharkd();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		queries[i].file = rows[i].file;
		queries[i].filter = rows[i].filter;
		memcpy(queries[i].fields, rows[i].fields, sizeof(rows[i].fields));
	}
	if (ask("sharkd", queries, ARRAY_SIZE(rows), NULL, a, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (a[i].count != rows[i].count || a[i].frames[0] != rows[i].first)
			fail_msg("%s: %ju frames, first %ju", rows[i].name, (uintmax_t)a[i].count,
				 (uintmax_t)a[i].frames[0]);
		if (!a[i].first_time_ns != !rows[i].count)
			fail_msg("%s: at %jd", rows[i].name, (intmax_t)a[i].first_time_ns);
		for (size_t j = 0; j < 3 && rows[i].values[j]; j++)
			if (!str_eq(a[i].values[j], rows[i].values[j]))
				fail_msg("%s: '%s', not '%s'", rows[i].name, a[i].values[j],
					 rows[i].values[j]);
		wireshark_answer_free(&a[i]);
	}
}

static void test_time(void **state)
{
	const struct wireshark_query q = { .file = tls13, .filter = "frame.number == 14" };
	struct wireshark_answer a;

	(void)state;
	need_sharkd();
	assert_int_equal(ask("sharkd", &q, 1, NULL, &a, NULL), 0);
	assert_true(a.first_time_ns == INT64_C(1795340599119067298));
	wireshark_answer_free(&a);
}

/* sharkd does not answer when a file ends in the middle of a frame; what comes before is there. */
static void test_cut_short(void **state)
{
	auto_free char *path = xasprintf("%s/cut.pcapng", folder);
	const struct wireshark_query query = { .file = path, .filter = "tcp" };
	auto_str struct str text = { 0 };
	struct wireshark_answer a;
	struct err err = ERR_INIT;

	(void)state;
	need_sharkd();
	assert_int_equal(io_read_file(tls13, 1 << 20, &text, &err), 0);
	assert_int_equal(io_write_file(path, text.data, text.len - 300, 0600, &err), 0);
	if (ask("sharkd", &query, 1, NULL, &a, &err) < 0)
		fail_msg("%s", err.msg);
	assert_in_range(a.count, 1, 17);
	wireshark_answer_free(&a);
	(void)unlink(path);
}

static void test_nothing(void **state)
{
	(void)state;
	need_sharkd();
	assert_int_equal(ask("sharkd", NULL, 0, NULL, NULL, NULL), 0);
}

/* The first frames by number; those up to a time do not count. */
static void test_frames(void **state)
{
	const struct wireshark_query all = { .file = tls13, .filter = "tcp" };
	struct wireshark_query late = { .file = tls13, .filter = "tls.handshake.type == 20" };
	struct wireshark_answer a;

	(void)state;
	need_sharkd();
	assert_int_equal(ask("sharkd", &all, 1, NULL, &a, NULL), 0);
	assert_int_equal(a.count, 18);
	for (size_t i = 0; i < WIRESHARK_FRAMES; i++)
		assert_int_equal(a.frames[i], i + 1);
	wireshark_answer_free(&a);
	assert_int_equal(ask("sharkd", &late, 1, NULL, &a, NULL), 0);
	assert_int_equal(a.count, 2);
	assert_int_equal(a.early, 0);
	late.after_ns = a.first_time_ns;
	wireshark_answer_free(&a);
	assert_int_equal(ask("sharkd", &late, 1, NULL, &a, NULL), 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.frames[0], 8);
	assert_int_equal(a.early, 6);
	wireshark_answer_free(&a);
}

/* One session, two files, one filter: each file's own answer. */
static void test_session(void **state)
{
	const struct wireshark_query q[] = {
		{ .file = tls13, .filter = "tls.handshake.ciphersuite == 0x1301" },
		{ .file = tls12, .filter = "tls.handshake.ciphersuite == 0x009c" },
		{ .file = tls13, .filter = "tls.handshake.ciphersuite == 0x009c" },
		{ .file = tls12, .filter = "tls.handshake.ciphersuite == 0x1301" },
	};
	auto_wireshark struct wireshark *ws = NULL;
	struct wireshark_answer a[4];

	(void)state;
	need_sharkd();
	wireshark_open(&(struct wireshark_setup){ .sharkd = "sharkd" }, "/", &ws);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wireshark_ask(ws, q, 4, a, NULL), 0);
		assert_int_equal(a[0].count, 1);
		assert_int_equal(a[1].count, 2);
		assert_int_equal(a[2].count, 0);
		assert_int_equal(a[3].count, 0);
		assert_int_equal(wireshark_ask(ws, &q[i], 1, a, NULL), 0);
	}
}

/* --- the frame that came nearest --- */

static const struct near_row {
	const char *name, *filter;
	uint64_t frame;
	size_t differs;
	const char *field, *want, *have;
} near_rows[] = {
	{ "one field differs", "http2.headers.status == 404 and http2.headers.content_type", 14, 1,
	  "http2.headers.status", "404", "200" },
	{ "the last part differs", "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 80",
	  1, 1, "tcp.dstport", "80", "443" },
	{ "the field is not there", "tls.handshake.type == 1 and tcp and tls.handshake.epms", 4, 1,
	  "tls.handshake.epms", "present", NULL },
	{ "several differ: the first of them",
	  "tls.handshake.type == 2 and tcp.dstport == 443 and ip.ttl == 3 and tcp and ip", 6, 2,
	  "tcp.dstport", "443", "42186" },
	{ "of two, the one that has the first parts",
	  "tls.handshake.type == 1 and tls.handshake.type == 2", 4, 1, "tls.handshake.type", "2",
	  "1" },
	{ "an operator stays", "tls.handshake.type == 1 and ip.ttl > 100", 4, 1, "ip.ttl", "> 100",
	  "64" },
	{ "several values", "tls.handshake.type == 2 and tls.handshake.type == 16 and tls", 6, 1,
	  "tls.handshake.type", "16", "2, 8, 11, 15" },
	{ "and in quotes and in brackets is no and",
	  "http2.headers.method == \"GET and POST\" and (tcp and http2) and http2.type == 1", 13, 1,
	  "http2.headers.method", "\"GET and POST\"", "\"GET\"" },
	{ "a part that is no field", "tls.handshake.type == 1 and !(ip)", 4, 1, NULL, "!(ip)",
	  NULL },
	{ "a slice is no field", "tls.handshake.type == 1 and eth.src[0:1] == ff", 4, 1, NULL,
	  "eth.src[0:1] == ff", NULL },
	{ "half, with the first", "tls.handshake.type == 1 and udp", 4, 1, "udp", "present", NULL },
	{ "half without the first: one such frame", "udp and tls.handshake.type == 1", 4, 1, "udp",
	  "present", NULL },
	{ "half without the first: too many", "udp and tcp", 0, 0, NULL, NULL, NULL },
	{ "less than half: none", "udp and arp and tcp", 0, 0, NULL, NULL, NULL },
	{ "an or on top is one part", "udp or arp and icmp", 0, 0, NULL, NULL, NULL },
	{ "one part alone", "udp", 0, 0, NULL, NULL, NULL },
};

static void test_nearest(void **state)
{
	auto_wireshark struct wireshark *ws = NULL;

	(void)state;
	need_sharkd();
	wireshark_open(&(struct wireshark_setup){ .sharkd = "sharkd" }, "/", &ws);
	for (size_t i = 0; i < ARRAY_SIZE(near_rows); i++) {
		const struct near_row *row = &near_rows[i];
		const struct wireshark_query q = { .file = tls13,
						   .filter = row->filter,
						   .nearest = true };
		struct wireshark_answer a;

		assert_int_equal(wireshark_ask(ws, &q, 1, &a, NULL), 0);
		if (a.count || a.near.frame != row->frame || a.near.differs != row->differs ||
		    !str_eq(a.near.field, row->field) || !str_eq(a.near.want, row->want) ||
		    !str_eq(a.near.have, row->have))
			fail_msg("%s: %ju match; frame %ju, %zu differ, %s: %s, not %s (%s)",
				 row->name, (uintmax_t)a.count, (uintmax_t)a.near.frame,
				 a.near.differs, a.near.field, a.near.have, a.near.want, a.error);
		wireshark_answer_free(&a);
	}
}

/* Frames 6 and 8 have Finished (20), 4 has ClientHello (1), 6 ServerHello (2). */
static void test_nearest_in_time(void **state)
{
	static const struct {
		const char *name, *filter;
		uint64_t after, since; /* the time of that frame; 0: not given */
		uint64_t frame;
	} in_time[] = {
		{ "the first", "tls.handshake.type == 20 and udp", 0, 0, 6 },
		{ "the same good, behind", "tls.handshake.type == 20 and udp", 0, 7, 8 },
		{ "at it is not before", "tls.handshake.type == 20 and udp", 0, 6, 6 },
		{ "none behind", "tls.handshake.type == 1 and udp", 0, 7, 4 },
		{ "a better one before", "tls and tls.handshake.type == 1 and udp", 0, 7, 4 },
		{ "it must come after", "tls.handshake.type == 20 and udp", 6, 0, 8 },
		{ "even the better one", "tls and tls.handshake.type == 1 and tcp and udp", 7, 0,
		  8 },
		{ "or none is near", "tls.handshake.type == 1 and udp", 7, 0, 4 },
	};
	auto_wireshark struct wireshark *ws = NULL;

	(void)state;
	need_sharkd();
	wireshark_open(&(struct wireshark_setup){ .sharkd = "sharkd" }, "/", &ws);
	for (size_t i = 0; i < ARRAY_SIZE(in_time); i++) {
		struct wireshark_query q = { .file = tls13, .nearest = true };
		const uint64_t frames[] = { in_time[i].after, in_time[i].since };
		int64_t *const times[] = { &q.after_ns, &q.since_ns };
		struct wireshark_answer a;

		for (size_t j = 0; j < ARRAY_SIZE(frames); j++) {
			auto_free char *number =
				xasprintf("frame.number == %ju", (uintmax_t)frames[j]);
			const struct wireshark_query when = { .file = tls13, .filter = number };

			assert_int_equal(wireshark_ask(ws, &when, 1, &a, NULL), 0);
			*times[j] = frames[j] ? a.first_time_ns : 0;
			wireshark_answer_free(&a);
		}
		q.filter = in_time[i].filter;
		assert_int_equal(wireshark_ask(ws, &q, 1, &a, NULL), 0);
		if (a.count || a.near.frame != in_time[i].frame)
			fail_msg("%s: frame %ju (%s)", in_time[i].name, (uintmax_t)a.near.frame,
				 a.error);
		wireshark_answer_free(&a);
	}
}

/* --- queries that are wrong --- */

static const struct wrong_row {
	const char *name, *file, *filter, *field;
	const char *says;
} wrong_rows[] = {
	{ "syntax", tls13, "tcp.port == ", NULL,
	  "filter 'tcp.port == ': Unexpected end of filter expression." },
	{ "unknown field in a filter", tls13, "tcp.prot == 443", NULL,
	  "filter 'tcp.prot == 443': " },
	{ "wrong type", tls13, "tcp.port == \"x\"", NULL, "filter 'tcp.port == \"x\"': " },
	{ "quote that is open", tls13, "http2.headers.method == \"GET", NULL, "quote" },
	{ "unknown field to read", tls13, "tcp", "tcp.prot", "field 'tcp.prot': " },
	{ "no such file", "/nonexistent/x.pcapng", "tcp", NULL,
	  "capture '/nonexistent/x.pcapng': " },
	{ "a file that is no capture", "/etc/passwd", "tcp", NULL, "capture '/etc/passwd': " },
};

static void test_wrong(void **state)
{
	const struct wrong_row *row = *state;
	const struct wireshark_query queries[] = {
		{ .file = tls13, .filter = "tcp" },
		{ .file = row->file, .filter = row->filter, .fields = { row->field } },
		{ .file = tls12, .filter = "tcp" },
	};
	struct wireshark_answer a[3];
	struct err err = ERR_INIT;

	need_sharkd();
	assert_int_equal(ask("sharkd", queries, 3, NULL, a, &err), 0);
	if (!strstr(a[1].error, row->says))
		fail_msg("'%s' does not say '%s'", a[1].error, row->says);
	assert_int_equal(a[1].count, 0);
	assert_int_equal(a[0].count, 18); /* the others are answered */
	assert_int_equal(a[2].count, 18);
	assert_string_equal(a[2].error, "");
}

/* The user's own preferences change no answer: in these HTTP/2 is switched off. */
static void test_no_preferences(void **state)
{
	auto_free char *disabled = xasprintf("%s/disabled_protos", folder);
	const struct wireshark_query q = { .file = tls13, .filter = "http2" };
	struct wireshark_answer a;

	(void)state;
	need_sharkd();
	assert_int_equal(io_write_file(disabled, "http2\n", 6, 0600, NULL), 0);
	assert_int_equal(setenv("WIRESHARK_CONFIG_DIR", folder, 1), 0);
	assert_int_equal(ask("sharkd", &q, 1, NULL, &a, NULL), 0);
	assert_int_equal(a.count, 5);
	assert_int_equal(unsetenv("WIRESHARK_CONFIG_DIR"), 0);
}

/* --- sharkds that misbehave --- */

#define OK_LOAD "read x; echo '{\"id\":1,\"result\":{\"status\":\"OK\"}}'\n"

static const struct fake {
	const char *name, *script;
	int ms; /* of patience with one that stands still */
	int code;
	const char *says;
} fakes[] = {
	{ "ends at once", "echo cannot start >&2; exit 1", 60000, -EPIPE, "ended: cannot start" },
	{ "ends silently", "exit 0", 60000, -EPIPE, "it said nothing" },
	{ "dies", "read x; kill -SEGV $$", 60000, -EPIPE, "killed by signal 11" },
	{ "dies later", OK_LOAD "read x; kill -ABRT $$", 60000, -EPIPE, "killed by signal 6" },
	{ "never answers", "read x; exec sleep 100", 200, -ETIMEDOUT, "stood still" },
	{ "never reads", "exec sleep 100", 200, -ETIMEDOUT, "stood still" },
	{ "answers no JSON", "read x; echo hello; read x", 60000, -EPROTO, "not JSON" },
	{ "answers half a line", "read x; printf '{\"id\":'; exec sleep 100", 200, -ETIMEDOUT,
	  "stood still" },
	{ "answers without result", "read x; echo '{\"id\":1}'; read x", 60000, -EPROTO,
	  "without a result" },
	{ "answers another question", "read x; echo '{\"id\":7,\"result\":{}}'; exec sleep 100",
	  200, -ETIMEDOUT, "stood still" },
	{ "answers without end", "read x; exec cat /dev/zero", 60000, -EFBIG, "more than" },
	{ "works for ever", "while :; do :; done", 60000, -ETIMEDOUT, "no answer after" },
	/* Slower than the patience with one that stands still, but at work: for two seconds of the
	 * processor's. */
	{ "is slow", "ulimit -t 2; while :; do :; done", 1500, -EPIPE, "ended" },
	{ "closes its end", "read x; exec >&-; exec <&-; exec sleep 100", 60000, -EPIPE, "ended" },
};

static void test_fake(void **state)
{
	const struct fake *row = *state;
	auto_free char *program = xasprintf("%s/sharkd", folder);
	auto_free char *script = xasprintf("#!/bin/sh\n%s\n", row->script);
	const struct wireshark_query q = { .file = tls13, .filter = "tcp" };
	const struct sharkd_patience patience = { .still_ms = row->ms,
						  .work_ms =
							  row->code == -ETIMEDOUT ? 500 : 60000 };
	struct wireshark_answer a;
	struct err err = ERR_INIT;

	assert_int_equal(io_write_file(program, script, strlen(script), 0700, NULL), 0);
	assert_int_equal(ask(program, &q, 1, &patience, &a, &err), row->code);
	if (!strcasestr(err.msg, row->says))
		fail_msg("'%s' does not say '%s'", err.msg, row->says);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left */
}

static void test_missing(void **state)
{
	const struct wireshark_query q = { .file = tls13, .filter = "tcp" };
	struct wireshark_answer a;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(ask("no-such-sharkd", &q, 1, NULL, &a, &err), -ENOENT);
	assert_string_equal(err.msg,
			    "'no-such-sharkd' is not installed: it comes with the Debian package "
			    "wireshark-common");
}

/* What guests said in the tables of a run: lines "MAC PMK", each key once; what is none is passed
 * over. */
static void test_master_keys(void **state)
{
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
	auto_json json_t *tables =
		json_pack("[{s:s, s:s, s:s}, {s:s, s:s}]", "kind", "wifi-keys", "before",
			  "02:00:5e:00:00:01 " KEY "1\n02:00:5e:00:00:02 FAIL\n\n" KEY, "after",
			  "02:00:5e:00:00:01 " KEY "1\n02:00:5e:00:00:02 " KEY "2", "kind", "arp",
			  "before", "x " KEY "3");
	auto_free struct wireshark_wifi *keys = NULL;
	auto_str struct str text = { 0 };
	size_t n = 0;

	(void)state;
	wireshark_wifi_from_tables(json_array_get(tables, 0), &keys, &n); /* no array */
	assert_int_equal(n, 0);
	wireshark_wifi_from_tables(tables, &keys, &n);
	assert_int_equal(n, 2);
	wireshark_wifi_key(&keys[1], &text);
	wireshark_wifi_key(&(struct wireshark_wifi){ .ssid = "a b", .passphrase = "c:d" }, &text);
	assert_string_equal(str_text(&text), "\"wpa-psk\",\"" KEY "2\"\"wpa-pwd\",\"c%3ad:a%20b\"");
#undef KEY
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_master_keys),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_no_preferences),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_in_time),
	};
	auto_free char *corpus = source_path("tests/fuzz/corpus/pcapng");

	(void)snprintf(tls13, sizeof(tls13), "%s/h2-tls13.pcapng", corpus);
	(void)snprintf(tls12, sizeof(tls12), "%s/h2-tls12-rsa.pcapng", corpus);
	ADD_TESTS(fixed);
	ADD_ROWS(wrong_rows, test_wrong);
	ADD_ROWS(fakes, test_fake);
	return run_added("wireshark", make_folder, remove_folder);
}
