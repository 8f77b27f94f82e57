/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/wireshark/dissect.c and src/report/frames.c: frames of a recorded session, with the real
 * sharkd.
 * Covers: src/report/frames.c src/wireshark/dissect.c
 */
#include "base/clock.h"
#include "lib/tests.h"
#include "report/frames.h"
#include "wireshark/dissect.h"

/* The session of 18 frames, as the run's captures of two ports; the second ends inside a frame. */
static int make_run(void **state)
{
	auto_free char *from = source_path("tests/fuzz/corpus/pcapng/h2-tls13.pcapng");
	auto_free char *client = NULL, *www = NULL;
	auto_str struct str data = { 0 };

	assert_int_equal(make_folder(state), 0);
	client = xasprintf("%s/client:eth0.pcapng", folder);
	www = xasprintf("%s/www:eth0.pcapng", folder);
	assert_int_equal(io_read_file(from, 1 << 20, &data, NULL), 0);
	assert_int_equal(io_write_file(client, data.data, data.len, 0600, NULL), 0);
	return io_write_file(www, data.data, data.len - 200, 0600, NULL);
}

static json_t *open_story(const char *text)
{
	auto_json json_t *story = json_loads(text, 0, NULL);
	const struct story_options options = { .sharkd = "sharkd" };
	struct err err = ERR_INIT;

	assert_non_null(story);
	assert_int_equal(frames_add(story, folder, &options, &err), 0);
	return json_incref(story);
}

#define STORY(phases, journeys) "{\"notes\":[],\"phases\":[" phases "],\"journeys\":[" journeys "]}"
#define HOP(at, frame) "{\"hops\":[{\"at\":\"" at "\",\"frame\":" #frame "}]}"

static const json_t *view_of(const json_t *story, const char *at, const char *frame)
{
	const json_t *all = json_object_get(json_object_get(story, "frames"), "at");

	return json_object_get(json_object_get(all, at), frame);
}

/* Whether a field of the view, or one below it, has these words. */
static bool node_says(const json_t *frames, size_t index, const char *words)
{
	const json_t *node = json_array_get(json_object_get(frames, "nodes"), index);
	const json_t *text = json_array_get(json_object_get(frames, "texts"),
					    (size_t)json_integer_value(json_array_get(node, 0)));

	if (strstr(json_string_value(text), words))
		return true;
	for (size_t i = 5; i < json_array_size(node); i++)
		if (node_says(frames, (size_t)json_integer_value(json_array_get(node, i)), words))
			return true;
	return false;
}

static bool view_says(const json_t *story, const json_t *view, const char *words)
{
	const json_t *layers = json_object_get(view, "layers");

	for (size_t i = 0; i < json_array_size(layers); i++)
		if (node_says(json_object_get(story, "frames"),
			      (size_t)json_integer_value(json_array_get(layers, i)), words))
			return true;
	return false;
}

static void test_keys(void **state)
{
	auto_json json_t *story = open_story(STORY("", HOP("client:eth0", 13)));
	const json_t *view = view_of(story, "client:eth0", "13");
	const json_t *bare = json_object_get(view, "without_keys");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(story, "notes")), 0);
	assert_string_equal(json_get_text(view, "protocol", ""), "HTTP2");
	assert_true(view_says(story, view, ":method: GET"));
	assert_true(view_says(story, view, "Time to Live: 64"));
	assert_true(json_array_size(json_object_get(view, "sources")) > 1);
	assert_true(json_is_object(bare));
	assert_string_equal(json_get_text(bare, "protocol", ""), "TLSv1.3");
	assert_false(view_says(story, bare, ":method: GET"));
	assert_true(view_says(story, bare, "Encrypted Application Data"));
	assert_int_equal(json_array_size(json_object_get(bare, "sources")), 1);
}

static void test_plain(void **state)
{
	auto_json json_t *story = open_story(STORY("", HOP("client:eth0", 1)));
	const json_t *view = view_of(story, "client:eth0", "1");
	const json_t *source = json_array_get(json_object_get(view, "sources"), 0);
	auto_str struct str bytes = { 0 };

	(void)state;
	assert_true(json_is_null(json_object_get(view, "without_keys")));
	/* tshark -r h2-tls13.pcapng -T fields -e frame.time_epoch -e frame.len -c 1 */
	assert_int_equal(json_integer_value(json_object_get(view, "time_ns")),
			 INT64_C(1795340599110134459));
	assert_int_equal(str_add_unbase64(&bytes, json_string_value(json_array_get(source, 1))), 0);
	assert_int_equal(bytes.len, 74);
}

/* A proof, the nearest frame, a remark and hops; each frame once. */
static void test_wanted(void **state)
{
	auto_json json_t *story = open_story(STORY(
		"{\"expectations\":[{\"at\":\"client:eth0\",\"frames\":[3,4],\"nearest\":null},"
		"{\"at\":\"client:eth0\",\"frames\":[],\"nearest\":{\"frame\":5}}],"
		"\"remarks\":[{\"at\":\"www:eth0\",\"frame\":2}]}",
		HOP("client:eth0", 3) "," HOP("www:eth0", 6)));
	const json_t *at = json_object_get(json_object_get(story, "frames"), "at");

	(void)state;
	assert_int_equal(json_object_size(json_object_get(at, "client:eth0")), 3);
	assert_int_equal(json_object_size(json_object_get(at, "www:eth0")), 2);
	assert_non_null(view_of(story, "client:eth0", "5"));
	assert_non_null(view_of(story, "www:eth0", "6"));
}

static void assert_once(const json_t *list)
{
	auto_json json_t *seen = json_object();

	for (size_t i = 0; i < json_array_size(list); i++) {
		auto_free char *key =
			json_dumps(json_array_get(list, i), JSON_COMPACT | JSON_ENCODE_ANY);

		assert_null(json_object_get(seen, key));
		(void)json_object_set_new(seen, key, json_true());
	}
}

/* The same frame at two ports costs no second field. */
static void test_once(void **state)
{
	auto_json json_t *one = open_story(STORY("", HOP("client:eth0", 13)));
	auto_json json_t *two =
		open_story(STORY("", HOP("client:eth0", 13) "," HOP("www:eth0", 13)));
	const json_t *nodes = json_object_get(json_object_get(two, "frames"), "nodes");

	(void)state;
	assert_once(nodes);
	assert_once(json_object_get(json_object_get(two, "frames"), "texts"));
	assert_int_equal(json_array_size(json_object_get(json_object_get(one, "frames"), "nodes")),
			 json_array_size(nodes));
}

/* What cannot be read is a sentence; the rest is there. */
static void test_damaged(void **state)
{
	auto_json json_t *story = open_story(
		STORY("", HOP("gone:eth0", 1) "," HOP("client:eth0", 99) "," HOP("www:eth0", 13)));
	const json_t *notes = json_object_get(story, "notes");

	(void)state;
	assert_int_equal(json_array_size(notes), 2);
	assert_non_null(strstr(json_string_value(json_array_get(notes, 0)), "'gone:eth0'"));
	assert_non_null(strstr(json_string_value(json_array_get(notes, 1)), "'client:eth0'"));
	assert_non_null(view_of(story, "www:eth0", "13"));
}

/* Of too many packets, those that prove something stay. */
static void test_bounded(void **state)
{
	auto_json json_t *story = json_loads(STORY("", ""), 0, NULL);
	const struct story_options options = { .sharkd = "sharkd" };
	json_t *journeys = json_object_get(story, "journeys");
	const size_t last = FRAMES_MAX_JOURNEYS + 9;

	(void)state;
	for (size_t i = 0; i <= last; i++)
		(void)json_array_append_new(journeys,
					    json_pack("{s:I, s:b, s:[]}", "id", (json_int_t)i,
						      "proof", i == last, "hops"));
	assert_int_equal(frames_add(story, folder, &options, NULL), 0);
	assert_int_equal(json_array_size(journeys), FRAMES_MAX_JOURNEYS);
	assert_int_equal(json_array_size(json_object_get(story, "notes")), 1);
	assert_int_equal(json_get_int(json_array_get(journeys, FRAMES_MAX_JOURNEYS - 1), "id", 0),
			 last);
	assert_int_equal(json_get_int(json_array_get(journeys, 0), "id", -1), 0);
}

static void test_no_sharkd(void **state)
{
	auto_json json_t *story = json_loads(STORY("", HOP("client:eth0", 1)), 0, NULL);
	const struct story_options options = { .sharkd = "no-sharkd" };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(frames_add(story, folder, &options, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no-sharkd"));
	assert_null(json_object_get(story, "frames"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),      cmocka_unit_test(test_plain),
		cmocka_unit_test(test_wanted),    cmocka_unit_test(test_once),
		cmocka_unit_test(test_bounded),   cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_sharkd),
	};

	if (no_sharkd())
		return skip_all(no_sharkd());
	return cmocka_run_group_tests(tests, make_run, remove_folder);
}
