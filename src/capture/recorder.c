/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop of labd-capture: waits for taps, signals and the end of a live stream's reader. */
#include "capture/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/str.h"
#include "jail/jail.h"
#include "run/run.h"

#define FLUSH_MS 1000 /* how much of a capture a sudden end may cost */
#define DRAIN_MS 2000 /* how long the kernel may take to hand on its last frames */
#define TURNS 32      /* of reading one interface before the others have theirs */

static void port_failed(struct recorder_port *p, const struct err *err)
{
	(void)snprintf(p->error, sizeof(p->error), "%s", err->msg);
	(void)fprintf(stderr, "labd-capture: %s\n", p->error);
}

static int open_file(const struct recorder *c, struct recorder_port *p, struct err *err)
{
	auto_free char *name = run_capture_name(p->port.name);

	p->path = xasprintf("%s/%s", c->dir, name);
	p->fd = open(p->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p->fd < 0)
		return err_errno(err, errno, "'%s'", p->path);
	pcapng_writer_new(p->fd, -1, "labd-capture", &p->writer);
	return 0;
}

static int open_port(const struct recorder *c, struct recorder_port *p, struct err *err)
{
	struct pcapng_iface iface = tap_iface(p->tap);
	int r = c->dir ? open_file(c, p, err) : 0;

	if (r < 0)
		return r;
	if (!c->dir)
		p->writer = c->live;
	r = pcapng_write_iface(p->writer, &iface, err);
	if (r < 0)
		return err_context(err, "'%s'", c->dir ? p->path : "standard output");
	p->iface = (uint32_t)r;
	return 0;
}

/* The writer said no: EPIPE and SIGTERM end a live stream in peace. Captures that lack a part are
 * of no use to a run: all end, so that it learns of it at once. */
static void on_write_failed(struct recorder *c, struct recorder_port *p, struct err *err)
{
	if (!c->dir && (err->code == -EPIPE || err->code == -ECANCELED)) {
		c->closed = true;
		return;
	}
	(void)err_context(err, "'%s'", c->dir ? p->path : "standard output");
	port_failed(p, err);
	p->full = true;
	c->closed = true;
}

static void flush_port(struct recorder *c, struct recorder_port *p)
{
	struct err err = ERR_INIT;

	if (!p->full && pcapng_flush(p->writer, &err) < 0)
		on_write_failed(c, p, &err);
}

/* Frames that go round and round must not fill the disk. */
static bool is_full(const struct recorder *c)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < c->n; i++)
		bytes += pcapng_written(c->ports[i].writer).bytes;
	return bytes > c->limit;
}

/* Returns whether there may be more. */
static bool pump(struct recorder *c, struct recorder_port *p, uint64_t until_ns)
{
	struct err err = ERR_INIT;
	bool write_failed = false;
	int n;

	if (c->closed)
		return false;
	n = tap_pump(p->tap, p->full ? NULL : p->writer, p->iface, until_ns, &write_failed, &err);
	if (write_failed) {
		on_write_failed(c, p, &err);
		return true;
	}
	if (n > 0 && c->dir && is_full(c)) {
		(void)err_set(&err, EFBIG, "the captures have reached their limit of %llu MiB",
			      (unsigned long long)(c->limit >> 20));
		on_write_failed(c, p, &err);
	}
	if (n < 0 && !p->lost) {
		p->lost = true;
		port_failed(p, &err);
	}
	return n > 0;
}

/*
 * Takes what the kernel had got of an interface by until_ns: also from the block it still fills,
 * and where the interface is gone.
 */
static void drain_port(struct recorder *c, struct recorder_port *p, uint64_t until_ns,
		       int64_t deadline)
{
	struct pollfd pfd = { .events = POLLIN };

	do {
		while (pump(c, p, until_ns))
			;
		if (c->closed || !tap_behind(p->tap))
			return;
		pfd.fd = p->lost ? -1 : tap_fd(p->tap);
		(void)poll(&pfd, 1, TAP_HOLD_MS);
	} while (!deadline_passed(deadline));
}

/* Fills pfd: the ports, the signals, and the reader of a live stream. */
static void prepare(const struct recorder *c, struct pollfd *pfd)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct recorder_port *p = &c->ports[i];

		pfd[i] = (struct pollfd){ .fd = p->lost ? -1 : tap_fd(p->tap), .events = POLLIN };
	}
	pfd[c->n] = (struct pollfd){ .fd = c->signals, .events = POLLIN };
	pfd[c->n + 1] = (struct pollfd){ .fd = c->dir ? -1 : STDOUT_FILENO };
}

static void flush_all(struct recorder *c)
{
	for (size_t i = 0; i < (c->dir ? c->n : 1); i++)
		flush_port(c, &c->ports[i]);
}

/* Takes what an interface has; a live capture hands on what came first. */
static void pump_all(struct recorder *c, struct recorder_port *p)
{
	for (int i = 0; pump(c, p, UINT64_MAX) && c->dir && i < TURNS; i++)
		;
	if (p->lost)
		drain_port(c, p, UINT64_MAX, deadline_in_ms(DRAIN_MS));
}

static void capture(struct recorder *c)
{
	auto_free struct pollfd *pfd = xcalloc(c->n + 2, sizeof(*pfd));
	int64_t flush_at = deadline_in_ms(FLUSH_MS);

	while (!c->closed) {
		int ready;

		prepare(c, pfd);
		ready = poll(pfd, c->n + 2, FLUSH_MS);
		if (ready < 0 && errno != EINTR)
			return;
		for (size_t i = 0; ready > 0 && i < c->n; i++)
			if (pfd[i].revents)
				pump_all(c, &c->ports[i]);
		if (!c->dir || deadline_passed(flush_at)) {
			flush_all(c);
			flush_at = deadline_in_ms(FLUSH_MS);
		}
		if (ready > 0 && (pfd[c->n].revents || pfd[c->n + 1].revents))
			return;
	}
}

/* Takes the last frames, and closes each interface with its counters. */
static void drain(struct recorder *c)
{
	uint64_t now = (uint64_t)clock_real_ns();
	int64_t deadline = deadline_in_ms(DRAIN_MS);

	for (size_t i = 0; i < c->n; i++)
		if (!c->ports[i].lost)
			drain_port(c, &c->ports[i], now, deadline);
	for (size_t i = 0; i < c->n; i++) {
		struct recorder_port *p = &c->ports[i];
		struct pcapng_stats s = tap_stats(p->tap);
		struct err err = ERR_INIT;

		s.iface = p->iface;
		if (!p->full && pcapng_write_stats(p->writer, &s, &err) < 0)
			on_write_failed(c, p, &err);
	}
	flush_all(c);
}

static int open_taps(struct recorder *c, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n; i++)
		r = tap_open(&c->ports[i].port, &c->tap, &c->ports[i].tap, err);
	return r;
}

/* With the taps open, which takes a capability, only the folder is needed any more. */
static int enter_jail(const struct recorder *c, struct err *err)
{
	const struct jail_path dir = { .path = c->dir, .writable = true };
	int r = jail_enter(&dir, c->dir ? 1 : 0, err);

	return r < 0 ? r : jail_fork(err);
}

static int open_files(struct recorder *c, struct err *err)
{
	int r = 0;

	if (!c->dir)
		pcapng_writer_new(STDOUT_FILENO, c->signals, "labd-capture", &c->live);
	else
		r = c->report = report_open(c->dir, c->ports, c->n, err);
	for (size_t i = 0; r >= 0 && i < c->n; i++)
		r = open_port(c, &c->ports[i], err);
	return r < 0 ? r : 0;
}

static int open_signals(struct err *err)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_errno(err, errno, "signalfd") : fd;
}

int recorder_run(struct recorder *c, struct err *err)
{
	int r;

	c->signals = open_signals(err);
	if (c->signals < 0)
		return c->signals;
	r = open_taps(c, err);
	if (r == 0)
		r = enter_jail(c, err);
	if (r == 0)
		r = open_files(c, err);
	if (r < 0)
		return r;
	flush_all(c);
	if (c->dir)
		r = child_ready(err);
	if (r < 0)
		return r;
	capture(c);
	drain(c);
	return c->dir ? report_close(c->report, c->ports, c->n, err) : 0;
}

void recorder_free(struct recorder *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct recorder_port *p = &c->ports[i];

		tap_close(p->tap);
		if (p->writer != c->live)
			pcapng_writer_free(p->writer);
		if (p->fd >= 0)
			(void)close(p->fd);
		free(p->path);
	}
	pcapng_writer_free(c->live);
	if (c->report >= 0)
		(void)close(c->report);
	if (c->signals >= 0)
		(void)close(c->signals);
	free(c->ports);
}
