/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates of guests, in the user's cache. */
#include "image/template.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"

#define PAGE_LEN 4096
#define LOCK_LOOK_MS 100

int template_key(const char *image, const char *inputs, char ret[DIGEST_TEXT], struct err *err)
{
	auto_free char *path = xasprintf("%s/manifest.json", image);
	auto_str struct str text = { 0 };
	char of_image[DIGEST_TEXT];
	int r = digest_file(path, of_image, err);

	if (r < 0)
		return err_context(err, "template");
	str_addf(&text, "labd template 1\nimage %s\n%s", of_image, inputs);
	return digest_bytes(text.data, text.len, ret, err);
}

/* --- its bytes --- */

static const uint8_t zero_page[PAGE_LEN];

/* The pages from begin to end that are not zero: into the digest, and to the same place of to
 * unless that is negative. */
static int walk_data(int from, off_t begin, off_t end, int to, struct digest *digest,
		     struct err *err)
{
	for (off_t at = begin; at < end; at += PAGE_LEN) {
		uint8_t page[PAGE_LEN];
		ssize_t n = pread(from, page, sizeof(page), at);
		uint64_t place = (uint64_t)at;
		int r;

		if (n <= 0)
			return n < 0 ? err_errno(err, errno, "reading")
				     : err_set(err, EBADMSG, "it ends at byte %lld", (long long)at);
		if (memcmp(page, zero_page, (size_t)n) == 0)
			continue;
		r = digest_add(digest, &place, sizeof(place), err);
		if (r == 0)
			r = digest_add(digest, page, (size_t)n, err);
		if (r == 0 && to >= 0 && pwrite(to, page, (size_t)n, at) != n)
			r = err_errno(err, errno, "writing");
		if (r < 0)
			return r;
	}
	return 0;
}

/* The SHA-256 of the file's length and of its pages that are not zero, with their places: holes
 * are not read. */
static int walk(int from, int to, char ret[DIGEST_TEXT], struct err *err)
{
	auto_digest struct digest *digest = NULL;
	uint64_t len;
	struct stat st;
	off_t data, hole = 0;
	int r = digest_begin(&digest, err);

	if (r < 0)
		return r;
	if (fstat(from, &st) < 0 || (to >= 0 && ftruncate(to, st.st_size) < 0))
		return err_errno(err, errno, "its length");
	len = (uint64_t)st.st_size;
	r = digest_add(digest, &len, sizeof(len), err);
	while (r == 0 && (data = lseek(from, hole, SEEK_DATA)) >= 0) {
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			break;
		r = walk_data(from, data - data % PAGE_LEN, hole, to, digest, err);
	}
	if (r == 0 && errno != ENXIO && hole < st.st_size)
		r = err_errno(err, errno, "its holes");
	if (r == 0)
		digest_end(take_ptr(digest), ret);
	return r;
}

/* --- using one --- */

static int take_file(const char *dir, const char *name, const json_t *manifest, const char *to,
		     struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_close int in = io_open(path, err);
	auto_close int out = -1;
	char digest[DIGEST_TEXT];
	int r;

	if (in < 0)
		return err_set(err, EBADMSG, "it has no file '%s'", name);
	out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return err_errno(err, errno, "'%s'", to);
	r = walk(in, out, digest, err);
	if (r == 0 && !str_eq(digest, json_get_text(manifest, name, "")))
		r = err_set(err, EBADMSG, "its file '%s' is not what was written", name);
	if (r < 0)
		(void)unlink(to);
	return r;
}

int template_take(const char *cache, const char *key, const char *ram, const char *stream,
		  struct err *err)
{
	auto_free char *dir = xasprintf("%s/templates/%s", cache, key);
	auto_free char *path = xasprintf("%s/manifest.json", dir);
	auto_json json_t *manifest = NULL;
	struct stat st;
	int r;

	if (stat(dir, &st) < 0)
		return err_errno(err, errno, "template '%.16s'", key);
	r = json_open(path, &manifest, NULL);
	if (r < 0)
		r = err_set(err, EBADMSG, "its manifest cannot be read");
	if (r == 0)
		r = take_file(dir, "stream", manifest, stream, err);
	if (r == 0) {
		r = take_file(dir, "ram", manifest, ram, err);
		if (r < 0)
			(void)unlink(stream);
	}
	if (r == -EBADMSG)
		(void)template_remove(cache, key, NULL);
	if (r < 0)
		return err_context(err, "template '%.16s'", key);
	(void)utimensat(AT_FDCWD, path, NULL, 0); /* when it was used last */
	return 0;
}

/* --- making one --- */

static int lock(const char *path, const atomic_bool *cancel, struct err *err)
{
	auto_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return io_lock_failed(path, errno, err);
		if (*cancel)
			return err_set(err, ECANCELED, "cancelled");
		(void)poll(NULL, 0, LOCK_LOOK_MS);
	}
	return take_fd(&fd);
}

static int open_files(struct template_draft *draft, struct err *err)
{
	auto_free char *ram = NULL;
	auto_free char *stream = NULL;

	if (!mkdtemp(draft->dir))
		return err_errno(err, errno, "'%s'", draft->dir);
	ram = xasprintf("%s/ram", draft->dir);
	stream = xasprintf("%s/stream", draft->dir);
	draft->ram = open(ram, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	draft->stream = fopen(stream, "w+xe");
	if (draft->ram < 0 || !draft->stream)
		return err_errno(err, errno, "'%s'", draft->dir);
	return 0;
}

static int make_room(const char *cache, struct err *err)
{
	int64_t bytes;
	int r;

	template_sweep(cache);
	r = template_prune(cache, TEMPLATE_KEPT - 1, &bytes, err);
	return r < 0 ? r : 0;
}

int template_begin(const char *cache, const char *key, const atomic_bool *cancel,
		   struct template_draft *ret, struct err *err)
{
	auto_free char *above = xasprintf("%s/templates", cache);
	auto_free char *path = xasprintf("%s/lock", above);
	struct template_draft draft = { .lock = -1, .ram = -1 };
	int r = io_mkdirs(above, 0700, err);

	if (r == 0)
		r = draft.lock = lock(path, cancel, err);
	draft.whole = xasprintf("%s/%s", above, key);
	if (r >= 0 && access(draft.whole, F_OK) == 0)
		r = 1;
	else if (r >= 0)
		r = make_room(cache, err);
	draft.dir = xasprintf("%s.XXXXXX", draft.whole);
	if (r == 0)
		r = open_files(&draft, err);
	if (r == 0)
		*ret = draft;
	else
		template_end(&draft);
	return r < 0 ? err_context(err, "template") : r;
}

int template_finish(struct template_draft *draft, json_t *about, struct err *err)
{
	auto_free char *path = xasprintf("%s/manifest.json", draft->dir);
	auto_json json_t *manifest = about;
	char ram[DIGEST_TEXT], stream[DIGEST_TEXT];
	int r = walk(draft->ram, -1, ram, err);

	if (r == 0 && fflush(draft->stream) != 0)
		r = err_errno(err, errno, "writing");
	if (r == 0)
		r = walk(fileno(draft->stream), -1, stream, err);
	if (r == 0) {
		(void)json_object_set_new(manifest, "ram", json_string(ram));
		(void)json_object_set_new(manifest, "stream", json_string(stream));
		r = json_save(manifest, path, err);
	}
	if (r == 0 && rename(draft->dir, draft->whole) < 0)
		r = err_errno(err, errno, "'%s'", draft->whole);
	return r < 0 ? err_context(err, "template") : 0;
}

void template_end(struct template_draft *draft)
{
	if (draft->stream)
		(void)fclose(draft->stream);
	auto_closep(&draft->ram);
	/* One that was finished has another name now. */
	if (draft->dir)
		(void)io_remove_tree(draft->dir, NULL);
	auto_closep(&draft->lock);
	free(draft->dir);
	free(draft->whole);
	*draft = (struct template_draft){ .lock = -1, .ram = -1 };
}
