/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to the lab's helpers. */
#include "labd/helper.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "labd/health.h"
#include "labd/lab.h"

#define PAUSE_MS 1000 /* after a start that failed */
#define MEND_MS 15000 /* what starting one again takes on a busy machine */
#define LOOK_MS 1000  /* how often it is looked whether one stands still */
#define STILL_MS 1500 /* and may, lest who is stopped and goes on with all the lab loses it */

static const char *const kinds[] = { "cable", "medium", "capture" };
static const char *const states[] = { "none", "runs", "restarts", "dead" };

int helper_open(struct lab *lab, struct err *err)
{
	size_t n = lab->plan.n_links + 1;

	lab->helpers_changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (lab->helpers_changed < 0)
		return err_errno(err, errno, "eventfd");
	lab->helpers = xcalloc(n, sizeof(*lab->helpers));
	for (; lab->n_helpers < n; lab->n_helpers++)
		lab->helpers[lab->n_helpers] =
			(struct helper){ .lab = lab, .kind = HELPER_CAPTURE, .process = -1 };
	lab->capture = &lab->helpers[n - 1];
	return 0;
}

/* "the cable of link 'x'" */
static char *name_of(const struct helper *helper)
{
	return helper->link ? xasprintf("the %s of link '%s'", kinds[helper->kind], helper->link)
			    : xasprintf("the %s", kinds[helper->kind]);
}

/* --- under lab->lock --- */

/* Has ended by itself, or could not be started. */
static void note(struct helper *helper, const char *how, int64_t pause_ms)
{
	auto_free char *name = name_of(helper);
	int64_t now = clock_mono_ns();
	bool over = init_deaths_add(&helper->deaths, now);

	helper->state = helper->again && !over ? HELPER_RESTARTS : HELPER_DEAD;
	helper->ended = now;
	helper->due = now + pause_ms * NS_PER_MS;
	(void)snprintf(helper->how, sizeof(helper->how), "%s", how);
	health_fail_run(helper->lab, "%s %s", name, how);
	log_error("%s %s", name, how);
	if (helper->again && over)
		log_error("%s is given up: it ended %d times within %d s", name, INIT_DEATHS_MAX,
			  (int)(INIT_DEATHS_WINDOW / NS_PER_S));
}

static void forget(struct helper *helper)
{
	auto_closep(&helper->process);
	helper->process = -1;
}

/* Looks whether it still runs. */
static void look(struct helper *helper)
{
	auto_str struct str how = { 0 };

	if (helper->process < 0 || !child_ended(helper->process, &how))
		return;
	forget(helper);
	if (helper->state == HELPER_RUNS)
		note(helper, str_text(&how), 0);
}

/* Ends one that was seen to be stopped twice. */
static void look_still(struct helper *helper)
{
	int64_t now = clock_mono_ns();

	if (helper->state != HELPER_RUNS || helper->process < 0 || !child_stopped(helper->process))
		helper->still = 0;
	else if (!helper->still)
		helper->still = now;
	if (!helper->still || now - helper->still < STILL_MS * NS_PER_MS)
		return;
	child_kill(helper->process);
	forget(helper);
	note(helper, "stood still, stopped by a signal, and was ended", 0);
}

static bool is_dead(const struct helper *helper)
{
	return helper->state == HELPER_RESTARTS || helper->state == HELPER_DEAD;
}

static void wake(const struct lab *lab)
{
	(void)eventfd_write(lab->helpers_changed, 1);
}

/* --- what others say of one --- */

void helper_runs(struct helper *helper, int process)
{
	auto_close int fd = process;
	auto_free char *name = name_of(helper);
	struct lab *lab = helper->lab;

	(void)pthread_mutex_lock(&lab->lock);
	look(helper);
	if (helper->process >= 0 && helper->state == HELPER_NONE) {
		child_kill(helper->process); /* it has said that it goes */
		forget(helper);
	}
	if (helper->process < 0)
		helper->process = take_fd(&fd);
	if (is_dead(helper)) {
		helper->restarts++;
		log_info("%s was started again", name);
	} else if (helper->state == HELPER_NONE) {
		helper->how[0] = '\0';
		helper->restarts = 0;
	}
	helper->state = HELPER_RUNS;
	(void)pthread_cond_broadcast(&lab->faulted);
	(void)pthread_mutex_unlock(&lab->lock);
	wake(lab);
}

void helper_ends(struct helper *helper)
{
	(void)pthread_mutex_lock(&helper->lab->lock);
	look(helper);
	/* How a run's capture ended is told until the next one begins. */
	if (helper->again)
		helper->how[0] = '\0';
	helper->state = HELPER_NONE;
	(void)pthread_mutex_unlock(&helper->lab->lock);
}

void helper_stays(struct helper *helper)
{
	(void)pthread_mutex_lock(&helper->lab->lock);
	if (helper->process >= 0)
		helper->state = HELPER_RUNS;
	(void)pthread_mutex_unlock(&helper->lab->lock);
	wake(helper->lab);
}

void helper_is_gone(struct helper *helper)
{
	(void)pthread_mutex_lock(&helper->lab->lock);
	note(helper, "ended while labd was away", 0);
	(void)pthread_mutex_unlock(&helper->lab->lock);
	wake(helper->lab);
}

bool helper_is_dead(struct helper *helper)
{
	bool dead;

	(void)pthread_mutex_lock(&helper->lab->lock);
	dead = is_dead(helper);
	(void)pthread_mutex_unlock(&helper->lab->lock);
	return dead;
}

/* Under lab->make_lock, as nobody else starts it then. */
static int start(struct helper *helper, struct err *err)
{
	struct err why = ERR_INIT;
	auto_free char *how = NULL;
	int r = helper->again(helper, &why);

	if (r < 0) {
		how = xasprintf("cannot be started again: %s", why.msg);
		(void)pthread_mutex_lock(&helper->lab->lock);
		if (helper->process >= 0) {
			child_kill(helper->process); /* one that is not as it should be */
			forget(helper);
		}
		note(helper, how, PAUSE_MS);
		(void)pthread_mutex_unlock(&helper->lab->lock);
		wake(helper->lab);
		(void)err_set(err, -r, "%s", why.msg);
	}
	return r;
}

int helper_mend(struct helper *helper, struct err *err)
{
	bool dead;

	(void)pthread_mutex_lock(&helper->lab->lock);
	look(helper);
	dead = is_dead(helper);
	helper->deaths = (struct init_deaths){ 0 };
	(void)pthread_mutex_unlock(&helper->lab->lock);
	return dead ? start(helper, err) : 0;
}

/* --- waiting for all --- */

/* In a thread of its own, as it may wait for others: all are looked at meanwhile. */
static void *restart(void *arg)
{
	struct helper *helper = arg;
	struct lab *lab = helper->lab;
	bool due;

	(void)pthread_mutex_lock(&lab->make_lock);
	(void)pthread_mutex_lock(&lab->lock);
	due = helper->state == HELPER_RESTARTS;
	(void)pthread_mutex_unlock(&lab->lock);
	if (due)
		(void)start(helper, NULL);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return NULL;
}

/* Under lab->lock: begins to start it again, once. */
static void begin_restart(struct helper *helper)
{
	pthread_t thread;

	helper->due = INT64_MAX;
	if (pthread_create(&thread, NULL, restart, helper) == 0)
		(void)pthread_detach(thread);
	else
		helper->due = deadline_in_ms(PAUSE_MS);
}

/* What poll(2) waits for: every process, and changes of them; returns how long, in ms. */
static int prepare(struct lab *lab, struct pollfd *pfd)
{
	int64_t due = INT64_MAX, look = deadline_in_ms(LOOK_MS);

	(void)pthread_mutex_lock(&lab->lock);
	for (size_t i = 0; i < lab->n_helpers; i++) {
		const struct helper *helper = &lab->helpers[i];

		pfd[i] = (struct pollfd){ .fd = helper->process, .events = POLLIN };
		if (helper->state == HELPER_RUNS && look < due)
			due = look;
		if (helper->state == HELPER_RESTARTS && helper->due < due)
			due = helper->due;
	}
	(void)pthread_mutex_unlock(&lab->lock);
	pfd[lab->n_helpers] = (struct pollfd){ .fd = lab->helpers_changed, .events = POLLIN };
	return due == INT64_MAX ? -1 : deadline_poll_ms(due);
}

static void *wait_for_all(void *arg)
{
	struct lab *lab = arg;
	auto_free struct pollfd *pfd = xcalloc(lab->n_helpers + 1, sizeof(*pfd));
	eventfd_t count;

	for (;;) {
		(void)poll(pfd, lab->n_helpers + 1, prepare(lab, pfd));
		(void)eventfd_read(lab->helpers_changed, &count);
		/* All, and by what they are now: a descriptor may have become another's. */
		(void)pthread_mutex_lock(&lab->lock);
		for (size_t i = 0; i < lab->n_helpers; i++) {
			struct helper *helper = &lab->helpers[i];

			look(helper);
			look_still(helper);
			if (helper->state == HELPER_RESTARTS && deadline_passed(helper->due))
				begin_restart(helper);
		}
		(void)pthread_mutex_unlock(&lab->lock);
	}
	return NULL;
}

int helper_begin(struct lab *lab, struct err *err)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, wait_for_all, lab);

	if (r)
		return err_errno(err, r, "thread");
	(void)pthread_detach(thread);
	return 0;
}

/* --- telling --- */

/* Under lab->lock: the first in this state of those that can be started again; NULL: none is. */
static const struct helper *find(struct lab *lab, enum helper_state state)
{
	for (size_t i = 0; i < lab->n_helpers; i++)
		if (lab->helpers[i].state == state && lab->helpers[i].again)
			return &lab->helpers[i];
	return NULL;
}

bool helper_all_run(struct lab *lab, struct err *why)
{
	int64_t until = deadline_in_ms(MEND_MS);
	const struct timespec ts = { .tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S };
	const struct helper *dead;

	(void)pthread_mutex_lock(&lab->lock);
	while ((dead = find(lab, HELPER_RESTARTS)) &&
	       pthread_cond_timedwait(&lab->faulted, &lab->lock, &ts) != ETIMEDOUT)
		;
	dead = dead ? dead : find(lab, HELPER_DEAD);
	if (dead) {
		auto_free char *name = name_of(dead);

		(void)err_set(why, EHOSTDOWN, "%s %s", name, dead->how);
	}
	(void)pthread_mutex_unlock(&lab->lock);
	return !dead;
}

static void add_text(const struct helper *helper, double seconds, struct str *text)
{
	auto_free char *name = name_of(helper);

	str_addf(text, "%s %s, %.0f %s ago", name, helper->how,
		 seconds < 120 ? seconds : seconds / 60, seconds < 120 ? "s" : "min");
	switch (helper->state) {
	case HELPER_NONE:
		break;
	case HELPER_RUNS:
		str_adds(text, "; it was started again");
		if (helper->restarts > 1)
			str_addf(text, ", %zu times in all", helper->restarts);
		break;
	case HELPER_RESTARTS:
		str_adds(text, ", and is being started again");
		break;
	case HELPER_DEAD:
		if (helper->again)
			str_addf(text, ", and not for the first time: `labctl link %s` tries again",
				 helper->link);
		break;
	}
}

json_t *helper_describe_all(struct lab *lab)
{
	json_t *out = json_array();

	(void)pthread_mutex_lock(&lab->lock);
	for (size_t i = 0; i < lab->n_helpers; i++) {
		const struct helper *helper = &lab->helpers[i];
		double seconds = (double)(clock_mono_ns() - helper->ended) / NS_PER_S;
		auto_str struct str text = { 0 };

		if (!helper->how[0])
			continue;
		add_text(helper, seconds, &text);
		(void)json_array_append_new(
			out, json_pack("{s:s, s:s?, s:s, s:s, s:f, s:I, s:s}", "helper",
				       kinds[helper->kind], "link", helper->link, "state",
				       states[helper->state], "how", helper->how, "seconds",
				       seconds, "restarts", (json_int_t)helper->restarts, "text",
				       str_text(&text)));
	}
	(void)pthread_mutex_unlock(&lab->lock);
	return out;
}
