/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Labs of this machine: their entries in the registry, their processes, the way to their labd. */
#include "labctl/place.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "labctl/interrupt.h"
#include "labctl/ports.h"
#include "run/run.h"
#include "sandbox/sandbox.h"

#define RETRY_MS 20   /* between attempts while nobody listens yet */
#define KILL_MS 15000 /* for the kernel to end what a lab has */

int place_find(const struct labctl *l, struct place *ret, struct err *err)
{
	struct place place = PLACE_INIT;
	int r = registry_find(l->paths.state, l->lab, &place.entry, err);

	if (r == 0)
		*ret = place;
	return r;
}

void place_free(struct place *place)
{
	registry_entry_free(&place->entry);
	auto_closep(&place->leash);
}

int place_list(const struct labctl *l, struct places *ret, struct err *err)
{
	struct registry_list found = { 0 };
	struct places places = { 0 };
	int r = registry_list(l->paths.state, &found, err);

	if (r < 0)
		return r;
	/* Each entry goes over to its place. */
	for (size_t i = 0; i < found.n; i++)
		*array_add(places.list, places.n) =
			(struct place){ .entry = found.entries[i], .leash = -1 };
	free(found.entries);
	*ret = places;
	return 0;
}

void places_free(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		place_free(&places->list[i]);
	free(places->list);
}

void place_news(const struct labctl *l, struct str *ret)
{
	auto_registry_list struct registry_list list = { 0 };

	/* Listing sweeps; what is wrong with it the command itself will say. */
	(void)registry_list(l->paths.state, &list, NULL);
	registry_news(l->paths.state, ret);
}

int place_check_name(const char *name, struct err *err)
{
	return registry_check_name(name, err);
}

const char *place_name(const struct place *place)
{
	return place->entry.name;
}

const char *place_topology(const struct place *place)
{
	return place->entry.topology;
}

bool place_is_starting(const struct place *place)
{
	return place->entry.starting;
}

bool place_is_started(const struct place *place)
{
	return place->entry.name[0] && !place->entry.starting;
}

double place_age_s(const struct place *place)
{
	return (double)(clock_real_ns() - place->entry.created) / NS_PER_S;
}

json_t *place_to_json(const struct place *place)
{
	return json_pack("{s:s, s:s, s:f, s:i}", "lab", place->entry.name, "topology",
			 place->entry.topology, "seconds", place_age_s(place), "pid",
			 (int)place->entry.pid);
}

void place_load(const struct labctl *l, const struct place *place, struct topo *ret)
{
	ports_topology(l, place->entry.dir, ret);
}

int place_log(const struct place *place, size_t lines, struct str *ret, struct err *err)
{
	return place->entry.log ? io_read_tail(place->entry.log, lines, ret, err) : -ENOENT;
}

int place_ended_log(const struct labctl *l, const char *name, size_t lines, struct str *ret,
		    struct err *err)
{
	auto_free char *path = xasprintf("%s/ended/%s.log", l->paths.state, name);
	int r = registry_check_name(name, err);

	return r < 0 ? r : io_read_tail(path, lines, ret, err);
}

/* A handle of the init that is that very process, not a later one of its pid. */
static int open_init(const struct registry_entry *entry, struct err *err)
{
	auto_close int handle = pidfd_open(entry->pid, 0);
	uint64_t now = 0;

	if (handle < 0 || sandbox_start_time(entry->pid, &now, NULL) < 0 ||
	    now != entry->start_time)
		return err_set(err, ESRCH, "the lab has ended; `labctl logs` says why");
	return take_fd(&handle);
}

/*
 * Between labd's bind and its listen there is no event that could be waited for, so connecting is
 * tried again until it works; the init's end and signals are waited for meanwhile.
 */
int place_connect(const struct place *place, int signals, int64_t deadline, struct ctl **ret,
		  struct err *err)
{
	char path[SANDBOX_CTL_PATH_SIZE];
	auto_close int handle = open_init(&place->entry, err);

	if (handle < 0)
		return handle;
	sandbox_ctl_path(place->entry.pid, path);
	for (;;) {
		struct pollfd pfd[2] = { { .fd = handle, .events = POLLIN },
					 { .fd = signals, .events = POLLIN } };
		int r = ctl_connect(path, ret, err);

		if (r != -ENOENT && r != -ECONNREFUSED && r != -EAGAIN)
			return r;
		if (deadline_passed(deadline))
			return err_set(err, ETIMEDOUT,
				       "the lab's labd is not answering: see `labctl logs`");
		err_clear(err);
		(void)poll(pfd, 2, RETRY_MS);
		if (pfd[0].revents)
			return err_set(err, ESRCH, "the lab has ended; `labctl logs` says why");
		if (interrupt_take(signals).end)
			return err_set(err, ECANCELED, "interrupted");
	}
}

/* --- start --- */

struct starting {
	const struct labctl *l;
	const char *name;
};

static int announce(pid_t init, void *ctx, struct err *err)
{
	const struct starting *starting = ctx;

	return registry_publish(starting->l->paths.state, starting->name, init, err);
}

static int start_labd(const struct labctl *l, const struct place_start *start, const char *flat,
		      struct place *place, struct err *err)
{
	const struct paths *p = &l->paths;
	auto_free char *program = xasprintf("%s/labd-init", p->libexec);
	const char *const argv[] = { p->labd,
				     "--name",
				     place->entry.name,
				     "--topology",
				     flat,
				     "--origin",
				     start->origin,
				     "--share",
				     p->share,
				     "--libexec",
				     p->libexec,
				     "--image",
				     start->image,
				     "--cache",
				     p->cache,
				     start->accelerator ? "--accelerator" : NULL,
				     start->accelerator,
				     NULL };
	struct starting starting = { l, place->entry.name };
	struct sandbox_spec spec = {
		.init_program = program,
		.argv = argv,
		.log_path = place->entry.log,
		.announce = announce,
		.ctx = &starting,
		.leash = &place->leash,
	};
	int r = sandbox_start(&spec, &place->entry.pid, err);

	if (r < 0)
		return r;
	place->entry.starting = false;
	return sandbox_start_time(place->entry.pid, &place->entry.start_time, err);
}

int place_start(const struct labctl *l, const struct place_start *start, struct place *ret,
		struct err *err)
{
	auto_free char *flat = NULL;
	int r = registry_claim(l->paths.state, start->name, start->origin, &ret->entry, err);

	if (r < 0)
		return r;
	flat = run_path(ret->entry.dir, RUN_TOPOLOGY);
	r = io_write_file(flat, start->flat, strlen(start->flat), 0600, err);
	return r < 0 ? r : start_labd(l, start, flat, ret, err);
}

/* --- end --- */

void place_await_end(const struct place *place, int64_t deadline)
{
	auto_close int handle = pidfd_open(place->entry.pid, 0);
	struct pollfd pfd = { .fd = handle, .events = POLLIN };

	if (handle >= 0)
		(void)poll(&pfd, 1, deadline_poll_ms(deadline));
}

int place_end(const struct labctl *l, const struct place *place, struct err *err)
{
	const struct registry_entry *entry = &place->entry;
	int r = 0;

	if (!entry->name[0])
		return 0;
	if (entry->starting && entry->pid != getpid())
		return err_set(err, EAGAIN,
			       "lab '%s' is still starting: interrupt process %d to stop it",
			       entry->name, (int)entry->pid);
	if (!entry->starting)
		r = sandbox_end(entry->pid, entry->start_time, deadline_in_ms(KILL_MS), err);
	return r < 0 ? err_context(err, "lab '%s'", entry->name)
		     : registry_remove(l->paths.state, entry->name, err);
}
