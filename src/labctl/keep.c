/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl runs rm and prune: runs go, but for those in progress, and for folders that are not ours.
 */
#include "labctl/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/io.h"
#include "labctl/out.h"
#include "labctl/runs.h"

int keep_lock(const char *dir, struct err *err)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "run '%s'", dir);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? err_set(err, EBUSY, "run '%s': is in progress; wait for its end",
					 dir)
			       : io_lock_failed(dir, errno, err);
	return take_fd(&fd);
}

static char *runs_folder(const struct labctl *l)
{
	return xasprintf("%s/runs", l->paths.data);
}

/* Out of sight first, so that a run is there whole or not at all. */
static int remove_run(const char *folder, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	auto_free char *aside = xasprintf("%s/" KEEP_ASIDE "XXXXXX", folder);
	auto_close int lock = keep_lock(path, err);

	if (lock < 0)
		return lock;
	if (!mkdtemp(aside) || rename(path, aside) < 0) {
		int code = errno;

		(void)rmdir(aside);
		return err_errno(err, code, "run '%s'", path);
	}
	return io_remove_tree(aside, err);
}

/* What a removal or an import that was killed left. */
static void sweep(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *path = xasprintf("%s/%s", folder, entry->d_name);
		auto_close int lock =
			str_prefix(entry->d_name, KEEP_ASIDE) ? keep_lock(path, NULL) : -1;

		if (lock >= 0)
			(void)io_remove_tree(path, NULL);
	}
	if (dir)
		(void)closedir(dir);
}

static int finish(const struct labctl *l, json_t *removed, int r, const struct err *err)
{
	size_t n = json_array_size(removed);
	auto_json json_t *answer = json_pack("{s:O}", "removed", removed);

	if (r < 0)
		return out_error(l, EXIT_FAILED, err);
	if (l->json)
		out_json(answer, false);
	else
		printf("%zu run%s removed\n", n, n == 1 ? " is" : "s are");
	return EXIT_DONE;
}

/* --- rm --- */

/* The name among ours of the run that word means: what is kept elsewhere is its owner's to remove.
 */
static int own_name(const struct labctl *l, const char *folder, const char *word, char **ret,
		    struct err *err)
{
	char ours[PATH_MAX], path[PATH_MAX];
	auto_free char *found = NULL;
	int r = runs_find(l, word, &found, err);
	char *slash;

	if (r < 0)
		return r;
	if (!realpath(found, path) || !realpath(folder, ours))
		return err_errno(err, errno, "run '%s'", word);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (strcmp(path, ours) != 0 || slash[1] == '.')
		return err_set(err, EINVAL,
			       "run '%s': is not among those of `labctl runs`; remove it yourself",
			       word);
	*ret = xstrdup(slash + 1);
	return 0;
}

int keep_remove(const struct labctl *l, const struct args *a)
{
	auto_free char *folder = runs_folder(l);
	auto_free char **names = xcalloc(a->n_operands + 1, sizeof(*names));
	auto_json json_t *removed = json_array();
	struct err err = ERR_INIT;
	int r = 0;

	/* All are known before the first one goes. */
	for (size_t i = 1; r == 0 && i < a->n_operands; i++)
		r = own_name(l, folder, a->operands[i], &names[i], &err);
	sweep(folder);
	for (size_t i = 1; i < a->n_operands; i++) {
		if (r == 0)
			r = remove_run(folder, names[i], &err);
		if (r == 0)
			(void)json_array_append_new(removed, json_text(names[i]));
		free(names[i]);
	}
	return finish(l, removed, r, &err);
}

/* --- prune --- */

/* "30d", "12h": seconds. */
static int parse_age(const char *text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	size_t len = strlen(text);
	auto_free char *digits = xstrndup(text, len ? len - 1 : 0);
	unsigned long n;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (len && text[len - 1] == units[i].unit &&
		    str_to_ulong(digits, 0, 100000, &n) == 0) {
			*ret = (int64_t)n * units[i].seconds;
			return 0;
		}
	return -EINVAL;
}

struct prune {
	unsigned long keep;
	int64_t before; /* seconds since the epoch */
};

static int parse_prune(const struct args *a, struct prune *ret, struct err *err)
{
	const char *keep = args_get(a, "keep"), *older = args_get(a, "older-than");
	struct prune prune = { .before = INT64_MAX };
	int64_t age;

	if (!keep && !older)
		return err_set(err, EINVAL, "say which: --keep N, --older-than AGE, or both");
	if (keep && str_to_ulong(keep, 0, INT_MAX, &prune.keep) < 0)
		return err_set(err, EINVAL, "--keep: '%s' is no number", keep);
	if (older && parse_age(older, &age) < 0)
		return err_set(err, EINVAL, "--older-than: '%s' is no age such as 12h, 30d, 8w",
			       older);
	if (older)
		prune.before = (int64_t)time(NULL) - age;
	*ret = prune;
	return 0;
}

/* A run is as old as the last change of its folder. */
static bool is_older(const char *folder, const char *name, int64_t before)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (int64_t)st.st_mtime <= before;
}

int keep_prune(const struct labctl *l, const struct args *a)
{
	auto_free char *folder = runs_folder(l);
	auto_json json_t *removed = json_array();
	struct err err = ERR_INIT;
	struct prune prune = { 0 };
	char **names;
	size_t n;
	int r;

	if (parse_prune(a, &prune, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	sweep(folder);
	r = runs_list(l, &names, &n, &err);
	if (r < 0)
		return out_error(l, EXIT_FAILED, &err);
	for (size_t i = prune.keep; r == 0 && i < n; i++) {
		if (!is_older(folder, names[i], prune.before))
			continue;
		r = remove_run(folder, names[i], &err);
		if (r == 0)
			(void)json_array_append_new(removed, json_text(names[i]));
		r = r == -EBUSY ? 0 : r;
	}
	runs_free(names, n);
	return finish(l, removed, r, &err);
}
