/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest as seen through its serial port: the object and the thread that owns its session. */
#include "guest/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "guest/private.h"

#define BEAT_MS 5000

struct guest *guest_new(const char *name, const char *socket, const struct guest_keys *keys)
{
	struct guest *guest = xcalloc(1, sizeof(*guest));
	pthread_condattr_t attr;

	guest->name = xstrdup(name);
	guest->socket = xstrdup(socket);
	guest->keys = keys;
	guest->fd = guest->wake = -1;
	(void)pthread_mutex_init(&guest->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&guest->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	return guest;
}

void guest_wake(struct guest *guest)
{
	uint64_t one = 1;
	ssize_t n = write(guest->wake, &one, sizeof(one));

	(void)n; /* a full counter wakes as well */
}

/*
 * libssh closes the descriptor that it was given where the connection broke, and leaves it open
 * else: whether it is still the one that we duplicated tells.
 */
static bool is_same_socket(int theirs, int ours)
{
	struct stat a, b;

	return theirs >= 0 && ours >= 0 && fstat(theirs, &a) == 0 && fstat(ours, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void drop_session(struct guest *guest)
{
	int theirs;

	job_free(take_ptr(guest->beat));
	if (guest->event)
		ssh_event_free(guest->event);
	if (guest->session) {
		theirs = ssh_get_fd(guest->session);
		ssh_disconnect(guest->session);
		ssh_free(guest->session);
		if (is_same_socket(theirs, guest->fd))
			(void)close(theirs);
	}
	(void)pthread_mutex_lock(&guest->lock);
	auto_closep(&guest->fd);
	auto_closep(&guest->wake);
	guest->event = NULL;
	guest->session = NULL;
	guest->fd = guest->wake = -1;
	guest->threaded = guest->stop = guest->lost = false;
	guest->asked = 0;
	(void)pthread_mutex_unlock(&guest->lock);
}

void guest_interrupt(struct guest *guest)
{
	(void)pthread_mutex_lock(&guest->lock);
	if (!guest->threaded && guest->fd >= 0)
		(void)shutdown(guest->fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&guest->lock);
}

void guest_disconnect(struct guest *guest)
{
	bool threaded;

	(void)pthread_mutex_lock(&guest->lock);
	threaded = guest->threaded;
	guest->stop = threaded;
	if (threaded)
		guest_wake(guest);
	(void)pthread_mutex_unlock(&guest->lock);
	if (!threaded)
		return;
	(void)pthread_join(guest->thread, NULL);
	drop_session(guest);
}

void guest_free(struct guest *guest)
{
	if (!guest)
		return;
	guest_disconnect(guest);
	(void)pthread_mutex_destroy(&guest->lock);
	(void)pthread_cond_destroy(&guest->changed);
	free(guest->name);
	free(guest->socket);
	free(guest);
}

/* --- the session's thread --- */

static void take_queue(struct guest *guest, struct job **jobs, bool *stop)
{
	(void)pthread_mutex_lock(&guest->lock);
	*stop = guest->stop;
	while (guest->queue) {
		struct job *job = guest->queue;

		guest->queue = job->next;
		job->next = *jobs;
		*jobs = job;
	}
	(void)pthread_mutex_unlock(&guest->lock);
}

/* Takes the jobs that ended out of the list and wakes who waits for them. */
static void hand_back(struct guest *guest, struct job **jobs)
{
	while (*jobs) {
		struct job *job = *jobs;

		if (job->stage != JOB_DONE) {
			jobs = &job->next;
			continue;
		}
		*jobs = job->next;
		if (job->channel)
			ssh_channel_free(job->channel); /* closes it too */
		job->channel = NULL;
		(void)pthread_mutex_lock(&guest->lock);
		job->done = true;
		guest->n_jobs--;
		if (job->changed >= 0)
			(void)eventfd_write(job->changed, 1);
		(void)pthread_cond_broadcast(&guest->changed);
		(void)pthread_mutex_unlock(&guest->lock);
	}
}

/* Asks for a sign of life when it is time to, and takes it. */
static void step_beat(struct guest *guest)
{
	if (!guest->beat && deadline_passed(guest->next_beat)) {
		guest->beat = job_new(NULL);
		guest->beat->beat = true;
		(void)pthread_mutex_lock(&guest->lock);
		guest->asked = clock_mono_ns();
		(void)pthread_mutex_unlock(&guest->lock);
	}
	if (!guest->beat)
		return;
	job_step(guest->beat, guest->session, &guest->lock);
	if (guest->beat->stage != JOB_DONE)
		return;
	job_free(take_ptr(guest->beat));
	guest->next_beat = deadline_in_ms(BEAT_MS);
	(void)pthread_mutex_lock(&guest->lock);
	guest->asked = 0;
	(void)pthread_mutex_unlock(&guest->lock);
}

/* Waits until the session, a descriptor of a job or a caller has something; then reads the session.
 */
static void wait_and_pump(struct guest *guest, const struct job *jobs)
{
	struct pollfd pfd[2 + 3 * GUEST_MAX_JOBS];
	uint64_t count;
	size_t n = 2;
	bool more = false;

	/* A lost session has nothing to read: only callers, who are told so, still come. */
	pfd[0] = (struct pollfd){ .fd = guest->lost ? -1 : guest->fd, .events = POLLIN };
	if (ssh_get_status(guest->session) & SSH_WRITE_PENDING)
		pfd[0].events |= POLLOUT;
	pfd[1] = (struct pollfd){ .fd = guest->wake, .events = POLLIN };
	for (; jobs && n + 3 <= ARRAY_SIZE(pfd); jobs = jobs->next) {
		n += job_poll(jobs, &pfd[n]);
		more = more || jobs->more;
	}
	(void)poll(pfd, n,
		   more                         ? 0
		   : guest->lost || guest->beat ? -1
						: deadline_poll_ms(guest->next_beat));
	if (pfd[1].revents && read(guest->wake, &count, sizeof(count)) < 0)
		return;
	if (pfd[0].revents)
		(void)ssh_event_dopoll(guest->event, 0);
}

static void *session_thread(void *arg)
{
	struct guest *guest = arg;
	struct job *jobs = NULL, *job;
	bool stop = false;

	for (;;) {
		take_queue(guest, &jobs, &stop);
		for (job = jobs; job; job = job->next)
			if (stop || !ssh_is_connected(guest->session))
				job_fail(job, ECONNRESET);
			else
				job_step(job, guest->session, &guest->lock);
		hand_back(guest, &jobs);
		if (stop)
			return NULL;
		if (ssh_is_connected(guest->session)) {
			step_beat(guest);
		} else {
			(void)pthread_mutex_lock(&guest->lock);
			guest->lost = true;
			(void)pthread_mutex_unlock(&guest->lock);
		}
		wait_and_pump(guest, jobs);
	}
}

int guest_connect(struct guest *guest, int64_t deadline, const atomic_bool *cancel, struct err *err)
{
	struct err local = ERR_INIT;
	int r = guest_handshake(guest, deadline, &local);

	if (r == 0) {
		ssh_set_blocking(guest->session, 0);
		guest->event = ssh_event_new();
		guest->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (!guest->event || guest->wake < 0 ||
		    ssh_event_add_session(guest->event, guest->session) != SSH_OK)
			r = err_set(&local, ENOMEM, "SSH: no event loop");
	}
	guest->next_beat = deadline_in_ms(BEAT_MS);
	if (r == 0) {
		r = -pthread_create(&guest->thread, NULL, session_thread, guest);
		if (r < 0)
			(void)err_errno(&local, -r, "SSH: thread");
	}
	if (r < 0) {
		drop_session(guest);
		if (deadline_passed(deadline))
			local.code = -ETIMEDOUT;
		if (cancel && *cancel)
			local.code = -ECANCELED;
		return err_set(err, -local.code, "%s", local.msg);
	}
	(void)pthread_mutex_lock(&guest->lock);
	guest->threaded = true;
	(void)pthread_mutex_unlock(&guest->lock);
	return 0;
}

int64_t guest_silence_ms(struct guest *guest)
{
	int64_t asked;

	(void)pthread_mutex_lock(&guest->lock);
	asked = guest->lost ? 0 : guest->asked;
	(void)pthread_mutex_unlock(&guest->lock);
	return asked ? (clock_mono_ns() - asked) / NS_PER_MS : 0;
}

bool guest_connected(struct guest *guest)
{
	bool connected;

	(void)pthread_mutex_lock(&guest->lock);
	connected = guest->threaded && !guest->lost;
	(void)pthread_mutex_unlock(&guest->lock);
	return connected;
}
