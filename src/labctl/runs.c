/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of runs, as the user names them. */
#include "labctl/runs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/json.h"
#include "base/str.h"

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
	auto_free char *file = xasprintf("%s/run.json", dir);
	auto_json json_t *record = NULL;
	char now[TIME_TEXT];
	const char *started;
	struct stat st;

	(void)json_open(file, &record, NULL);
	started = json_get_text(record, "started", "");
	add_time(time(NULL) + 1, now);
	if (strlen(started) == strlen(now) && strcmp(started, now) <= 0)
		(void)snprintf(ret, TIME_TEXT, "%s", started);
	else
		add_time(stat(dir, &st) == 0 ? st.st_mtime : 0, ret);
}

int runs_list(const struct labctl *l, char ***ret, size_t *n, struct err *err)
{
	auto_free char *folder = xasprintf("%s/runs", l->paths.data);
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

static int find_newest(const struct labctl *l, char **ret, struct err *err)
{
	char **names;
	size_t n;
	int r = runs_list(l, &names, &n, err);

	if (r < 0)
		return r;
	if (n)
		*ret = xasprintf("%s/runs/%s", l->paths.data, names[0]);
	runs_free(names, n);
	return n ? 0
		 : err_set(err, ENOENT, "no runs yet; `labctl run fetch` makes one, in %s/runs",
			   l->paths.data);
}

int runs_find(const struct labctl *l, const char *word, char **ret, struct err *err)
{
	auto_free char *kept = word ? xasprintf("%s/runs/%s", l->paths.data, word) : NULL;

	if (!word)
		return find_newest(l, ret, err);
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
			"run '%s': is no folder; a bundle becomes one of your runs by: labctl "
			"runs import",
			word);
	return err_set(err, ENOENT,
		       "run '%s': no such folder, and none of that name in %s/runs; `labctl runs` "
		       "lists them",
		       word, l->paths.data);
}
