/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl image: build the guest image, show what it is made of, carry it elsewhere. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "labctl/file.h"
#include "labctl/labctl.h"
#include "labctl/out.h"

static long long mib_of(const char *file)
{
	struct stat st;

	return stat(file, &st) < 0 ? 0 : ((long long)st.st_size + (1 << 20) - 1) >> 20;
}

static void print_packages(const json_t *packages)
{
	auto_out_table struct table t = { .columns = 2 };
	const json_t *package;
	size_t i;

	out_table_row(&t, "PACKAGE", "VERSION");
	json_array_foreach(packages, i, package)
		out_table_row(&t, json_get_text(package, "name", "?"),
			      json_get_text(package, "version", "?"));
	out_table_print(&t, stdout);
}

static int show(const struct labctl *l, const struct image *image)
{
	auto_str struct str text = { 0 };
	auto_json json_t *manifest = NULL;
	auto_free char *kernel = NULL, *folder = out_clean(image->dir, false);
	struct err err = ERR_INIT;

	if (image_manifest(image, &text, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	manifest = json_loadb(str_text(&text), text.len, 0, NULL);
	if (!json_is_object(manifest))
		return out_error(l, EXIT_FAILED,
				 (err_set(&err, EINVAL,
					  "image '%s': its manifest is not JSON; rebuild it: "
					  "labctl image build --force",
					  image->key),
				  &err));
	if (l->json) {
		(void)json_object_set_new(manifest, "folder", json_text(image->dir));
		(void)json_object_set_new(manifest, "shipped", json_boolean(image->shipped));
		out_json(manifest, false);
		return EXIT_DONE;
	}
	kernel = out_clean(json_get_text(manifest, "kernel", "?"), false);
	printf("image %s in %s%s\nkernel %s (%lld MiB), initramfs %lld MiB, root %lld MiB, %zu "
	       "packages\n\n",
	       image->key, folder, image->shipped ? ", for all users" : "", kernel,
	       mib_of(image->kernel), mib_of(image->initrd), mib_of(image->root),
	       json_array_size(json_object_get(manifest, "packages")));
	print_packages(json_object_get(manifest, "packages"));
	return EXIT_DONE;
}

/* Interrupted, the build script removes what it began: it gets the terminal's signal itself. */
static int build(const struct labctl *l, const struct image_source *from, const struct args *a)
{
	const struct image_options options = { .force = args_get(a, "force"),
					       .locked = args_get(a, "locked"),
					       .packages = args_get(a, "packages"),
					       .progress_fd = STDERR_FILENO };
	auto_image struct image image = { 0 };
	auto_free char *folder = NULL;
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	int built = image_build(from, &options, &image, &err);

	if (built < 0)
		return out_error(l, EXIT_FAILED, &err);
	folder = out_clean(image.dir, false);
	answer = json_pack("{s:s, s:o, s:b}", "key", image.key, "folder", json_text(image.dir),
			   "built", built);
	if (l->json)
		out_json(answer, false);
	else
		printf("image %s %s, in %s\n", image.key, built ? "is built" : "already exists",
		       folder);
	return EXIT_DONE;
}

static int export_to(const struct labctl *l, const struct image *image, const char *file)
{
	auto_free char *clean = out_clean(file, false);
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct stat st = { 0 };

	if (image_export(image, file, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	(void)stat(file, &st);
	answer = json_pack("{s:s, s:o, s:I}", "key", image->key, "file", json_text(file), "bytes",
			   (json_int_t)st.st_size);
	if (l->json)
		out_json(answer, false);
	else
		printf("image %s is in '%s', %lld MiB; on another machine: labctl image import "
		       "FILE\n",
		       image->key, clean, mib_of(file));
	return EXIT_DONE;
}

static int import_from(const struct labctl *l, const struct image_source *from, const char *file)
{
	auto_image struct image image = { 0 };
	auto_free char *folder = NULL;
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;

	if (image_import(from, file, &image, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	folder = out_clean(image.dir, false);
	answer = json_pack("{s:s, s:o}", "key", image.key, "folder", json_text(image.dir));
	if (l->json)
		out_json(answer, false);
	else
		printf("image %s is imported, in %s\n", image.key, folder);
	return EXIT_DONE;
}

static int prune(const struct labctl *l, const struct image_source *from)
{
	struct image_pruned pruned = { 0 };
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;

	if (image_prune(from, &pruned, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	answer = json_pack("{s:I, s:I, s:I}", "removed", (json_int_t)pruned.removed, "used",
			   (json_int_t)pruned.used, "bytes", (json_int_t)pruned.bytes);
	if (l->json)
		out_json(answer, false);
	else
		printf("%zu older image%s removed, %lld MiB; %zu still used by labs\n",
		       pruned.removed, pruned.removed == 1 ? " is" : "s are",
		       (long long)(pruned.bytes >> 20), pruned.used);
	return EXIT_DONE;
}

static int wrong_words(const struct labctl *l, const char *verb)
{
	struct err err = ERR_INIT;

	(void)err_set(&err, EINVAL, "image '%s': build, show, prune, export FILE or import FILE",
		      verb);
	return out_error(l, EXIT_USAGE, &err);
}

int cmd_image(struct labctl *l, const struct args *a)
{
	const char *verb = a->operands[0], *file = a->operands[1], *lab = args_get(a, "for");
	auto_image struct image image = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_free char *path = NULL;
	struct image_source from;
	struct err err = ERR_INIT;
	int code = lab ? file_load_topology(l, lab, &topo, &path) : EXIT_DONE;

	if (code != EXIT_DONE)
		return code;
	from = file_image_source(l, &topo);
	if (strcmp(verb, "build") == 0 && !file)
		return build(l, &from, a);
	if (strcmp(verb, "import") == 0 && file)
		return import_from(l, &from, file);
	if (strcmp(verb, "prune") == 0 && !file)
		return prune(l, &from);
	if (!(strcmp(verb, "show") == 0 && !file) && !(strcmp(verb, "export") == 0 && file))
		return wrong_words(l, verb);
	if (image_locate(&from, &image, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	return file ? export_to(l, &image, file) : show(l, &image);
}
