/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates of guests: what there is, and what goes. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "image/template.h"

#define KEY_LEN (DIGEST_TEXT - 1)

struct found {
	char key[DIGEST_TEXT];
	int64_t bytes, used; /* used: when last, seconds since the epoch */
};

struct all {
	struct found *found;
	size_t n;
};

static bool is_key(const char *name)
{
	return strlen(name) == KEY_LEN && strspn(name, "0123456789abcdef") == KEY_LEN;
}

static struct found look_at(const char *above, const char *key)
{
	static const char *const files[] = { "ram", "stream", "manifest.json" };
	struct found found = { 0 };
	struct stat st;

	memcpy(found.key, key, DIGEST_TEXT);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf("%s/%s/%s", above, key, files[i]);

		if (stat(path, &st) < 0)
			continue;
		found.bytes += st.st_blocks * 512;
		found.used = st.st_mtim.tv_sec;
	}
	return found;
}

/* Those used last come first. */
static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return strcmp(x->key, y->key);
}

static struct all look(const char *above)
{
	struct all all = { 0 };
	DIR *dir = opendir(above);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_key(entry->d_name))
			*array_add(all.found, all.n) = look_at(above, entry->d_name);
	if (dir)
		(void)closedir(dir);
	if (all.n)
		qsort(all.found, all.n, sizeof(*all.found), compare);
	return all;
}

json_t *template_list(const char *cache)
{
	auto_free char *above = xasprintf("%s/templates", cache);
	struct all all = look(above);
	json_t *list = json_array();

	for (size_t i = 0; i < all.n; i++) {
		const struct found *found = &all.found[i];
		auto_free char *path = xasprintf("%s/%s/manifest.json", above, found->key);
		auto_json json_t *manifest = NULL;
		json_t *one = json_pack("{s:s, s:I, s:I}", "key", found->key, "bytes",
					(json_int_t)found->bytes, "used", (json_int_t)found->used);

		if (json_open(path, &manifest, NULL) == 0)
			(void)json_object_update_missing(one, manifest);
		(void)json_array_append_new(list, one);
	}
	free(all.found);
	return list;
}

int template_prune(const char *cache, size_t kept, int64_t *bytes, struct err *err)
{
	auto_free char *above = xasprintf("%s/templates", cache);
	struct all all = look(above);
	int n = 0, r = 0;

	*bytes = 0;
	for (size_t i = kept; r == 0 && i < all.n; i++) {
		r = template_remove(cache, all.found[i].key, err);
		if (r == 0) {
			*bytes += all.found[i].bytes;
			n++;
		}
	}
	free(all.found);
	return r < 0 ? r : n;
}

/* Out of sight first, so that it is never half there. */
int template_remove(const char *cache, const char *key, struct err *err)
{
	auto_free char *path = xasprintf("%s/templates/%s", cache, key);
	auto_free char *aside = xasprintf("%s.XXXXXX", path);

	if (!mkdtemp(aside) || rename(path, aside) < 0) {
		int code = errno;

		(void)rmdir(aside);
		return err_errno(err, code, "template '%.16s'", key);
	}
	return io_remove_tree(aside, err);
}

void template_sweep(const char *cache)
{
	auto_free char *above = xasprintf("%s/templates", cache);
	DIR *dir = opendir(above);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *path = xasprintf("%s/%s", above, entry->d_name);
		auto_free char *key = xstrndup(entry->d_name, KEY_LEN);

		if (is_key(key) && entry->d_name[KEY_LEN] == '.')
			(void)io_remove_tree(path, NULL);
	}
	if (dir)
		(void)closedir(dir);
}
