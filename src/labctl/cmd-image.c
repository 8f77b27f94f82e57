/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl image: build the guest image, or show what it is made of. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "image/image.h"
#include "labctl/labctl.h"
#include "labctl/out.h"

static long long mib_of(const char *file)
{
	struct stat st;

	return stat(file, &st) < 0 ? 0 : ((long long)st.st_size + (1 << 20) - 1) >> 20;
}

static void print_packages(const json_t *packages)
{
	auto_table struct table t = { .columns = 2 };
	const json_t *package;
	size_t i;

	table_row(&t, "PACKAGE", "VERSION");
	json_array_foreach(packages, i, package)
		table_row(&t, json_get_text(package, "name", "?"),
			  json_get_text(package, "version", "?"));
	table_print(&t, stdout);
}

static int show(const struct labctl *l, const struct image *image)
{
	auto_str struct str text = { 0 };
	auto_json json_t *manifest = NULL;
	auto_free char *kernel = NULL;
	struct err err = ERR_INIT;

	if (image_manifest(image, &text, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	manifest = json_loadb(str_text(&text), text.len, 0, NULL);
	if (!json_is_object(manifest))
		return out_error(
			l, EXIT_FAILED,
			(err_set(&err, EINVAL, "image '%s': its manifest is no JSON", image->key),
			 &err));
	if (l->json) {
		(void)json_object_set_new(manifest, "folder", json_string(image->dir));
		out_json(manifest, false);
		return EXIT_DONE;
	}
	kernel = out_clean(json_get_text(manifest, "kernel", "?"), false);
	printf("image %s in %s\nkernel %s (%lld MiB), initramfs %lld MiB, root %lld MiB, %zu "
	       "packages\n\n",
	       image->key, image->dir, kernel, mib_of(image->kernel), mib_of(image->initrd),
	       mib_of(image->root), json_array_size(json_object_get(manifest, "packages")));
	print_packages(json_object_get(manifest, "packages"));
	return EXIT_DONE;
}

/* Interrupted, the build script removes what it began: it gets the terminal's signal itself. */
static int build(const struct labctl *l, const struct args *a)
{
	const struct image_options options = { .force = args_get(a, "force"),
					       .locked = args_get(a, "locked"),
					       .packages = args_get(a, "packages"),
					       .progress_fd = STDERR_FILENO };
	auto_image struct image image = { 0 };
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	int built = image_build(l->paths.share, l->paths.guest_bin, l->paths.cache, &options,
				&image, &err);

	if (built < 0)
		return out_error(l, EXIT_FAILED, &err);
	answer =
		json_pack("{s:s, s:s, s:b}", "key", image.key, "folder", image.dir, "built", built);
	if (l->json)
		out_json(answer, false);
	else
		printf("image %s %s, in %s\n", image.key, built ? "is built" : "was there already",
		       image.dir);
	return EXIT_DONE;
}

int cmd_image(struct labctl *l, const struct args *a)
{
	auto_image struct image image = { 0 };
	struct err err = ERR_INIT;

	if (strcmp(a->operands[0], "build") == 0)
		return build(l, a);
	if (strcmp(a->operands[0], "show") != 0)
		return out_error(
			l, EXIT_USAGE,
			(err_set(&err, EINVAL, "image '%s': build or show", a->operands[0]), &err));
	if (image_locate(l->paths.share, l->paths.guest_bin, l->paths.cache, &image, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	return show(l, &image);
}
