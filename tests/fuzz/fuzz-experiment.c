/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The experiment loader on any bytes: it must find problems or give an experiment. What it gives
 * must load again from its own text, and run, with every value of its parameters, in a lab that
 * says yes to everything.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "experiment/experiment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A lab that says back what it is told to run. */
static int yes_exec(void *ctx, const char *node, const char *command, int64_t deadline_ms,
		    struct str *out, int *status, struct err *err)
{
	(void)ctx;
	(void)err;
	if (!node[0] || deadline_ms < 1)
		abort();
	str_adds(out, command);
	*status = 0;
	return 0;
}

static int yes_link(void *ctx, const json_t *words, struct err *err)
{
	(void)ctx;
	(void)err;
	/* A name, and something that changes. */
	if (json_object_size(words) < 2 || !json_get_text(words, "link", "")[0])
		abort();
	return 0;
}

static int yes_restart(void *ctx, const char *node, struct err *err)
{
	(void)ctx;
	(void)err;
	if (!node[0])
		abort();
	return 0;
}

static int yes_aside_start(void *ctx, const char *node, const char *command, void **ret,
			   struct err *err)
{
	*ret = xstrdup(command);
	return yes_restart(ctx, node, err);
}

static bool yes_aside_runs(void *ctx, void *aside)
{
	(void)ctx;
	return ((const char *)aside)[0] % 2;
}

static int yes_aside_end(void *ctx, void *aside, struct str *out, int *status, struct err *err)
{
	auto_free char *command = aside;

	(void)ctx;
	(void)err;
	str_adds(out, command);
	*status = -1;
	return 0;
}

static int yes(void *ctx, struct err *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

static int yes_fetch(void *ctx, const char *node, const char *path, struct str *out,
		     struct err *err)
{
	(void)ctx;
	(void)err;
	if (!node[0] || path[0] != '/')
		abort();
	str_adds(out, path);
	return 0;
}

static int yes_save(void *ctx, const char *name, const void *data, size_t len, struct err *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	(void)err;
	/* Whatever the file says, nothing is written outside of the run folder. */
	if (!name[0] || name[0] == '.' || strchr(name, '/'))
		abort();
	return 0;
}

static int yes_keys(void *ctx, const char *text, size_t len, struct err *err)
{
	(void)ctx;
	(void)text;
	(void)len;
	(void)err;
	return 0;
}

/* Every second question finds something; what it finds goes into the filters of later ones. */
static int yes_expect(void *ctx, const struct wireshark_query *q, size_t n,
		      struct wireshark_answer *a, struct err *err)
{
	size_t i, j;

	(void)ctx;
	(void)err;
	for (i = 0; i < n; i++) {
		if (!strchr(q[i].file, ':') || strchr(q[i].file, '/') || !q[i].filter[0])
			abort();
		if (i % 2)
			continue;
		a[i].count = a[i].frames[0] = 1;
		a[i].first_time_ns = 1;
		for (j = 0; j < WIRESHARK_FIELDS && q[i].fields[j]; j++)
			a[i].values[j] = xstrdup("\"a \\\"b\"");
	}
	return 0;
}

static void ignore(void *ctx, const struct experiment_event *event)
{
	(void)ctx;
	if (!event->name)
		abort();
}

/* An <until> that the output can never satisfy would be tried until its deadline. */
static bool cancelled(void *ctx)
{
	unsigned int *asked = ctx;

	return ++*asked > 2000;
}

static const struct experiment_ops ops = {
	.exec = yes_exec,
	.link = yes_link,
	.restart = yes_restart,
	.aside_start = yes_aside_start,
	.aside_runs = yes_aside_runs,
	.aside_end = yes_aside_end,
	.capture_start = yes,
	.capture_stop = yes,
	.fetch = yes_fetch,
	.save = yes_save,
	.tls_keys = yes_keys,
	.expect = yes_expect,
	.event = ignore,
	.cancelled = cancelled,
};

static void run(const struct experiment *experiment, size_t choice)
{
	auto_experiment_args struct experiment_args args = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_json json_t *json = NULL;
	unsigned int asked = 0;
	size_t i;

	experiment_args_init(experiment, &args);
	for (i = 0; i < args.n; i++)
		if (choice < experiment->parameters[i].n_values)
			args.choice[i] = choice;
	if (experiment_run(experiment, &args, &ops, &asked, &outcome, NULL) < 0)
		abort();
	json = experiment_outcome_to_json(&outcome);
	if (!json)
		abort();
}

static int load(const char *text, size_t len, struct experiment *ret)
{
	static char *schemas;
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;
	const char *srcdir = getenv("srcdir");
	int rc;

	if (!schemas)
		schemas = xasprintf("%s/topologies", srcdir ? srcdir : ".");
	rc = experiment_load_text(text, len, "fuzz", schemas, ret, &problems, &err);
	xml_problems_print(&problems, NULL, &found);
	/* Refused without a reason, or taken with one. */
	if ((rc < 0) != (problems.n > 0) || (rc < 0) != (err.msg[0] != '\0'))
		abort();
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_experiment struct experiment experiment = { 0 }, again = { 0 };
	size_t choice;

	if (load((const char *)data, size, &experiment) < 0)
		return 0;
	if (load(experiment.flat, strlen(experiment.flat), &again) < 0)
		abort();
	if (again.n_steps != experiment.n_steps || again.n_expects != experiment.n_expects ||
	    again.n_phases != experiment.n_phases || again.n_remarks != experiment.n_remarks)
		abort();
	for (choice = 0; choice < 3; choice++)
		run(&experiment, choice);
	return 0;
}
