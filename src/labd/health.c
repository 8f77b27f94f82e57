/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to guests. */
#include "labd/health.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#define LOOK_MS 1000
#define HANGS "the guest hangs, or its sshd was killed: it does not answer"
/*
 * An answer takes a guest some milliseconds of its processor. These are for one that shares two
 * cores with twenty others, or has the processor to itself.
 */
#define HANGS_EMULATED_MS 45000
#define HANGS_KVM_MS 15000
#define RECONNECT_MS (10 * 60000)
#define CAUSE_MS 5000 /* from a broken connection to libvirt's word */
/* A console is a file on the lab's tmpfs: beyond the bound its beginning is given back. */
#define CONSOLE_MAX (4 << 20)
#define CONSOLE_KEPT (1 << 20)
#define CONSOLE_STEP 65536

/* --- faults --- */

void health_fail_run(struct lab *lab, const char *fmt, ...)
{
	va_list ap;

	if (lab->run_stop && !lab->run_fault[0]) {
		va_start(ap, fmt);
		(void)vsnprintf(lab->run_fault, sizeof(lab->run_fault), fmt, ap);
		va_end(ap);
		*lab->run_stop = true;
	}
	(void)pthread_cond_broadcast(&lab->faulted);
}

/* Notes a fault and ends the run in progress; of several the first counts, and death after it. */
static void note(struct lab_node *node, bool dead, const char *text)
{
	struct lab *lab = node->lab;
	bool news;

	(void)pthread_mutex_lock(&lab->lock);
	news = node->stage != LAB_DEAD && (dead || !node->fault[0]);
	if (news) {
		(void)snprintf(node->fault, sizeof(node->fault), "%s", text);
		if (dead)
			node->stage = LAB_DEAD;
		health_fail_run(lab, "node '%s': %.200s", node->plan->name, text);
	}
	(void)pthread_mutex_unlock(&lab->lock);
	if (news)
		log_error("node '%s': %s", node->plan->name, text);
}

/* It has come up, and nobody is at it; or but: nobody but who waits for its SSH to answer again. */
static bool is_ready(struct lab_node *node, bool but)
{
	bool ready;

	(void)pthread_mutex_lock(&node->lab->lock);
	ready = node->stage == LAB_READY && (!node->held || (but && node->reconnects));
	(void)pthread_mutex_unlock(&node->lab->lock);
	return ready;
}

/* What stands behind the last occurrence of word, to the end of its line; NULL: none. */
static char *last_words(const char *text, const char *word)
{
	const char *found = NULL;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		found = text;
	}
	return found ? xstrndup(found, strcspn(found, "\r\n")) : NULL;
}

void health_ended(struct lab_node *node, const char *text)
{
	auto_str struct str console = { 0 };
	auto_free char *panic = NULL;
	auto_free char *why = NULL;

	lab_console_tail(node, 100, &console);
	panic = last_words(str_text(&console), "Kernel panic - not syncing: ");
	if (panic)
		why = xasprintf("its kernel panicked: %.150s", panic);
	note(node, true, why ? why : text);
	guest_interrupt(node->guest);
}

/* The last thing that its kernel said was that it starts again. */
static bool reboots(const struct lab_node *node)
{
	auto_str struct str console = { 0 };
	auto_free char *words = NULL;

	lab_console_tail(node, 3, &console);
	words = last_words(str_text(&console), "reboot: ");
	return words && str_prefix(words, "Restarting system");
}

static void on_end(void *ctx, const char *name, enum hv_end how)
{
	struct lab *lab = ctx;
	struct lab_node *node = lab_find_node(lab, name, NULL);

	if (node && how == HV_END_SHUTDOWN && is_ready(node, true) && reboots(node))
		lab->rebooted(node);
	else if (node)
		health_ended(node, how == HV_END_DIED ? "its QEMU was killed or has failed"
						      : "the guest shut itself down");
}

/* For so long at most, until the node has a fault or is another guest than that one; under lock. */
static void await_news(struct lab_node *node, size_t starts, int64_t ms)
{
	int64_t until = deadline_in_ms(ms);
	const struct timespec ts = { .tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S };
	struct lab *lab = node->lab;

	while (!node->fault[0] && node->starts == starts &&
	       pthread_cond_timedwait(&lab->faulted, &lab->lock, &ts) != ETIMEDOUT)
		;
}

bool health_explain(struct lab_node *node, struct err *why)
{
	struct lab *lab = node->lab;
	bool found;

	if (why->code == -ETIMEDOUT && guest_silence_ms(node->guest) > CAUSE_MS)
		note(node, false, HANGS);
	(void)pthread_mutex_lock(&lab->lock);
	await_news(node, node->starts, why->code == -ECONNRESET ? CAUSE_MS : 0);
	found = node->fault[0];
	if (found)
		(void)err_set(why, EHOSTDOWN, "%s", node->fault);
	(void)pthread_mutex_unlock(&lab->lock);
	return found;
}

bool health_is_another(struct lab_node *node, size_t starts, bool wait)
{
	bool another;

	(void)pthread_mutex_lock(&node->lab->lock);
	await_news(node, starts, wait ? CAUSE_MS : 0);
	another = node->starts != starts;
	(void)pthread_mutex_unlock(&node->lab->lock);
	return another;
}

bool health_is_faulty(struct lab_node *node)
{
	bool faulty;

	(void)pthread_mutex_lock(&node->lab->lock);
	faulty = node->fault[0];
	(void)pthread_mutex_unlock(&node->lab->lock);
	return faulty;
}

/* True when the node is the caller's now. */
static bool take(struct lab_node *node, bool reconnects, bool *in_the_way)
{
	bool free;

	(void)pthread_mutex_lock(&node->lab->lock);
	free = !node->held;
	if (free) {
		node->held = true;
		node->reconnects = reconnects;
	}
	*in_the_way = !free && node->reconnects;
	(void)pthread_mutex_unlock(&node->lab->lock);
	return free;
}

int health_hold(struct lab_node *node, struct err *err)
{
	int64_t deadline = deadline_in_ms(CAUSE_MS);
	bool in_the_way = false;

	while (!take(node, false, &in_the_way)) {
		if (!in_the_way || deadline_passed(deadline))
			return err_set(err, EBUSY, "node '%s': is already being restarted",
				       node->plan->name);
		/* It waits for a guest that may never answer; it is between two waits at most for a
		 * moment. */
		guest_interrupt(node->guest);
		(void)poll(NULL, 0, 20);
	}
	return 0;
}

void health_release(struct lab_node *node)
{
	(void)pthread_mutex_lock(&node->lab->lock);
	node->held = false;
	(void)pthread_mutex_unlock(&node->lab->lock);
}

void health_clear(struct lab_node *node)
{
	(void)pthread_mutex_lock(&node->lab->lock);
	if (node->stage != LAB_DEAD)
		node->fault[0] = '\0';
	(void)pthread_mutex_unlock(&node->lab->lock);
}

/* --- the console: memory, and its bound --- */

static void take_line(struct lab_node *node, char *line)
{
	auto_free char *killed = last_words(line, "ut of memory: Killed process ");
	auto_free char *text = NULL;
	const char *name = killed ? strchr(killed, '(') : NULL;

	if (!name)
		return;
	text = xasprintf("ran out of memory: its kernel killed '%.*s'", (int)strcspn(name + 1, ")"),
			 name + 1);
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
	note(node, false, text);
}

/* Gives back what lies before the last part of a console that is too long; QEMU writes on behind
 * it. */
static void bound_console(int fd, const struct stat *st)
{
	if ((uint64_t)st->st_blocks * 512 > CONSOLE_MAX)
		(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				(st->st_size - CONSOLE_KEPT) & ~(off_t)4095);
}

/* Looks at whole lines that have come; what a guest printed faster than we look is left out. */
static void read_console(struct lab_node *node)
{
	auto_close int fd = open(node->console_log, O_RDWR | O_CLOEXEC);
	char buf[CONSOLE_STEP + 1], *rest = buf, *line;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if ((uint64_t)st.st_size < node->console_read)
		node->console_read = 0; /* a new guest's */
	if ((uint64_t)st.st_size > node->console_read + CONSOLE_STEP)
		node->console_read = (uint64_t)st.st_size - CONSOLE_STEP;
	n = pread(fd, buf, CONSOLE_STEP, (off_t)node->console_read);
	if (n <= 0)
		return;
	buf[n] = '\0';
	for (ssize_t i = 0; i < n; i++)
		buf[i] = buf[i] ? buf[i] : '?';
	while ((line = strchr(rest, '\n'))) {
		*line++ = '\0';
		take_line(node, rest);
		rest = line;
	}
	/* A line that is not at its end waits for the rest, unless it is endless. */
	node->console_read += rest > buf ? (size_t)(rest - buf) : n == CONSOLE_STEP ? (size_t)n : 0;
	bound_console(fd, &st);
}

/* --- hanging --- */

/* A new SSH session, as soon as the guest gives one; its commands have ended. The node is held, and
 * given back. */
static void *reconnect(void *arg)
{
	struct lab_node *node = arg;
	struct lab *lab = node->lab;
	struct err err = ERR_INIT;
	int r;

	guest_disconnect(node->guest);
	r = guest_connect(node->guest, deadline_in_ms(RECONNECT_MS), &lab->cancel, &err);
	if (r < 0) {
		log_warning("node '%s': %s", node->plan->name, err.msg);
	} else {
		health_clear(node);
		log_info("node '%s': has a new SSH session", node->plan->name);
	}
	(void)pthread_mutex_lock(&lab->lock);
	if (node->stage == LAB_WAITING)
		node->stage = LAB_READY; /* without a session it is looked for again */
	node->held = false;
	(void)pthread_mutex_unlock(&lab->lock);
	return NULL;
}

static void begin_reconnect(struct lab_node *node)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, reconnect, node) == 0)
		(void)pthread_detach(thread);
	else
		health_release(node);
}

void health_reconnect(struct lab_node *node)
{
	(void)pthread_mutex_lock(&node->lab->lock);
	node->reconnects = true;
	if (node->stage == LAB_READY)
		node->stage = LAB_WAITING;
	(void)pthread_mutex_unlock(&node->lab->lock);
	begin_reconnect(node);
}

static void look_for_hang(struct lab_node *node)
{
	int64_t given = node->lab->options.patience_ms;
	int64_t limit = given ? given : node->lab->kvm ? HANGS_KVM_MS : HANGS_EMULATED_MS;
	bool connected = guest_connected(node->guest), in_the_way;

	node->lost = connected ? 0 : node->lost + LOOK_MS;
	if (!is_ready(node, false))
		return;
	/* A connection that broke may be the first sign of a guest's end. */
	if (connected ? guest_silence_ms(node->guest) < limit : node->lost <= CAUSE_MS)
		return;
	note(node, false, HANGS);
	if (take(node, true, &in_the_way))
		begin_reconnect(node);
}

static void *look(void *arg)
{
	struct lab *lab = arg;

	for (;;) {
		(void)poll(NULL, 0, LOOK_MS);
		for (size_t i = 0; i < lab->plan.n_nodes; i++) {
			read_console(&lab->nodes[i]);
			look_for_hang(&lab->nodes[i]);
		}
	}
	return NULL;
}

int health_begin(struct lab *lab, struct err *err)
{
	pthread_t thread;
	int r = hv_watch(lab->hv, on_end, lab, err);

	if (r < 0)
		return r;
	r = pthread_create(&thread, NULL, look, lab);
	if (r)
		return err_errno(err, r, "thread");
	(void)pthread_detach(thread);
	return 0;
}
