/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image as one file, for machines that shall not build their own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "image/private.h"
#include "pack/pack.h"

#define KIND "image"

static const char *const files[] = { "manifest.json", "vmlinux", "initrd", "root.erofs" };

int image_export(const struct image *image, const char *path, struct err *err)
{
	auto_free char *manifest = xasprintf("%s/manifest.json", image->dir);
	auto_json json_t *about = NULL, *told = NULL;
	struct pack_file list[ARRAY_SIZE(files)] = { 0 };
	int r = json_open(manifest, &told, err);

	if (r < 0)
		return err_context(err, "image '%s'", image->key);
	about = json_pack("{s:s, s:O?}", "key", image->key, "with", json_object_get(told, "with"));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		list[i].name = files[i];
		list[i].path = xasprintf("%s/%s", image->dir, files[i]);
	}
	r = pack_write(path, 0644, KIND, about, list, ARRAY_SIZE(files), err);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		free((void *)(uintptr_t)list[i].path);
	return r < 0 ? err_context(err, "image '%s'", image->key) : 0;
}

/* "a b" of the packages beyond ours that the file's image has; "" for none. */
static char *packages_of(const struct pack *pack)
{
	struct str text = { 0 };
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(pack_contents(pack), "with"), i, name)
		str_addf(&text, "%s%s", i ? " " : "", json_string_value(name));
	return str_take(&text);
}

/* The image that this labd would build, and no other: by its key, and nothing but its files. */
static int check(const struct pack *pack, const struct image *image, const char *path,
		 struct err *err)
{
	const json_t *contents = pack_contents(pack);
	const char *key = json_get_text(contents, "key", "");
	const json_t *file;
	size_t i, j;

	if (!str_eq(key, image->key))
		return err_set(
			err, EXDEV,
			"'%s': holds image '%.16s' of labd %.20s; this labd, %s, needs "
			"image '%s': import one that the same version exported, or build it: "
			"labctl image build",
			path, key, json_get_text(contents, "labd", "?"), PACKAGE_VERSION,
			image->key);
	json_array_foreach(json_object_get(contents, "files"), i, file) {
		for (j = 0; j < ARRAY_SIZE(files); j++)
			if (str_eq(files[j], json_get_text(file, "name", NULL)))
				break;
		if (j == ARRAY_SIZE(files))
			return err_set(err, EBADMSG, "'%s': '%s' is not a file of an image", path,
				       json_get_text(file, "name", ""));
	}
	return 0;
}

/* dir takes its place; what was there goes. */
static int install(const char *dir, const struct image *image, struct err *err)
{
	if (renameat2(AT_FDCWD, dir, AT_FDCWD, image->dir, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST || renameat2(AT_FDCWD, dir, AT_FDCWD, image->dir, RENAME_EXCHANGE) < 0)
		return err_errno(err, errno, "image '%s'", image->key);
	return 0;
}

static int unpack(struct pack *pack, const struct image *image, const char *dir, struct err *err)
{
	struct image new = { .dir = xstrdup(dir),
			     .kernel = xasprintf("%s/vmlinux", dir),
			     .initrd = xasprintf("%s/initrd", dir),
			     .root = xasprintf("%s/root.erofs", dir) };
	int r = pack_unpack(pack, dir, err);

	if (r == 0 && image_damage(&new, NULL) < 0)
		r = err_set(err, EBADMSG, "files of the image are missing in it");
	if (r == 0)
		r = install(dir, image, err);
	image_free(&new);
	return r;
}

int image_import(const struct image_source *from, const char *path, struct image *ret,
		 struct err *err)
{
	static const struct pack_limits limits = { .files = ARRAY_SIZE(files),
						   .bytes = UINT64_C(2) << 30 };
	auto_image struct image image = { 0 };
	auto_pack struct pack *pack = NULL;
	auto_close int lock = -1;
	auto_free char *dir = NULL, *with = NULL;
	struct image_source source = *from;
	int r = pack_open(path, KIND, &limits, &pack, err);

	if (r < 0)
		return r;
	source.with = with = packages_of(pack);
	r = image_describe(&source, &image, err);
	if (r == 0)
		r = check(pack, &image, path, err);
	if (r < 0)
		return r;
	lock = image_lock(from->cache, -1, err);
	if (lock < 0)
		return lock;
	dir = xasprintf("%s.tmp.XXXXXX", image.dir);
	if (!mkdtemp(dir))
		return err_errno(err, errno, "'%s'", dir);
	r = unpack(pack, &image, dir, err);
	(void)io_remove_tree(dir, NULL);
	if (r < 0)
		return r;
	*ret = image;
	memset(&image, 0, sizeof(image));
	return 0;
}
