/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and building the guest image. */
#include "image/image.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/io.h"
#include "image/private.h"

#define KEY_LEN 16
#define KEY_DEADLINE_MS (60 * 1000)
#define BUILD_DEADLINE_MS (60 * 60 * 1000) /* packages over a slow line */
#define MANIFEST_LIMIT ((size_t)1 << 20)

void image_free(struct image *image)
{
	free(image->key);
	free(image->dir);
	free(image->kernel);
	free(image->initrd);
	free(image->root);
	memset(image, 0, sizeof(*image));
}

bool image_is_key(const char *text, const char *behind)
{
	for (int i = 0; i < KEY_LEN; i++)
		if (!isdigit((unsigned char)text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return str_eq(text + KEY_LEN, behind);
}

/* What the script wants to know of it, from argv[n] on: three at most. */
static void add_source(const struct image_source *from, const char **argv, size_t n)
{
	if (from->with && *from->with) {
		argv[n++] = "--with";
		argv[n++] = from->with;
	}
	argv[n] = from->guest_bin;
}

static int find_key(const struct image_source *from, char **ret, struct err *err)
{
	auto_free char *script = xasprintf("%s/images/build", from->share);
	const char *argv[6] = { script, "--key" };
	const struct child_opts opts = { .stderr_fd = -1,
					 .output_limit = 256,
					 .deadline_ms = KEY_DEADLINE_MS };
	auto_str struct str output = { 0 };
	struct err cause = ERR_INIT;
	int r;

	add_source(from, argv, 2);
	r = child_run(argv, &opts, &output, &cause);
	if (r != 0)
		return err_set(err, r < 0 ? -r : EIO, "image: %s", cause.msg);
	if (!image_is_key(str_text(&output), "\n"))
		return err_set(err, EIO, "image: '%s --key' gave no key", script);
	*ret = xstrndup(output.data, KEY_LEN);
	return 0;
}

/* Takes the key. */
static void name_files(const char *above, char *key, struct image *ret)
{
	ret->key = key;
	ret->dir = xasprintf("%s/images/%s", above, key);
	ret->kernel = xasprintf("%s/vmlinux", ret->dir);
	ret->initrd = xasprintf("%s/initrd", ret->dir);
	ret->root = xasprintf("%s/root.erofs", ret->dir);
}

int image_describe(const struct image_source *from, struct image *ret, struct err *err)
{
	char *key = NULL;
	int r = find_key(from, &key, err);

	if (r < 0)
		return r;
	name_files(from->cache, key, ret);
	return 0;
}

bool image_take_shipped(const char *share, struct image *image)
{
	struct image shipped = { .shipped = true };

	name_files(share, xstrdup(image->key), &shipped);
	if (image_damage(&shipped, NULL) < 0) {
		image_free(&shipped);
		return false;
	}
	image_free(image);
	*image = shipped;
	return true;
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

/* Says of an image with that damage what to do about it: in place of err, whose code it returns. */
static int missing(const struct image *image, const struct image_source *from, struct err *err)
{
	auto_free char *shipped = xasprintf("%s/images/%s", from->share, image->key);
	const struct err damage = *err;
	struct stat st;
	size_t others;

	if (stat(image->dir, &st) == 0)
		return err_set(err, EBADMSG, "image '%s': %s; rebuild it: labctl image build",
			       image->key, damage.msg);
	if (stat(shipped, &st) == 0)
		return err_set(err, EBADMSG,
			       "image '%s': the one that came with labd, '%s', is damaged; "
			       "reinstall it, or build "
			       "your own: labctl image build",
			       image->key, shipped);
	if (from->with)
		return err_set(
			err, ENOENT,
			"image '%s': not in '%s/images'; build it, with the packages that this lab "
			"wants (%s): labctl image build --for TOPOLOGY",
			image->key, from->cache, from->with);
	others = count_images(from->cache);
	if (others)
		return err_set(
			err, ENOENT,
			"image '%s': not in '%s/images', which has only %zu of other versions of "
			"labd; build it: labctl image build",
			image->key, from->cache, others);
	return err_set(err, ENOENT,
		       "image '%s': not in '%s/images'; build it with: labctl image build",
		       image->key, from->cache);
}

int image_locate(const struct image_source *from, struct image *ret, struct err *err)
{
	auto_image struct image image = { 0 };
	struct err damage = ERR_INIT;
	int r = image_describe(from, &image, err);

	if (r < 0)
		return r;
	r = image_damage(&image, &damage);
	if (r < 0 && !image_take_shipped(from->share, &image)) {
		r = missing(&image, from, &damage);
		if (err)
			*err = damage;
		return r;
	}
	*ret = image;
	memset(&image, 0, sizeof(image));
	return 0;
}

/* Nobody else may lock what we wait for: a folder that others can enter, from before, is closed. */
static void close_to_others(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077))
		(void)chmod(dir, 0700);
}

int image_lock(const char *cache, int progress_fd, struct err *err)
{
	auto_free char *dir = xasprintf("%s/images", cache);
	auto_free char *path = xasprintf("%s/lock", dir);
	auto_close int fd = -1;
	int r = io_mkdirs(dir, 0700, err);

	if (r == 0) {
		close_to_others(dir);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			r = err_errno(err, errno, "'%s'", path);
	}
	if (r < 0) {
		(void)err_context(err, "image");
		(void)err_advise(err, "XDG_CACHE_HOME says where images are kept");
		return r;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return take_fd(&fd);
	if (errno == EWOULDBLOCK && progress_fd >= 0)
		(void)dprintf(progress_fd,
			      "image: another command is working on '%s'; waiting for it to end\n",
			      dir);
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return io_lock_failed(path, errno, err);
	return take_fd(&fd);
}

void image_sweep(const char *cache)
{
	auto_free char *path = xasprintf("%s/images", cache);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *leftover = xasprintf("%s/%s", path, entry->d_name);

		if (strstr(entry->d_name, ".tmp."))
			(void)io_remove_tree(leftover, NULL);
	}
	if (dir)
		(void)closedir(dir);
}

static int run_build(const struct image_source *from, const struct image *image,
		     const struct image_options *options, struct err *err)
{
	auto_free char *script = xasprintf("%s/images/build", from->share);
	const char *argv[10] = { script, "--out", image->dir };
	const struct child_opts opts = { .stderr_fd = options->progress_fd,
					 .deadline_ms = BUILD_DEADLINE_MS };
	auto_str struct str output = { 0 };
	struct err cause = ERR_INIT;
	size_t n = 3;
	int r;

	if (options->packages) {
		argv[n++] = "--packages";
		argv[n++] = options->packages;
	}
	if (options->locked)
		argv[n++] = "--locked";
	add_source(from, argv, n);
	r = child_run(argv, &opts, &output, &cause);
	if (r < 0)
		return err_set(err, -r, "image '%s': %s", image->key, cause.msg);
	if (r > 0)
		return err_set(err, EIO, "image '%s': '%s' failed with status %d", image->key,
			       script, r);
	if (image_damage(image, NULL) < 0)
		return err_set(err, EIO, "image '%s': '%s' left files out of '%s'", image->key,
			       script, image->dir);
	return 1;
}

int image_build(const struct image_source *from, const struct image_options *options,
		struct image *ret, struct err *err)
{
	auto_image struct image image = { 0 };
	auto_close int lock = image_lock(from->cache, options->progress_fd, err);
	int r;

	if (lock < 0)
		return lock;
	r = image_describe(from, &image, err);
	if (r < 0)
		return r;
	if (options->force || options->locked ||
	    (image_damage(&image, NULL) < 0 && !image_take_shipped(from->share, &image))) {
		image_sweep(from->cache);
		r = run_build(from, &image, options, err);
		if (r < 0)
			return r;
	}
	*ret = image;
	memset(&image, 0, sizeof(image));
	return r;
}

int image_manifest(const struct image *image, struct str *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/manifest.json", image->dir);
	int r = io_read_file(path, MANIFEST_LIMIT, ret, err);

	return r < 0 ? err_context(err, "image '%s'", image->key) : r;
}
