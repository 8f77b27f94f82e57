/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's runs: one folder with a folder for each. */
#include "run/runs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "run/run.h"

#define TIME_TEXT 32

struct dated {
	char started[TIME_TEXT]; /* as run.json has it: "2026-11-22T10:15:30.000Z" */
	char *name;
};

static int is_run(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int newest_first(const void *a, const void *b)
{
	const struct dated *one = a, *other = b;
	int order = strcmp(other->started, one->started);

	return order ? order : strcmp(other->name, one->name);
}

static void add_time(time_t seconds, char ret[TIME_TEXT])
{
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(ret, TIME_TEXT, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
}

/* By what the run says, whatever its folder is called; of one that says nothing, or a time that is
 * yet to come, by the folder's last change. */
static void date(const char *dir, char ret[TIME_TEXT])
{
	auto_json json_t *record = NULL;
	char now[TIME_TEXT];
	const char *started;
	struct stat st;

	(void)run_open_record(dir, &record, NULL);
	started = json_get_text(record, "started", "");
	add_time(time(NULL) + 1, now);
	if (strlen(started) == strlen(now) && strcmp(started, now) <= 0)
		(void)snprintf(ret, TIME_TEXT, "%s", started);
	else
		add_time(stat(dir, &st) == 0 ? st.st_mtime : 0, ret);
}

int runs_list(const char *folder, char ***ret, size_t *n, struct err *err)
{
	auto_free struct dated *runs = NULL;
	struct dirent **entries = NULL;
	int found = scandir(folder, &entries, is_run, NULL);
	size_t n_runs = 0;

	*ret = NULL;
	*n = 0;
	if (found < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "'%s'", folder);
	for (int i = 0; i < found; i++) {
		struct dated *run = array_add(runs, n_runs);
		auto_free char *dir = xasprintf("%s/%s", folder, entries[i]->d_name);

		run->name = xstrdup(entries[i]->d_name);
		date(dir, run->started);
		free(entries[i]);
	}
	free(entries);
	if (n_runs)
		qsort(runs, n_runs, sizeof(*runs), newest_first);
	for (size_t i = 0; i < n_runs; i++)
		*array_add(*ret, *n) = runs[i].name;
	return 0;
}

void runs_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int find_newest(const char *folder, char **ret, struct err *err)
{
	char **names;
	size_t n;
	int r = runs_list(folder, &names, &n, err);

	if (r < 0)
		return r;
	if (n)
		*ret = xasprintf("%s/%s", folder, names[0]);
	runs_free(names, n);
	return n ? 0
		 : err_set(err, ENOENT, "no runs yet; `labctl run fetch` makes one, in %s", folder);
}

int runs_find(const char *folder, const char *word, char **ret, struct err *err)
{
	auto_free char *kept = word ? xasprintf("%s/%s", folder, word) : NULL;

	if (!word)
		return find_newest(folder, ret, err);
	if (!strchr(word, '/') && word[0] != '.' && is_folder(kept)) {
		*ret = take_ptr(kept);
		return 0;
	}
	if (is_folder(word)) {
		*ret = xstrdup(word);
		return 0;
	}
	if (access(word, F_OK) == 0)
		return err_set(
			err, ENOTDIR,
			"run '%s': is not a folder; import a bundle with: labctl runs import",
			word);
	return err_set(err, ENOENT,
		       "run '%s': no such folder, and none of that name in %s; `labctl runs` "
		       "lists them",
		       word, folder);
}

int runs_new(const char *folder, const char *lab, const char *experiment, char **ret,
	     struct err *err)
{
	time_t now = (time_t)(clock_real_ns() / NS_PER_S);
	char stamp[32];
	struct tm tm;
	int r = io_mkdirs(folder, 0700, err);

	if (r < 0)
		return r;
	(void)localtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H%M%S", &tm);
	for (int i = 1; i < 100; i++) {
		auto_free char *path =
			i == 1 ? xasprintf("%s/%s-%s-%s", folder, stamp, lab, experiment)
			       : xasprintf("%s/%s-%s-%s-%d", folder, stamp, lab, experiment, i);

		if (access(path, F_OK) < 0) {
			*ret = take_ptr(path);
			return 0;
		}
	}
	return err_set(err, EEXIST, "'%s': too many runs in one second", folder);
}

int runs_remove(const char *folder, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	auto_free char *aside = xasprintf("%s/" RUNS_ASIDE "XXXXXX", folder);
	auto_close int lock = run_lock(path, false, err);

	if (lock < 0)
		return lock;
	/* Out of sight first, so that a run is there whole or not at all. */
	if (!mkdtemp(aside) || rename(path, aside) < 0) {
		int code = errno;

		(void)rmdir(aside);
		return err_errno(err, code, "run '%s'", path);
	}
	return io_remove_tree(aside, err);
}

void runs_sweep(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *path = xasprintf("%s/%s", folder, entry->d_name);
		auto_close int lock =
			str_prefix(entry->d_name, RUNS_ASIDE) ? run_lock(path, false, NULL) : -1;

		if (lock >= 0)
			(void)io_remove_tree(path, NULL);
	}
	if (dir)
		(void)closedir(dir);
}

int runs_own(const char *folder, const char *word, char **ret, struct err *err)
{
	char ours[PATH_MAX], path[PATH_MAX];
	auto_free char *found = NULL;
	int r = runs_find(folder, word, &found, err);
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
