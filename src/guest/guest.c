/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest as seen through its serial port: the session's thread and what callers ask of it. */
#include "guest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "guest/job.h"
#include "guest/keys-private.h"

#define MAX_JOBS 48 /* below the guest's MaxSessions */

struct guest {
	char *name, *socket;
	const struct guest_keys *keys;
	ssh_session session;
	ssh_event event;
	int fd, wake;
	pthread_t thread;
	bool threaded;
	pthread_mutex_t lock; /* of everything below, and of each job's shared part */
	pthread_cond_t changed;
	struct job *queue; /* newest first; taken by the thread */
	bool stop, lost;
};

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

static void wake(struct guest *guest)
{
	uint64_t one = 1;
	ssize_t n = write(guest->wake, &one, sizeof(one));

	(void)n; /* a full counter wakes as well */
}

static void drop_session(struct guest *guest)
{
	if (guest->event)
		ssh_event_free(guest->event);
	if (guest->session) {
		ssh_disconnect(guest->session);
		ssh_free(guest->session);
	}
	auto_closep(&guest->fd);
	auto_closep(&guest->wake);
	guest->event = NULL;
	guest->session = NULL;
	guest->fd = guest->wake = -1;
}

void guest_free(struct guest *guest)
{
	if (!guest)
		return;
	if (guest->threaded) {
		(void)pthread_mutex_lock(&guest->lock);
		guest->stop = true;
		(void)pthread_mutex_unlock(&guest->lock);
		wake(guest);
		(void)pthread_join(guest->thread, NULL);
	}
	drop_session(guest);
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
		if (job->changed >= 0)
			(void)eventfd_write(job->changed, 1);
		(void)pthread_cond_broadcast(&guest->changed);
		(void)pthread_mutex_unlock(&guest->lock);
	}
}

/* Waits until the session, a descriptor of a job or a caller has something; then reads the session.
 */
static void wait_and_pump(struct guest *guest, const struct job *jobs)
{
	struct pollfd pfd[2 + 3 * MAX_JOBS];
	uint64_t count;
	size_t n = 2;

	/* A lost session has nothing to read: only callers, who are told so, still come. */
	pfd[0] = (struct pollfd){ .fd = guest->lost ? -1 : guest->fd, .events = POLLIN };
	if (ssh_get_status(guest->session) & SSH_WRITE_PENDING)
		pfd[0].events |= POLLOUT;
	pfd[1] = (struct pollfd){ .fd = guest->wake, .events = POLLIN };
	for (; jobs && n + 3 <= ARRAY_SIZE(pfd); jobs = jobs->next)
		n += job_poll(jobs, &pfd[n]);
	(void)poll(pfd, n, -1);
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
		if (!ssh_is_connected(guest->session)) {
			(void)pthread_mutex_lock(&guest->lock);
			guest->lost = true;
			(void)pthread_mutex_unlock(&guest->lock);
		}
		wait_and_pump(guest, jobs);
	}
}

/* --- connecting --- */

static int open_socket(struct guest *guest, struct err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(guest->socket) >= sizeof(sa.sun_path))
		return err_errno(err, ENAMETOOLONG, "'%s'", guest->socket);
	strcpy(sa.sun_path, guest->socket);
	guest->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (guest->fd < 0 || connect(guest->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return err_errno(err, errno, "'%s'", guest->socket);
	return 0;
}

static int ssh_failure(struct guest *guest, const char *what, struct err *err)
{
	return err_set(err, ECONNRESET, "SSH: %s: %s", what, ssh_get_error(guest->session));
}

/* The guest must show the lab's own host key. */
static int check_host_key(struct guest *guest, struct err *err)
{
	ssh_key key = NULL;
	int same;

	if (ssh_get_server_publickey(guest->session, &key) != SSH_OK)
		return ssh_failure(guest, "host key", err);
	same = ssh_key_cmp(key, guest->keys->host, SSH_KEY_CMP_PUBLIC) == 0;
	ssh_key_free(key);
	return same ? 0 : err_set(err, EKEYREJECTED, "SSH: the host key is not the lab's");
}

static int handshake(struct guest *guest, int64_t deadline, struct err *err)
{
	long seconds = deadline_poll_ms(deadline) / 1000 + 1;
	int no = 0;

	guest->session = ssh_new();
	if (!guest->session)
		return err_set(err, ENOMEM, "SSH: no session");
	(void)ssh_options_set(guest->session, SSH_OPTIONS_PROCESS_CONFIG, &no);
	(void)ssh_options_set(guest->session, SSH_OPTIONS_HOST, guest->name);
	(void)ssh_options_set(guest->session, SSH_OPTIONS_USER, "root");
	(void)ssh_options_set(guest->session, SSH_OPTIONS_FD, &guest->fd);
	(void)ssh_options_set(guest->session, SSH_OPTIONS_TIMEOUT, &seconds);
	if (ssh_connect(guest->session) != SSH_OK)
		return ssh_failure(guest, "no answer", err);
	if (check_host_key(guest, err) < 0)
		return err->code;
	if (ssh_userauth_publickey(guest->session, NULL, guest->keys->login) != SSH_AUTH_SUCCESS)
		return ssh_failure(guest, "login", err);
	return 0;
}

int guest_connect(struct guest *guest, int64_t deadline, const volatile bool *cancel,
		  struct err *err)
{
	struct err local = ERR_INIT;
	int r = open_socket(guest, &local);

	if (r == 0)
		r = handshake(guest, deadline, &local);
	if (r == 0) {
		ssh_set_blocking(guest->session, 0);
		guest->event = ssh_event_new();
		guest->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (!guest->event || guest->wake < 0 ||
		    ssh_event_add_session(guest->event, guest->session) != SSH_OK)
			r = err_set(&local, ENOMEM, "SSH: no event loop");
	}
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

bool guest_connected(const struct guest *guest)
{
	return guest->threaded && !guest->lost;
}

/* --- jobs --- */

static int submit(struct guest *guest, struct job *job, struct err *err)
{
	bool usable;

	(void)pthread_mutex_lock(&guest->lock);
	usable = guest->threaded && !guest->lost && !guest->stop;
	if (usable) {
		job->next = guest->queue;
		guest->queue = job;
	}
	(void)pthread_mutex_unlock(&guest->lock);
	if (!usable)
		return err_set(err, ECONNRESET, "node '%s': there is no SSH session", guest->name);
	wake(guest);
	return 0;
}

/* Waits at most until the deadline for job->done; the lock is held. */
static bool wait_done(struct guest *guest, const struct job *job, int64_t deadline)
{
	struct timespec until = { .tv_sec = deadline / NS_PER_S, .tv_nsec = deadline % NS_PER_S };

	while (!job->done)
		if (pthread_cond_timedwait(&guest->changed, &guest->lock, &until) == ETIMEDOUT)
			break;
	return job->done;
}

/* Cancels the job unless it is done, and waits until the thread has let go of it. */
static void withdraw(struct guest *guest, struct job *job)
{
	(void)pthread_mutex_lock(&guest->lock);
	job->cancel = true;
	(void)pthread_mutex_unlock(&guest->lock);
	wake(guest);
	(void)pthread_mutex_lock(&guest->lock);
	while (!job->done)
		(void)pthread_cond_wait(&guest->changed, &guest->lock);
	(void)pthread_mutex_unlock(&guest->lock);
}

static bool cancelled(const volatile bool *cancel)
{
	return cancel && *cancel;
}

int guest_exec(struct guest *guest, const struct guest_command *command, struct str *out,
	       int *status, struct err *err)
{
	struct job *job = job_new(command->command);
	int r = 0;
	bool done;

	job->limit = command->limit ? command->limit : 1 << 20;
	str_add(&job->input, command->input, command->input_len);
	r = submit(guest, job, err);
	if (r < 0) {
		job_free(job);
		return r;
	}
	do {
		int64_t slice = deadline_in_ms(200);

		(void)pthread_mutex_lock(&guest->lock);
		done = wait_done(guest, job, slice < command->deadline ? slice : command->deadline);
		(void)pthread_mutex_unlock(&guest->lock);
	} while (!done && !deadline_passed(command->deadline) && !cancelled(command->cancel));
	if (!done)
		withdraw(guest, job);
	str_add(out, str_text(&job->output), job->output.len);
	if (!done && cancelled(command->cancel))
		r = err_set(err, ECANCELED, "node '%s': cancelled", guest->name);
	else if (!done)
		r = err_set(err, ETIMEDOUT, "node '%s': no end within its deadline", guest->name);
	else if (job->error)
		r = err_set(err, job->error, "node '%s': the SSH session ended", guest->name);
	else
		*status = job->status;
	job_free(job);
	return r;
}

int guest_unpack(struct guest *guest, const struct str *archive, int64_t deadline, struct err *err)
{
	struct guest_command command = {
		.command = "exec tar -xf - -C /",
		.input = archive->data,
		.input_len = archive->len,
		.deadline = deadline,
	};
	auto_str struct str out = { 0 };
	int status = 0, r = guest_exec(guest, &command, &out, &status, err);

	if (r < 0)
		return err_context(err, "files");
	if (status)
		return err_set(err, EIO, "node '%s': files: %.300s", guest->name, str_text(&out));
	return 0;
}

int guest_read_file(struct guest *guest, const char *path, size_t limit, int64_t deadline,
		    struct str *out, struct err *err)
{
	auto_str struct str line = { 0 }, data = { 0 };
	struct guest_command command = { .limit = limit + 1, .deadline = deadline };
	int status = 0, r;

	str_adds(&line, "exec cat -- ");
	str_add_quoted(&line, path);
	command.command = line.data;
	r = guest_exec(guest, &command, &data, &status, err);
	if (r < 0)
		return r;
	if (status)
		return err_set(err, ENOENT, "node '%s': %.300s", guest->name, str_text(&data));
	if (data.len > limit)
		return err_set(err, EFBIG, "node '%s': '%s' is larger than %zu bytes", guest->name,
			       path, limit);
	str_add(out, str_text(&data), data.len);
	return 0;
}

/* --- interactive sessions --- */

int guest_session_start(struct guest *guest, const struct guest_session *session, struct job **ret,
			struct err *err)
{
	struct job *job = job_new(session->command);
	int r;

	job->pty = session->pty;
	job->term = session->term ? xstrdup(session->term) : NULL;
	job->cols = session->cols;
	job->rows = session->rows;
	job->changed = session->changed;
	job->in = fcntl(session->in, F_DUPFD_CLOEXEC, 3);
	job->out = fcntl(session->out, F_DUPFD_CLOEXEC, 3);
	job->errfd = fcntl(session->errfd, F_DUPFD_CLOEXEC, 3);
	if (job->in < 0 || job->out < 0 || job->errfd < 0)
		r = err_errno(err, errno, "node '%s': session", guest->name);
	else
		r = submit(guest, job, err);
	if (r < 0) {
		job_free(job);
		return r;
	}
	*ret = job;
	return 0;
}

void guest_session_resize(struct guest *guest, struct job *job, int cols, int rows)
{
	(void)pthread_mutex_lock(&guest->lock);
	job->cols = cols;
	job->rows = rows;
	job->resize = true;
	(void)pthread_mutex_unlock(&guest->lock);
	wake(guest);
}

int guest_session_wait(struct guest *guest, struct job *job, int64_t deadline, int *status,
		       struct err *err)
{
	bool done;

	(void)pthread_mutex_lock(&guest->lock);
	done = wait_done(guest, job, deadline);
	(void)pthread_mutex_unlock(&guest->lock);
	if (!done)
		return 0;
	if (job->error)
		return err_set(err, job->error, "node '%s': the SSH session ended", guest->name);
	*status = job->status;
	return 1;
}

void guest_session_end(struct guest *guest, struct job *job)
{
	withdraw(guest, job);
	job_free(job);
}
