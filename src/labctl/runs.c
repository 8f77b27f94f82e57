/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of runs, as the user names them. */
#include "labctl/runs.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

static int is_run(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Their names begin with the time. */
static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

int runs_list(const struct labctl *l, char ***ret, size_t *n, struct err *err)
{
	auto_free char *folder = xasprintf("%s/runs", l->paths.data);
	struct dirent **entries = NULL;
	int found = scandir(folder, &entries, is_run, newest_first);

	*ret = NULL;
	*n = 0;
	if (found < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "'%s'", folder);
	for (int i = 0; i < found; i++) {
		*array_add(*ret, *n) = xstrdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
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
	if (is_folder(word)) {
		*ret = xstrdup(word);
		return 0;
	}
	if (!strchr(word, '/') && is_folder(kept)) {
		*ret = take_ptr(kept);
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
