/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether an image that lies there is whole. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "image/private.h"
#include "pki/digest.h"

/* Compares a file with what the manifest says of it: its size, then its content. */
static int check(const char *path, const json_t *told, struct err *err)
{
	json_int_t size = json_get_int(told, "size", -1);
	char digest[DIGEST_TEXT];
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return err_errno(err, errno, "'%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size != size)
		return err_set(err, EBADMSG,
			       "'%s': is damaged: %lld bytes, and %lld in its manifest", path,
			       (long long)st.st_size, (long long)size);
	r = digest_file(path, digest, err);
	if (r == 0 && !str_eq(digest, json_get_text(told, "sha256", "")))
		r = err_set(err, EBADMSG,
			    "'%s': is damaged: its SHA-256 is not the one in its manifest", path);
	return r;
}

int image_damage(const struct image *image, struct err *err)
{
	const char *const paths[] = { image->kernel, image->initrd, image->root };
	auto_free char *manifest = xasprintf("%s/manifest.json", image->dir);
	auto_json json_t *json = NULL;
	int r = json_open(manifest, &json, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(paths); i++)
		r = check(
			paths[i],
			json_object_get(json_object_get(json, "files"), strrchr(paths[i], '/') + 1),
			err);
	return r;
}
