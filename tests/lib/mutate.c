/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing captured frames. */
#include "lib/mutate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/ccmp.h"
#include "pcapng/pcapng.h"
#include "wireshark/question.h"

struct frame {
	struct pcapng_packet packet;
	struct str data;
};

/* A file of one interface. */
struct capture_file {
	struct pcapng_iface iface;
	char *name;
	struct str secrets;
	struct frame *frames;
	size_t n;
	struct ccmp ccmp;
};

static void file_free(struct capture_file *file)
{
	for (size_t i = 0; i < file->n; i++)
		str_free(&file->frames[i].data);
	free(file->frames);
	free(file->name);
	str_free(&file->secrets);
}
AUTO_DEFINE(file_auto, struct capture_file, file_free)
#define auto_file AUTO(file_autop)

static void take_block(struct capture_file *file, const struct pcapng_block *block)
{
	struct frame *frame;

	switch (block->kind) {
	case PCAPNG_KIND_IFACE:
		file->iface = block->iface;
		file->name = xstrdup(block->iface.name ? block->iface.name : "");
		break;
	case PCAPNG_KIND_PACKET:
		frame = array_add(file->frames, file->n);
		frame->packet = block->packet;
		frame->packet.comment = NULL;
		str_add(&frame->data, block->packet.data, block->packet.len);
		if (file->iface.linktype == PCAPNG_RADIOTAP)
			ccmp_learn(&file->ccmp, block->packet.data, block->packet.len);
		break;
	case PCAPNG_KIND_SECRETS:
		str_add(&file->secrets, block->secrets.data, block->secrets.len);
		break;
	case PCAPNG_KIND_SECTION:
	case PCAPNG_KIND_STATS:
		break;
	}
}

static int read_file(const char *path, const struct wireshark_wifi *wifi, struct capture_file *ret,
		     struct err *err)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	struct pcapng_block block;
	FILE *f = fopen(path, "rbe");
	int r;

	if (!f)
		return err_errno(err, errno, "'%s'", path);
	ccmp_init(&ret->ccmp, wifi->passphrase, wifi->ssid);
	pcapng_reader_new(f, &reader);
	while ((r = pcapng_next(reader, &block, err)) > 0)
		take_block(ret, &block);
	return r;
}

static int write_file(const char *path, struct capture_file *file, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	const struct pcapng_secrets secrets = { PCAPNG_TLS_KEYS, file->secrets.data,
						(uint32_t)file->secrets.len };
	int r;

	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	file->iface.name = file->name;
	file->iface.description = NULL;
	pcapng_writer_new(fd, -1, "a test", &w);
	r = pcapng_write_iface(w, &file->iface, err);
	if (r >= 0 && file->secrets.len)
		r = pcapng_write_secrets(w, &secrets, err);
	for (size_t i = 0; r >= 0 && i < file->n; i++) {
		struct frame *frame = &file->frames[i];

		frame->packet.data = (const uint8_t *)frame->data.data;
		frame->packet.len = frame->packet.orig_len = (uint32_t)frame->data.len;
		r = pcapng_write_packet(w, &frame->packet, err);
	}
	return r < 0 ? r : pcapng_flush(w, err);
}

/* --- what Wireshark knows --- */

struct numbers {
	uint64_t *items;
	size_t n;
};

static int add_number(void *ctx, const struct wireshark_frame *frame)
{
	struct numbers *numbers = ctx;

	*array_add(numbers->items, numbers->n) = frame->number;
	return 0;
}

static int find_frames(struct wireshark *ws, const char *path, const char *filter,
		       struct numbers *ret, struct err *err)
{
	const struct wireshark_query load = { .file = path, .filter = filter };
	struct wireshark_answer answer;
	int r = wireshark_ask(ws, &load, 1, &answer, err);

	if (r < 0)
		return r;
	if (!answer.count)
		return err_set(err, ENOENT, "'%s': no frame matches '%s' %s", path, filter,
			       answer.error);
	wireshark_answer_free(&answer);
	return wireshark_ask_frames(ws, filter, add_number, ret, err);
}

struct field_place {
	size_t source, start, len; /* source 0: the frame, 1: what was encrypted in it */
};

static bool find_field(const json_t *node, const char *field, struct field_place *ret)
{
	const char *filter = json_get_text(node, "f", "");
	const json_t *at = json_object_get(node, "h"), *below;
	size_t i;

	if (str_prefix(filter, field) && str_prefix(filter + strlen(field), " == ") && at) {
		ret->start = (size_t)json_integer_value(json_array_get(at, 0));
		ret->len = (size_t)json_integer_value(json_array_get(at, 1));
		ret->source = (size_t)json_get_int(node, "ds", 0);
		return true;
	}
	json_array_foreach(json_object_get(node, "n"), i, below) {
		if (find_field(below, field, ret))
			return true;
	}
	return false;
}

static int place_of(struct wireshark *ws, uint64_t number, const char *field,
		    struct field_place *ret, struct err *err)
{
	json_t *question = json_pack("{s:I, s:b, s:b}", "frame", (json_int_t)number, "proto", true,
				     "bytes", true);
	auto_json json_t *tree = NULL;
	const json_t *node;
	size_t i;
	int r = question_ask(ws, "frame", question, &tree, err);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(tree, "tree"), i, node) {
		if (find_field(node, field, ret))
			return 0;
	}
	return err_set(err, ENOENT, "frame %ju has no field '%s'", (uintmax_t)number, field);
}

/* --- bytes --- */

static void add_hex(struct str *out, const char *hex)
{
	unsigned int byte;

	for (; hex && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		str_add(out, &(char){ (char)byte }, 1);
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint32_t sum(uint32_t start, const uint8_t *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		start += get16(p);
	return len ? start + (uint32_t)(*p << 8) : start;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Of IPv4, and of UDP or TCP in it, for a packet whose EtherType stands at type. */
static void fix_checksums(struct str *data, size_t type, bool length_too)
{
	uint8_t *ip = (uint8_t *)data->data + type + 2;
	size_t header, len, at;
	uint32_t pseudo;

	if (data->len < type + 2 + 20 || get16(ip - 2) != 0x0800)
		return;
	if (length_too)
		put16(ip + 2, data->len - type - 2);
	header = (size_t)(ip[0] & 15) * 4;
	len = get16(ip + 2) - header;
	put16(ip + 10, 0);
	put16(ip + 10, folded(sum(0, ip, header)));
	at = header + (ip[9] == 6 ? 16 : 6);
	if ((ip[9] != 6 && ip[9] != 17) || header + len > data->len - type - 2)
		return;
	put16(ip + at, 0);
	pseudo = sum(0, ip + 12, 8) + ip[9] + (uint32_t)len;
	put16(ip + at, folded(sum(pseudo, ip + header, len)));
}

/* What an edit does to the bytes at a place. */
static void put_bytes(struct str *data, const struct field_place *place,
		      const struct change *change)
{
	auto_str struct str bytes = { 0 }, whole = { 0 };

	add_hex(&bytes, change->bytes);
	if (change->mutation == MUTATION_SPOIL) {
		data->data[place->start + place->len - 1] ^= 1;
	} else if (change->mutation == MUTATION_PAYLOAD) {
		str_add(&whole, data->data, place->start);
		str_add(&whole, bytes.data, bytes.len);
		str_free(data);
		str_add(data, whole.data, whole.len);
	} else {
		memcpy(data->data + place->start, bytes.data, bytes.len);
	}
}

static int edit(const struct capture_file *file, struct frame *frame,
		const struct field_place *place, const struct change *change, struct err *err)
{
	bool payload = change->mutation == MUTATION_PAYLOAD;
	auto_str struct str plain = { 0 }, closed = { 0 };
	const uint8_t *data = (const uint8_t *)frame->data.data;

	if (place->source == 0) {
		put_bytes(&frame->data, place, change);
		if (file->iface.linktype == PCAPNG_ETHERNET)
			fix_checksums(&frame->data, 12, payload);
		return 0;
	}
	if (place->source != 1 || !ccmp_open(&file->ccmp, data, frame->data.len, &plain))
		return err_set(err, EINVAL, "'%s': is not to be changed there", change->filter);
	put_bytes(&plain, place, change);
	fix_checksums(&plain, 6, payload);
	ccmp_close(&file->ccmp, data, &plain, &closed);
	str_free(&frame->data);
	str_add(&frame->data, closed.data, closed.len);
	return 0;
}

/* --- the changes --- */

static int edit_frames(struct wireshark *ws, struct capture_file *file, const struct change *change,
		       const struct numbers *numbers, struct err *err)
{
	bool payload = change->mutation == MUTATION_PAYLOAD || change->mutation == MUTATION_SPOIL;
	size_t n = change->mutation == MUTATION_EDIT_ALL ? numbers->n : 1;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct field_place place;

		r = place_of(ws, numbers->items[i], payload ? "tcp.payload" : change->field, &place,
			     err);
		if (r == 0)
			r = edit(file, &file->frames[numbers->items[i] - 1], &place, change, err);
	}
	return r;
}

static void drop(struct capture_file *file, uint64_t number)
{
	str_free(&file->frames[number - 1].data);
	memmove(&file->frames[number - 1], &file->frames[number],
		(file->n - number) * sizeof(*file->frames));
	file->n--;
}

/* The frame of that number in source becomes the last one of file. */
static int copy(struct wireshark *ws, const struct capture_file *source, uint64_t number,
		const struct change *change, struct capture_file *file, struct err *err)
{
	uint64_t end = file->frames[file->n - 1].packet.time_ns + 1000000;
	struct frame frame = source->frames[number - 1];
	struct field_place place;
	int r = 0;

	frame.data = (struct str){ 0 };
	str_add(&frame.data, source->frames[number - 1].data.data,
		source->frames[number - 1].data.len);
	frame.packet.time_ns = end;
	if (change->field)
		r = place_of(ws, number, change->field, &place, err);
	if (r == 0 && change->field)
		r = edit(source, &frame, &place, change, err);
	*array_add(file->frames, file->n) = frame;
	return r;
}

static int apply(struct wireshark *ws, const char *path, const struct change *change,
		 const struct capture_file *source, struct capture_file *file, struct err *err)
{
	struct numbers numbers = { 0 }, others = { 0 };
	int r;

	if (change->mutation == MUTATION_NO_SECRETS) {
		str_free(&file->secrets);
		return 0;
	}
	r = find_frames(ws, change->from ? change->from : path, change->filter, &numbers, err);
	if (r == 0 && change->mutation == MUTATION_COPY) {
		r = copy(ws, source, numbers.items[0], change, file, err);
	} else if (r == 0 && change->mutation == MUTATION_DROP) {
		drop(file, numbers.items[0]);
	} else if (r == 0 && change->mutation == MUTATION_DROP_ALL) {
		for (size_t i = numbers.n; i; i--)
			drop(file, numbers.items[i - 1]);
	} else if (r == 0 && change->mutation == MUTATION_MOVE) {
		r = find_frames(ws, path, change->field, &others, err);
		if (r == 0)
			file->frames[numbers.items[0] - 1].packet.time_ns =
				file->frames[others.items[0] - 1].packet.time_ns;
	} else if (r == 0) {
		r = edit_frames(ws, file, change, &numbers, err);
	}
	free(numbers.items);
	free(others.items);
	return r;
}

int mutate(struct wireshark *ws, const char *from, const struct change *change,
	   const struct wireshark_wifi *wifi, const char *to, struct err *err)
{
	auto_file struct capture_file file = { 0 }, other = { 0 };
	int r = read_file(from, wifi, &file, err);

	if (r == 0 && change->from)
		r = read_file(change->from, wifi, &other, err);
	if (r == 0)
		r = apply(ws, from, change, change->from ? &other : &file, &file, err);
	return r < 0 ? r : write_file(to, &file, err);
}
