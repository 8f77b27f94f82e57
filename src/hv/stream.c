/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A saved guest without the memory that its template has.
 *
 * QEMU (migration/savevm.c, migration/ram.c), numbers big-endian: magic, version, the machine's
 * name; sections, of which "ram" comes first, in a start (the list of blocks), any number of parts
 * and an end. Each is a series of records: an offset whose low bits are flags, the name of its
 * block unless that is the last one's, and the page. We write one end with what is left, and what
 * follows, the devices, as it is.
 */
#include "hv/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "hv/stream-bytes.h"

#define MEMORY "pc.ram"
#define PAGE_LEN 4096
#define MEMORY_MAX (UINT64_C(64) << 30)
#define BLOCKS_MAX 64

enum section { SECTION_START = 1, SECTION_PART, SECTION_END, CONFIGURATION = 7, FOOTER = 0x7e };
enum record { ZERO = 0x02, MEM_SIZE = 0x04, PAGE = 0x08, EOS = 0x10, CONTINUE = 0x20 };
#define OFFSET_MASK (~(uint64_t)(PAGE_LEN - 1))

struct block {
	char name[256];
	uint64_t len;
};

struct filter {
	struct stream_bytes bytes;
	uint32_t section;
	struct block blocks[BLOCKS_MAX];
	size_t n_blocks;
	const struct block *memory, *last; /* last: that of the last record read */
	const struct block *written;       /* and written */
	int ram;
	bool compare;   /* with what ram has, instead of filling it */
	uint8_t *pages; /* of memory: what has become of each, as below */
	uint64_t n_seen;
};
enum { SEEN = 1, KEPT = 2 };

static const struct block *find_block(const struct filter *f, const char *name)
{
	for (size_t i = 0; i < f->n_blocks; i++)
		if (str_eq(f->blocks[i].name, name))
			return &f->blocks[i];
	return NULL;
}

/* Magic, version, machine. */
static int echo_preamble(struct filter *f, struct err *err)
{
	static const uint8_t want[] = { 'Q', 'E', 'V', 'M', 0, 0, 0, 3, CONFIGURATION };
	uint8_t got[sizeof(want)];
	uint32_t len;
	char name[256];
	int r = stream_echo(&f->bytes, got, sizeof(got), err);

	if (r == 0 && memcmp(got, want, sizeof(got)) != 0)
		r = stream_damaged(&f->bytes, err, "no migration stream of a QEMU that we know");
	if (r == 0)
		r = stream_take_be32(&f->bytes, &len, err);
	if (r == 0 && len > sizeof(name))
		r = stream_damaged(&f->bytes, err, "the machine's name is too long");
	if (r == 0)
		r = stream_put_be(&f->bytes, len, 4, err);
	return r < 0 ? r : stream_echo(&f->bytes, name, len, err);
}

/* The first section: its number, "ram", instance and version. */
static int echo_ram_section(struct filter *f, struct err *err)
{
	static const uint8_t want[] = { 3, 'r', 'a', 'm', 0, 0, 0, 0, 0, 0, 0, 4 };
	uint8_t kind, got[sizeof(want)];
	int r = stream_echo(&f->bytes, &kind, 1, err);

	if (r == 0 && kind != SECTION_START)
		r = stream_damaged(&f->bytes, err, "it does not begin with the memory");
	if (r == 0)
		r = stream_take_be32(&f->bytes, &f->section, err);
	if (r == 0)
		r = stream_put_be(&f->bytes, f->section, 4, err);
	if (r == 0)
		r = stream_echo(&f->bytes, got, sizeof(got), err);
	if (r == 0 && memcmp(got, want, sizeof(got)) != 0)
		r = stream_damaged(&f->bytes, err,
				   "it does not begin with memory of a version that we know");
	return r;
}

/* The list of blocks, whose sum stands in front. */
static int echo_blocks(struct filter *f, struct err *err)
{
	uint64_t left = 0;
	int r = stream_take_be64(&f->bytes, &left, err);

	if (r == 0 && (left & ~OFFSET_MASK) != MEM_SIZE)
		r = stream_damaged(&f->bytes, err, "no list of the blocks of memory");
	if (r == 0)
		r = stream_put_be(&f->bytes, left, 8, err);
	left &= OFFSET_MASK;
	while (r == 0 && left) {
		struct block *block = &f->blocks[f->n_blocks];

		if (f->n_blocks == BLOCKS_MAX)
			return stream_damaged(&f->bytes, err, "too many blocks of memory");
		r = stream_take_name(&f->bytes, block->name, err);
		if (r == 0)
			r = stream_take_be64(&f->bytes, &block->len, err);
		if (r == 0 && (block->len & ~OFFSET_MASK || block->len > left || !block->len))
			r = stream_damaged(&f->bytes, err,
					   "a block of memory of an impossible length");
		if (r == 0 && find_block(f, block->name))
			r = stream_damaged(&f->bytes, err, "two blocks of memory of one name");
		if (r == 0)
			r = stream_put_name(&f->bytes, block->name, err);
		if (r == 0)
			r = stream_put_be(&f->bytes, block->len, 8, err);
		f->n_blocks++;
		left -= block->len;
	}
	f->memory = find_block(f, MEMORY);
	if (r == 0 && (!f->memory || f->memory->len > MEMORY_MAX))
		r = stream_damaged(&f->bytes, err, "it has no block " MEMORY " that can be true");
	return r;
}

static int put_record(struct filter *f, const struct block *block, uint64_t offset,
		      const uint8_t *page, struct err *err)
{
	bool same = f->written == block;
	int r = stream_put_be(&f->bytes, offset | (page ? PAGE : ZERO) | (same ? CONTINUE : 0), 8,
			      err);

	f->written = block;
	if (r == 0 && !same)
		r = stream_put_name(&f->bytes, block->name, err);
	if (r < 0)
		return r;
	return page ? stream_put(&f->bytes, page, PAGE_LEN, err)
		    : stream_put(&f->bytes, "", 1, err);
}

static const uint8_t zero_page[PAGE_LEN];

/* A page goes to ram; one that is zero is there already, unless another came before. */
static int fill(struct filter *f, uint64_t offset, const uint8_t *page, bool again, struct err *err)
{
	if (!page && !again)
		return 0;
	if (pwrite(f->ram, page ? page : zero_page, PAGE_LEN, (off_t)offset) == PAGE_LEN)
		return 0;
	return err_errno(err, errno, "template's memory: writing");
}

/* Whether ram has another page there; page NULL: of zeros. */
static int differs(const struct filter *f, uint64_t offset, const uint8_t *page, struct err *err)
{
	uint8_t have[PAGE_LEN];
	ssize_t n = pread(f->ram, have, sizeof(have), (off_t)offset);

	if (n != PAGE_LEN)
		return err_errno(err, n < 0 ? errno : EIO, "template's memory: reading");
	return memcmp(have, page ? page : zero_page, PAGE_LEN) != 0;
}

/* page NULL: of zeros. */
static int memory_page(struct filter *f, uint64_t offset, const uint8_t *page, struct err *err)
{
	uint8_t *state = &f->pages[offset / PAGE_LEN];
	bool again = *state & SEEN;
	int r;

	f->n_seen += !again;
	*state |= SEEN;
	if (page && memcmp(page, zero_page, PAGE_LEN) == 0)
		page = NULL;
	if (!f->compare)
		return fill(f, offset, page, again, err);
	r = differs(f, offset, page, err);
	/* What replaces a page that was kept is kept too, even if it is the template's again. */
	if (r <= 0 && !(r == 0 && *state & KEPT))
		return r;
	*state |= KEPT;
	return put_record(f, f->memory, offset, page, err);
}

/* One record; 1: it was the section's last. */
static int take_record(struct filter *f, struct err *err)
{
	uint8_t page[PAGE_LEN] = { 0 };
	char name[256];
	uint64_t word, offset;
	int flags, r = stream_take_be64(&f->bytes, &word, err);

	if (r < 0)
		return r;
	offset = word & OFFSET_MASK;
	flags = (int)(word & ~OFFSET_MASK);
	if (flags == EOS)
		return 1;
	if (!(flags & CONTINUE)) {
		r = stream_take_name(&f->bytes, name, err);
		f->last = r == 0 ? find_block(f, name) : NULL;
	}
	flags &= ~CONTINUE;
	if (r == 0 && (!f->last || offset >= f->last->len || (flags != ZERO && flags != PAGE)))
		r = stream_damaged(&f->bytes, err, "a record of memory that we do not know");
	if (r == 0)
		r = stream_take(&f->bytes, page, flags == PAGE ? PAGE_LEN : 1, err);
	if (r == 0 && flags == ZERO && page[0])
		r = stream_damaged(&f->bytes, err, "a page filled with something else than zeros");
	if (r < 0)
		return r;
	if (f->last == f->memory)
		return memory_page(f, offset, flags == PAGE ? page : NULL, err);
	return put_record(f, f->last, offset, flags == PAGE ? page : NULL, err);
}

static int take_footer(struct filter *f, struct err *err)
{
	uint8_t mark;
	uint32_t section;
	int r = stream_take(&f->bytes, &mark, 1, err);

	if (r == 0)
		r = stream_take_be32(&f->bytes, &section, err);
	if (r == 0 && (mark != FOOTER || section != f->section))
		r = stream_damaged(&f->bytes, err,
				   "a part of the memory does not end where it should");
	return r;
}

static int put_section_end(struct filter *f, struct err *err)
{
	int r = stream_put_be(&f->bytes, EOS, 8, err);

	if (r == 0)
		r = stream_put_be(&f->bytes, FOOTER, 1, err);
	return r < 0 ? r : stream_put_be(&f->bytes, f->section, 4, err);
}

/* A part or the end; 1: it was the end. */
static int take_part(struct filter *f, struct err *err)
{
	uint8_t kind;
	uint32_t section;
	int r = stream_take(&f->bytes, &kind, 1, err);

	if (r == 0)
		r = stream_take_be32(&f->bytes, &section, err);
	if (r == 0 && ((kind != SECTION_PART && kind != SECTION_END) || section != f->section))
		r = stream_damaged(&f->bytes, err, "something else than memory between its parts");
	while (r == 0)
		r = take_record(f, err);
	if (r > 0)
		r = take_footer(f, err);
	return r < 0 ? r : kind == SECTION_END;
}

static int prepare_memory(struct filter *f, struct err *err)
{
	off_t len = (off_t)f->memory->len;
	struct stat st;

	if (f->compare) {
		if (fstat(f->ram, &st) < 0)
			return err_errno(err, errno, "template's memory");
		if (st.st_size != len)
			return err_set(err, EINVAL,
				       "template's memory has %lld bytes, the saved guest's %lld",
				       (long long)st.st_size, (long long)len);
	} else if (ftruncate(f->ram, len) < 0) {
		return err_errno(err, errno, "template's memory");
	}
	f->pages = xcalloc(f->memory->len / PAGE_LEN, 1);
	return 0;
}

/* All of the memory, as one end. */
static int filter_memory(struct filter *f, struct err *err)
{
	int r = prepare_memory(f, err);

	if (r == 0)
		r = stream_put_be(&f->bytes, SECTION_END, 1, err);
	if (r == 0)
		r = stream_put_be(&f->bytes, f->section, 4, err);
	while (r == 0)
		r = take_part(f, err);
	if (r > 0 && f->n_seen != f->memory->len / PAGE_LEN)
		r = stream_damaged(&f->bytes, err, "pages of the memory are missing");
	return r < 0 ? r : put_section_end(f, err);
}

static int filter(struct filter *f, struct err *err)
{
	struct stream_head head;
	auto_free char *xml = NULL;
	uint64_t word;
	int r = stream_take_head(&f->bytes, &head, &xml, err);

	if (r == 0)
		r = stream_put(&f->bytes, &head, sizeof(head), err);
	if (r == 0)
		r = stream_put(&f->bytes, xml, head.data_len, err);
	if (r == 0)
		r = echo_preamble(f, err);
	if (r == 0)
		r = echo_ram_section(f, err);
	if (r == 0)
		r = echo_blocks(f, err);
	/* The start ends as each section does, and has no records. */
	if (r == 0)
		r = stream_take_be64(&f->bytes, &word, err);
	if (r == 0 && word != EOS)
		r = stream_damaged(&f->bytes, err, "records among the blocks");
	if (r == 0)
		r = take_footer(f, err);
	if (r == 0)
		r = put_section_end(f, err);
	if (r == 0)
		r = filter_memory(f, err);
	return r < 0 ? r : stream_echo_rest(&f->bytes, err);
}

int stream_split(FILE *saved, int ram, FILE *stream, struct err *err)
{
	struct filter f = { .bytes = { saved, stream, 0 }, .ram = ram };
	int r = filter(&f, err);

	free(f.pages);
	return r;
}

int stream_delta(FILE *saved, int ram, FILE *stream, struct err *err)
{
	struct filter f = { .bytes = { saved, stream, 0 }, .ram = ram, .compare = true };
	int r = filter(&f, err);

	free(f.pages);
	return r;
}
