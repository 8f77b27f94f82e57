/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frozen labs: what there is, and what goes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "image/frozen.h"
#include "image/private.h"

struct found {
	char *name;
	int64_t bytes, used; /* used: when last, seconds since the epoch */
};

struct all {
	struct found *found;
	size_t n;
};

static void all_free(struct all *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->found[i].name);
	free(all->found);
}
AUTO_DEFINE(all_auto, struct all, all_free)
#define auto_all AUTO(all_autop)

static struct found look_at(const char *above, const char *name)
{
	struct found found = { .name = xstrdup(name) };
	auto_free char *dir = xasprintf("%s/%s", above, name);
	DIR *list = opendir(dir);
	const struct dirent *entry;
	struct stat st;

	while (list && (entry = readdir(list))) {
		if (fstatat(dirfd(list), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		found.bytes += st.st_blocks * 512;
		if (st.st_mtim.tv_sec > found.used)
			found.used = st.st_mtim.tv_sec;
	}
	if (list)
		(void)closedir(list);
	return found;
}

/* Those used last come first. */
static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* drafts: those that are being made, or were when somebody died, in place of whole ones. */
static void look(const char *above, bool drafts, struct all *ret)
{
	DIR *dir = opendir(above);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !strchr(entry->d_name, '.') == !drafts)
			*array_add(ret->found, ret->n) = look_at(above, entry->d_name);
	if (dir)
		(void)closedir(dir);
	if (ret->n)
		qsort(ret->found, ret->n, sizeof(*ret->found), compare);
}

/* The folder, locked for the caller alone; -1: somebody has it. */
static int hold(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? take_fd(&fd) : -1;
}

json_t *frozen_list(const char *cache)
{
	static const char *const told[] = { "lab", "topology", "frozen", "until", "nodes" };
	auto_free char *above = xasprintf("%s/frozen", cache);
	auto_all struct all all = { 0 };
	json_t *list = json_array();

	look(above, false, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct found *found = &all.found[i];
		auto_free char *dir = xasprintf("%s/%s", above, found->name);
		auto_free char *path = xasprintf("%s/manifest.json", dir);
		auto_close int held = hold(dir);
		auto_json json_t *manifest = NULL;
		json_t *one = json_pack("{s:s, s:I, s:I, s:b}", "key", found->name, "bytes",
					(json_int_t)found->bytes, "used", (json_int_t)found->used,
					"in_use", held < 0);

		(void)json_open(path, &manifest, NULL);
		for (size_t j = 0; j < ARRAY_SIZE(told); j++)
			if (json_object_get(manifest, told[j]))
				(void)json_object_set(one, told[j],
						      json_object_get(manifest, told[j]));
		(void)json_array_append_new(list, one);
	}
	return list;
}

int frozen_prune(const char *cache, int64_t max, int64_t *bytes, struct err *err)
{
	auto_free char *above = xasprintf("%s/frozen", cache);
	auto_all struct all all = { 0 };
	int64_t kept = 0;
	int n = 0, r = 0;

	*bytes = 0;
	look(above, false, &all);
	for (size_t i = 0; i < all.n; i++) {
		kept += all.found[i].bytes;
		if (kept <= max)
			continue;
		r = frozen_remove(cache, all.found[i].name, err);
		if (r == -EBUSY || r == -ENOENT) {
			err_clear(err);
			continue;
		}
		if (r < 0)
			return r;
		kept -= all.found[i].bytes;
		*bytes += all.found[i].bytes;
		n++;
	}
	return n;
}

/* Out of sight first, so that it is never half there. */
int frozen_remove(const char *cache, const char *key, struct err *err)
{
	auto_free char *path = xasprintf("%s/frozen/%s", cache, key);
	auto_free char *aside = xasprintf("%s.XXXXXX", path);
	auto_close int held = -1;

	if (access(path, F_OK) < 0)
		return err_errno(err, errno, "frozen lab '%.16s'", key);
	held = hold(path);
	if (held < 0)
		return err_set(err, EBUSY, "frozen lab '%.16s': a lab uses it", key);
	if (!mkdtemp(aside) || rename(path, aside) < 0) {
		int code = errno;

		(void)rmdir(aside);
		return err_errno(err, code, "frozen lab '%.16s'", key);
	}
	return io_remove_tree(aside, err);
}

void frozen_sweep(const char *above)
{
	auto_all struct all all = { 0 };

	look(above, true, &all);
	for (size_t i = 0; i < all.n; i++) {
		auto_free char *path = xasprintf("%s/%s", above, all.found[i].name);
		auto_close int held = hold(path);

		if (held >= 0)
			(void)io_remove_tree(path, NULL);
	}
}
