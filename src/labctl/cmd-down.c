/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl down: the end of a lab, asked for or forced. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/pidfd.h>

#include "base/clock.h"
#include "labctl/client.h"
#include "labctl/out.h"
#include "labctl/teardown.h"
#include "sandbox/sandbox.h"

#define ASK_MS 1000   /* for labd to answer: one that hangs must not hold us up */
#define END_MS 3000   /* for the lab to end by itself, once labd has said yes */
#define KILL_MS 15000 /* for the kernel to end the rest */

int teardown(const struct paths *paths, const char *name, pid_t init, uint64_t start_time,
	     struct err *err)
{
	int r = init > 0 ? sandbox_end(init, start_time, deadline_in_ms(KILL_MS), err) : 0;

	if (r < 0)
		return err_context(err, "lab '%s'", name);
	return registry_remove(paths->state, name, err);
}

/* That a run is waited for; said once. */
static void on_event(void *ctx, const json_t *event)
{
	bool *said = ctx;
	auto_free char *text = out_clean(json_get_text(event, "text", ""), false);

	if (!*said && text[0])
		fprintf(stderr, "  note: %s\n", text);
	*said = true;
}

/* Asks labd to stop its guests and end; true when it said that it will. */
static bool ask(const struct registry_entry *entry)
{
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	bool said = false;
	struct client_call call = { .command = CTL_DOWN,
				    .signals = -1,
				    .silence_ms = END_MS,
				    .event = on_event,
				    .ctx = &said };

	if (client_connect(entry->pid, entry->start_time, -1, deadline_in_ms(ASK_MS), &ctl, NULL) <
	    0)
		return false;
	return client_call(ctl, &call, &reply, NULL) == 0;
}

static void wait_end(pid_t init)
{
	auto_close int handle = pidfd_open(init, 0);
	struct pollfd pfd = { .fd = handle, .events = POLLIN };

	if (handle >= 0)
		(void)poll(&pfd, 1, END_MS);
}

static int end_one(const struct labctl *l, const struct registry_entry *entry, struct err *err)
{
	if (entry->starting)
		return err_set(err, EAGAIN,
			       "lab '%s' is only being started, by process %d: interrupt that one",
			       entry->name, (int)entry->pid);
	if (ask(entry))
		wait_end(entry->pid);
	return teardown(&l->paths, entry->name, entry->pid, entry->start_time, err);
}

/* Ends one and says so; its name goes into the JSON answer. */
static int report_one(const struct labctl *l, const struct registry_entry *entry, json_t *names)
{
	struct err err = ERR_INIT;
	int64_t begun = clock_mono_ns();
	char time[24];

	if (end_one(l, entry, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	(void)json_array_append_new(names, json_text(entry->name));
	out_duration(time, (double)(clock_mono_ns() - begun) / NS_PER_S);
	if (!l->json)
		printf("lab '%s' has ended, in %s; its runs are kept\n", entry->name, time);
	return EXIT_DONE;
}

static int end_all(const struct labctl *l, json_t *names)
{
	auto_registry_list struct registry_list list = { 0 };
	struct err err = ERR_INIT;
	int worst = EXIT_DONE;

	if (registry_list(l->paths.state, &list, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	for (size_t i = 0; i < list.n; i++) {
		int code = report_one(l, &list.entries[i], names);

		worst = code != EXIT_DONE ? code : worst;
	}
	if (!list.n && !l->json)
		printf("no lab runs\n");
	return worst;
}

int cmd_down(struct labctl *l, const struct args *a)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	auto_json json_t *answer = json_object();
	json_t *names = json_array();
	struct err err = ERR_INIT;
	int code, r;

	(void)json_object_set_new(answer, "ended", names);
	if (args_get(a, "all")) {
		code = end_all(l, names);
	} else {
		r = client_find(l, &entry, &err);
		code = r < 0 ? out_error(l, client_exit_code(r), &err)
			     : report_one(l, &entry, names);
	}
	if (l->json && code == EXIT_DONE)
		out_json(answer, false);
	return code;
}
