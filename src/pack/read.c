/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packs are read, and may come from anybody: libarchive takes the compression and the tar apart,
 * and what it says is compared with the contents, member by member, before a byte is written.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/name.h"
#include "pack/format.h"
#include "pack/pack.h"
#include "pki/digest.h"

#define DEPTH_MAX 4

struct pack {
	struct archive *a;
	int fd; /* which a reads */
	char *path;
	json_t *contents;
};

bool pack_is_name(const char *name)
{
	size_t len = strlen(name), parts = 1;
	char before = '/';

	for (const char *p = name; *p; before = *p++) {
		if (*p <= ' ' || *p > '~' || *p == '\\')
			return false;
		if (before == '/' && (*p == '/' || *p == '.'))
			return false;
		parts += *p == '/';
	}
	return len > 0 && len <= NAME_LEN && before != '/' && parts <= DEPTH_MAX + 1;
}

/* What libarchive cannot read is damaged, or is nothing of ours. */
static int damaged(const struct pack *p, struct err *err)
{
	const char *why = archive_error_string(p->a);

	return err_set(err, EBADMSG, "'%s': is damaged (%s); get it again", p->path,
		       why ? why : "its end is missing");
}

static int foreign(const struct pack *p, const char *kind, struct err *err)
{
	return err_set(err, EBADMSG, "'%s': is not a labctl %s, or is damaged", p->path, kind);
}

struct member {
	const char *name; /* until the next one */
	uint64_t size;
	struct timespec modified;
};

/* The next member, a plain file; 0 at the end. */
static int next_member(const struct pack *p, struct member *ret, struct err *err)
{
	struct archive_entry *entry = NULL;
	int r = archive_read_next_header(p->a, &entry);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK)
		return damaged(p, err);
	ret->name = archive_entry_pathname(entry);
	ret->name = ret->name ? ret->name : "";
	ret->size = (uint64_t)archive_entry_size(entry);
	ret->modified = (struct timespec){ archive_entry_mtime(entry),
					   archive_entry_mtime_is_set(entry)
						   ? archive_entry_mtime_nsec(entry)
						   : UTIME_NOW };
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    archive_entry_sparse_count(entry) || !archive_entry_size_is_set(entry) ||
	    archive_entry_size(entry) < 0)
		return err_set(err, EBADMSG, "'%s': '%.100s' is not a plain file", p->path,
			       ret->name);
	if (!pack_is_name(ret->name))
		return err_set(err, EBADMSG,
			       "'%s': a file in it has a name that labctl does not give", p->path);
	return 1;
}

/* --- the contents --- */

static bool is_hash(const char *text)
{
	return strlen(text) == DIGEST_TEXT - 1 &&
	       strspn(text, "0123456789abcdef") == DIGEST_TEXT - 1;
}

static int check_list(const struct pack *p, const struct pack_limits *limits, struct err *err)
{
	const json_t *list = json_object_get(p->contents, "files"), *line;
	uint64_t left = limits->bytes;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > limits->files)
		return err_set(err, EFBIG, "'%s': more files than the %zu that may be in it",
			       p->path, limits->files);
	json_array_foreach(list, i, line) {
		json_int_t size = json_integer_value(json_object_get(line, "size"));

		if (size < 0 || (uint64_t)size > left)
			return err_set(err, EFBIG, "'%s': larger than the %llu MiB that it may be",
				       p->path, (unsigned long long)(limits->bytes >> 20));
		if (!pack_is_name(json_get_text(line, "name", "")) ||
		    !is_hash(json_get_text(line, "sha256", "")))
			return err_set(err, EBADMSG, "'%s': its list of files is wrong", p->path);
		left -= (uint64_t)size;
	}
	return 0;
}

static int read_contents(struct pack *p, const char *kind, struct err *err)
{
	struct member m;
	auto_free char *text = NULL;
	int r = next_member(p, &m, err);

	/* Another archive, or none at all: said as such, whatever libarchive thinks of it. */
	if (r <= 0 || strcmp(m.name, PACK_CONTENTS) != 0 || m.size > PACK_CONTENTS_MAX)
		return foreign(p, kind, err);
	text = xcalloc(1, (size_t)m.size + 1);
	if (archive_read_data(p->a, text, (size_t)m.size) != (la_ssize_t)m.size)
		return damaged(p, err);
	p->contents = json_loadb(text, (size_t)m.size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(p->contents))
		return err_set(err, EBADMSG, "'%s': is damaged; get it again", p->path);
	return 0;
}

static int check_contents(const struct pack *p, const char *kind, struct err *err)
{
	const char *found = json_get_text(p->contents, "kind", "");
	int format = json_get_int(p->contents, "format", 0);

	if (format < 1 || !found[0])
		return foreign(p, kind, err);
	if (format > PACK_FORMAT)
		return err_set(
			err, EPROTONOSUPPORT,
			"'%s': labd %.20s made it, in format %d; this labd, %s, reads format "
			"%d: use that one",
			p->path, json_get_text(p->contents, "labd", "?"), format, PACKAGE_VERSION,
			PACK_FORMAT);
	if (strcmp(found, kind) != 0)
		return err_set(err, EBADMSG, "'%s': is of kind '%.20s', not '%s'", p->path, found,
			       kind);
	return 0;
}

int pack_open(const char *path, const char *kind, const struct pack_limits *limits,
	      struct pack **ret, struct err *err)
{
	auto_pack struct pack *p = xcalloc(1, sizeof(*p));
	int r;

	p->fd = -1;
	p->path = xstrdup(path);
	p->a = archive_read_new();
	if (!p->a || archive_read_support_filter_gzip(p->a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(p->a) != ARCHIVE_OK)
		return err_errno(err, ENOMEM, "'%s'", path);
	p->fd = io_open(path, err);
	if (p->fd < 0)
		return p->fd;
	if (archive_read_open_fd(p->a, p->fd, PACK_CHUNK) != ARCHIVE_OK)
		return foreign(p, kind, err);
	r = read_contents(p, kind, err);
	if (r == 0)
		r = check_contents(p, kind, err);
	if (r == 0)
		r = check_list(p, limits, err);
	if (r == 0)
		*ret = take_ptr(p);
	return r;
}

const json_t *pack_contents(const struct pack *pack)
{
	return pack->contents;
}

void pack_close(struct pack *pack)
{
	if (!pack)
		return;
	if (pack->a)
		archive_read_free(pack->a);
	if (pack->fd >= 0)
		(void)close(pack->fd);
	json_decref(pack->contents);
	free(pack->path);
	free(pack);
}

/* --- the files --- */

static const json_t *find_line(const struct pack *p, const char *name)
{
	return json_find(json_object_get(p->contents, "files"), "name", name);
}

/* The folders that the name goes through. They are ours: dir was empty, and only we write there. */
static int make_folders(const char *dir, const char *name, struct err *err)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		auto_free char *path = xasprintf("%s/%.*s", dir, (int)(slash - name), name);

		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return err_errno(err, errno, "'%s'", path);
	}
	return 0;
}

static int copy_out(const struct pack *p, const char *path, int fd, uint64_t size,
		    struct digest *digest, struct err *err)
{
	auto_free char *buf = xcalloc(1, PACK_CHUNK);

	while (size) {
		size_t want = size < PACK_CHUNK ? (size_t)size : PACK_CHUNK;
		la_ssize_t n = archive_read_data(p->a, buf, want);
		int r;

		if (n <= 0)
			return damaged(p, err);
		r = digest_add(digest, buf, (size_t)n, err);
		if (r < 0)
			return r;
		r = io_write_all(fd, buf, (size_t)n);
		if (r < 0)
			return err_errno(err, -r, "'%s'", path);
		size -= (uint64_t)n;
	}
	return 0;
}

static int unpack_one(const struct pack *p, const char *dir, const struct member *m,
		      struct err *err)
{
	auto_free char *name = xstrdup(m->name), *own = name_portable(name);
	auto_free char *path = xasprintf("%s/%s", dir, own);
	auto_digest struct digest *digest = NULL;
	const json_t *line = find_line(p, name);
	char hash[DIGEST_TEXT];
	auto_close int fd = -1;
	int r;

	if (!line || (uint64_t)json_integer_value(json_object_get(line, "size")) != m->size)
		return err_set(err, EBADMSG, "'%s': '%s' is not as its list says", p->path, name);
	r = make_folders(dir, own, err);
	if (r == 0)
		r = digest_begin(&digest, err);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST
			       ? err_set(err, EBADMSG, "'%s': '%s' is in it twice", p->path, name)
			       : err_errno(err, errno, "'%s'", path);
	r = copy_out(p, path, fd, m->size, digest, err);
	if (r == 0 && futimens(fd, (struct timespec[2]){ m->modified, m->modified }) < 0)
		r = err_errno(err, errno, "'%s'", path);
	if (r < 0)
		return r;
	digest_end(take_ptr(digest), hash);
	if (!str_eq(hash, json_get_text(line, "sha256", "")))
		return err_set(
			err, EBADMSG,
			"'%s': is damaged: '%s' has different content than it should; get it "
			"again",
			p->path, name);
	return 0;
}

int pack_unpack(struct pack *pack, const char *dir, struct err *err)
{
	size_t n = json_array_size(json_object_get(pack->contents, "files"));
	struct member m;
	int r;

	while ((r = next_member(pack, &m, err)) > 0) {
		r = unpack_one(pack, dir, &m, err);
		if (r < 0)
			return r;
		n--;
	}
	if (r == 0 && n)
		return err_set(err, EBADMSG,
			       "'%s': is damaged: %zu of its files are missing; get it again",
			       pack->path, n);
	return r;
}
