/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a running program, and whether they are still the same. */
#include "wireshark/made.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "wireshark/start.h"

#define FILES_MAX 1000

static json_int_t as_ns(struct timespec t)
{
	return (json_int_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Of the file as it is now; NULL: there is none. */
static json_t *identity(const char *path)
{
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return NULL;
	return json_pack("[s,I,I,I,I,I]", path, (json_int_t)st.st_dev, (json_int_t)st.st_ino,
			 (json_int_t)st.st_size, as_ns(st.st_mtim), as_ns(st.st_ctim));
}

/* Where env finds it; NULL: it does not. */
static char *find(const char *program)
{
	auto_free char *path = xstrdup(START_PATH);
	char *rest = path, *dir;

	if (strchr(program, '/'))
		return xstrdup(program);
	while ((dir = strsep(&rest, ":"))) {
		auto_free char *file = xasprintf("%s/%s", dir, program);

		if (access(file, X_OK) == 0)
			return take_ptr(file);
	}
	return NULL;
}

/* One line of /proc/PID/maps. Returns false where the file is no longer the one that runs. */
static bool add_mapped(const char *line, json_t *seen, json_t *files)
{
	const char *path = strchr(line, '/');
	uintmax_t inode = 0;
	json_t *file;

	if (!path || sscanf(line, "%*s %*s %*s %*s %ju", &inode) != 1 || !inode ||
	    json_object_get(seen, path))
		return true;
	(void)json_object_set_new(seen, path, json_true());
	file = identity(path);
	if (!file || (uintmax_t)json_integer_value(json_array_get(file, 2)) != inode) {
		json_decref(file);
		return false;
	}
	return json_array_append_new(files, file) == 0 && json_array_size(files) < FILES_MAX;
}

json_t *made_of(pid_t pid, const char *program)
{
	auto_free char *name = xasprintf("/proc/%d/maps", (int)pid);
	auto_free char *found = find(program);
	auto_fclose FILE *maps = fopen(name, "re");
	auto_json json_t *files = json_array();
	auto_json json_t *seen = json_object();
	auto_free char *line = NULL;
	bool known = maps && found && json_array_append_new(files, identity(found)) == 0;
	size_t room = 0;
	ssize_t n;

	while (known && (n = getline(&line, &room, maps)) > 0) {
		line[n - 1] = line[n - 1] == '\n' ? '\0' : line[n - 1];
		known = add_mapped(line, seen, files);
	}
	/* Itself alone: its maps could not be read. */
	return known && json_array_size(files) > 1 ? json_incref(files) : NULL;
}

bool made_same(const json_t *files, const char *program)
{
	auto_free char *found = find(program);
	const json_t *file;
	size_t i;

	if (!found ||
	    !str_eq(found, json_string_value(json_array_get(json_array_get(files, 0), 0))))
		return false;
	json_array_foreach(files, i, file) {
		auto_json json_t *now = identity(json_string_value(json_array_get(file, 0)));

		if (!now || !json_equal(now, file))
			return false;
	}
	return true;
}
