/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packs are written: first what is in them, then the files. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "pack/format.h"
#include "pack/pack.h"
#include "pki/digest.h"

struct writer {
	struct archive *a;
	const char *path; /* of the pack, for messages */
};

static int failed(const struct writer *w, struct err *err)
{
	int code = archive_errno(w->a);

	return err_set(err, code > 0 ? code : EIO, "'%s': %s", w->path, archive_error_string(w->a));
}

static int begin_member(const struct writer *w, const char *name, uint64_t size, time_t modified,
			struct err *err)
{
	struct archive_entry *entry = archive_entry_new();
	int r;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_mtime(entry, modified, 0);
	r = archive_write_header(w->a, entry);
	archive_entry_free(entry);
	return r == ARCHIVE_OK ? 0 : failed(w, err);
}

static int add_bytes(const struct writer *w, const void *data, size_t len, struct err *err)
{
	return archive_write_data(w->a, data, len) == (la_ssize_t)len ? 0 : failed(w, err);
}

/* Hands the content of a file on, piece by piece; returns its size. */
static int64_t read_through(const char *path,
			    int (*take)(void *ctx, const void *, size_t, struct err *), void *ctx,
			    struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	auto_free char *buf = xcalloc(1, PACK_CHUNK);
	int64_t size = 0;
	ssize_t n;
	int r;

	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	while ((n = read(fd, buf, PACK_CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "'%s'", path);
		r = take(ctx, buf, (size_t)n, err);
		if (r < 0)
			return r;
		size += n;
	}
	return size;
}

static int take_hash(void *ctx, const void *data, size_t len, struct err *err)
{
	return digest_add(ctx, data, len, err);
}

/* One line of the contents. */
static int list_file(const struct pack_file *file, json_t *list, struct err *err)
{
	auto_digest struct digest *digest = NULL;
	char hash[DIGEST_TEXT];
	int64_t size = (int64_t)file->len;
	int r = digest_begin(&digest, err);

	if (r < 0)
		return r;
	if (file->path)
		size = read_through(file->path, take_hash, digest, err);
	else
		r = digest_add(digest, file->data, file->len, err);
	if (r < 0 || size < 0)
		return r < 0 ? r : (int)size;
	digest_end(take_ptr(digest), hash);
	(void)json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "name", file->name, "size",
						    (json_int_t)size, "sha256", hash));
	return 0;
}

static int take_member(void *ctx, const void *data, size_t len, struct err *err)
{
	return add_bytes(ctx, data, len, err);
}

static int add_file(struct writer *w, const struct pack_file *file, const json_t *line,
		    struct err *err)
{
	int64_t listed = json_integer_value(json_object_get(line, "size")), size;
	int r = begin_member(w, file->name, (uint64_t)listed, file->modified, err);

	if (r < 0)
		return r;
	if (!file->path)
		return add_bytes(w, file->data, file->len, err);
	size = read_through(file->path, take_member, w, err);
	if (size < 0)
		return (int)size;
	return size == listed
		       ? 0
		       : err_set(err, EAGAIN, "'%s': changed while it was packed", file->path);
}

static int add_all(struct writer *w, const char *kind, const json_t *about,
		   const struct pack_file *files, size_t n, struct err *err)
{
	auto_json json_t *contents = json_pack("{s:i, s:s, s:s, s:[]}", "format", PACK_FORMAT,
					       "kind", kind, "labd", PACKAGE_VERSION, "files");
	json_t *list = json_object_get(contents, "files");
	auto_free char *text = NULL;
	size_t len;
	int r = 0;

	(void)json_object_update_missing(contents, (json_t *)(uintptr_t)about);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = list_file(&files[i], list, err);
	if (r < 0)
		return r;
	text = json_dumps(contents, JSON_INDENT(1));
	len = text ? strlen(text) : 0;
	r = begin_member(w, PACK_CONTENTS, len, 0, err);
	if (r == 0)
		r = add_bytes(w, text, len, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_file(w, &files[i], json_array_get(list, i), err);
	if (r == 0 && archive_write_close(w->a) != ARCHIVE_OK)
		r = failed(w, err);
	return r;
}

static int write_to(int fd, const char *path, const char *kind, const json_t *about,
		    const struct pack_file *files, size_t n, struct err *err)
{
	struct writer w = { archive_write_new(), path };
	int r = 0;

	if (!w.a || archive_write_add_filter_gzip(w.a) != ARCHIVE_OK ||
	    archive_write_set_format_pax_restricted(w.a) != ARCHIVE_OK ||
	    archive_write_set_options(w.a, "gzip:!timestamp") != ARCHIVE_OK ||
	    archive_write_open_fd(w.a, fd) != ARCHIVE_OK)
		r = w.a ? failed(&w, err) : err_errno(err, ENOMEM, "'%s'", path);
	if (r == 0)
		r = add_all(&w, kind, about, files, n, err);
	archive_write_free(w.a);
	if (r == 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		r = err_errno(err, errno, "'%s'", path);
	return r;
}

/* A file without a name; where there are none, of the name. *named says which. */
static int open_target(const char *path, mode_t mode, bool *named)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int fd = access(path, F_OK) == 0 ? -1 : open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);

	*named = fd < 0;
	return fd < 0 ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode) : fd;
}

int pack_write(const char *path, mode_t mode, const char *kind, const json_t *about,
	       const struct pack_file *files, size_t n, struct err *err)
{
	bool named;
	auto_close int fd = open_target(path, mode, &named);
	char self[64];
	int r;

	if (fd < 0 && errno == EEXIST)
		return err_set(err, EEXIST, "'%s': exists already; name another file", path);
	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	r = write_to(fd, path, kind, about, files, n, err);
	if (r < 0 && named)
		(void)unlink(path);
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (r == 0 && !named && linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0)
		r = err_errno(err, errno, "'%s'", path);
	return r;
}
