/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The captures of a run: all taps by one process; what links capture, by them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "labd/link.h"
#include "labd/run.h"
#include "run/run.h"

#define CAPTURE_DEADLINE_MS 60000

/* A link writes its own file, under the name of this run's folder. */
static const char *name_of(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash ? slash + 1 : dir;
}

static int stop_link(struct lab *lab, const struct topo_point *point, const char *dir,
		     struct capture_stats *total, struct err *err)
{
	struct lab_link *link = &lab->links[point->link];
	auto_free char *path = run_capture_path(dir, point->name);
	struct capture_stats stats = { 0 };
	int r = link->kind->capture_stop(link, name_of(dir), &stats, err);

	if (r < 0)
		(void)capture_count(path, &stats, NULL);
	total->frames += stats.frames;
	total->bytes += stats.bytes;
	total->dropped += stats.dropped;
	return r;
}

int run_stop_links(struct lab *lab, const char *dir, size_t n, struct capture_stats *total,
		   struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && i < lab->points.n; i++) {
		const struct topo_point *point = &lab->points.list[i];
		struct err own = ERR_INIT;

		if (point->node == SIZE_MAX && stop_link(lab, point, dir, total, &own) < 0 &&
		    r == 0) {
			r = own.code;
			if (err)
				*err = own;
		}
	}
	return r;
}

static int start_links(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	int r = 0;

	for (size_t i = 0; r == 0 && i < lab->points.n; i++) {
		const struct topo_point *point = &lab->points.list[i];
		auto_free char *path = run_capture_path(run->dir, point->name);
		struct lab_link *link;

		if (point->node != SIZE_MAX)
			continue;
		link = &lab->links[point->link];
		r = link->kind->capture_start(link, name_of(run->dir), path, err);
		if (r < 0)
			(void)run_stop_links(lab, run->dir, i, &run->stats, NULL);
	}
	return r;
}

static int start_taps(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	const struct topo_points *points = &lab->points;
	auto_free char *program = xasprintf("%s/labd-capture", lab->options.libexec);
	auto_free struct capture_port *ports = xcalloc(points->n, sizeof(*ports));
	auto_free char(*macs)[NET_TEXT] = xcalloc(points->n, sizeof(*macs));
	size_t n = 0;
	int r;

	for (; n < points->n && points->list[n].node != SIZE_MAX; n++) {
		const struct topo_point *point = &points->list[n];
		const struct plan_nic *nic = &lab->plan.nodes[point->node].nics[point->nic];

		ports[n] = (struct capture_port){
			.name = point->name,
			.ifname = nic->tap,
			.mac = net_mac_text(nic->mac, macs[n]),
			/* A router too sends under its own MAC; only a bridge sends under those of
			 * others. */
			.host = !lab->topo.nodes[point->node].n_bridges,
		};
	}
	r = capture_start(program, run->dir, ports, n, deadline_in_ms(CAPTURE_DEADLINE_MS),
			  &run->capture, err);
	if (r == 0)
		helper_runs(lab->capture, fcntl(capture_handle(run->capture), F_DUPFD_CLOEXEC, 0));
	run->n_captures = points->n;
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
	if (r < 0)
		return r;
	r = start_links(run, err);
	if (r < 0)
		(void)stop_taps(run, NULL);
	return r;
}

/* What happens from now on is in no capture, and changes nothing that the run has to show. */
static void forgive(struct run *run)
{
	(void)pthread_mutex_lock(&run->lab->lock);
	run->lab->run_stop = NULL;
	(void)pthread_mutex_unlock(&run->lab->lock);
}

int run_capture_stop(void *ctx, struct err *err)
{
	struct run *run = ctx;
	int r = stop_taps(run, err);
	int links = run_stop_links(run->lab, run->dir, SIZE_MAX, &run->stats, r < 0 ? NULL : err);

	/* Why the captures are not whole is the reason, whatever else failed because of it. */
	if (r == -EIO && err) {
		(void)pthread_mutex_lock(&run->lab->lock);
		(void)snprintf(run->lab->run_fault, sizeof(run->lab->run_fault), "%.290s",
			       err->msg);
		(void)pthread_mutex_unlock(&run->lab->lock);
	}
	forgive(run);
	run_tables(run, RUN_AFTER);
	return r < 0 ? r : links;
}
