/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images that nobody needs any more go; those that a lab runs from stay. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/json.h"
#include "image/private.h"

int image_hold(const char *dir, const char *cache, struct err *err)
{
	auto_free char *ours = xasprintf("%s/images/", cache);
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "image '%s'", dir);
	if (str_prefix(dir, ours) && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return err_set(err, EBUSY, "image '%s': is being removed; start the lab again",
			       dir);
	return take_fd(&fd);
}

static int64_t size_of(int dir)
{
	static const char *const files[] = { "vmlinux", "initrd", "root.erofs" };
	int64_t bytes = 0;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (fstatat(dir, files[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += st.st_size;
	return bytes;
}

/* Out of sight first, so that it is never half there. */
static int remove_image(const char *path, struct err *err)
{
	auto_free char *aside = xasprintf("%s.tmp.XXXXXX", path);

	if (!mkdtemp(aside) || rename(path, aside) < 0)
		return err_errno(err, errno, "image '%s'", path);
	return io_remove_tree(aside, err);
}

static int prune_one(const char *images, const char *key, struct image_pruned *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", images, key);
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int64_t bytes;
	int r;

	if (fd < 0)
		return errno == ENOTDIR ? 0 : err_errno(err, errno, "image '%s'", path);
	/* Where a lock cannot be had for whatever reason, it is as good as used. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		ret->used++;
		return 0;
	}
	bytes = size_of(fd);
	r = remove_image(path, err);
	if (r < 0)
		return r;
	ret->removed++;
	ret->bytes += bytes;
	return 0;
}

/* Of today's inputs, with packages that a lab wants besides. */
static bool of_today(const char *images, const char *key, const struct image *today)
{
	auto_free char *path = xasprintf("%s/%s/manifest.json", images, key);
	auto_json json_t *manifest = NULL;

	return str_eq(key, today->key) || (json_open(path, &manifest, NULL) == 0 &&
					   str_eq(json_get_text(manifest, "base", ""), today->key));
}

int image_prune(const struct image_source *from, struct image_pruned *ret, struct err *err)
{
	const struct image_source plain = { from->share, from->guest_bin, from->cache, NULL };
	auto_image struct image image = { 0 };
	auto_free char *images = xasprintf("%s/images", from->cache);
	struct image_pruned pruned = { 0 };
	struct dirent **entries = NULL;
	auto_close int lock = -1;
	int n, r = image_describe(&plain, &image, err);

	if (r < 0)
		return r;
	lock = image_lock(from->cache, -1, err);
	if (lock < 0)
		return lock;
	image_sweep(from->cache);
	n = scandir(images, &entries, NULL, alphasort);
	if (n < 0)
		return err_errno(err, errno, "'%s'", images);
	for (int i = 0; i < n; i++) {
		if (r == 0 && image_is_key(entries[i]->d_name, "") &&
		    !of_today(images, entries[i]->d_name, &image))
			r = prune_one(images, entries[i]->d_name, &pruned, err);
		free(entries[i]);
	}
	free(entries);
	*ret = pruned;
	return r;
}
