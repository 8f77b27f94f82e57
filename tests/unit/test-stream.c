/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/hv/stream.c on saved guests that are drawn here: pages in any order, over and over, in any
 * number of parts, of several blocks. What a QEMU would have in its memory after it has read them
 * is worked out by a reader of its own, which knows nothing of templates.
 * Covers: src/hv/stream-bytes.c src/hv/stream-head.c src/hv/stream.c
 */
#include <endian.h>
#include <sys/mman.h>

#include "hv/stream.h"
#include "lib/tests.h"

#define PAGE 4096
#define PAGES 24
#define BIOS_PAGES 5
#define ROUNDS 300

/* --- a saved guest --- */

struct guest {
	uint8_t ram[PAGES][PAGE];
	uint8_t bios[BIOS_PAGES][PAGE];
};

static void add_be(struct str *s, uint64_t value, size_t len)
{
	value = htobe64(value);
	str_add(s, (char *)&value + 8 - len, len);
}

static void add_name(struct str *s, const char *name)
{
	add_be(s, strlen(name), 1);
	str_adds(s, name);
}

static void add_head(struct str *s, const char *xml, const char *magic)
{
	uint32_t numbers[19] = { 2, (uint32_t)strlen(xml) + 30, 1, 0, (uint32_t)strlen(xml) + 1 };
	char cookie[29] = "<cookie/>";

	str_add(s, magic, 16);
	str_add(s, numbers, sizeof(numbers));
	str_add(s, xml, strlen(xml) + 1);
	str_add(s, cookie, sizeof(cookie));
}

static void add_start(struct str *s)
{
	add_be(s, 0x5145564d, 4);
	add_be(s, 3, 4);
	add_be(s, 7, 1);
	add_be(s, 5, 4);
	str_adds(s, "pc-12");
	add_be(s, 1, 1);
	add_be(s, 2, 4);
	add_name(s, "ram");
	add_be(s, 0, 4);
	add_be(s, 4, 4);
	add_be(s, (PAGES + BIOS_PAGES) * PAGE | 4, 8);
	add_name(s, "pc.ram");
	add_be(s, PAGES * PAGE, 8);
	add_name(s, "pc.bios");
	add_be(s, BIOS_PAGES * PAGE, 8);
	add_be(s, 0x10, 8);
	add_be(s, 0x7e, 1);
	add_be(s, 2, 4);
}

static bool is_zero(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

static uint32_t seed;

static unsigned int draw(unsigned int below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void draw_page(uint8_t *page)
{
	memset(page, draw(3) ? (int)draw(256) : 0, PAGE);
	if (draw(2))
		page[draw(PAGE)] = (uint8_t)draw(256);
}

static void add_page(struct str *s, const char *block, size_t nth, const uint8_t *page, bool same)
{
	/* QEMU looks for zeros, but need not find them. */
	bool zero = is_zero(page) && draw(8);

	add_be(s, nth * PAGE | (zero ? 2 : 8) | (same ? 0x20 : 0), 8);
	if (!same)
		add_name(s, block);
	str_add(s, page, zero ? 1 : PAGE);
}

static void end_part(struct str *s, int next)
{
	add_be(s, 0x10, 8);
	add_be(s, 0x7e, 1);
	add_be(s, 2, 4);
	if (!next)
		return;
	add_be(s, (uint64_t)next, 1);
	add_be(s, 2, 4);
}

/* All pages of the guest, some with another content before, and what follows. */
static void save(struct str *s, const struct guest *guest, const char *xml)
{
	const char *last = NULL;
	uint8_t before[PAGE];
	unsigned int first = draw(PAGES);

	add_head(s, xml, "LibvirtQemudSave");
	add_start(s);
	add_be(s, 2, 1);
	add_be(s, 2, 4);
	for (size_t i = 0; i < PAGES + BIOS_PAGES; i++) {
		const char *block = i < PAGES ? "pc.ram" : "pc.bios";
		size_t nth = i < PAGES ? (i * 7 + first) % PAGES : i - PAGES;

		for (; !draw(5); last = block) {
			draw_page(before);
			add_page(s, block, nth, before, last == block);
		}
		add_page(s, block, nth, i < PAGES ? guest->ram[nth] : guest->bios[nth],
			 last == block);
		last = block;
		/* QEMU leaves the name out in the next part too. */
		if (!draw(6)) {
			end_part(s, 2);
			last = draw(2) ? last : NULL;
		}
	}
	end_part(s, 3);
	end_part(s, 0);
	str_add(s, "\4devices and all that", 22);
}

/* --- what a QEMU makes of a stream --- */

struct reader {
	const uint8_t *p, *end;
};

static uint64_t get_be(struct reader *r, size_t len)
{
	uint64_t value = 0;

	assert_true(r->end - r->p >= (ptrdiff_t)len);
	while (len--)
		value = value << 8 | *r->p++;
	return value;
}

static void get_name(struct reader *r, char name[256])
{
	size_t len = get_be(r, 1);

	assert_true(r->end - r->p >= (ptrdiff_t)len);
	memcpy(name, r->p, len);
	name[len] = '\0';
	r->p += len;
}

static void expect(struct reader *r, const struct str *bytes)
{
	assert_true(r->end - r->p >= (ptrdiff_t)bytes->len);
	assert_memory_equal(r->p, bytes->data, bytes->len);
	r->p += bytes->len;
}

/* Reads over guest, which has the memory that it began with; how many pages of pc.ram it read. */
static size_t restore(const struct str *stream, const char *xml, bool dressed, struct guest *guest)
{
	struct reader r = { (const uint8_t *)stream->data,
			    (const uint8_t *)stream->data + stream->len };
	auto_str struct str head = { 0 }, start = { 0 };
	char name[256] = "";
	size_t pages = 0;
	uint64_t word;

	add_head(&head, xml, "LibvirtQemudSave");
	add_start(&start);
	if (dressed) {
		uint32_t len;

		memcpy(&len, r.p + 20, sizeof(len));
		assert_string_equal((const char *)r.p + 92, xml);
		assert_int_equal((92 + len) % 65536, 0);
		r.p += 92 + len;
	} else {
		expect(&r, &head);
	}
	expect(&r, &start);
	assert_int_equal(get_be(&r, 1), 3);
	assert_int_equal(get_be(&r, 4), 2);
	while ((word = get_be(&r, 8)) != 0x10) {
		uint8_t *page;

		if (!(word & 0x20))
			get_name(&r, name);
		page = str_eq(name, "pc.ram") ? guest->ram[word >> 12] : guest->bios[word >> 12];
		pages += str_eq(name, "pc.ram");
		if (word & 2) {
			assert_int_equal(get_be(&r, 1), 0);
			memset(page, 0, PAGE);
			continue;
		}
		assert_true(word & 8);
		assert_true(r.end - r.p >= PAGE);
		memcpy(page, r.p, PAGE);
		r.p += PAGE;
	}
	assert_int_equal(get_be(&r, 1), 0x7e);
	assert_int_equal(get_be(&r, 4), 2);
	assert_int_equal(r.end - r.p, 22);
	assert_memory_equal(r.p, "\4devices and all that", 22);
	return pages;
}

/* --- the tests --- */

typedef int filter_fn(FILE *saved, int ram, FILE *stream, struct err *err);

static int filter(filter_fn *fn, const struct str *saved, int ram, struct str *stream,
		  struct err *err)
{
	char *data = NULL;
	size_t len = 0;
	FILE *in = fmemopen(saved->data, saved->len, "r");
	FILE *out = open_memstream(&data, &len);
	int r;

	assert_non_null(in);
	assert_non_null(out);
	r = fn(in, ram, out, err);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
	str_add(stream, data, len);
	free(data);
	return r;
}

static void must(filter_fn *fn, const struct str *saved, int ram, struct str *stream)
{
	struct err err = ERR_INIT;

	if (filter(fn, saved, ram, stream, &err) < 0)
		fail_msg("%s", err.msg);
}

static int new_ram(void)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void read_ram(int fd, struct guest *guest)
{
	assert_int_equal(lseek(fd, 0, SEEK_END), PAGES * PAGE);
	assert_int_equal(pread(fd, guest->ram, sizeof(guest->ram), 0), PAGES * PAGE);
}

static void draw_guest(struct guest *guest)
{
	for (size_t i = 0; i < PAGES; i++)
		draw_page(guest->ram[i]);
	for (size_t i = 0; i < BIOS_PAGES; i++)
		draw_page(guest->bios[i]);
}

/* A guest that has gone on from another. */
static size_t change_guest(struct guest *guest)
{
	size_t changed = 0;

	for (size_t i = 0; i < PAGES; i++) {
		uint8_t before[PAGE];

		memcpy(before, guest->ram[i], PAGE);
		if (!draw(4))
			draw_page(guest->ram[i]);
		changed += memcmp(before, guest->ram[i], PAGE) != 0;
	}
	draw_page(guest->bios[draw(BIOS_PAGES)]);
	return changed;
}

static void the_memory_is_apart(void **state)
{
	static struct guest guest, back;

	(void)state;
	for (seed = 1; seed < ROUNDS; seed++) {
		uint32_t round = seed;
		auto_close int ram = new_ram();
		auto_str struct str saved = { 0 }, stream = { 0 };

		draw_guest(&guest);
		save(&saved, &guest, "<domain/>");
		must(stream_split, &saved, ram, &stream);
		memset(&back, 0, sizeof(back));
		read_ram(ram, &back);
		assert_int_equal(restore(&stream, "<domain/>", false, &back), 0);
		assert_memory_equal(&back, &guest, sizeof(guest));
		seed = round;
	}
}

static void only_what_differs_stays(void **state)
{
	static struct guest guest, back;

	(void)state;
	for (seed = 1; seed < ROUNDS; seed++) {
		uint32_t round = seed;
		auto_close int ram = new_ram();
		auto_str struct str first = { 0 }, second = { 0 }, stream = { 0 };
		size_t changed, kept;

		draw_guest(&guest);
		save(&first, &guest, "<domain/>");
		must(stream_split, &first, ram, &stream);
		changed = change_guest(&guest);
		save(&second, &guest, "<domain/>");
		str_free(&stream);
		must(stream_delta, &second, ram, &stream);
		memset(&back, 0, sizeof(back));
		read_ram(ram, &back);
		kept = restore(&stream, "<domain/>", false, &back);
		assert_memory_equal(&back, &guest, sizeof(guest));
		assert_true(kept >= changed);
		seed = round;
	}
}

/* Without pages that came twice, exactly those that differ are there, zeros among them. */
static void what_is_equal_goes(void **state)
{
	static struct guest guest;
	auto_close int ram = new_ram();
	auto_str struct str saved = { 0 }, stream = { 0 };

	(void)state;
	seed = 1;
	memset(&guest, 7, sizeof(guest));
	save(&saved, &guest, "<domain/>");
	must(stream_split, &saved, ram, &stream);
	str_free(&saved);
	str_free(&stream);
	memset(guest.ram[3], 0, PAGE);
	guest.ram[5][PAGE - 1] = 8;
	/* As it was in the template, and sent once only. */
	add_head(&saved, "<domain/>", "LibvirtQemudSave");
	add_start(&saved);
	add_be(&saved, 3, 1);
	add_be(&saved, 2, 4);
	for (size_t i = 0; i < PAGES; i++)
		add_page(&saved, "pc.ram", i, guest.ram[i], i > 0);
	end_part(&saved, 0);
	str_add(&saved, "\4devices and all that", 22);
	must(stream_delta, &saved, ram, &stream);
	assert_int_equal(restore(&stream, "<domain/>", false, &guest), 2);
}

static int dress_in(FILE *saved, int ram, FILE *stream, struct err *err)
{
	(void)ram;
	return stream_dress(saved, "<domain><name>another &amp; longer</name></domain>", stream,
			    err);
}

static void a_clone_has_its_own_xml(void **state)
{
	static struct guest guest, back;
	auto_close int ram = new_ram();
	auto_str struct str saved = { 0 }, stream = { 0 }, dressed = { 0 };

	(void)state;
	seed = 5;
	draw_guest(&guest);
	save(&saved, &guest, "<domain/>");
	must(stream_split, &saved, ram, &stream);
	must(dress_in, &stream, -1, &dressed);
	read_ram(ram, &back);
	(void)restore(&dressed, "<domain><name>another &amp; longer</name></domain>", true, &back);
	assert_memory_equal(&back, &guest, sizeof(guest));
}

static void another_memory_is_refused(void **state)
{
	static struct guest guest;
	auto_close int ram = new_ram();
	auto_str struct str saved = { 0 }, stream = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	save(&saved, &guest, "<domain/>");
	assert_int_equal(ftruncate(ram, (PAGES - 1) * PAGE), 0);
	assert_int_equal(filter(stream_delta, &saved, ram, &stream, &err), -EINVAL);
	assert_string_equal(err.msg, "template's memory has 94208 bytes, the saved guest's 98304");
}

/* Cut off anywhere but behind the devices, whose end only QEMU knows. */
static void cut_short(void **state)
{
	static struct guest guest;
	auto_str struct str saved = { 0 };

	(void)state;
	seed = 9;
	draw_guest(&guest);
	save(&saved, &guest, "<domain/>");
	for (size_t len = 1; len < saved.len - 22; len += 1 + draw(600)) {
		auto_close int ram = new_ram();
		auto_str struct str stream = { 0 };
		struct str part = { saved.data, len, len };
		struct err err = ERR_INIT;

		assert_int_equal(filter(stream_split, &part, ram, &stream, &err), -EBADMSG);
		assert_non_null(strstr(err.msg, "it ends there"));
	}
}

static void what_is_damaged_is_one_sentence(void **state)
{
	static const struct {
		size_t at;
		const char *bytes, *says;
	} rows[] = {
		{ 0, "x", "saved guest: at byte 92: libvirt has not saved it" },
		{ 12, "Part", "saved guest: at byte 92: it was not written to its end" },
		{ 16, "\3", "saved guest: at byte 92: libvirt saved it in another format" },
		{ 23, "\x7f", "saved guest: at byte 92: its XML has an impossible length" },
	};
	static struct guest guest;
	auto_str struct str saved = { 0 };

	(void)state;
	save(&saved, &guest, "<domain/>");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_close int ram = new_ram();
		auto_str struct str bad = { 0 }, stream = { 0 };
		struct err err = ERR_INIT;

		str_add(&bad, saved.data, saved.len);
		memcpy(bad.data + rows[i].at, rows[i].bytes, strlen(rows[i].bytes));
		assert_int_equal(filter(stream_split, &bad, ram, &stream, &err), -EBADMSG);
		assert_string_equal(err.msg, rows[i].says);
	}
}

/* Any bytes changed in front of the pages: refused with a sentence, or read. */
static void any_damage_is_survived(void **state)
{
	static struct guest guest;
	auto_str struct str saved = { 0 };
	unsigned int refused = 0;

	(void)state;
	seed = 3;
	draw_guest(&guest);
	save(&saved, &guest, "<domain/>");
	for (size_t i = 0; i < 3000; i++) {
		auto_close int ram = new_ram();
		auto_str struct str bad = { 0 }, stream = { 0 };
		struct err err = ERR_INIT;
		int r;

		str_add(&bad, saved.data, saved.len);
		for (size_t n = 1 + draw(3); n; n--)
			bad.data[draw(draw(2) ? 300 : (unsigned int)bad.len)] ^=
				(char)(1 << draw(8));
		r = filter(draw(2) ? stream_split : stream_delta, &bad, ram, &stream, &err);
		if (r == 0)
			continue;
		refused++;
		assert_true(r == -EBADMSG || r == -EINVAL);
		assert_true(err.msg[0] != '\0');
	}
	assert_true(refused > 1000);
}

int main(void)
{
	ADD_TEST(the_memory_is_apart);
	ADD_TEST(only_what_differs_stays);
	ADD_TEST(what_is_equal_goes);
	ADD_TEST(a_clone_has_its_own_xml);
	ADD_TEST(another_memory_is_refused);
	ADD_TEST(cut_short);
	ADD_TEST(what_is_damaged_is_one_sentence);
	ADD_TEST(any_damage_is_survived);
	return run_added("stream", NULL, NULL);
}
