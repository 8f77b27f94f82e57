/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command in one SSH channel, moved on step by step without ever blocking. */
#include "guest/job.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 16384
#define ROUNDS 64 /* of reading in one step: a guest that never pauses must not keep the thread */

struct job *job_new(const char *command)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->command = command ? xstrdup(command) : NULL;
	job->in = job->out = job->errfd = job->changed = -1;
	job->status = 255;
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	auto_closep(&job->in);
	auto_closep(&job->out);
	auto_closep(&job->errfd);
	if (job->channel)
		ssh_channel_free(job->channel);
	str_free(&job->input);
	str_free(&job->pending[0]);
	str_free(&job->pending[1]);
	str_free(&job->output);
	free(job->command);
	free(job->term);
	free(job);
}

void job_fail(struct job *job, int code)
{
	job->error = code;
	job->stage = JOB_DONE;
}

/* Takes a libssh answer: true when the step is done; a failure ends the job. */
static bool stage_done(struct job *job, int r, enum job_stage next)
{
	if (r == SSH_AGAIN)
		return false;
	if (r != SSH_OK) {
		job_fail(job, ECONNRESET);
		return false;
	}
	job->stage = next;
	return true;
}

static bool step_start(struct job *job, ssh_session session)
{
	switch (job->stage) {
	case JOB_OPEN:
		if (!job->channel)
			job->channel = ssh_channel_new(session);
		if (!job->channel) {
			job_fail(job, ENOMEM);
			return false;
		}
		return stage_done(job, ssh_channel_open_session(job->channel),
				  job->beat  ? JOB_DONE
				  : job->pty ? JOB_PTY
					     : JOB_EXEC);
	case JOB_PTY:
		return stage_done(job,
				  ssh_channel_request_pty_size(job->channel,
							       job->term ? job->term : "xterm",
							       job->cols, job->rows),
				  JOB_EXEC);
	case JOB_EXEC:
		return stage_done(job,
				  job->command
					  ? ssh_channel_request_exec(job->channel, job->command)
					  : ssh_channel_request_shell(job->channel),
				  JOB_RUN);
	case JOB_RUN:
	case JOB_DONE:
		break;
	}
	return false;
}

/*
 * Sends what the window takes and the port has taken: a guest may open a window of 4 GiB and read
 * nothing. More comes when it has read.
 */
static void send_bytes(struct job *job, const char *data, size_t len, size_t *sent)
{
	ssh_session session = ssh_channel_get_session(job->channel);

	*sent = 0;
	while (*sent < len && !(ssh_get_status(session) & SSH_WRITE_PENDING)) {
		uint32_t window = ssh_channel_window_size(job->channel);
		size_t n = len - *sent;
		int r;

		if (n > window)
			n = window;
		if (n > CHUNK)
			n = CHUNK;
		if (!n)
			return;
		r = ssh_channel_write(job->channel, data + *sent, (uint32_t)n);
		if (r <= 0)
			return;
		*sent += (size_t)r;
	}
}

/* From a descriptor of the caller's into the input buffer. */
static bool fill_input(struct job *job)
{
	struct pollfd pfd = { .fd = job->in, .events = POLLIN };
	char buf[CHUNK];
	ssize_t n;

	if (poll(&pfd, 1, 0) != 1)
		return false;
	n = read(job->in, buf, sizeof(buf));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (n > 0) {
		str_add(&job->input, buf, (size_t)n);
		return true;
	}
	auto_closep(&job->in);
	job->in = -1;
	return false;
}

static void step_input(struct job *job)
{
	while (!job->input_done) {
		size_t sent;

		if (job->input_at == job->input.len) {
			job->input.len = job->input_at = 0;
			if (job->in >= 0 && !fill_input(job) && job->in >= 0)
				return;
			if (!job->input.len) {
				(void)ssh_channel_send_eof(job->channel);
				job->input_done = true;
				return;
			}
		}
		send_bytes(job, job->input.data + job->input_at, job->input.len - job->input_at,
			   &sent);
		job->input_at += sent;
		if (!sent)
			return;
	}
}

/* Writes what a descriptor of the caller's takes now; one that is broken swallows the rest. */
static void flush_pending(struct str *pending, int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	while (pending->len && poll(&pfd, 1, 0) == 1) {
		ssize_t n = write(fd, pending->data, pending->len < 4096 ? pending->len : 4096);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		str_drop(pending, n < 0 ? pending->len : (size_t)n);
	}
}

static void keep_output(struct job *job, const char *data, size_t len, pthread_mutex_t *lock)
{
	size_t room;

	(void)pthread_mutex_lock(lock);
	room = job->limit > job->output.len ? job->limit - job->output.len : 0;
	str_add(&job->output, data, len < room ? len : room);
	(void)pthread_mutex_unlock(lock);
}

/* Reads one of stdout (0) and stderr (1); false when nothing is left for now. */
static bool step_output(struct job *job, int which, pthread_mutex_t *lock)
{
	int fd = which ? job->errfd : job->out;
	char buf[CHUNK];
	int n;

	if (fd >= 0)
		flush_pending(&job->pending[which], fd);
	if (job->pending[which].len)
		return false;
	n = ssh_channel_read_nonblocking(job->channel, buf, sizeof(buf), which);
	if (n <= 0)
		return false;
	if (fd >= 0)
		str_add(&job->pending[which], buf, (size_t)n);
	else
		keep_output(job, buf, (size_t)n, lock);
	return true;
}

static void step_run(struct job *job, pthread_mutex_t *lock)
{
	if (ssh_channel_is_closed(job->channel))
		job->input_done = true;
	step_input(job);
	job->more = true;
	for (int i = 0; job->more && i < ROUNDS; i++) {
		job->more = step_output(job, 0, lock);
		job->more |= step_output(job, 1, lock);
	}
	if (ssh_channel_is_closed(job->channel) && !job->pending[0].len && !job->pending[1].len &&
	    ssh_channel_poll(job->channel, 0) <= 0 && ssh_channel_poll(job->channel, 1) <= 0) {
		int status = ssh_channel_get_exit_status(job->channel);

		/* A session that ends closes its channels, too: that is no end of the command. */
		if (status < 0 && !ssh_is_connected(ssh_channel_get_session(job->channel))) {
			job_fail(job, ECONNRESET);
			return;
		}
		job->status = status < 0 ? 255 : status;
		job->stage = JOB_DONE;
	}
}

void job_step(struct job *job, ssh_session session, pthread_mutex_t *lock)
{
	bool cancel, resize;
	int cols, rows;

	(void)pthread_mutex_lock(lock);
	cancel = job->cancel;
	resize = job->resize;
	job->resize = false;
	cols = job->cols;
	rows = job->rows;
	(void)pthread_mutex_unlock(lock);
	if (cancel) {
		/* sshd leaves a command without a terminal running when its channel goes (RFC
		 * 4254, 6.9). */
		if (job->stage == JOB_RUN)
			(void)ssh_channel_request_send_signal(job->channel, "TERM");
		job_fail(job, ECANCELED);
		return;
	}
	while (step_start(job, session))
		;
	if (job->stage != JOB_RUN)
		return;
	if (resize && job->pty)
		(void)ssh_channel_change_pty_size(job->channel, cols, rows);
	step_run(job, lock);
}

size_t job_poll(const struct job *job, struct pollfd *pfd)
{
	size_t n = 0;

	if (job->stage != JOB_RUN)
		return 0;
	if (job->in >= 0 && !job->input_done && job->input_at == job->input.len &&
	    ssh_channel_window_size(job->channel))
		pfd[n++] = (struct pollfd){ .fd = job->in, .events = POLLIN };
	if (job->pending[0].len)
		pfd[n++] = (struct pollfd){ .fd = job->out, .events = POLLOUT };
	if (job->pending[1].len)
		pfd[n++] = (struct pollfd){ .fd = job->errfd, .events = POLLOUT };
	return n;
}
