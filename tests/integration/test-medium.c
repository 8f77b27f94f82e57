/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-medium as a process: radios at its sockets, as QEMU is, and who asks about them.
 * Covers: src/medium/loop.c src/medium/main.c src/medium/medium.c src/medium/obey.c
 * Covers: src/medium/record.c src/medium/server.c
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/control.h"
#include "lib/tests.h"
#include "medium/air.h"
#include "medium/medium.h"
#include "medium/outbox.h"
#include "pcapng/pcapng.h"

#define RADIOS 3
#define SOON 60000 /* ms: what must come may take so long on a busy machine */
#define QUIET 50   /* ms: what must not come is waited for so long */
#define FRAME 40   /* bytes */
#define FREQ 2437

static char control[64], paths[RADIOS][64];
static const char *const names[RADIOS] = { "ap", "near", "far" };

/* A radio's end of the serial port. */
struct radio {
	int fd;
	uint8_t in[4 * AIR_MESSAGE_MAX];
	size_t n_in;
};

static struct radio radios[RADIOS];

/* A connection, or -1 with errno. */
static int try_path(const char *path, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	return connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -1 : take_fd(&fd);
}

static void connect_to(const char *path, int type, int *ret)
{
	*ret = try_path(path, type);
	assert_true(*ret >= 0);
}

/* The next message; its frame's bytes hold until the next call. False: none within ms. */
static bool hear(struct radio *radio, int ms, struct air_message *ret)
{
	static uint8_t bytes[AIR_FRAME_MAX];
	int64_t deadline = deadline_in_ms(ms);
	uint64_t junk = 0;
	bool found;

	for (;;) {
		struct pollfd pfd = { .fd = radio->fd, .events = POLLIN };
		size_t used = air_next(radio->in, radio->n_in, ret, &found, &junk);
		ssize_t n;

		assert_int_equal(junk, 0);
		if (found && ret->n_bytes)
			ret->bytes = memcpy(bytes, ret->bytes, ret->n_bytes);
		radio->n_in -= used;
		memmove(radio->in, radio->in + used, radio->n_in);
		if (found)
			return true;
		if (poll(&pfd, 1, deadline_poll_ms(deadline)) == 0)
			return false;
		n = recv(radio->fd, radio->in + radio->n_in, sizeof(radio->in) - radio->n_in, 0);
		assert_true(n > 0);
		radio->n_in += (size_t)n;
	}
}

static void speak(const struct radio *radio, const void *data, size_t len)
{
	assert_int_equal(send(radio->fd, data, len, MSG_NOSIGNAL), len);
}

static struct medium_radio_stats stats_of(size_t radio)
{
	struct medium_radio_stats stats;
	struct err err = ERR_INIT;

	if (medium_get_stats(control, names[radio], &stats, &err) < 0)
		fail_msg("%s", err.msg);
	return stats;
}

/* Until the hub has taken the radio's first words, or seen it go. */
static void wait_there(size_t radio, bool there)
{
	int64_t deadline = deadline_in_ms(SOON);

	while (stats_of(radio).there != there && !deadline_passed(deadline))
		(void)poll(NULL, 0, 1);
	assert_int_equal(stats_of(radio).there, there);
}

static void come(size_t i)
{
	const struct air_hello hello = { .mac = { 2, 0, 0, 0, 0, (uint8_t)i } };
	uint8_t buf[AIR_MESSAGE_MAX];
	struct air_message msg;

	radios[i].n_in = 0;
	connect_to(paths[i], SOCK_STREAM, &radios[i].fd);
	assert_true(hear(&radios[i], SOON, &msg));
	assert_int_equal(msg.type, AIR_ASK);
	speak(&radios[i], buf, air_put(buf, AIR_HELLO, 0, &hello, sizeof(hello), NULL, 0));
	wait_there(i, true);
}

static void go(size_t i)
{
	(void)close(radios[i].fd);
	wait_there(i, false);
}

#define GROUP 255

static size_t put_frame(uint8_t buf[AIR_MESSAGE_MAX], uint8_t from, uint8_t to, uint32_t id)
{
	const struct air_frame head = { .freq = FREQ, .rate = 11, .wanted = to != GROUP };
	uint8_t bytes[FRAME] = { 0x08, 0, 0, 0, 2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from };

	if (to == GROUP)
		memset(bytes + 4, 0xff, 6);
	bytes[FRAME - 1] = (uint8_t)id;
	return air_put(buf, AIR_FRAME, id, &head, sizeof(head), bytes, sizeof(bytes));
}

static void transmit(uint8_t from, uint8_t to, uint32_t id)
{
	uint8_t buf[AIR_MESSAGE_MAX];

	speak(&radios[from], buf, put_frame(buf, from, to, id));
}

/* A frame with the number comes to the station, which answers where an answer is wanted. */
static void receives(size_t station, uint32_t id, int8_t signal, bool ok)
{
	struct air_message msg;
	uint8_t buf[AIR_MESSAGE_MAX];
	struct air_done done = { .ok = ok };

	assert_true(hear(&radios[station], SOON, &msg));
	assert_int_equal(msg.type, AIR_FRAME);
	assert_int_equal(msg.frame.freq, FREQ);
	assert_int_equal(msg.frame.signal, signal);
	assert_int_equal(msg.bytes[FRAME - 1], (uint8_t)id);
	if (msg.frame.wanted)
		speak(&radios[station], buf,
		      air_put(buf, AIR_DONE, msg.id, &done, sizeof(done), NULL, 0));
}

static void is_told(size_t sender, uint32_t id, bool ok)
{
	struct air_message msg;

	assert_true(hear(&radios[sender], SOON, &msg));
	assert_int_equal(msg.type, AIR_DONE);
	assert_int_equal(msg.id, id);
	assert_int_equal(msg.done.ok, ok);
}

static void hears_nothing(size_t i)
{
	struct air_message msg;

	assert_false(hear(&radios[i], QUIET, &msg));
}

/* --- */

static void test_frames(void **state)
{
	(void)state;
	/* To a station: it answers, the sender is told; the other hears it too. */
	transmit(0, 1, 7);
	receives(1, 7, -60, true);
	receives(2, 7, -80, true);
	is_told(0, 7, true);
	/* A station that could not take it. */
	transmit(0, 1, 8);
	receives(1, 8, -60, false);
	receives(2, 8, -80, true);
	is_told(0, 8, false);
	/* To all: nobody answers. "near" and "far" do not hear one another. */
	transmit(0, GROUP, 9);
	receives(1, 9, -60, true);
	receives(2, 9, -80, true);
	transmit(1, GROUP, 10);
	receives(0, 10, -60, true);
	hears_nothing(2);
	/* To one that is out of range. */
	transmit(1, 2, 11);
	is_told(1, 11, false);
	receives(0, 11, -60, true);
	hears_nothing(2);
}

static void test_range(void **state)
{
	const struct medium_path better = { "near", "far", -40, 0 };
	const struct medium_path none = { "near", "far", -50, 1000000 };

	(void)state;
	assert_int_equal(medium_set_range(control, "near", false, NULL), 0);
	assert_true(stats_of(1).away);
	transmit(0, 1, 1);
	is_told(0, 1, false);
	receives(2, 1, -80, true);
	hears_nothing(1);
	assert_int_equal(medium_set_range(control, "near", true, NULL), 0);
	assert_int_equal(medium_set_path(control, &better, NULL), 0);
	transmit(1, GROUP, 2);
	receives(0, 2, -60, true);
	receives(2, 2, -40, true);
	assert_int_equal(medium_set_path(control, &none, NULL), 0);
}

/* Comes and goes as a guest does that is started anew; one that connects twice is the later one. */
static void test_reconnect(void **state)
{
	int old;

	(void)state;
	go(1);
	transmit(0, 1, 1);
	is_told(0, 1, false);
	receives(2, 1, -80, true);
	come(1);
	old = radios[1].fd;
	come(1);
	transmit(0, 1, 2);
	receives(1, 2, -60, true);
	receives(2, 2, -80, true);
	is_told(0, 2, true);
	(void)close(old);
}

/* Rubbish, half messages, a flood, one that never reads: the others go on, and nothing grows. */
static void test_misbehaves(void **state)
{
	enum { FLOOD = 2000, LAST = 0xfe };
	uint8_t rubbish[8192], buf[AIR_MESSAGE_MAX];
	struct air_message msg;
	size_t len = put_frame(buf, 2, GROUP, 3), heard = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rubbish); i++)
		rubbish[i] = (uint8_t)(i * 31 + 7);
	speak(&radios[2], rubbish, sizeof(rubbish));
	speak(&radios[2], buf, len / 2);
	/* The first is taken for the other half; from the second on all is as it should be. */
	transmit(2, GROUP, 3);
	assert_true(hear(&radios[0], SOON, &msg));
	transmit(2, GROUP, 3);
	receives(0, 3, -80, true);
	assert_true(stats_of(2).malformed >= sizeof(rubbish));
	/* "far" does not read while the access point floods it; "near" loses nothing. */
	for (uint32_t i = 0; i < FLOOD; i++) {
		transmit(0, 1, i % 0xf0 + 1);
		receives(1, i % 0xf0 + 1, -60, true);
		is_told(0, i % 0xf0 + 1, true);
	}
	/* What is kept for "far" is the access point's share, and what the socket took. */
	transmit(0, GROUP, LAST);
	receives(1, LAST, -60, true);
	while (heard + stats_of(2).dropped < FLOOD + 1 && hear(&radios[2], SOON, &msg))
		heard++;
	assert_int_equal(heard + stats_of(2).dropped, FLOOD + 1);
	assert_true(stats_of(2).dropped > 0);
	transmit(0, GROUP, LAST);
	receives(1, LAST, -60, true);
	receives(2, LAST, -80, true);
}

/* --- captures --- */

static size_t count_packets(const char *path, uint64_t *last_ns)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	struct err err = ERR_INIT;
	struct pcapng_block block;
	FILE *f = fopen(path, "re");
	size_t n = 0;
	int r;

	assert_non_null(f);
	pcapng_reader_new(f, &reader);
	while ((r = pcapng_next(reader, &block, &err)) > 0) {
		if (block.kind == PCAPNG_KIND_IFACE) {
			assert_string_equal(block.iface.name, "wifi:air");
			assert_int_equal(block.iface.linktype, PCAPNG_RADIOTAP);
		} else if (block.kind == PCAPNG_KIND_PACKET) {
			assert_true(block.packet.time_ns >= *last_ns);
			*last_ns = block.packet.time_ns;
			n++;
		}
	}
	if (r < 0)
		fail_msg("%s", err.msg);
	return n;
}

static void test_capture(void **state)
{
	auto_free char *path = xasprintf("%s/air.pcapng", folder);
	auto_free char *other = xasprintf("%s/other.pcapng", folder);
	struct medium_stats stats;
	struct err err = ERR_INIT;
	uint64_t last = (uint64_t)clock_real_ns();

	(void)state;
	if (medium_capture_start(control, "one", path, &err) < 0)
		fail_msg("%s", err.msg);
	/* Neither the file nor the name may be taken twice, and nothing is left of a try. */
	assert_int_equal(medium_capture_start(control, "two", path, &err), -EEXIST);
	assert_int_equal(medium_capture_start(control, "one", other, &err), -EINVAL);
	assert_int_equal(access(other, F_OK), -1);
	for (uint8_t i = 1; i <= 20; i++) {
		transmit(0, GROUP, i);
		receives(1, i, -60, true);
		receives(2, i, -80, true);
	}
	/* What nobody hears was in the air all the same. */
	transmit(1, 2, 21);
	is_told(1, 21, false);
	receives(0, 21, -60, true);
	assert_int_equal(medium_capture_stop(control, "one", &stats, &err), 0);
	assert_int_equal(stats.frames, 21);
	assert_int_equal(stats.dropped, 0);
	assert_int_equal(count_packets(path, &last), 21);
	assert_int_equal(medium_capture_stop(control, "one", &stats, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "no capture 'one' runs"));
}

struct live {
	int out, stop, result;
};

static void *follow(void *arg)
{
	struct live *live = arg;

	live->result = medium_capture_live(control, "wifi:air", live->out, live->stop, NULL);
	return NULL;
}

static void test_live(void **state)
{
	auto_free char *path = xasprintf("%s/live.pcapng", folder);
	FILE *f = fopen(path, "we");
	struct live live = { fileno(f), eventfd(0, EFD_CLOEXEC), -1 };
	int64_t deadline = deadline_in_ms(SOON);
	uint64_t last = 0;
	pthread_t thread;
	long size;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, follow, &live), 0);
	/* The head of the file is there when the hub has said yes. */
	do
		(void)fseek(f, 0, SEEK_END);
	while ((size = ftell(f)) == 0 && !deadline_passed(deadline));
	transmit(0, GROUP, 1);
	receives(1, 1, -60, true);
	receives(2, 1, -80, true);
	do
		(void)fseek(f, 0, SEEK_END);
	while (ftell(f) == size && !deadline_passed(deadline));
	assert_int_equal(eventfd_write(live.stop, 1), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(live.result, 0);
	(void)fclose(f);
	(void)close(live.stop);
	assert_int_equal(count_packets(path, &last), 1);
}

/* --- who asks --- */

static void test_requests(void **state)
{
	static const struct {
		const char *words, *answer;
	} rows[] = {
		{ "range nobody in", "error no radio 'nobody'" },
		{ "range", "error unknown request" },
		{ "path ap near -200 0", "error path takes a signal from -120 to 0 and a loss" },
		{ "path ap near -60 1000001",
		  "error path takes a signal from -120 to 0 and a loss" },
		{ "capture x", "error capture takes a descriptor" },
		{ "one two three four five six", "error unknown request" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char answer[CONTROL_MESSAGE_MAX];
		ssize_t n;
		int fd;

		connect_to(control, SOCK_SEQPACKET, &fd);
		assert_int_equal(send(fd, rows[i].words, strlen(rows[i].words), 0),
				 strlen(rows[i].words));
		n = recv(fd, answer, sizeof(answer) - 1, 0);
		assert_true(n > 0);
		answer[n] = '\0';
		assert_string_equal(answer, rows[i].answer);
		(void)close(fd);
	}
}

static void test_ends(void **state)
{
	char answer[8];
	int fd;

	(void)state;
	connect_to(control, SOCK_SEQPACKET, &fd);
	assert_int_equal(send(fd, "quit", 4, 0), 4);
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), 0);
	(void)close(fd);
	assert_int_equal(try_path(control, SOCK_SEQPACKET), -1);
	assert_int_equal(errno, ECONNREFUSED);
	for (size_t i = 0; i < RADIOS; i++)
		assert_int_equal(try_path(paths[i], SOCK_STREAM), -1);
}

static int set_up(void **state)
{
	auto_free char *program = built_program("labd-medium");
	char macs[RADIOS][18];
	struct medium_radio list[RADIOS];
	const struct medium_path lies[] = { { "ap", "near", -60, 0 },
					    { "ap", "far", -80, 0 },
					    { "near", "far", -50, 1000000 } };
	const struct medium_opts opts = { program, "air", control,         list,
					  RADIOS,  lies,  ARRAY_SIZE(lies) };
	struct err err = ERR_INIT;

	if (make_folder(state) < 0)
		return -1;
	(void)snprintf(control, sizeof(control), "%s/control", folder);
	for (size_t i = 0; i < RADIOS; i++) {
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%zu", folder, i);
		(void)snprintf(macs[i], sizeof(macs[i]), "02:00:00:00:00:%02zx", i);
		list[i] = (struct medium_radio){ names[i], macs[i], paths[i] };
	}
	if (medium_start(&opts, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (size_t i = 0; i < RADIOS; i++)
		come(i);
	return 0;
}

static int tear_down(void **state)
{
	auto_free char *air = xasprintf("%s/air.pcapng", folder);
	auto_free char *live = xasprintf("%s/live.pcapng", folder);
	int fd = try_path(control, SOCK_SEQPACKET);

	(void)state;
	/* Where a test has failed, the hub still runs. */
	if (fd >= 0) {
		(void)send(fd, "quit", 4, 0);
		(void)recv(fd, &(char){ 0 }, 1, 0);
		(void)close(fd);
	}
	/* From its jail it does not see its sockets: the lab's tmpfs goes with the lab. */
	(void)unlink(control);
	for (size_t i = 0; i < RADIOS; i++)
		(void)unlink(paths[i]);
	(void)unlink(air);
	(void)unlink(live);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),    cmocka_unit_test(test_range),
		cmocka_unit_test(test_reconnect), cmocka_unit_test(test_misbehaves),
		cmocka_unit_test(test_capture),   cmocka_unit_test(test_live),
		cmocka_unit_test(test_requests),  cmocka_unit_test(test_ends),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
