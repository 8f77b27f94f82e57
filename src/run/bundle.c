/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run as one file, and back.
 *
 * A bundle has all that the run is made of, the keys that its captures need among it
 * (docs/runs.md), and nothing of where it was made: paths in run.json are cut to their last part.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/name.h"
#include "pack/pack.h"
#include "run/bundle.h"
#include "run/run.h"
#include "run/runs.h"

#define KIND "run"
#define DEPTH_MAX 4

static const struct pack_limits limits = { .files = 4096, .bytes = UINT64_C(8) << 30 };

/* --- bundle --- */

struct files {
	struct pack_file *list; /* name and path are owned */
	size_t n, left_out;
	uint64_t bytes;
};

static void files_free(struct files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free((void *)(uintptr_t)files->list[i].name);
		free((void *)(uintptr_t)files->list[i].path);
	}
	free(files->list);
}
AUTO_DEFINE(files_auto, struct files, files_free)

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void collect(const char *dir, const char *prefix, int depth, struct files *ret);

/* Also where case is ignored there is no other file of that name. */
static bool is_free(const struct files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcasecmp(files->list[i].name, name) == 0)
			return false;
	return strcasecmp(name, PACK_CONTENTS) != 0;
}

static void collect_one(const char *dir, const char *prefix, const char *entry, int depth,
			struct files *ret)
{
	auto_free char *path = xasprintf("%s/%s", dir, entry);
	auto_free char *name = xasprintf("%s%s", prefix, entry);
	auto_free char *portable = name_portable(name);
	struct pack_file *file;
	struct stat st;

	if (ret->n > limits.files)
		return;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
		auto_free char *below = xasprintf("%s/", name);

		collect(path, below, depth + 1, ret);
	} else if (!S_ISREG(st.st_mode) || !pack_is_name(name) || !pack_is_name(portable) ||
		   !is_free(ret, portable)) {
		ret->left_out++;
	} else {
		file = array_add(ret->list, ret->n);
		file->name = take_ptr(portable);
		file->path = take_ptr(path);
		file->modified = st.st_mtime;
		ret->bytes += (uint64_t)st.st_size;
	}
}

/* All regular files, under names that every system takes. */
static void collect(const char *dir, const char *prefix, int depth, struct files *ret)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_visible, alphasort);

	for (int i = 0; i < n; i++) {
		collect_one(dir, prefix, entries[i]->d_name, depth, ret);
		free(entries[i]);
	}
	free(entries);
}

/* An import and its bundle have one order, whatever the files were called before. */
static int by_name(const void *a, const void *b)
{
	const struct pack_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* {"file": "/home/u/school.xml"} becomes {"file": "school.xml"}. */
static void cut_path(json_t *input)
{
	const char *path = json_get_text(input, "file", NULL);
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (slash)
		(void)json_object_set_new(input, "file", json_string(slash + 1));
}

/* run.json as others may see it. */
static int clean_record(const char *dir, char **ret, struct err *err)
{
	auto_json json_t *record = NULL;
	json_t *inputs;
	int r = run_open_record(dir, &record, err);

	if (r == -ENOENT)
		return err_set(err, ENOENT,
			       "run '%s': has no run.json: it is not a run, or did not end", dir);
	if (r < 0)
		return r;
	inputs = json_object_get(record, "inputs");
	cut_path(json_object_get(inputs, "topology"));
	cut_path(json_object_get(inputs, "experiment"));
	*ret = json_dumps(record, JSON_INDENT(2));
	return *ret ? 0 : err_set(err, EINVAL, "run '%s': its run.json is not JSON", dir);
}

int bundle_write(const char *dir, const char *file, struct bundle *ret, struct err *err)
{
	AUTO(files_autop) struct files files = { 0 };
	auto_free char *real = realpath(dir, NULL), *record = NULL;
	const char *slash = real ? strrchr(real, '/') : NULL;
	auto_free char *name = name_portable(slash ? slash + 1 : "run");
	auto_json json_t *about = json_pack("{s:s}", "name", name);
	auto_close int lock = run_lock(dir, false, err);
	int r = lock < 0 ? lock : clean_record(dir, &record, err);

	if (r < 0)
		return r;
	collect(dir, "", 0, &files);
	if (files.n)
		qsort(files.list, files.n, sizeof(*files.list), by_name);
	if (files.n > limits.files || files.bytes > limits.bytes)
		return err_set(err, EFBIG, "run '%s': more than %zu files or %llu GiB", dir,
			       limits.files, (unsigned long long)(limits.bytes >> 30));
	for (size_t i = 0; i < files.n; i++) {
		struct pack_file *f = &files.list[i];

		if (strcmp(f->name, RUN_RECORD) == 0) {
			free((void *)(uintptr_t)f->path);
			f->path = NULL;
			f->data = record;
			f->len = strlen(record);
		}
	}
	r = pack_write(file, 0600, KIND, about, files.list, files.n, err);
	if (r == 0)
		*ret = (struct bundle){ files.n, files.left_out };
	return r;
}

/* --- import --- */

static int place(const char *aside, const char *runs, const char *name, char **ret, struct err *err)
{
	auto_free char *own = name_portable(name);
	auto_free char *dir = xasprintf("%s/%s", runs, own);

	if (renameat2(AT_FDCWD, aside, AT_FDCWD, dir, RENAME_NOREPLACE) < 0)
		return errno == EEXIST
			       ? err_set(err, EEXIST,
					 "run '%s': exists already; to import it again, first: "
					 "labctl runs rm %s",
					 own, own)
			       : err_errno(err, errno, "run '%s'", dir);
	*ret = take_ptr(dir);
	return 0;
}

int bundle_import(const char *file, const char *runs, char **ret, struct err *err)
{
	auto_free char *aside = xasprintf("%s/" RUNS_ASIDE "XXXXXX", runs);
	auto_free char *record = NULL;
	auto_close int lock = -1;
	auto_pack struct pack *pack = NULL;
	const char *name;
	int r = pack_open(file, KIND, &limits, &pack, err);

	if (r < 0)
		return r;
	name = json_get_text(pack_contents(pack), "name", "");
	if (!pack_is_name(name) || strchr(name, '/'))
		return err_set(err, EBADMSG, "'%s': the run in it has no name", file);
	r = io_mkdirs(runs, 0700, err);
	if (r < 0)
		return r;
	if (!mkdtemp(aside))
		return err_errno(err, errno, "'%s'", aside);
	lock = run_lock(aside, false, err);
	r = lock < 0 ? lock : pack_unpack(pack, aside, err);
	if (r == 0)
		r = clean_record(aside, &record, err);
	if (r == 0)
		r = place(aside, runs, name, ret, err);
	if (r < 0)
		(void)io_remove_tree(aside, NULL);
	return r;
}
