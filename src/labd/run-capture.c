/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The captures of a run: all taps by one process, each medium by its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "labd/run.h"
#include "run/run.h"

#define CAPTURE_DEADLINE_MS 60000

/* Each medium writes its own file, under the name of this run's folder. */
static const char *medium_name(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash ? slash + 1 : dir;
}

static char *medium_path(const struct lab_medium *medium, const char *dir)
{
	auto_free char *place = xasprintf("wifi:%s", medium->plan->link);

	return run_capture_path(dir, place);
}

int run_stop_medium(const struct lab_medium *medium, const char *dir, struct capture_stats *total,
		    struct err *err)
{
	auto_free char *path = medium_path(medium, dir);
	struct capture_stats counted = { 0 };
	struct medium_stats stats = { 0 };
	int r = medium_capture_stop(medium->control, medium_name(dir), &stats, err);

	if (r < 0) {
		(void)capture_count(path, &counted, NULL);
		stats.frames = counted.frames;
		stats.bytes = counted.bytes;
	}
	total->frames += stats.frames;
	total->bytes += stats.bytes;
	total->dropped += stats.dropped;
	return r;
}

static int stop_media(struct run *run, size_t n, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		struct err own = ERR_INIT;

		if (run_stop_medium(&run->lab->media[i], run->dir, &run->stats, &own) < 0 &&
		    r == 0) {
			r = own.code;
			if (err)
				*err = own;
		}
	}
	return r;
}

static int start_media(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	int r = 0;

	for (size_t i = 0; r == 0 && i < lab->plan.n_media; i++) {
		auto_free char *path = medium_path(&lab->media[i], run->dir);

		r = medium_capture_start(lab->media[i].control, medium_name(run->dir), path, err);
		if (r < 0)
			(void)stop_media(run, i, NULL);
	}
	return r;
}

static int start_taps(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	auto_free char *program = xasprintf("%s/labd-capture", lab->options.libexec);
	struct capture_port *ports = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		const struct plan_node *node = &lab->plan.nodes[i];
		const struct topo_node *topo = &lab->topo.nodes[i];

		for (size_t j = 0; j < node->n_nics; j++) {
			struct capture_port *port;

			if (node->nics[j].medium != SIZE_MAX)
				continue; /* the medium is captured instead */
			port = array_add(ports, n);
			port->name = xasprintf("%s:%s", node->name, node->nics[j].name);
			port->ifname = node->nics[j].tap;
			port->mac = net_mac_text(node->nics[j].mac, xcalloc(1, NET_TEXT));
			/* A router too sends under its own MAC; only a bridge sends under those of
			 * others. */
			port->host = !topo->n_bridges;
		}
	}
	r = capture_start(program, run->dir, ports, n, deadline_in_ms(CAPTURE_DEADLINE_MS),
			  &run->capture, err);
	if (r == 0)
		helper_runs(lab->capture, fcntl(capture_handle(run->capture), F_DUPFD_CLOEXEC, 0));
	run->n_captures = n;
	for (size_t i = 0; i < n; i++) {
		free((void *)(uintptr_t)ports[i].name);
		free((void *)(uintptr_t)ports[i].mac);
	}
	free(ports);
	return r;
}

static int stop_taps(struct run *run, struct err *err)
{
	helper_ends(run->lab->capture);
	return capture_stop(&run->capture, deadline_in_ms(CAPTURE_DEADLINE_MS), &run->stats, err);
}

int run_capture_start(void *ctx, struct err *err)
{
	struct run *run = ctx;
	int r;

	run_tables(run, RUN_BEFORE);
	r = start_taps(run, err);

	if (r == 0) {
		r = start_media(run, err);
		if (r < 0)
			(void)stop_taps(run, NULL);
	}
	run->n_captures += run->lab->plan.n_media;
	return r;
}

int run_capture_stop(void *ctx, struct err *err)
{
	struct run *run = ctx;
	int r = stop_taps(run, err);
	int air = stop_media(run, run->lab->plan.n_media, r < 0 ? NULL : err);

	/* Why the captures are not whole is the reason, whatever else failed because of it. */
	if (r == -EIO && err) {
		(void)pthread_mutex_lock(&run->lab->lock);
		(void)snprintf(run->lab->run_fault, sizeof(run->lab->run_fault), "%.290s",
			       err->msg);
		(void)pthread_mutex_unlock(&run->lab->lock);
	}
	run_tables(run, RUN_AFTER);
	return r < 0 ? r : air;
}
