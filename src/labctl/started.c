/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a lab's assignment. */
#include "labctl/started.h"

#include <errno.h>

#include "base/io.h"
#include "base/str.h"
#include "run/runs.h"

static char *path_of(const struct labctl *l, const char *lab)
{
	return xasprintf("%s/assignments/%s.json", l->paths.data, lab);
}

int started_save(const struct labctl *l, const char *lab, const json_t *value, struct err *err)
{
	auto_free char *folder = xasprintf("%s/assignments", l->paths.data);
	auto_free char *path = path_of(l, lab);
	int r = io_mkdirs(folder, 0700, err);

	return r < 0 ? r : json_save(value, path, err);
}

int started_open(const struct labctl *l, const char *lab, json_t **ret, struct err *err)
{
	auto_free char *path = path_of(l, lab);
	int r = json_open(path, ret, err);

	if (r == -ENOENT)
		return err_set(err, ENOENT,
			       "lab '%s' was not started for an assignment: labctl assignment "
			       "start FILE",
			       lab);
	return r;
}

int started_aside(const struct labctl *l, const char *lab, char **ret, struct err *err)
{
	auto_free char *folder = xasprintf("%s/assignments/broken", l->paths.data);

	return runs_new(folder, lab, "start", ret, err);
}
