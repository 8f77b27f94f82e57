/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/capture without a network: pcapng written and read, full disks, merging, ports and
 * directions.
 * Covers: src/capture/finish.c src/capture/tap.c src/pcapng/copy.c src/pcapng/merge.c
 * Covers: src/pcapng/read.c src/pcapng/write.c
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "capture/capture.h"
#include "capture/tap.h"
#include "lib/tests.h"
#include "pcapng/pcapng.h"

#define SECOND UINT64_C(1000000000)
#define EPOCH (UINT64_C(1700000000) * SECOND)

static const uint8_t frame[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct pcapng_reader *reader_of(const void *data, size_t len)
{
	struct pcapng_reader *reader;
	FILE *f = fmemopen((void *)(uintptr_t)data, len, "r");

	assert_non_null(f);
	pcapng_reader_new(f, &reader);
	return reader;
}

static struct pcapng_reader *reader_of_file(const char *path)
{
	struct pcapng_reader *reader;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	pcapng_reader_new(f, &reader);
	return reader;
}

static struct pcapng_packet packet_at(uint64_t time_ns)
{
	return (struct pcapng_packet){
		.time_ns = time_ns, .data = frame, .len = 10, .orig_len = 10
	};
}

/* --- writing, byte for byte --- */

/* The file that the draft asks for, put together by hand: words as this machine stores them. */
static void test_bytes(void **state)
{
	static const uint32_t want[] = {
		/* section header */
		0x0a0d0d0a, 40, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 0x00020004,
		0x6261 /* "ab" */, 0, 40,
		/* interface "n:e", nanoseconds */
		1, 40, 1, 1500, 0x00030002, 0x00653a6e, 0x00010009, 9, 0, 40,
		/* packet: 10 bytes of 60, inbound, 7 lost before */
		6, 68, 0, 0x00000001, 0x00000002, 10, 60, 0x04030201, 0x08070605, 0x00000009,
		0x00040002, 1, 0x00080004, 7, 0, 0, 68,
		/* secrets: "key" */
		10, 24, 0x544c534b, 3, 0x0079656b, 24,
		/* statistics: 3 received */
		5, 40, 0, 1, 2, 0x00080004, 3, 0, 0, 40
	};
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	auto_close int fd = memfd_create("test", MFD_CLOEXEC);
	struct pcapng_packet p = packet_at((UINT64_C(1) << 32) + 2);
	uint32_t got[sizeof(want) / 4 + 16];
	ssize_t n;

	(void)state;
	if (*(const char *)&(const int){ 1 } != 1)
		skip();
	p.orig_len = 60;
	p.direction = PCAPNG_INBOUND;
	p.dropped = 7;
	pcapng_writer_new(fd, -1, "ab", &w);
	assert_int_equal(
		pcapng_write_iface(
			w, &(struct pcapng_iface){ .name = "n:e", .linktype = 1, .snaplen = 1500 },
			NULL),
		0);
	assert_int_equal(pcapng_write_packet(w, &p, NULL), 0);
	assert_int_equal(pcapng_write_secrets(
				 w, &(struct pcapng_secrets){ PCAPNG_TLS_KEYS, "key", 3 }, NULL),
			 0);
	assert_int_equal(pcapng_write_stats(w,
					    &(struct pcapng_stats){ 0, (UINT64_C(1) << 32) + 2, 3,
								    PCAPNG_UNKNOWN },
					    NULL),
			 0);
	assert_int_equal(pcapng_written(w).packets, 0);
	assert_int_equal(pcapng_flush(w, NULL), 0);
	assert_int_equal(pcapng_written(w).packets, 1);
	assert_int_equal(pcapng_written(w).bytes, 10);
	n = pread(fd, got, sizeof(got), 0);
	for (size_t i = 0; i < ARRAY_SIZE(want) && i < (size_t)n / 4; i++)
		if (got[i] != want[i])
			fail_msg("word %zu: %08x, not %08x", i, got[i], want[i]);
	assert_int_equal(n, sizeof(want));
}

/* --- reading --- */

static void test_round_trip(void **state)
{
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	auto_close int fd = memfd_create("test", MFD_CLOEXEC);
	auto_free uint8_t *large = xcalloc(1, 65535);
	struct pcapng_packet p = packet_at(EPOCH + 123456789);
	struct pcapng_block b;

	(void)state;
	p.data = large;
	p.len = 65535;
	p.orig_len = 70000;
	p.direction = PCAPNG_OUTBOUND;
	p.comment = "h\xc3\xa9";
	large[65534] = 0x5a;
	pcapng_writer_new(fd, -1, "labd", &w);
	assert_int_equal(pcapng_write_iface(w, &(struct pcapng_iface){ "a:0", "t0", 1, 0 }, NULL),
			 0);
	assert_int_equal(pcapng_write_iface(w, &(struct pcapng_iface){ "b:1", NULL, 127, 9 }, NULL),
			 1);
	p.iface = 1;
	for (int i = 0; i < 5; i++)
		assert_int_equal(pcapng_write_packet(w, &p, NULL), 0);
	assert_int_equal(pcapng_flush(w, NULL), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	pcapng_reader_new(fdopen(dup(fd), "r"), &r);
	assert_int_equal(pcapng_next(r, &b, NULL), 1);
	assert_int_equal(b.kind, PCAPNG_KIND_SECTION);
	assert_int_equal(pcapng_next(r, &b, NULL), 1);
	assert_int_equal(b.kind, PCAPNG_KIND_IFACE);
	assert_string_equal(b.iface.name, "a:0");
	assert_string_equal(b.iface.description, "t0");
	assert_int_equal(pcapng_next(r, &b, NULL), 1);
	assert_int_equal(b.index, 1);
	assert_null(b.iface.description);
	assert_int_equal(b.iface.linktype, 127);
	assert_int_equal(b.iface.snaplen, 9);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(pcapng_next(r, &b, NULL), 1);
		assert_int_equal(b.kind, PCAPNG_KIND_PACKET);
		assert_int_equal(b.packet.iface, 1);
		assert_true(b.packet.time_ns == p.time_ns);
		assert_int_equal(b.packet.len, 65535);
		assert_int_equal(b.packet.orig_len, 70000);
		assert_int_equal(b.packet.direction, PCAPNG_OUTBOUND);
		assert_int_equal(b.packet.data[65534], 0x5a);
		assert_string_equal(b.packet.comment, "h\xc3\xa9");
	}
	assert_int_equal(pcapng_next(r, &b, NULL), 0);
	assert_int_equal(pcapng_next(r, &b, NULL), 0);
}

/* Files made of 32-bit words in either byte order; 'end' cuts bytes off. */
struct words {
	const char *name;
	bool big; /* in the order that is not this machine's */
	uint32_t words[40];
	size_t n, cut;
	int blocks, code; /* good blocks, and what comes after them */
	const char *says;
	uint64_t time_ns; /* of the last packet; 0: not checked */
};

#define SHB 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28
#define IDB 1, 20, 1, 0, 20
#define IDB_OPT(head, value) 1, 32, 1, 0, head, value, 0, 32
#define EPB(hi, lo) 6, 36, 0, hi, lo, 4, 4, 0x01020304, 36

static const struct words rows[] = {
	{ "nothing", .n = 0, .blocks = 0, .code = 0 },
	{ "only a section", .words = { SHB }, .n = 7, .blocks = 1 },
	{ "other byte order", .big = true, .words = { SHB, IDB, EPB(0, 5) }, .n = 21, .blocks = 3,
	  .time_ns = 5000 },
	{ "microseconds by default", .words = { SHB, IDB, EPB(1, 0) }, .n = 21, .blocks = 3,
	  .time_ns = (UINT64_C(1) << 32) * 1000 },
	{ "milliseconds", .words = { SHB, IDB_OPT(0x00010009, 3), EPB(0, 7) }, .n = 24, .blocks = 3,
	  .time_ns = 7000000 },
	{ "powers of two", .words = { SHB, IDB_OPT(0x00010009, 0x8a), EPB(0, 1024) }, .n = 24,
	  .blocks = 3, .time_ns = SECOND },
	{ "picoseconds", .words = { SHB, IDB_OPT(0x00010009, 12), EPB(0, 3000) }, .n = 24,
	  .blocks = 3, .time_ns = 3 },
	{ "time out of range", .words = { SHB, IDB_OPT(0x00010009, 0), EPB(0xffff, 0) }, .n = 24,
	  .blocks = 2, .code = -EINVAL, .says = "time out of range" },
	{ "unknown blocks are passed over", .words = { SHB, 0xbad, 12, 12, 4, 16, 0, 16, IDB },
	  .n = 19, .blocks = 2 },
	{ "a second section forgets interfaces", .words = { SHB, IDB, SHB, EPB(0, 1) }, .n = 28,
	  .blocks = 3, .code = -EINVAL, .says = "nobody described" },
	{ "no section", .words = { IDB }, .n = 5, .code = -EINVAL, .says = "no section header" },
	{ "not pcapng", .words = { 0x89504e47, 0x0d0a1a0a, 1 }, .n = 3, .code = -EINVAL,
	  .says = "byte 0" },
	{ "bad byte order", .words = { 0x0a0d0d0a, 28, 0x11111111, 1, 0, 0, 28 }, .n = 7,
	  .code = -EINVAL, .says = "byte order" },
	{ "bad version", .words = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 2, 0, 0, 28 }, .n = 7,
	  .code = -EINVAL, .says = "version" },
	{ "length too small", .words = { SHB, 1, 8, 8 }, .n = 10, .blocks = 1, .code = -EINVAL,
	  .says = "impossible length in the block at byte 28" },
	{ "length not in words", .words = { SHB, 1, 21, 1, 0, 0, 21 }, .n = 13, .blocks = 1,
	  .code = -EINVAL, .says = "impossible length" },
	{ "length too large", .words = { SHB, 1, 0x7ffffffc, 0 }, .n = 10, .blocks = 1,
	  .code = -EFBIG },
	{ "lengths differ", .words = { SHB, 1, 20, 1, 0, 24 }, .n = 12, .blocks = 1,
	  .code = -EINVAL, .says = "lengths that differ" },
	{ "option too long", .words = { SHB, 1, 32, 1, 0, 0x00ff0002, 0, 0, 32 }, .n = 15,
	  .blocks = 1, .code = -EINVAL, .says = "option longer" },
	{ "frame too long", .words = { SHB, IDB, 6, 36, 0, 0, 0, 5000, 4, 0, 36 }, .n = 21,
	  .blocks = 2, .code = -EINVAL, .says = "frame longer" },
	{ "frame length overflows", .words = { SHB, IDB, 6, 36, 0, 0, 0, 0xfffffffd, 4, 0, 36 },
	  .n = 21, .blocks = 2, .code = -EINVAL, .says = "frame longer" },
	{ "secrets too long", .words = { SHB, 10, 20, 1, 400, 20 }, .n = 12, .blocks = 1,
	  .code = -EINVAL, .says = "secrets longer" },
	{ "packet too short", .words = { SHB, IDB, 6, 24, 0, 0, 0, 24 }, .n = 18, .blocks = 2,
	  .code = -EINVAL, .says = "too few bytes" },
	{ "ends in a head", .words = { SHB, 1 }, .n = 8, .blocks = 1, .code = -ENODATA,
	  .says = "ends inside the block at byte 28" },
	{ "ends in a body", .words = { SHB, IDB }, .n = 12, .cut = 9, .blocks = 1,
	  .code = -ENODATA },
	{ "ends in the last length", .words = { SHB, IDB }, .n = 12, .cut = 1, .blocks = 1,
	  .code = -ENODATA },
	{ "claims more than it has", .words = { SHB, 1, 16 << 20, 0 }, .n = 10, .blocks = 1,
	  .code = -ENODATA },
};

static void test_words(void **state)
{
	const struct words *row = *state;
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	uint32_t data[ARRAY_SIZE(row->words)];
	struct pcapng_block b = { 0 };
	struct err err = ERR_INIT;
	uint64_t time_ns = 0;
	int got, n = 0;

	for (size_t i = 0; i < row->n; i++) {
		data[i] = row->big ? __builtin_bswap32(row->words[i]) : row->words[i];
		if (row->big && i == 3) /* two 16-bit numbers */
			data[i] = 0x0100;
	}
	if (row->big) /* linktype */
		data[9] = 0x0100;
	if (!row->n) {
		r = reader_of("", 1);
		assert_int_equal(pcapng_next(r, &b, NULL), -ENODATA);
		return;
	}
	r = reader_of(data, row->n * 4 - row->cut);
	while ((got = pcapng_next(r, &b, &err)) > 0) {
		n++;
		if (b.kind == PCAPNG_KIND_PACKET)
			time_ns = b.packet.time_ns;
		if (b.kind == PCAPNG_KIND_IFACE)
			assert_int_equal(b.iface.linktype, 1);
	}
	assert_int_equal(n, row->blocks);
	assert_int_equal(got, row->code);
	if (row->says && !strstr(err.msg, row->says))
		fail_msg("'%s' does not say '%s'", err.msg, row->says);
	if (row->time_ns)
		assert_true(time_ns == row->time_ns);
}

static void test_too_many_ifaces(void **state)
{
	static const uint32_t section[] = { SHB }, iface[] = { IDB };
	auto_str struct str s = { 0 };
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	struct pcapng_block b;
	unsigned int n = 0;
	int got;

	(void)state;
	str_add(&s, section, sizeof(section));
	for (unsigned int i = 0; i < PCAPNG_MAX_IFACES + 5; i++)
		str_add(&s, iface, sizeof(iface));
	r = reader_of(s.data, s.len);
	while ((got = pcapng_next(r, &b, NULL)) > 0)
		n++;
	assert_int_equal(n, 1 + PCAPNG_MAX_IFACES);
	assert_int_equal(got, -EINVAL);
}

/* --- a disk that is full --- */

/* Counts a file's packets; it must end at a block's end. */
static uint64_t count_packets(const char *path)
{
	auto_pcapng_reader struct pcapng_reader *r = reader_of_file(path);
	struct pcapng_block b;
	uint64_t n = 0;
	int got;

	while ((got = pcapng_next(r, &b, NULL)) > 0)
		n += b.kind == PCAPNG_KIND_PACKET;
	assert_int_equal(got, 0);
	return n;
}

static void test_file_limit(void **state)
{
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	char path[] = "/tmp/test-pcapng.XXXXXX";
	auto_close int fd = mkostemp(path, O_CLOEXEC);
	struct rlimit old, small = { 0 };
	struct pcapng_packet p = packet_at(EPOCH);
	struct err err = ERR_INIT;
	struct stat st;
	int r = 0;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 100001;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	pcapng_writer_new(fd, -1, "labd", &w);
	assert_int_equal(pcapng_write_iface(w, &(struct pcapng_iface){ .linktype = 1 }, NULL), 0);
	for (int i = 0; i < 10000 && r == 0; i++)
		r = pcapng_write_packet(w, &p, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, -EFBIG);
	assert_string_equal(err.msg, "write: File too large");
	assert_int_equal(pcapng_write_packet(w, &p, NULL), -EFBIG);
	assert_int_equal(pcapng_flush(w, NULL), -EFBIG);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size <= 100001 && st.st_size > 100001 - 44);
	assert_int_equal(count_packets(path), pcapng_written(w).packets);
	assert_int_equal(pcapng_written(w).bytes, 10 * pcapng_written(w).packets);
	(void)unlink(path);
}

static void test_no_space(void **state)
{
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	auto_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct err err = ERR_INIT;

	(void)state;
	pcapng_writer_new(fd, -1, "labd", &w);
	assert_int_equal(pcapng_flush(w, &err), -ENOSPC);
	assert_string_equal(err.msg, "write: No space left on device");
}

/* A pipe whose reader sleeps does not keep the writer from being stopped. */
static void test_stop(void **state)
{
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	struct pcapng_packet p = packet_at(EPOCH);
	int out[2], stop[2], r = 0;

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	pcapng_writer_new(out[1], stop[0], "labd", &w);
	assert_int_equal(pcapng_write_iface(w, &(struct pcapng_iface){ .linktype = 1 }, NULL), 0);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = pcapng_write_packet(w, &p, NULL);
	assert_int_equal(r, -ECANCELED);
	for (int i = 0; i < 2; i++) {
		(void)close(out[i]);
		(void)close(stop[i]);
	}
}

/* --- finishing a folder --- */

/* A capture of one interface with n frames at base + i * step; frame i has i as its first byte. */
static void make_capture(const char *name, uint64_t base, int64_t step, int n)
{
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	auto_free char *path = xasprintf("%s/%s.pcapng", folder, name);
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	pcapng_writer_new(fd, -1, "test", &w);
	assert_int_equal(
		pcapng_write_iface(w, &(struct pcapng_iface){ .name = name, .linktype = 1 }, NULL),
		0);
	for (int i = 0; i < n; i++) {
		uint8_t data[20] = { (uint8_t)i };
		struct pcapng_packet p = { .time_ns = base + (uint64_t)(i * step),
					   .data = data,
					   .len = sizeof(data),
					   .orig_len = sizeof(data),
					   .direction = PCAPNG_INBOUND,
					   .comment = i ? NULL : "first" };

		assert_int_equal(pcapng_write_packet(w, &p, NULL), 0);
	}
	assert_int_equal(
		pcapng_write_stats(w, &(struct pcapng_stats){ 0, base, (uint64_t)n, 1 }, NULL), 0);
	assert_int_equal(pcapng_flush(w, NULL), 0);
}

struct summary {
	struct str kinds; /* a letter for each block, runs shortened to one */
	struct str ifaces;
	struct str order; /* of frames: interface and first byte */
	struct str secrets;
	uint64_t packets, received;
};

static void summary_free(struct summary *s)
{
	str_free(&s->kinds);
	str_free(&s->ifaces);
	str_free(&s->order);
	str_free(&s->secrets);
}
AUTO_DEFINE(summary_auto, struct summary, summary_free)
#define auto_summary AUTO(summary_autop)

static void add_kind(struct summary *s, char kind)
{
	if (!s->kinds.len || s->kinds.data[s->kinds.len - 1] != kind)
		str_add(&s->kinds, &kind, 1);
}

static void summarise(const char *name, struct summary *s)
{
	auto_free char *path = xasprintf("%s/%s.pcapng", folder, name);
	auto_pcapng_reader struct pcapng_reader *r = reader_of_file(path);
	struct pcapng_block b;
	uint64_t last = 0;
	int got;

	while ((got = pcapng_next(r, &b, NULL)) > 0) {
		add_kind(s, "SIPCK"[b.kind]);
		if (b.kind == PCAPNG_KIND_IFACE)
			str_addf(&s->ifaces, "%s ", b.iface.name);
		if (b.kind == PCAPNG_KIND_SECRETS)
			str_add(&s->secrets, b.secrets.data, b.secrets.len);
		if (b.kind == PCAPNG_KIND_STATS)
			s->received += b.stats.received;
		if (b.kind != PCAPNG_KIND_PACKET)
			continue;
		assert_true(b.packet.time_ns >= last);
		assert_int_equal(b.packet.direction, PCAPNG_INBOUND);
		last = b.packet.time_ns;
		s->packets++;
		str_addf(&s->order, "%u.%u%s ", b.packet.iface, b.packet.data[0],
			 b.packet.comment ? "!" : "");
	}
	assert_int_equal(got, 0);
}

static void test_merge(void **state)
{
	auto_summary struct summary one = { 0 }, all = { 0 };

	(void)state;
	make_capture("a:0", EPOCH, 10, 3);
	make_capture("b:0", EPOCH + 5, 10, 3);
	make_capture("c:0", EPOCH, 1000, 2);
	make_capture("d:0", EPOCH, 1, 0);
	assert_int_equal(capture_finish(folder, "CLIENT_RANDOM 1 2\n", NULL), 0);
	summarise("a:0", &one);
	assert_string_equal(str_text(&one.kinds), "SKIPC");
	assert_string_equal(str_text(&one.secrets), "CLIENT_RANDOM 1 2\n");
	assert_string_equal(str_text(&one.order), "0.0! 0.1 0.2 ");
	summarise("all", &all);
	assert_string_equal(str_text(&all.kinds), "SKIPC");
	assert_string_equal(str_text(&all.ifaces), "a:0 b:0 c:0 d:0 ");
	assert_string_equal(str_text(&all.order), "0.0! 2.0! 1.0! 0.1 1.1 0.2 1.2 2.1 ");
	assert_string_equal(str_text(&all.secrets), "CLIENT_RANDOM 1 2\n");
	assert_int_equal(all.received, 8);
}

/* Again, with other keys: the old ones go, and the merged file is no input. */
static void test_merge_again(void **state)
{
	auto_summary struct summary one = { 0 }, all = { 0 };

	(void)state;
	make_capture("a:0", EPOCH, 10, 3);
	assert_int_equal(capture_finish(folder, "OLD\n", NULL), 0);
	assert_int_equal(capture_finish(folder, "NEW\n", NULL), 0);
	assert_int_equal(capture_finish(folder, "NEW\n", NULL), 0);
	summarise("a:0", &one);
	assert_string_equal(str_text(&one.secrets), "NEW\n");
	assert_int_equal(one.packets, 3);
	summarise("all", &all);
	assert_string_equal(str_text(&all.secrets), "NEW\n");
	assert_int_equal(all.packets, 3);
}

static void test_merge_no_keys(void **state)
{
	auto_summary struct summary all = { 0 };

	(void)state;
	make_capture("a:0", EPOCH, 10, 3);
	assert_int_equal(capture_finish(folder, NULL, NULL), 0);
	summarise("all", &all);
	assert_string_equal(str_text(&all.kinds), "SIPC");
}

/* Frames that were stamped a little out of order are sorted. */
static void test_merge_sorts(void **state)
{
	auto_summary struct summary all = { 0 };

	(void)state;
	make_capture("a:0", EPOCH, -10, 10);
	assert_int_equal(capture_finish(folder, NULL, NULL), 0);
	summarise("all", &all);
	assert_string_equal(str_text(&all.order), "0.9 0.8 0.7 0.6 0.5 0.4 0.3 0.2 0.1 0.0! ");
}

/* The interfaces stand in the order in which the lab named its ports; strangers come after. */
static void test_merge_order(void **state)
{
	static const char report[] =
		"{\"ports\": [{\"name\": \"c:0\"}, {\"name\": \"zz\"}, {\"name\": \"a:0\"}]}";
	auto_free char *path = xasprintf("%s/capture.json", folder);
	auto_summary struct summary all = { 0 };

	(void)state;
	assert_int_equal(io_write_file(path, report, strlen(report), 0600, NULL), 0);
	make_capture("a:0", EPOCH, 1, 1);
	make_capture("air", EPOCH, 1, 1);
	make_capture("b:0", EPOCH, 1, 1);
	make_capture("c:0", EPOCH, 1, 1);
	assert_int_equal(capture_finish(folder, NULL, NULL), 0);
	summarise("all", &all);
	assert_string_equal(str_text(&all.ifaces), "c:0 a:0 air b:0 ");
}

/* A capture that was killed in the middle of a frame is used up to there. */
static void test_merge_cut(void **state)
{
	auto_free char *path = xasprintf("%s/a:0.pcapng", folder);
	auto_summary struct summary one = { 0 }, all = { 0 };
	struct stat st;

	(void)state;
	make_capture("a:0", EPOCH, 10, 5);
	make_capture("b:0", EPOCH, 10, 5);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 60),
			 0); /* the statistics and some of the last frame */
	assert_int_equal(capture_finish(folder, "K\n", NULL), 0);
	summarise("a:0", &one);
	assert_int_equal(one.packets, 4);
	summarise("all", &all);
	assert_int_equal(all.packets, 9);
}

static void test_merge_garbage(void **state)
{
	auto_free char *path = xasprintf("%s/x.pcapng", folder);
	auto_free char *all = xasprintf("%s/all.pcapng", folder);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(io_write_file(path, "no capture at all", 17, 0600, NULL), 0);
	assert_int_equal(capture_finish(folder, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "x.pcapng'"));
	assert_int_equal(access(all, F_OK), -1);
}

static void test_merge_many(void **state)
{
	auto_summary struct summary all = { 0 };

	(void)state;
	for (int i = 0; i < 60; i++) {
		auto_free char *name = xasprintf("n%02d:0", i);

		make_capture(name, EPOCH + (uint64_t)i, 100, 200);
	}
	assert_int_equal(capture_finish(folder, "K\n", NULL), 0);
	summarise("all", &all);
	assert_int_equal(all.packets, 12000);
	assert_int_equal(all.received, 12000);
}

/* --- ports --- */

static const struct port_row {
	const char *text;
	bool good;
	bool has_mac, host;
} port_rows[] = {
	{ "t1.0,client:eth0,00:16:d3:23:68:8a", true, true, false },
	{ "t1.0,client:eth0,00:16:D3:23:68:8A,host", true, true, true },
	{ "t1.0,sw:p1,", true, false, false },
	{ "t1.0,sw:p1,,host", true, false, false },
	{ "t1.0", false, false, false },
	{ "t1.0,client:eth0", false, false, false },
	{ ",client:eth0,", false, false, false },
	{ "t1.0,,", false, false, false },
	{ "t1.0,../x,", false, false, false },
	{ "t1.0,a/b,", false, false, false },
	{ "t1.0,all,", false, false, false },
	{ "t1.0,.hidden,", false, false, false },
	{ "t1.0,a b,", false, false, false },
	{ "interface-too-long,a:0,", false, false, false },
	{ "t1.0,a:0,00:16:d3:23:68", false, false, false },
	{ "t1.0,a:0,00:16:d3:23:68:8a:00", false, false, false },
	{ "t1.0,a:0,0x:16:d3:23:68:8a", false, false, false },
	{ "t1.0,a:0,00:16:d3:23:68:8a,hots", false, false, false },
	{ "t1.0,a:0,00:16:d3:23:68:8a,host,", false, false, false },
};

static void test_port(void **state)
{
	const struct port_row *row = *state;
	struct tap_port port;
	struct err err = ERR_INIT;
	int r = tap_parse(row->text, &port, &err);

	assert_int_equal(r, row->good ? 0 : -EINVAL);
	if (!row->good) {
		assert_non_null(strstr(err.msg, row->text));
		return;
	}
	assert_string_equal(port.ifname, "t1.0");
	assert_int_equal(port.has_mac, row->has_mac);
	assert_int_equal(port.host, row->host);
	if (row->has_mac)
		assert_memory_equal(port.mac.byte, "\x00\x16\xd3\x23\x68\x8a", 6);
}

#define OWN "\x02\x00\x00\x00\x00\x01"
#define OTHER "\x02\x00\x00\x00\x00\x02"
#define ALL "\xff\xff\xff\xff\xff\xff"

static const struct direction_row {
	const char *name, *frame; /* destination, source */
	uint32_t len;
	bool has_mac, host;
	enum pcapng_direction want;
} direction_rows[] = {
	{ "sent by the guest", OTHER OWN, 12, true, false, PCAPNG_INBOUND },
	{ "sent to the guest", OWN OTHER, 12, true, false, PCAPNG_OUTBOUND },
	{ "broadcast by the guest", ALL OWN, 12, true, true, PCAPNG_INBOUND },
	{ "broadcast to a host", ALL OTHER, 12, true, true, PCAPNG_OUTBOUND },
	{ "broadcast at a switch", ALL OTHER, 12, true, false, PCAPNG_NO_DIRECTION },
	{ "nobody knows the MAC", OTHER OWN, 12, false, false, PCAPNG_NO_DIRECTION },
	{ "too short", OTHER OWN, 11, true, true, PCAPNG_NO_DIRECTION },
};

static void test_direction(void **state)
{
	const struct direction_row *row = *state;
	struct tap_port port = { .mac = { OWN }, .has_mac = row->has_mac, .host = row->host };

	assert_int_equal(tap_direction(&port, (const uint8_t *)row->frame, row->len), row->want);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_too_many_ifaces),
		cmocka_unit_test(test_file_limit),
		cmocka_unit_test(test_no_space),
		cmocka_unit_test(test_stop),
		FOLDER_TEST(test_merge),
		FOLDER_TEST(test_merge_again),
		FOLDER_TEST(test_merge_no_keys),
		FOLDER_TEST(test_merge_sorts),
		FOLDER_TEST(test_merge_order),
		FOLDER_TEST(test_merge_cut),
		FOLDER_TEST(test_merge_garbage),
		FOLDER_TEST(test_merge_many),
	};

	ADD_TESTS(fixed);
	ADD_ROWS(rows, test_words);
	ADD_ROWS(port_rows, test_port);
	ADD_ROWS(direction_rows, test_direction);
	return run_added("pcapng", NULL, NULL);
}
