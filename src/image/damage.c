/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether an image that lies there is whole. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "image/private.h"

/* The size of a file as the manifest beside it has it; -1: the manifest does not say. */
static json_int_t size_in_manifest(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *manifest = xasprintf("%.*s/manifest.json", (int)(slash - path), path);
	auto_json json_t *json = NULL;
	const json_t *size;

	if (json_open(manifest, &json, NULL) < 0)
		return -1;
	size = json_object_get(json_object_get(json_object_get(json, "files"), slash + 1), "size");
	return json_is_integer(size) ? json_integer_value(size) : -1;
}

int image_damage(const struct image *image, struct err *err)
{
	const char *const files[] = { image->kernel, image->initrd, image->root };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		json_int_t size = size_in_manifest(files[i]);
		struct stat st;

		if (stat(files[i], &st) < 0)
			return err_errno(err, errno, "'%s'", files[i]);
		if (!S_ISREG(st.st_mode) || size < 0 || st.st_size != size)
			return err_set(err, EBADMSG,
				       "'%s': is damaged: %lld bytes, and %lld in its manifest",
				       files[i], (long long)st.st_size, (long long)size);
	}
	return 0;
}

/* How many images lie in the cache, whatever they are of. */
static size_t count_images(const char *cache)
{
	auto_free char *path = xasprintf("%s/images", cache);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += image_is_key(entry->d_name, "");
	if (dir)
		(void)closedir(dir);
	return n;
}

int image_missing(const struct image *image, const char *cache, struct err *err)
{
	const struct err damage = *err;
	struct stat st;
	size_t others;

	if (stat(image->dir, &st) == 0)
		return err_set(err, EBADMSG, "image '%s': %s; build it anew: labctl image build",
			       image->key, damage.msg);
	others = count_images(cache);
	if (others)
		return err_set(
			err, ENOENT,
			"image '%s': not in '%s/images', which has only %zu of other versions of "
			"labd; build it: labctl image build",
			image->key, cache, others);
	return err_set(err, ENOENT,
		       "image '%s': not in '%s/images'; build it with: labctl image build",
		       image->key, cache);
}
