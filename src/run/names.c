/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names in a run's folder. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/name.h"
#include "base/str.h"
#include "run/run.h"

#define SUFFIX ".pcapng"

char *run_capture_name(const char *place)
{
	auto_free char *stem = name_portable(place);

	return xasprintf("%s" SUFFIX, stem);
}

char *run_capture_path(const char *dir, const char *place)
{
	auto_free char *name = run_capture_name(place);
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_free char *old = xasprintf("%s/%s" SUFFIX, dir, place);

	if (!strchr(place, '/') && access(path, F_OK) < 0 && access(old, F_OK) == 0)
		return take_ptr(old);
	return take_ptr(path);
}

bool run_is_own(const char *name)
{
	static const char *const own[] = { RUN_COUNTS,  "capture.log", RUN_EXPERIMENT,
					   "labd.json", "report.html", RUN_RECORD,
					   "steps",     "story.json",  "story.txt",
					   RUN_TABLES,  RUN_TOPOLOGY,  "wifi-keys.txt" };
	size_t len = strlen(name), tail = strlen(SUFFIX);

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcasecmp(name, own[i]) == 0)
			return true;
	return len >= tail && strcasecmp(name + len - tail, SUFFIX) == 0;
}
