/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the cgroups of this process say, in each hierarchy and at each level of it. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "sandbox/limits.h"

#define MIB (1024LL * 1024)
#define NAME_MAX_SHOWN 120

/* A line of mountinfo, cut up. */
struct mount {
	char *root;           /* which folder of the hierarchy is mounted */
	char *point;          /* where */
	char *type, *options; /* of the file system */
};

/* One level of a hierarchy: the cgroup's own, or one above it. */
struct level {
	const char *folder, *name;
	bool own;
};

/* \040 and its like become what they stand for. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* ID PARENT DEVICE ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS: proc_pid_mountinfo(5). */
static bool parse_mount(char *line, struct mount *ret)
{
	char *rest = strstr(line, " - ");
	char *fields[5];

	if (!rest)
		return false;
	*rest = '\0';
	rest += strlen(" - ");
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		fields[i] = strsep(&line, " ");
	ret->root = fields[3];
	ret->point = fields[4];
	ret->type = strsep(&rest, " ");
	(void)strsep(&rest, " ");
	ret->options = rest;
	if (!ret->point || !ret->options || ret->root[0] != '/' || ret->point[0] != '/')
		return false;
	unescape(ret->root);
	unescape(ret->point);
	return true;
}

static bool has_word(const char *list, const char *word, size_t len)
{
	for (const char *p = list; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
		if (strncmp(p, word, len) == 0 && (p[len] == ',' || p[len] == '\0'))
			return true;
	return false;
}

/* Where path is below root, "" being root itself; NULL: elsewhere. */
static const char *below(const char *path, const char *root)
{
	size_t n = str_eq(root, "/") ? 0 : strlen(root);

	if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return str_eq(path + n, "/") ? "" : path + n;
}

/*
 * The mount of a hierarchy (its controllers, or "" for version 2) that shows path and most of what
 * is above it. What it has is in text.
 */
static bool find_mount(char *text, const char *controllers, const char *path, struct mount *ret)
{
	size_t len = strcspn(controllers, ",");
	bool found = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		struct mount mount;

		if (!parse_mount(line, &mount) || !below(path, mount.root))
			continue;
		if (len ? !str_eq(mount.type, "cgroup") ||
				    !has_word(mount.options, controllers, len)
			: !str_eq(mount.type, "cgroup2"))
			continue;
		if (!found || strlen(mount.root) <= strlen(ret->root))
			*ret = mount;
		found = true;
	}
	return found;
}

static int read_text(const struct level *level, const char *file, struct str *ret)
{
	auto_free char *path = xasprintf("%s/%s", level->folder, file);

	return io_read_file(path, 65536, ret, NULL);
}

/* The number in a file; LIMIT_NONE where there is none: "max", -1, no such file. */
static long long read_number(const struct level *level, const char *file)
{
	auto_str struct str text = { 0 };
	long long value;
	char *end;

	if (read_text(level, file, &text) < 0)
		return LIMIT_NONE;
	value = strtoll(str_text(&text), &end, 10);
	return end == str_text(&text) || value < 0 ? LIMIT_NONE : value;
}

/* Pages of files, which the kernel takes back when it needs them. */
static long long read_cached(const struct level *level)
{
	/* The first of each is of version 1, where the second counts the cgroup without those
	 * below. */
	static const char *const keys[][2] = { { "\ntotal_inactive_file ", "\ninactive_file " },
					       { "\ntotal_active_file ", "\nactive_file " } };
	auto_str struct str text = { 0 };
	long long sum = 0;

	str_adds(&text, "\n");
	if (read_text(level, "memory.stat", &text) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *line = strstr(text.data, keys[i][0]);

		if (!line)
			line = strstr(text.data, keys[i][1]);
		if (line)
			sum += strtoll(strchr(line, ' '), NULL, 10);
	}
	return sum;
}

/* What is said in sentences: "FILE of cgroup 'NAME'", of a long name its end. */
static void lower(struct limit *limit, long long value, const char *file, const struct level *level)
{
	size_t n = strlen(level->name);
	bool cut = n > NAME_MAX_SHOWN;

	limit_lower(limit, value, "%s of cgroup '%s%s'", file, cut ? "..." : "",
		    level->name + (cut ? n - NAME_MAX_SHOWN : 0));
}

static void add_memory(const struct level *level, struct limits *limits)
{
	static const char *const files[][2] = {
		{ "memory.max", "memory.current" },
		{ "memory.high", "memory.current" }, /* beyond it everything waits */
		{ "memory.limit_in_bytes", "memory.usage_in_bytes" },
	};

	/* Version 1 could have a cgroup not count what is below it. */
	if (!level->own && read_number(level, "memory.use_hierarchy") == 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		long long max = read_number(level, files[i][0]);
		long long used = max == LIMIT_NONE ? LIMIT_NONE : read_number(level, files[i][1]);
		long long cached = used == LIMIT_NONE ? 0 : read_cached(level);

		if (used != LIMIT_NONE)
			lower(&limits->memory_mib,
			      (max - used + (cached < used ? cached : used)) / MIB, files[i][0],
			      level);
	}
}

static void add_threads(const struct level *level, struct limits *limits)
{
	long long max = read_number(level, "pids.max");
	long long used = max == LIMIT_NONE ? LIMIT_NONE : read_number(level, "pids.current");

	if (used != LIMIT_NONE)
		lower(&limits->threads, max - used, "pids.max", level);
}

/* Time in each period of time: so many processors, a part of one counting as one. */
static void add_quota(const struct level *level, struct limits *limits, long long quota,
		      long long period, const char *file)
{
	if (quota != LIMIT_NONE && period != LIMIT_NONE && period > 0)
		lower(&limits->processors, quota > period ? (quota - 1) / period + 1 : 1, file,
		      level);
}

static void add_processors(const struct level *level, struct limits *limits)
{
	auto_str struct str text = { 0 };
	char *second;

	add_quota(level, limits, read_number(level, "cpu.cfs_quota_us"),
		  read_number(level, "cpu.cfs_period_us"), "cpu.cfs_quota_us");
	if (read_text(level, "cpu.max", &text) < 0)
		return;
	second = strchr(str_text(&text), ' ');
	add_quota(level, limits, read_number(level, "cpu.max"),
		  second ? strtoll(second, NULL, 10) : LIMIT_NONE, "cpu.max");
}

/* The cgroup at path, and all above it that the mount shows. */
static void add_levels(const struct mount *mount, const char *path, struct limits *limits)
{
	const char *inside = below(path, mount->root);
	auto_free char *folder = xasprintf("%s%s", mount->point, inside);
	auto_free char *name = xstrdup(path);
	size_t top = strlen(mount->point);
	struct level level = { folder, name, true };
	char *slash;

	for (;;) {
		add_memory(&level, limits);
		add_threads(&level, limits);
		add_processors(&level, limits);
		slash = strrchr(folder + top, '/');
		if (!slash)
			return;
		*slash = '\0';
		slash = strrchr(name, '/');
		slash[slash == name] = '\0';
		level.own = false;
	}
}

/* ID:CONTROLLERS:PATH */
static void add_line(char *line, const char *mountinfo, struct limits *limits)
{
	auto_free char *text = xstrdup(mountinfo);
	const char *controllers;
	struct mount mount = { 0 };

	(void)strsep(&line, ":");
	controllers = strsep(&line, ":");
	if (!line || line[0] != '/' || strstr(line, "/../"))
		return;
	if (find_mount(text, controllers, line, &mount))
		add_levels(&mount, line, limits);
}

void limits_add_cgroups(const char *cgroup, const char *mountinfo, struct limits *limits)
{
	auto_free char *text = xstrdup(cgroup);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		add_line(line, mountinfo, limits);
}
