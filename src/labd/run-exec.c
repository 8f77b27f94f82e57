/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An experiment's commands: on one node, or on all of them at once. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "labd/health.h"
#include "labd/run.h"

#define OUTPUT_LIMIT (256 << 10)

/* The reason of a command that failed is a fault where there is one: of its node, or another's that
 * ended the run. */
static void explain(struct run_share *share)
{
	struct lab *lab = share->run->lab;

	if (share->r != -ECANCELED && health_explain(share->node, &share->err)) {
		share->r = err_context(&share->err, "node '%s'", share->node->plan->name);
		return;
	}
	(void)pthread_mutex_lock(&lab->lock);
	if (share->r == -ECANCELED && lab->run_fault[0])
		share->r = err_set(&share->err, EHOSTDOWN, "%s", lab->run_fault);
	(void)pthread_mutex_unlock(&lab->lock);
}

/*
 * The guest itself ends a command that is late (timeout(1)), so that nothing of it goes on; the
 * deadline of the channel, a little later, is for a guest that hangs. labd's own commands end when
 * sshd tells them to, as it does when their channel is late: that is one program less to start.
 */
static void run_share(struct run_share *share)
{
	auto_str struct str line = { 0 };
	int64_t seconds = (share->deadline_ms + 999) / 1000, begin = clock_mono_ns();
	struct guest_command command = {
		.limit = share->limit ? share->limit : OUTPUT_LIMIT,
		.deadline = deadline_in_ms(share->deadline_ms + (share->own ? 0 : 15000)),
		.cancel = &share->run->stop,
	};

	str_adds(&line, "exec ");
	if (!share->own)
		str_addf(&line, "timeout -k 2 %lld ", (long long)seconds);
	str_adds(&line, "sh -c ");
	str_add_quoted(&line, share->command);
	command.command = line.data;
	share->r =
		guest_exec(share->node->guest, &command, &share->out, &share->status, &share->err);
	share->ended_ns = clock_real_ns();
	if (share->r < 0)
		explain(share);
	if (share->r == 0 && !share->own && share->status >= 124 &&
	    clock_mono_ns() - begin >= share->deadline_ms * NS_PER_MS)
		share->r = err_set(&share->err, ETIMEDOUT, "node '%s': not finished within %lld s",
				   share->node->plan->name, (long long)seconds);
}

static void *share_thread(void *arg)
{
	run_share(arg);
	return NULL;
}

void run_shares(struct run_share *shares, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		shares[i].started =
			pthread_create(&shares[i].thread, NULL, share_thread, &shares[i]) == 0;
		if (!shares[i].started)
			run_share(&shares[i]);
	}
	for (size_t i = 0; i < n; i++)
		if (shares[i].started)
			(void)pthread_join(shares[i].thread, NULL);
}

/* What the nodes said: of those that failed, or else of all. */
static int join_shares(struct run_share *shares, size_t n, struct str *out, int *status,
		       struct err *err)
{
	int r = 0;

	*status = 0;
	for (size_t i = 0; i < n; i++) {
		if (shares[i].r < 0 && r == 0) {
			*err = shares[i].err;
			r = shares[i].r;
		}
		if (shares[i].status && !*status)
			*status = shares[i].status;
	}
	for (size_t i = 0; i < n; i++)
		if (shares[i].out.len && (shares[i].status || !*status))
			str_addf(out, "%s: %s", shares[i].node->plan->name,
				 str_text(&shares[i].out));
	return r;
}

static int exec_everywhere(struct run *run, const char *text, int64_t deadline_ms, struct str *out,
			   int *status, struct err *err)
{
	struct lab *lab = run->lab;
	size_t n = lab->plan.n_nodes;
	auto_free struct run_share *shares = xcalloc(n, sizeof(*shares));
	int r;

	for (size_t i = 0; i < n; i++)
		shares[i] = (struct run_share){ .run = run,
						.node = &lab->nodes[i],
						.command = text,
						.deadline_ms = deadline_ms };
	run_shares(shares, n);
	r = join_shares(shares, n, out, status, err);
	for (size_t i = 0; i < n; i++)
		str_free(&shares[i].out);
	return r;
}

int run_exec(void *ctx, const char *name, const char *text, int64_t deadline_ms, struct str *out,
	     int *status, struct err *err)
{
	struct run *run = ctx;
	struct run_share share = { .run = run, .command = text, .deadline_ms = deadline_ms };

	if (str_eq(name, EXPERIMENT_EVERY_NODE))
		return exec_everywhere(run, text, deadline_ms, out, status, err);
	share.node = lab_find_node(run->lab, name, err);
	if (!share.node)
		return err->code;
	run_share(&share);
	str_add(out, str_text(&share.out), share.out.len);
	str_free(&share.out);
	*status = share.status;
	if (share.r < 0)
		*err = share.err;
	return share.r;
}
