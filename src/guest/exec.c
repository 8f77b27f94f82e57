/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What callers ask of a guest: commands, files, interactive sessions. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "guest/private.h"

#define DEFAULT_LIMIT (1 << 20)

static int submit(struct guest *guest, struct job *job, struct err *err)
{
	bool usable, busy;

	(void)pthread_mutex_lock(&guest->lock);
	usable = guest->threaded && !guest->lost && !guest->stop;
	busy = guest->n_jobs >= GUEST_MAX_JOBS;
	if (usable && !busy) {
		job->next = guest->queue;
		guest->queue = job;
		guest->n_jobs++;
		guest_wake(guest);
	}
	(void)pthread_mutex_unlock(&guest->lock);
	if (!usable)
		return err_set(err, ECONNRESET, "node '%s': there is no SSH session", guest->name);
	if (busy)
		return err_set(err, EBUSY, "node '%s': %d commands run there already", guest->name,
			       GUEST_MAX_JOBS);
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
	guest_wake(guest);
	while (!job->done)
		(void)pthread_cond_wait(&guest->changed, &guest->lock);
	(void)pthread_mutex_unlock(&guest->lock);
}

static bool cancelled(const atomic_bool *cancel)
{
	return cancel && *cancel;
}

/* A copy, as the guest's thread goes on writing. */
static void tell(struct guest *guest, struct job *job, const struct guest_command *command,
		 struct str *told)
{
	size_t before = told->len;

	(void)pthread_mutex_lock(&guest->lock);
	if (job->output.len > before)
		str_add(told, str_text(&job->output) + before, job->output.len - before);
	(void)pthread_mutex_unlock(&guest->lock);
	if (told->len > before)
		command->heard(command->ctx, str_text(told));
}

int guest_exec(struct guest *guest, const struct guest_command *command, struct str *out,
	       int *status, struct err *err)
{
	struct job *job = job_new(command->command);
	auto_str struct str told = { 0 };
	int r = 0;
	bool done;

	job->limit = command->limit ? command->limit : DEFAULT_LIMIT;
	str_add(&job->input, command->input, command->input_len);
	if (command->more)
		job->in = fcntl(command->more, F_DUPFD_CLOEXEC, 3);
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
		if (command->heard)
			tell(guest, job, command, &told);
	} while (!done && !deadline_passed(command->deadline) && !cancelled(command->cancel));
	if (!done)
		withdraw(guest, job);
	str_add(out, str_text(&job->output), job->output.len);
	if (!done && cancelled(command->cancel))
		r = err_set(err, ECANCELED, "node '%s': cancelled", guest->name);
	else if (!done)
		r = err_set(err, ETIMEDOUT, "node '%s': not finished within its deadline",
			    guest->name);
	else if (job->error)
		r = err_set(err, job->error, "node '%s': the SSH session ended", guest->name);
	else
		*status = job->status;
	job_free(job);
	return r;
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
		return err_set(err, ENOENT, "node '%s': %.*s", guest->name,
			       (int)strcspn(str_text(&data), "\n"), str_text(&data));
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
	guest_wake(guest);
	(void)pthread_mutex_unlock(&guest->lock);
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
