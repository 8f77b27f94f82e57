/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An experiment's commands in the background. Each runs in a session (setsid(2)) of its own in the
 * guest, below a shell that waits for it and for the end of its standard input: what closes that,
 * be it labd or labd's death, ends the command and all that is in its process group.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "labd/health.h"
#include "labd/run.h"

#define OUTPUT_LIMIT (256 << 10)
#define END_S 20 /* from the end of its input: it has 2 s, the rest is for a slow guest */

struct aside {
	struct run *run;
	struct lab_node *node;
	size_t starts; /* of the node */
	char *line;
	int in, hold; /* the two ends of its standard input */
	atomic_bool stop, over;
	struct str out;
	int status, r;
	struct err err;
	pthread_t thread;
};

static void aside_free(struct aside *aside)
{
	if (!aside)
		return;
	auto_closep(&aside->in);
	auto_closep(&aside->hold);
	str_free(&aside->out);
	free(aside->line);
	free(aside);
}

static void *run_aside(void *arg)
{
	struct aside *aside = arg;
	struct guest_command command = { .command = aside->line,
					 .more = aside->in,
					 .limit = OUTPUT_LIMIT,
					 .deadline = INT64_MAX,
					 .cancel = &aside->stop };

	aside->r =
		guest_exec(aside->node->guest, &command, &aside->out, &aside->status, &aside->err);
	aside->over = true;
	return NULL;
}

/* $c is a group of its own as long as one of it lives, and no other's: $c itself is not reaped
 * before. */
static char *line_of(const char *command)
{
	struct str line = { 0 };

	str_adds(&line, "exec 3<&0; setsid sh -c ");
	str_add_quoted(&line, command);
	str_adds(&line, " </dev/null & c=$!\n"
			"{ cat; kill -s TERM -- -$c; sleep 2; kill -s KILL -- -$c; } "
			"<&3 3<&- >/dev/null 2>&1 & w=$!\n"
			"exec 3<&- 0</dev/null; wait $c; s=$?; exec 2>/dev/null; kill $w; i=0\n"
			"kill -s TERM -- -$c && while kill -s 0 -- -$c; do\n"
			"[ $i -lt 20 ] || kill -s KILL -- -$c; i=$((i+1)); sleep 0.1; done\n"
			"exit $s");
	return str_take(&line);
}

int run_aside_start(void *ctx, const char *node, const char *command, void **ret, struct err *err)
{
	struct run *run = ctx;
	struct aside *aside = xcalloc(1, sizeof(*aside));
	int ends[2] = { -1, -1 }, r = 0;

	*aside = (struct aside){ .run = run, .in = -1, .hold = -1, .status = -1 };
	aside->node = lab_find_node(run->lab, node, err);
	if (!aside->node)
		r = err->code;
	else if (pipe2(ends, O_CLOEXEC) < 0)
		r = err_errno(err, errno, "step in the background");
	aside->in = ends[0];
	aside->hold = ends[1];
	if (r == 0) {
		aside->starts = aside->node->starts;
		aside->line = line_of(command);
		r = pthread_create(&aside->thread, NULL, run_aside, aside);
		r = r ? err_errno(err, r, "thread") : 0;
	}
	if (r < 0)
		aside_free(aside);
	else
		*ret = aside;
	return r;
}

bool run_aside_runs(void *ctx, void *arg)
{
	const struct aside *aside = arg;

	(void)ctx;
	return !aside->over;
}

/* As a guest's shutdown ends what runs there: by a signal, with its last process, or with SSH. */
static bool looks_cut(const struct aside *aside)
{
	int status = aside->status;

	return aside->r < 0 ? aside->r == -ECONNRESET
			    : status == 128 + SIGTERM || status == 128 + SIGKILL ||
				      status == 128 + SIGHUP || status == 255;
}

int run_aside_end(void *ctx, void *arg, struct str *out, int *status, struct err *err)
{
	struct aside *aside = arg;
	bool by_itself = aside->over, another;
	struct timespec until;
	int r;

	(void)ctx;
	auto_closep(&aside->hold);
	aside->hold = -1;
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += END_S;
	if (pthread_timedjoin_np(aside->thread, NULL, &until) != 0) {
		aside->stop = true;
		(void)pthread_join(aside->thread, NULL);
	}
	str_add(out, str_text(&aside->out), aside->out.len);
	/* The guest that it ran in is another now, because somebody wanted that. */
	another = health_is_another(aside->node, aside->starts, by_itself && looks_cut(aside));
	*status = by_itself && aside->r == 0 && !another ? aside->status : -1;
	r = another ? 0 : aside->r;
	if (r == -ECANCELED)
		r = err_set(err, ETIMEDOUT, "node '%s': did not end within %d s",
			    aside->node->plan->name, END_S);
	else if (r < 0 && health_explain(aside->node, &aside->err))
		r = err_context(&aside->err, "node '%s'", aside->node->plan->name);
	if (r < 0 && r != -ETIMEDOUT)
		*err = aside->err;
	aside_free(aside);
	return r;
}
