/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The experiment of a run, as its lab can perform it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labd/run.h"
#include "wireshark/sharkd.h"

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	auto_free char *copy = xstrdup(path ? path : "/bin:/usr/bin");
	char *rest = copy, *dir;

	while ((dir = strsep(&rest, ":"))) {
		auto_free char *file = xasprintf("%s/%s", dir[0] ? dir : ".", program);

		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

int run_load(struct run *run, const json_t *args, struct err *err)
{
	auto_free char *schemas = xasprintf("%s/topologies", run->lab->options.share);
	auto_xml_problems struct xml_problems problems = { 0 };
	int r = experiment_load(run->path, schemas, &run->experiment, &problems, err);

	if (r == 0)
		r = experiment_check(&run->experiment, topo_has_port, topo_has_link,
				     &run->lab->topo, &problems, err);
	/* Before anything is done: without it nobody could say what came of it. */
	if (r == 0 && run->experiment.n_expects && !in_path(SHARKD))
		r = err_set(err, ENOPKG,
			    "'" SHARKD "', which reads the captures: not found; apt-get install "
			    "wireshark-common");
	if (r < 0)
		return r;
	return experiment_args_from_json(&run->experiment, json_object_get(args, "parameters"),
					 NULL, &run->args, err);
}
