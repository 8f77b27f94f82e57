/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frozen labs in the user's cache: one is used, one is made. */
#include "image/frozen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "image/private.h"

#define MANIFEST "manifest.json"
#define COPY_LEN 65536
#define LOCKED_MS 1000

static int open_dir(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* --- using one --- */

/* Takes the folder's lock beside others who use it; alone: nobody does. Who has it for itself, to
 * look whether somebody uses it or to remove it, has it for a moment. */
static int lock_shared(int fd, bool *alone)
{
	int64_t deadline = deadline_in_ms(LOCKED_MS);

	for (;;) {
		*alone = flock(fd, LOCK_EX | LOCK_NB) == 0;
		if (flock(fd, LOCK_SH | LOCK_NB) == 0)
			return 0;
		if (deadline_passed(deadline))
			return -EBUSY;
		(void)poll(NULL, 0, 10);
	}
}

/* Whether the path is still that of the folder that was opened. */
static bool is_at(int fd, const char *path)
{
	struct stat mine, there;

	return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev &&
	       mine.st_ino == there.st_ino;
}

int frozen_open(const char *cache, const char *key, struct frozen *ret, struct err *err)
{
	struct frozen frozen = { .dir = xasprintf("%s/frozen/%s", cache, key), .lock = -1 };
	auto_free char *path = frozen_path(&frozen, MANIFEST);
	int r = 0;

	frozen.lock = open_dir(frozen.dir);
	if (frozen.lock < 0)
		r = err_errno(err, errno, "frozen lab '%.16s'", key);
	else if (lock_shared(frozen.lock, &frozen.alone) < 0 || !is_at(frozen.lock, frozen.dir))
		r = err_set(err, ENOENT, "frozen lab '%.16s': is being removed", key);
	else if (json_open(path, &frozen.about, NULL) < 0 ||
		 !json_is_object(json_object_get(frozen.about, "files")))
		r = err_set(err, EBADMSG, "frozen lab '%.16s': its manifest cannot be read", key);
	if (r < 0) {
		frozen_close(&frozen);
		return r;
	}
	(void)utimensat(AT_FDCWD, path, NULL, 0); /* when it was used last */
	*ret = frozen;
	return 0;
}

void frozen_close(struct frozen *frozen)
{
	free(frozen->dir);
	json_decref(frozen->about);
	auto_closep(&frozen->lock);
	*frozen = (struct frozen)FROZEN_INIT;
}

char *frozen_path(const struct frozen *frozen, const char *name)
{
	return xasprintf("%s/%s", frozen->dir, name);
}

/* Reads the file into the digest, and writes it to a descriptor unless that is negative. */
static int copy(const char *path, int to, char digest[DIGEST_TEXT], struct err *err)
{
	auto_close int from = io_open(path, err);
	auto_digest struct digest *sum = NULL;
	auto_free char *buf = xcalloc(1, COPY_LEN);
	ssize_t n;
	int r = from < 0 ? from : digest_begin(&sum, err);

	while (r == 0 && (n = read(from, buf, COPY_LEN)) != 0) {
		r = n < 0 ? err_errno(err, errno, "'%s'", path)
			  : digest_add(sum, buf, (size_t)n, err);
		if (r == 0 && to >= 0 && (r = io_write_all(to, buf, (size_t)n)) < 0)
			(void)err_errno(err, -r, "a copy of '%s'", path);
	}
	if (r == 0)
		digest_end(take_ptr(sum), digest);
	return r;
}

static int copy_checked(const struct frozen *frozen, const char *name, int to, struct err *err)
{
	auto_free char *path = frozen_path(frozen, name);
	const char *wanted = json_get_text(json_object_get(frozen->about, "files"), name, "");
	char digest[DIGEST_TEXT];
	struct stat st;
	int r = stat(path, &st) < 0 ? -EBADMSG : copy(path, to, digest, err);

	if (r == -EBADMSG || (r == 0 && !str_eq(digest, wanted)))
		return err_set(err, EBADMSG, "frozen lab: its file '%s' is not what was written",
			       name);
	return r;
}

int frozen_check(const struct frozen *frozen, const char *name, struct err *err)
{
	return copy_checked(frozen, name, -1, err);
}

int frozen_take(const struct frozen *frozen, const char *name, const char *to, struct err *err)
{
	auto_close int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd < 0 ? err_errno(err, errno, "'%s'", to) : copy_checked(frozen, name, fd, err);

	if (fd >= 0 && r < 0)
		(void)unlink(to);
	return r;
}

/* --- making one --- */

int frozen_begin(const char *cache, const char *key, struct frozen_draft *ret, struct err *err)
{
	auto_free char *above = xasprintf("%s/frozen", cache);
	struct frozen_draft draft = { .lock = -1 };
	int r = io_mkdirs(above, 0700, err);

	if (r < 0)
		return r;
	frozen_sweep(above);
	draft.whole = xasprintf("%s/%s", above, key);
	draft.dir = xasprintf("%s.XXXXXX", draft.whole);
	draft.cache = xstrdup(cache);
	if (!mkdtemp(draft.dir) || (draft.lock = open_dir(draft.dir)) < 0 ||
	    flock(draft.lock, LOCK_SH | LOCK_NB) < 0) {
		r = err_errno(err, errno, "'%s'", draft.dir);
		frozen_end(&draft);
		return r;
	}
	*ret = draft;
	return 0;
}

/* {"NAME": SHA-256} of all files, and how many bytes they take. */
static int sum_files(const char *dir, json_t *sums, int64_t *bytes, struct err *err)
{
	DIR *list = opendir(dir);
	const struct dirent *entry;
	int r = list ? 0 : err_errno(err, errno, "'%s'", dir);

	*bytes = 0;
	while (r == 0 && (entry = readdir(list))) {
		auto_free char *path = xasprintf("%s/%s", dir, entry->d_name);
		char digest[DIGEST_TEXT];
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		r = copy(path, -1, digest, err);
		if (r == 0 && stat(path, &st) == 0)
			*bytes += st.st_blocks * 512;
		if (r == 0)
			(void)json_object_set_new(sums, entry->d_name, json_string(digest));
	}
	if (list)
		(void)closedir(list);
	return r;
}

/* An earlier one goes, out of sight first; one that a lab uses stays, and with it what it is. */
static int take_place(const struct frozen_draft *draft, struct err *err)
{
	const char *key = strrchr(draft->whole, '/') + 1;
	int r = frozen_remove(draft->cache, key, err);

	if (r == -EBUSY || (r < 0 && r != -ENOENT))
		return r;
	err_clear(err);
	return rename(draft->dir, draft->whole) < 0 ? err_errno(err, errno, "'%s'", draft->whole)
						    : 0;
}

int frozen_finish(struct frozen_draft *draft, json_t *about, struct err *err)
{
	auto_free char *path = xasprintf("%s/" MANIFEST, draft->dir);
	auto_json json_t *manifest = about;
	json_t *sums = json_object();
	int64_t bytes, freed;
	int r = sum_files(draft->dir, sums, &bytes, err);

	(void)json_object_set_new(manifest, "files", sums);
	if (r == 0 && bytes > FROZEN_MAX_BYTES)
		r = err_set(err, EFBIG, "it takes %lld MiB; frozen labs may take %lld in all",
			    (long long)(bytes >> 20), (long long)(FROZEN_MAX_BYTES >> 20));
	if (r == 0)
		r = json_save(manifest, path, err);
	if (r == 0)
		r = take_place(draft, err);
	if (r == 0)
		r = frozen_prune(draft->cache, FROZEN_MAX_BYTES, &freed, err);
	return r < 0 ? err_context(err, "frozen lab") : 0;
}

void frozen_end(struct frozen_draft *draft)
{
	/* One that was finished has another name now. */
	if (draft->dir)
		(void)io_remove_tree(draft->dir, NULL);
	auto_closep(&draft->lock);
	free(draft->dir);
	free(draft->whole);
	free(draft->cache);
	*draft = (struct frozen_draft){ .lock = -1 };
}
