/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/guest/clone.c: what a restored guest is told, as the guest's own program reads it, and what
 * becomes of a guest that answers late, wrongly or without end.
 * Covers: src/guest/clone.c
 */
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "../../images/guest/request.h"
#include "base/clock.h"
#include "base/socket.h"
#include "guest/clone.h"
#include "lib/tests.h"

enum { ID = 77, PATIENCE_MS = 500, ANSWERED_MS = 60000 };
#define NOW INT64_C(1700000000123456789)

static struct guest_keys *keys;

static void request_for(const struct clone_identity *identity, struct str *out)
{
	struct err err = ERR_INIT;

	if (clone_request(identity, ID, NOW, out, &err) < 0)
		fail_msg("%s", err.msg);
}

static const char *parse(const struct str *text, struct request *ret)
{
	return request_parse((const uint8_t *)text->data, text->len, ret);
}

/* --- the message --- */

static void test_message(void **state)
{
	const struct clone_identity whole = { "kt-1.example", keys, true }, bare = { 0 };
	auto_str struct str text = { 0 }, again = { 0 }, least = { 0 };
	struct request request, other;

	(void)state;
	request_for(&whole, &text);
	assert_int_equal(request_length((const uint8_t *)text.data, text.len), text.len);
	assert_null(parse(&text, &request));
	assert_int_equal(request.id, ID);
	assert_int_equal(request.clock, NOW);
	assert_string_equal(request.name, whole.name);
	assert_true(request.field[CLONE_RESCAN].data);
	assert_memory_equal(request.field[CLONE_HOST_KEY].data, "-----BEGIN OPENSSH", 18);
	assert_memory_equal(request.field[CLONE_HOST_PUBLIC].data, "ssh-ed25519 ", 12);
	assert_memory_equal(request.field[CLONE_AUTHORIZED].data, "ssh-ed25519 ", 12);
	/* Two that are told the same have no randomness in common. */
	request_for(&whole, &again);
	assert_null(parse(&again, &other));
	assert_int_equal(request.field[CLONE_SEED].len, other.field[CLONE_SEED].len);
	assert_true(request.field[CLONE_SEED].len >= 32);
	assert_memory_not_equal(request.field[CLONE_SEED].data, other.field[CLONE_SEED].data,
				request.field[CLONE_SEED].len);
	request_for(&bare, &least);
	assert_null(parse(&least, &request));
	assert_string_equal(request.name, "");
	assert_true(request.field[CLONE_SEED].data);
	for (int field = CLONE_NAME; field < CLONE_FIELDS; field++)
		assert_null(request.field[field].data);
}

/* Its first bytes are more or less than a beginning nowhere; read all the same, the last field is
 * never there. */
static void test_cut(void **state)
{
	const struct clone_identity whole = { "kt1", keys, true };
	auto_str struct str text = { 0 };
	struct request request;

	(void)state;
	request_for(&whole, &text);
	for (size_t len = 0; len < text.len; len++) {
		auto_free uint8_t *cut = xcalloc(1, len ? len : 1);
		bool head = len >= sizeof(struct clone_head);

		if (len)
			memcpy(cut, text.data, len);
		assert_int_equal(request_length(cut, len), head ? (long)text.len : 0);
		if (head && !request_parse(cut, len, &request))
			assert_null(request.field[CLONE_RESCAN].data);
	}
}

static void add(struct str *text, unsigned int field, size_t len, const void *data, size_t n)
{
	struct clone_field_head head = { (uint16_t)field, (uint16_t)len };

	str_add(text, &head, sizeof(head));
	str_add(text, data, n);
}

static const struct bad {
	const char *name;
	unsigned int field;
	size_t len;
	const char *data;
	size_t n; /* so many bytes are there */
	const char *says;
} bad[] = {
	{ "unknown", CLONE_FIELDS, 1, "x", 1, "a field is unknown" },
	{ "zero", 0, 1, "x", 1, "a field is unknown" },
	{ "too short a clock", CLONE_CLOCK, 4, "abcd", 4, "a field has a wrong length" },
	{ "a clock before 1970", CLONE_CLOCK, 8, "\0\0\0\0\0\0\0\x80", 8,
	  "the time is before 1970" },
	{ "without a clock", CLONE_SEED, 4, "seed", 4, "the time is missing" },
	{ "an empty seed", CLONE_SEED, 0, "", 0, "a field has a wrong length" },
	{ "longer than the rest", CLONE_SEED, 9, "12345678", 8, "a field has no end" },
	{ "a rescan of something", CLONE_RESCAN, 1, "x", 1, "a field has a wrong length" },
	{ "an empty name", CLONE_NAME, 0, "", 0, "a field has a wrong length" },
	{ "a long name", CLONE_NAME, 64,
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64,
	  "a field has a wrong length" },
	{ "a name of two lines", CLONE_NAME, 3, "a\nb", 3, "the name is not a host name" },
	{ "a name with a NUL", CLONE_NAME, 3, "a\0b", 3, "the name is not a host name" },
};

static void test_bad(void **state)
{
	const struct bad *row = *state;
	struct clone_head head = { .mark = CLONE_MARK, .id = ID };
	int64_t now = NOW;
	auto_str struct str text = { 0 };
	struct request request;
	const char *says;

	str_add(&text, &head, sizeof(head));
	if (row->field == CLONE_NAME)
		add(&text, CLONE_CLOCK, sizeof(now), &now, sizeof(now));
	add(&text, row->field, row->len, row->data, row->n);
	says = parse(&text, &request);
	assert_non_null(says);
	assert_string_equal(says, row->says);
	assert_int_equal(request.id, ID);
}

static void test_twice(void **state)
{
	const struct clone_identity whole = { "kt1", NULL, false };
	auto_str struct str text = { 0 };
	struct request request;

	(void)state;
	request_for(&whole, &text);
	add(&text, CLONE_NAME, 1, "b", 1);
	assert_string_equal(parse(&text, &request), "a field is there twice");
}

static void test_no_request(void **state)
{
	struct clone_head head = { CLONE_MARK, CLONE_BODY_MAX + 1, 0 };

	(void)state;
	assert_int_equal(request_length((const uint8_t *)&head, sizeof(head)), -1);
	head.len = CLONE_BODY_MAX;
	assert_int_equal(request_length((const uint8_t *)&head, sizeof(head)),
			 sizeof(head) + CLONE_BODY_MAX);
	assert_int_equal(request_length((const uint8_t *)"SSH-", 4), -1);
}

static void test_too_long(void **state)
{
	auto_free char *name = xcalloc(1, CLONE_BODY_MAX + 1);
	struct clone_identity identity = { .name = name };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	memset(name, 'a', CLONE_BODY_MAX);
	assert_int_equal(clone_request(&identity, ID, NOW, &text, &err), -EMSGSIZE);
	assert_int_equal(text.len, 0);
}

/* --- the guest's answers --- */

/* ID of the answer, when its clock is, in ms from now, and what follows. */
struct answer {
	enum { OK, OF_OTHER, TEXT, REFUSAL, ENDLESS, NOTHING, LEAVES } what;
	int off_ms;
	const char *text;
};

static const struct talk {
	const char *name;
	struct answer answers[3]; /* to the first request, the second; the last one repeats */
	int result;
	const char *says;
	unsigned int asked; /* how often the guest is asked; 0: until the deadline */
	bool cancelled;
} talks[] = {
	{ "at once", { { OK, 0, NULL } }, 0, NULL, 1, false },
	{ "an answer to another first", { { OF_OTHER, 0, NULL } }, 0, NULL, 1, false },
	{ "a clock that was late", { { OK, -3000, NULL }, { OK, 0, NULL } }, 0, NULL, 2, false },
	{ "a clock that stays off",
	  { { OK, 5000, NULL }, { OK, 5000, NULL }, { OK, 5000, NULL } },
	  -ETIMEDOUT,
	  "clock and identity: its clock is off by -",
	  0,
	  false },
	{ "a refusal",
	  { { REFUSAL, 0, "/etc/hosts: No space left on device" } },
	  -EPROTO,
	  "clock and identity: the guest says: /etc/hosts: No space left on device",
	  1,
	  false },
	{ "no answer",
	  { { TEXT, 0, "hello\n" } },
	  -EPROTO,
	  "clock and identity: the guest says what is no answer",
	  1,
	  false },
	{ "no end",
	  { { ENDLESS, 0, NULL } },
	  -EPROTO,
	  "clock and identity: the guest's answer has no end",
	  1,
	  false },
	{ "silence",
	  { { NOTHING, 0, NULL } },
	  -ETIMEDOUT,
	  "clock and identity: the guest does not answer",
	  1,
	  false },
	{ "an end",
	  { { LEAVES, 0, NULL } },
	  -ECONNRESET,
	  "clock and identity: the guest has ended",
	  1,
	  false },
	{ "silence, and cancelled",
	  { { NOTHING, 0, NULL } },
	  -ECANCELED,
	  "clock and identity: cancelled",
	  1,
	  true },
};

struct guest_end {
	int listener;
	const struct talk *talk;
	unsigned int asked;
	bool named_again; /* a later request said more than the time */
};

static void say(int fd, const struct answer *answer, uint32_t id)
{
	auto_str struct str text = { 0 };
	long long then = clock_real_ns() + (int64_t)answer->off_ms * NS_PER_MS;

	switch (answer->what) {
	case OF_OTHER:
		str_addf(&text, "no %u it was another\nok %u %lld\n", id + 1, id - 1, then);
		/* fallthrough */
	case OK:
		str_addf(&text, "ok %u %lld\n", id, then);
		break;
	case TEXT:
		str_adds(&text, answer->text);
		break;
	case REFUSAL:
		str_addf(&text, "no %u %s\n", id, answer->text);
		break;
	case ENDLESS:
		for (int i = 0; i < 4096; i++)
			str_adds(&text, "x");
		break;
	case NOTHING:
	case LEAVES:
		return;
	}
	(void)!write(fd, str_text(&text), text.len);
}

/* Reads requests and answers them until labd leaves. */
static void *be_guest(void *arg)
{
	struct guest_end *end = arg;
	struct pollfd pfd = { .fd = end->listener, .events = POLLIN };
	auto_close int fd = poll(&pfd, 1, ANSWERED_MS) > 0 ? accept(end->listener, NULL, NULL) : -1;
	uint8_t buf[8192];
	size_t have = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		const struct answer *answer = &end->talk->answers[end->asked < 2 ? end->asked : 2];
		struct request request;
		long len;

		have += (size_t)n;
		len = request_length(buf, have);
		if (len <= 0 || have < (size_t)len)
			continue;
		assert_null(request_parse(buf, (size_t)len, &request));
		end->named_again |= end->asked > 0 && *request.name;
		end->asked++;
		have = 0;
		say(fd, answer, request.id);
		if (answer->what == LEAVES)
			break;
	}
	return NULL;
}

static void test_talk(void **state)
{
	const struct talk *talk = *state;
	struct clone_identity identity = { "kt1", keys, false };
	auto_free char *path = xasprintf("%s/port", folder);
	auto_close int listener = -1;
	struct err err = ERR_INIT;
	struct guest_end end = { .talk = talk };
	atomic_bool cancel = talk->cancelled;
	bool short_one = talk->result == -ETIMEDOUT;
	pthread_t thread;
	int r;

	listener = end.listener = socket_listen(path, SOCK_STREAM, &err);
	assert_true(listener >= 0);
	assert_int_equal(pthread_create(&thread, NULL, be_guest, &end), 0);
	r = clone_tell(path, &identity, deadline_in_ms(short_one ? PATIENCE_MS : ANSWERED_MS),
		       &cancel, &err);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (r != talk->result || (talk->says && !str_prefix(err.msg, talk->says)))
		fail_msg("%d, %s", r, err.msg);
	if (talk->asked)
		assert_int_equal(end.asked, talk->asked);
	else
		assert_true(end.asked >= 2);
	assert_false(end.named_again);
}

static void test_nobody(void **state)
{
	const struct clone_identity nobody = { 0 };
	auto_free char *path = xasprintf("%s/none", folder);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(clone_tell(path, &nobody, deadline_in_ms(ANSWERED_MS), NULL, &err),
			 -ENOENT);
}

static int setup(void **state)
{
	auto_free char *dir = NULL;
	struct err err = ERR_INIT;

	if (make_folder(state) < 0)
		return -1;
	dir = xasprintf("%s/keys", folder);
	return guest_keys_open(dir, &keys, &err);
}

static int teardown(void **state)
{
	guest_keys_free(keys);
	return remove_folder(state);
}

int main(void)
{
	ADD_TEST(test_message);
	ADD_TEST(test_cut);
	ADD_ROWS(bad, test_bad);
	ADD_TEST(test_twice);
	ADD_TEST(test_no_request);
	ADD_TEST(test_too_long);
	ADD_ROWS(talks, test_talk);
	ADD_TEST(test_nobody);
	return run_added("clone", setup, teardown);
}
