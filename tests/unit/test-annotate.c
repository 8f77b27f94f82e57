/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/report/annotate: phase and journey as comments of a merged capture. */
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/tests.h"
#include "pcapng/pcapng.h"
#include "report/annotate.h"

#define SECOND UINT64_C(1795342530000000000)

/* Two hops of one packet; the second frame at b:eth0 has the time of another that is in no journey.
 */
static const char story_text[] =
	"{\"map\":{\"links\":[{\"name\":\"wire\",\"kind\":\"wire\",\"ends\":[\"a:eth0\",\"b:eth0\"]"
	"},"
	"{\"name\":\"air\",\"kind\":\"wifi\",\"ends\":[\"a:wlan0\",\"b:wlan0\"]}]},"
	"\"journeys\":[{\"id\":7,\"phase\":\"query\",\"hops\":["
	"{\"at\":\"a:eth0\",\"node\":\"a\",\"frame\":1,\"time_ns\":1795342530000000001,\"action\":"
	"\"sent\"},"
	"{\"at\":\"b:eth0\",\"node\":\"b\",\"frame\":1,\"time_ns\":1795342530000000002,\"action\":"
	"\"delivered\"},"
	"{\"at\":\"wifi:air\",\"node\":\"a\",\"frame\":1,\"time_ns\":1795342530000000003,"
	"\"action\":\"sent\"},"
	"{\"at\":\"wifi:air\",\"node\":\"b\",\"frame\":1,\"time_ns\":1795342530000000003,"
	"\"action\":\"delivered\"}"
	"]}]}";

static const struct frame {
	uint32_t iface;
	uint64_t time_ns;
	const char *comment; /* that it gets */
} frames[] = {
	{ 0, SECOND + 1, "phase 'query', journey 7: sent by a" },
	{ 1, SECOND + 2, "phase 'query', journey 7: delivered by b" },
	{ 1, SECOND + 2, NULL },
	{ 2, SECOND + 3, "phase 'query', journey 7: sent by a" },
	{ 0, SECOND + 9, NULL },
};

static const struct {
	const char *name, *description;
	uint16_t linktype;
} ifaces[] = {
	{ "a:eth0", "wire 'wire' to b:eth0", PCAPNG_ETHERNET },
	{ "b:eth0", "wire 'wire' to a:eth0", PCAPNG_ETHERNET },
	{ "wifi:air", "wifi 'air' of a:wlan0, b:wlan0", PCAPNG_RADIOTAP },
};

static void write_capture(void)
{
	auto_free char *path = xasprintf("%s/all.pcapng", folder);
	auto_close int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	const struct pcapng_secrets secrets = { PCAPNG_TLS_KEYS, "KEYS\n", 5 };
	const struct pcapng_stats stats = { .iface = 1, .time_ns = 5, .received = 9, .dropped = 0 };
	static const uint8_t data[60];

	pcapng_writer_new(fd, -1, "test", &w);
	assert_int_equal(pcapng_write_secrets(w, &secrets, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ifaces); i++) {
		const struct pcapng_iface iface = { .name = ifaces[i].name,
						    .description = "t0.0",
						    .linktype = ifaces[i].linktype };

		assert_int_equal(pcapng_write_iface(w, &iface, NULL), i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		const struct pcapng_packet packet = { .iface = frames[i].iface,
						      .time_ns = frames[i].time_ns,
						      .data = data,
						      .len = sizeof(data),
						      .orig_len = 70,
						      .direction = PCAPNG_INBOUND,
						      .dropped = i };

		assert_int_equal(pcapng_write_packet(w, &packet, NULL), 0);
	}
	assert_int_equal(pcapng_write_stats(w, &stats, NULL), 0);
	assert_int_equal(pcapng_flush(w, NULL), 0);
}

static void check_packet(const struct pcapng_packet *p, size_t i)
{
	assert_int_equal(p->iface, frames[i].iface);
	assert_int_equal(p->time_ns, frames[i].time_ns);
	assert_int_equal(p->len, 60);
	assert_int_equal(p->orig_len, 70);
	assert_int_equal(p->direction, PCAPNG_INBOUND);
	assert_int_equal(p->dropped, i);
	if (frames[i].comment)
		assert_string_equal(p->comment, frames[i].comment);
	else
		assert_null(p->comment);
}

static void check_capture(void)
{
	auto_free char *path = xasprintf("%s/all.pcapng", folder);
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	size_t n_frames = 0, n_ifaces = 0, n_secrets = 0, n_stats = 0;
	struct pcapng_block b;
	int r;

	pcapng_reader_new(fopen(path, "re"), &reader);
	while ((r = pcapng_next(reader, &b, NULL)) > 0)
		switch (b.kind) {
		case PCAPNG_KIND_SECTION:
			break;
		case PCAPNG_KIND_IFACE:
			assert_string_equal(b.iface.name, ifaces[n_ifaces].name);
			assert_string_equal(b.iface.description, ifaces[n_ifaces].description);
			assert_int_equal(b.iface.linktype, ifaces[n_ifaces++].linktype);
			break;
		case PCAPNG_KIND_PACKET:
			check_packet(&b.packet, n_frames++);
			break;
		case PCAPNG_KIND_STATS:
			assert_int_equal(b.stats.received, 9);
			n_stats++;
			break;
		case PCAPNG_KIND_SECRETS:
			assert_memory_equal(b.secrets.data, "KEYS\n", 5);
			n_secrets++;
			break;
		}
	assert_int_equal(r, 0);
	assert_int_equal(n_frames, ARRAY_SIZE(frames));
	assert_int_equal(n_ifaces, ARRAY_SIZE(ifaces));
	assert_int_equal(n_secrets, 1);
	assert_int_equal(n_stats, 1);
}

/* A second time, too: nothing is added to what is there. */
static void test_annotate(void **state)
{
	auto_json json_t *story = json_loads(story_text, 0, NULL);
	auto_free char *path = xasprintf("%s/all.pcapng", folder);
	auto_str struct str first = { 0 }, second = { 0 };

	(void)state;
	write_capture();
	assert_int_equal(annotate_merged(folder, story, NULL), 3);
	check_capture();
	assert_int_equal(io_read_file(path, 1 << 20, &first, NULL), 0);
	assert_non_null(memmem(first.data, first.len, "holds only within one hop", 25));
	assert_int_equal(annotate_merged(folder, story, NULL), 3);
	check_capture();
	assert_int_equal(io_read_file(path, 1 << 20, &second, NULL), 0);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
}

/* What is there stays as it is, and no temporary is left. */
static void test_damaged(void **state)
{
	auto_json json_t *story = json_loads(story_text, 0, NULL);
	auto_free char *path = xasprintf("%s/all.pcapng", folder);
	struct err err = ERR_INIT;
	struct stat before, after;

	(void)state;
	write_capture();
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(truncate(path, before.st_size - 30), 0);
	assert_int_equal(annotate_merged(folder, story, &err), -ENODATA);
	assert_non_null(strstr(err.msg, "all.pcapng'"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size - 30);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(annotate_merged(folder, story, &err), -ENOENT);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_annotate),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("annotate", tests, make_folder, remove_folder);
}
