/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames through sharkd, with and without keys, each text and each field kept once. */
#include "wireshark/dissect.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "pcapng/pcapng.h"
#include "wireshark/data.h"
#include "wireshark/question.h"

#define OPENED "frames opened" /* the question by which they are kept */

/* sharkd's columns, in Wireshark's default order. */
enum { COLUMN_TIME = 1, COLUMN_PROTOCOL = 4, COLUMN_INFO = 6 };

/* What is kept once: list in the order of its coming, index by content. */
struct pool {
	json_t *list, *index;
};

struct kept {
	struct pool texts, nodes;
	struct str key; /* of the node that is put together */
};

static void kept_free(struct kept *k)
{
	json_decref(k->texts.list);
	json_decref(k->texts.index);
	json_decref(k->nodes.list);
	json_decref(k->nodes.index);
	str_free(&k->key);
}
AUTO_DEFINE(kept_auto, struct kept, kept_free)
#define auto_kept AUTO(kept_autop)

/* Puts value, which is taken over, at the end of the list, by a key that is new. */
static json_int_t pool_add(struct pool *p, const char *key, json_t *value)
{
	json_int_t i = (json_int_t)json_array_size(p->list);

	(void)json_object_set_new_nocheck(p->index, key, json_integer(i));
	(void)json_array_append_new(p->list, value);
	return i;
}

static json_int_t keep_text(struct kept *k, const char *text)
{
	const json_t *known = json_object_get(k->texts.index, text);

	return known ? json_integer_value(known) : pool_add(&k->texts, text, json_string(text));
}

static void append_int(json_t *array, json_int_t value)
{
	(void)json_array_append_new(array, json_integer(value));
}

/* A node that is new, of n numbers; most are not, and cost nothing but their key. */
static json_int_t keep_numbers(struct kept *k, const json_int_t *numbers, size_t n)
{
	const json_t *known;
	json_t *node;

	/* In digits of 6 bits, the last of each number marked: a key that is quickly made. */
	k->key.len = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t left = (uint64_t)numbers[i] + 1;
		char digits[16];
		size_t used = 0;

		for (; used == 0 || left; left >>= 5)
			digits[used++] = (char)(32 + (left & 31));
		digits[used - 1] = (char)(digits[used - 1] + 32);
		str_add(&k->key, digits, used);
	}
	known = json_object_get(k->nodes.index, str_text(&k->key));
	if (known)
		return json_integer_value(known);
	node = json_array();
	for (size_t i = 0; i < n; i++)
		append_int(node, numbers[i]);
	return pool_add(&k->nodes, str_text(&k->key), node);
}

/* One field of sharkd's tree, and all below it. */
static json_int_t keep_node(struct kept *k, const json_t *field)
{
	const json_t *bytes = json_object_get(field, "h"), *children = json_object_get(field, "n");
	const char *filter = json_get_text(field, "f", NULL);
	size_t n = 0, n_children = json_array_size(children);
	auto_free json_int_t *numbers = xcalloc(5 + n_children, sizeof(*numbers));

	numbers[n++] = keep_text(k, json_get_text(field, "l", ""));
	numbers[n++] = filter ? keep_text(k, filter) : -1;
	numbers[n++] = json_get_int(field, "ds", 0);
	numbers[n++] = bytes ? json_integer_value(json_array_get(bytes, 0)) : -1;
	numbers[n++] = json_integer_value(json_array_get(bytes, 1));
	for (size_t i = 0; i < n_children; i++)
		numbers[n++] = keep_node(k, json_array_get(children, i));
	return keep_numbers(k, numbers, n);
}

/* sharkd's answer about one frame, in our form. */
static json_t *keep_frame(struct kept *k, const json_t *answer)
{
	const json_t *columns = json_object_get(answer, "col"),
		     *tree = json_object_get(answer, "tree"), *more = json_object_get(answer, "ds");
	json_t *sources = json_array(), *layers = json_array();
	const char *protocol = json_string_value(json_array_get(columns, COLUMN_PROTOCOL));
	const char *info = json_string_value(json_array_get(columns, COLUMN_INFO));

	(void)json_array_append_new(sources,
				    json_pack("[s,s]", "", json_get_text(answer, "bytes", "")));
	for (size_t i = 0; i < json_array_size(more); i++) {
		const json_t *source = json_array_get(more, i);

		(void)json_array_append_new(sources,
					    json_pack("[s,s]", json_get_text(source, "name", ""),
						      json_get_text(source, "bytes", "")));
	}
	for (size_t i = 1; i < json_array_size(tree); i++)
		append_int(layers, keep_node(k, json_array_get(tree, i)));
	return json_pack("{s:s, s:s, s:o, s:o}", "protocol", protocol ? protocol : "", "info",
			 info ? info : "", "sources", sources, "layers", layers);
}

static void add_note(json_t *notes, const char *place, const struct err *err)
{
	auto_free char *text = xasprintf("capture '%s': %s", place, err->msg);

	(void)json_array_append_new(notes, json_text(text));
}

/* Whether sharkd is still there to be asked about others. */
static bool goes_on(int r)
{
	return r == -EBADMSG;
}

static json_t *question_of(uint32_t frame)
{
	return json_pack("{s:I, s:b, s:b, s:b}", "frame", (json_int_t)frame, "proto", 1, "bytes", 1,
			 "columns", 1);
}

/* Adds what sharkd says of the file's frames to views, by their numbers; without the keys: of those
 * of its copy. */
static int ask_file(struct sharkd *s, const struct dissect_file *file, bool keys, struct kept *k,
		    json_t *views, json_t *notes, struct err *err)
{
	int r = keys ? sharkd_load(s, file->path, err) : sharkd_load_copy(s, err);

	/* One that is cut short is good up to there. */
	if (r > 0)
		r = 0;
	for (size_t i = 0, sent = 0; r == 0 && i < file->n_frames; i++) {
		auto_json json_t *answer = NULL;
		char number[16];

		/* While one answer is read, sharkd is at the next. */
		for (; r == 0 && sent < file->n_frames && sent < i + 2; sent++)
			r = sharkd_send(s, "frame", question_of(file->frames[sent]), err);
		if (r == 0)
			r = sharkd_answer(s, (int)(sent - 1 - i), &answer, err);
		if (r < 0)
			break;
		(void)snprintf(number, sizeof(number), "%" PRIu32, file->frames[i]);
		(void)json_object_set_new(views, number, keep_frame(k, answer));
	}
	if (!goes_on(r))
		return r;
	add_note(notes, file->place, err);
	err_clear(err);
	return 0;
}

/* Without secrets, and with a note of when it was. */
static int put_bare(void *times, struct pcapng_writer *to, const struct pcapng_block *b,
		    struct err *err)
{
	if (b->kind == PCAPNG_KIND_PACKET)
		append_int(times, (json_int_t)b->packet.time_ns);
	return b->kind == PCAPNG_KIND_SECRETS ? 0 : pcapng_write_block(to, b, err);
}

/* Copies a capture without its secrets into fd, and notes the times of its frames. */
static int strip(const char *path, int fd, json_t *times, struct err *err)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	auto_pcapng_writer struct pcapng_writer *writer = NULL;
	int r = pcapng_open(path, &reader, err);

	if (r < 0)
		return r;
	pcapng_writer_new(fd, -1, "labctl", &writer);
	r = pcapng_copy(reader, writer, put_bare, times, err);
	/* What came before a sudden end is good. */
	if (r == -ENODATA) {
		err_clear(err);
		r = 0;
	}
	return r < 0 ? r : pcapng_flush(writer, err);
}

/* The frames with keys, their times, and what they look like without keys where that differs. */
static json_t *join(json_t *with, const json_t *without, const json_t *times)
{
	const char *number;
	json_t *view;

	json_object_foreach(with, number, view) {
		json_t *bare = json_object_get(without, number);
		const json_t *time = json_array_get(times, (size_t)strtoul(number, NULL, 10) - 1);
		bool same = !bare || json_equal(json_object_get(view, "layers"),
						json_object_get(bare, "layers"));

		(void)json_object_set_new(view, "time_ns", json_integer(json_integer_value(time)));
		(void)json_object_set(view, "without_keys", same ? json_null() : bare);
	}
	return json_incref(with);
}

/* Both views of one file: s has the keys, bare has none, and is given a copy in memory without. */
static int open_file(struct sharkd *s, struct sharkd *bare, const struct dissect_file *file,
		     struct kept *k, json_t *at, json_t *notes, struct err *err)
{
	auto_json json_t *with = json_object();
	auto_json json_t *without = json_object();
	auto_json json_t *times = json_array();
	struct err own = ERR_INIT;
	int r = sharkd_copy(bare);

	if (r < 0)
		return err_errno(err, -r, "'%s'", file->path);
	if (strip(file->path, r, times, &own) < 0) {
		add_note(notes, file->place, &own);
		return 0;
	}
	r = ask_file(s, file, true, k, with, notes, err);
	if (r == 0 && json_object_size(with))
		r = ask_file(bare, file, false, k, without, notes, err);
	if (r == 0)
		(void)json_object_set_new(at, file->place, join(with, without, times));
	return r;
}

static int open_all(const struct dissect *d, struct sharkd *s, struct sharkd *bare, json_t *notes,
		    json_t **ret, struct err *err)
{
	auto_json json_t *at = json_object();
	auto_kept struct kept k = { { json_array(), json_object() },
				    { json_array(), json_object() },
				    { 0 } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_files; i++)
		r = open_file(s, bare, &d->files[i], &k, at, notes, err);
	if (r == 0)
		*ret = json_pack("{s:O, s:O, s:O}", "texts", k.texts.list, "nodes", k.nodes.list,
				 "at", at);
	return r;
}

/* With two sharkds, one of which is told the keys. */
static int ask_all(const struct dissect *d, struct keep *keep, json_t *notes, json_t **ret,
		   struct err *err)
{
	auto_manner struct manner manner = { 0 };
	auto_free char *data = NULL;
	auto_sharkd struct sharkd *s = NULL;
	auto_sharkd struct sharkd *bare = NULL;
	size_t noted = json_array_size(notes);
	int r;

	manner_of(&d->setup, &manner);
	data = data_folder(d->setup.cache, &manner);
	r = sharkd_start(d->setup.sharkd, data, NULL, &s, err);

	if (r == 0)
		r = sharkd_start(d->setup.sharkd, data, NULL, &bare, err);
	if (r == 0)
		r = manner_set(s, &manner, err);
	if (r == 0)
		r = open_all(d, s, bare, notes, ret, err);
	if (r == 0 && json_array_size(notes) == noted)
		keep_add(keep, OPENED, json_incref(*ret), s);
	return r;
}

/* Of all files and frames, and of what they are opened with; false: they cannot be read. */
static bool key_of(const struct dissect *d, char ret[DIGEST_TEXT])
{
	auto_manner struct manner manner = { 0 };
	auto_str struct str text = { 0 };

	manner_of(&d->setup, &manner);
	str_adds(&text, OPENED "\n");
	manner_describe(&manner, &text);
	for (size_t i = 0; i < d->n_files; i++) {
		const struct dissect_file *file = &d->files[i];
		char digest[DIGEST_TEXT];

		if (digest_file(file->path, digest, NULL) < 0)
			return false;
		str_addf(&text, "%s %s", file->place, digest);
		for (size_t j = 0; j < file->n_frames; j++)
			str_addf(&text, " %" PRIu32, file->frames[j]);
		str_adds(&text, "\n");
	}
	return digest_bytes(text.data, text.len, ret, NULL) == 0;
}

int dissect_frames(const struct dissect *d, json_t *notes, json_t **ret, struct err *err)
{
	char key[DIGEST_TEXT] = "", now[DIGEST_TEXT] = "";
	bool known = d->setup.cache && key_of(d, key);
	auto_keep struct keep *keep =
		keep_open(known ? d->setup.cache : NULL, d->setup.sharkd, key);
	const json_t *kept = keep_find(keep, OPENED);
	struct err own = ERR_INIT;
	int r;

	if (kept) {
		*ret = json_incref((json_t *)(uintptr_t)kept);
		return 0;
	}
	r = ask_all(d, keep, notes, ret, &own);
	if (r < 0 && err)
		*err = own;
	/* What was changed meanwhile may be what was opened. */
	if (r == 0 && known && key_of(d, now) && str_eq(key, now) && keep_close(take_ptr(keep)))
		keep_prune(d->setup.cache);
	keep_forget(keep);
	return r;
}
