/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames through sharkd, with and without keys, each text and each field kept once. */
#include "wireshark/dissect.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/str.h"
#include "pcapng/pcapng.h"
#include "wireshark/question.h"

/* sharkd's columns, in Wireshark's default order. */
enum { COLUMN_TIME = 1, COLUMN_PROTOCOL = 4, COLUMN_INFO = 6 };

/* What is kept once: list in the order of its coming, index by content. */
struct pool {
	json_t *list, *index;
};

struct kept {
	struct pool texts, nodes;
};

static void kept_free(struct kept *k)
{
	json_decref(k->texts.list);
	json_decref(k->texts.index);
	json_decref(k->nodes.list);
	json_decref(k->nodes.index);
}
AUTO_DEFINE(kept_auto, struct kept, kept_free)
#define auto_kept AUTO(kept_autop)

/* Where value stands in the list, by its key; takes value over. */
static json_int_t pool_keep(struct pool *p, const char *key, json_t *value)
{
	const json_t *known = json_object_get(p->index, key);
	json_int_t i = (json_int_t)json_array_size(p->list);

	if (known) {
		json_decref(value);
		return json_integer_value(known);
	}
	(void)json_object_set_new(p->index, key, json_integer(i));
	(void)json_array_append_new(p->list, value);
	return i;
}

static json_int_t keep_text(struct kept *k, const char *text)
{
	return pool_keep(&k->texts, text, json_string(text));
}

static void append_int(json_t *array, json_int_t value)
{
	(void)json_array_append_new(array, json_integer(value));
}

/* One field of sharkd's tree, and all below it. */
static json_int_t keep_node(struct kept *k, const json_t *field)
{
	const json_t *bytes = json_object_get(field, "h"), *children = json_object_get(field, "n");
	const char *filter = json_get_text(field, "f", NULL);
	json_t *node = json_array();
	auto_free char *key = NULL;

	append_int(node, keep_text(k, json_get_text(field, "l", "")));
	append_int(node, filter ? keep_text(k, filter) : -1);
	append_int(node, json_get_int(field, "ds", 0));
	append_int(node, bytes ? json_integer_value(json_array_get(bytes, 0)) : -1);
	append_int(node, json_integer_value(json_array_get(bytes, 1)));
	for (size_t i = 0; i < json_array_size(children); i++)
		append_int(node, keep_node(k, json_array_get(children, i)));
	key = json_dumps(node, JSON_COMPACT);
	return pool_keep(&k->nodes, key ? key : "", node);
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

/* Adds what sharkd says of the file's frames to views, by their numbers. */
static int ask_file(struct sharkd *s, const struct dissect_file *file, const char *path,
		    struct kept *k, json_t *views, json_t *notes, struct err *err)
{
	int r = sharkd_load(s, path, err);

	/* One that is cut short is good up to there. */
	if (r > 0)
		r = 0;
	for (size_t i = 0; r == 0 && i < file->n_frames; i++) {
		auto_json json_t *answer = NULL;
		char number[16];

		r = sharkd_ask(s, "frame",
			       json_pack("{s:I, s:b, s:b, s:b}", "frame",
					 (json_int_t)file->frames[i], "proto", 1, "bytes", 1,
					 "columns", 1),
			       &answer, err);
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
	auto_close int fd = memfd_create("capture", MFD_CLOEXEC);
	auto_free char *copy = xasprintf("/proc/%d/fd/%d", (int)getpid(), fd);
	struct err own = ERR_INIT;
	int r;

	if (fd < 0)
		return err_errno(err, errno, "'%s'", file->path);
	if (strip(file->path, fd, times, &own) < 0) {
		add_note(notes, file->place, &own);
		return 0;
	}
	r = ask_file(s, file, file->path, k, with, notes, err);
	if (r == 0 && json_object_size(with))
		r = ask_file(bare, file, copy, k, without, notes, err);
	if (r == 0)
		(void)json_object_set_new(at, file->place, join(with, without, times));
	return r;
}

int dissect_frames(const struct dissect *d, json_t *notes, json_t **ret, struct err *err)
{
	auto_sharkd struct sharkd *s = NULL;
	auto_sharkd struct sharkd *bare = NULL;
	auto_json json_t *at = json_object();
	auto_kept struct kept k = { { json_array(), json_object() },
				    { json_array(), json_object() } };
	struct err own = ERR_INIT;
	int r = sharkd_start(d->sharkd, NULL, &s, &own);

	if (r == 0)
		r = sharkd_start(d->sharkd, NULL, &bare, &own);
	if (r == 0)
		r = question_set_wifi(s, d->wifi, d->n_wifi, &own);
	for (size_t i = 0; r == 0 && i < d->n_files; i++)
		r = open_file(s, bare, &d->files[i], &k, at, notes, &own);
	if (r < 0) {
		if (err)
			*err = own;
		return r;
	}
	*ret = json_pack("{s:O, s:O, s:O}", "texts", k.texts.list, "nodes", k.nodes.list, "at", at);
	return 0;
}
