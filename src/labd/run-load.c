/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The experiment of a run, as its lab can perform it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labd/run.h"
#include "labd/server.h"
#include "role/cast.h"
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

struct casting {
	struct run *run;
	struct cast_wish wish;
};

/* What was chosen among several is said. */
static int cast(void *ctx, const char *url, json_t **ret, struct err *err)
{
	struct casting *casting = ctx;
	int r = cast_lab(&casting->wish, url, ret, err);
	const json_t *note;
	size_t i;

	json_array_foreach(json_object_get(r == 0 ? *ret : NULL, "notes"), i, note)
		server_tell_note(casting->run->ctl, json_string_value(note));
	return r;
}

static void tell_left_out(const struct run *run)
{
	for (size_t i = 0; i < run->experiment.n_left_out; i++) {
		const struct experiment_left_out *out = &run->experiment.left_out[i];
		auto_free char *text = xasprintf("left out, %s: %s", out->why, out->what);

		server_tell_note(run->ctl, text);
	}
}

int run_load(struct run *run, const json_t *args, struct err *err)
{
	auto_free char *schemas = xasprintf("%s/topologies", run->lab->options.share);
	auto_xml_problems struct xml_problems problems = { 0 };
	const json_t *actors = json_object_get(args, "actors");
	struct casting casting = { run,
				   { &run->lab->topo, json_get_text(actors, "client", NULL),
				     json_get_text(actors, "url", NULL) } };
	int r = experiment_load_cast(run->path, schemas, cast, &casting, &run->experiment,
				     &problems, err);

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
	tell_left_out(run);
	return experiment_args_from_json(&run->experiment, json_object_get(args, "parameters"),
					 NULL, &run->args, err);
}
