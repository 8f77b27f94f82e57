/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lab for experiments that answers as it is told. */
#include <pthread.h>

#include "lib/fake-lab.h"
#include "lib/tests.h"
#include "role/cast.h"
#include "role/role.h"

static void log_line_of(struct str *log, const char *text)
{
	for (; *text; text++)
		str_add(log, *text == '\n' ? ";" : text, 1);
	str_adds(log, "\n");
}

/* Of the log: steps run at the same time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int op_result(const struct fake *fake, const char *op, struct err *err)
{
	if (!str_eq(fake->broken, op))
		return 0;
	return err_set(err, -fake->broken_rc, "%s is broken", op);
}

static int fake_exec(void *ctx, const char *node, const char *command, int64_t deadline_ms,
		     struct str *out, int *status, struct err *err)
{
	struct fake *fake = ctx;
	auto_free char *line = xasprintf("exec %s: %s", node, command);
	size_t i;

	(void)pthread_mutex_lock(&lock);
	log_line_of(&fake->log, line);
	(void)pthread_mutex_unlock(&lock);
	assert_in_range(deadline_ms, 1, 3600000);
	for (i = 0; fake->replies && i < REPLIES && fake->replies[i].command; i++) {
		const struct reply *reply = &fake->replies[i];

		if (!strstr(command, reply->command) ||
		    (reply->times && fake->used[i] == reply->times))
			continue;
		fake->used[i]++;
		str_adds(out, reply->out ? reply->out : "");
		while (str_eq(reply->out, LONG) && out->len < (size_t)64 << 10)
			str_adds(out, LONG);
		*status = reply->status;
		return reply->rc < 0 ? err_set(err, -reply->rc, "the exec is broken") : 0;
	}
	*status = 0;
	return 0;
}

static int fake_link(void *ctx, const json_t *words, struct err *err)
{
	struct fake *fake = ctx;
	auto_free char *text = json_dumps(words, JSON_COMPACT);

	str_addf(&fake->log, "link %s\n", text);
	return op_result(fake, "link", err);
}

static int fake_restart(void *ctx, const char *node, struct err *err)
{
	struct fake *fake = ctx;

	str_addf(&fake->log, "restart %s\n", node);
	return op_result(fake, "restart", err);
}

static int fake_aside_start(void *ctx, const char *node, const char *command, void **ret,
			    struct err *err)
{
	struct fake *fake = ctx;

	str_addf(&fake->log, "begin %s: %s\n", node, command);
	*ret = xstrdup(command);
	return op_result(fake, "begin", err);
}

/* "fails": has ended at once. */
static bool fake_aside_runs(void *ctx, void *aside)
{
	(void)ctx;
	return !str_eq(aside, "fails");
}

static int fake_aside_end(void *ctx, void *aside, struct str *out, int *status, struct err *err)
{
	struct fake *fake = ctx;
	auto_free char *command = aside;

	str_addf(&fake->log, "end %s\n", command);
	str_addf(out, "said by %s\n", command);
	*status = str_eq(command, "fails") ? 1 : -1;
	return op_result(fake, "end", err);
}

static int fake_start(void *ctx, struct err *err)
{
	struct fake *fake = ctx;

	str_adds(&fake->log, "start\n");
	return op_result(fake, "start", err);
}

static int fake_stop(void *ctx, struct err *err)
{
	struct fake *fake = ctx;

	str_adds(&fake->log, "stop\n");
	return op_result(fake, "stop", err);
}

static int fake_fetch(void *ctx, const char *node, const char *path, struct str *out,
		      struct err *err)
{
	struct fake *fake = ctx;

	str_addf(&fake->log, "fetch %s %s\n", node, path);
	str_addf(out, "content of %s", path);
	return op_result(fake, "fetch", err);
}

static int fake_save(void *ctx, const char *name, const void *data, size_t len, struct err *err)
{
	struct fake *fake = ctx;

	str_addf(&fake->log, "save %s %.*s\n", name, (int)len, (const char *)data);
	return op_result(fake, "save", err);
}

static int fake_keys(void *ctx, const char *text, size_t len, struct err *err)
{
	struct fake *fake = ctx;

	str_addf(&fake->log, "keys %.*s\n", (int)len, text);
	return op_result(fake, "keys", err);
}

/* "none": no frame; "near": none, but frame 4 comes near; "early": frame 2, which is too early;
 * "bad": no filter at all; otherwise fake->count frames, the first is 7. */
static void fake_answer(const struct fake *fake, const struct wireshark_query *q,
			struct wireshark_answer *a)
{
	if (str_eq(q->filter, "bad")) {
		(void)snprintf(a->error, sizeof(a->error), "no such field 'bad'");
	} else if (str_eq(q->filter, "early") && q->after_ns) {
		a->early = 2;
	} else if (str_eq(q->filter, "near")) {
		a->near.frame = q->nearest ? 4 : 0;
		a->near.differs = 2;
		a->near.field = xstrdup("ip.dst");
		a->near.want = xstrdup("1.2.3.4");
		a->near.have = xstrdup("5.6.7.8");
	} else if (!str_eq(q->filter, "none")) {
		a->count = fake->count;
		a->frames[0] = a->count ? 7 : 0;
		a->first_time_ns = a->count ? 1000 : 0;
		for (size_t i = 0; a->count && i < WIRESHARK_FIELDS && q->fields[i]; i++)
			a->values[i] = str_eq(q->fields[i], "text")
					       ? xstrdup("\"t\"")
					       : xasprintf("%s/%s", q->fields[i], q->file);
	}
}

int fake_expect(void *ctx, const struct wireshark_query *q, size_t n, struct wireshark_answer *a,
		struct err *err)
{
	struct fake *fake = ctx;

	str_addf(&fake->log, "ask %zu\n", n);
	for (size_t i = 0; i < n; i++) {
		str_addf(&fake->log, "expect %s %s%s\n", q[i].file, q[i].filter,
			 q[i].after_ns ? " (later)" : "");
		fake_answer(fake, &q[i], &a[i]);
	}
	return op_result(fake, "expect", err);
}

static void fake_event(void *ctx, const struct experiment_event *event)
{
	struct fake *fake = ctx;
	struct str *out = &fake->events;

	switch (event->kind) {
	case EXPERIMENT_EVENT_STAGE:
		str_addf(out, "stage %s\n", event->name);
		break;
	case EXPERIMENT_EVENT_BEGIN:
		str_addf(out, "begin %s\n", event->name);
		break;
	case EXPERIMENT_EVENT_FACT:
		str_addf(out, "fact %s=%s\n", event->name, event->text);
		break;
	case EXPERIMENT_EVENT_END:
		str_addf(out, "end %s %s%s%s\n", event->name, experiment_state_name(event->state),
			 event->text ? " " : "", event->text ? event->text : "");
		break;
	}
}

static bool fake_cancelled(void *ctx)
{
	struct fake *fake = ctx;
	const char *log = str_text(&fake->log);
	size_t want = fake->cancel_at ? strlen(fake->cancel_at) : 0;

	return fake->cancel_at && fake->log.len >= want &&
	       !strcmp(log + fake->log.len - want, fake->cancel_at);
}

const struct experiment_ops fake_ops = {
	.exec = fake_exec,
	.link = fake_link,
	.restart = fake_restart,
	.aside_start = fake_aside_start,
	.aside_runs = fake_aside_runs,
	.aside_end = fake_aside_end,
	.capture_start = fake_start,
	.capture_stop = fake_stop,
	.fetch = fake_fetch,
	.save = fake_save,
	.tls_keys = fake_keys,
	.expect = fake_expect,
	.event = fake_event,
	.cancelled = fake_cancelled,
};

void fake_free(struct fake *fake)
{
	str_free(&fake->log);
	str_free(&fake->events);
}

void load_experiment(const char *text, struct experiment *ret)
{
	auto_free char *schemas = source_path("topologies");
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;

	if (!experiment_load_text(text, strlen(text), "test", schemas, ret, &problems, &err))
		return;
	xml_problems_print(&problems, NULL, &found);
	fail_msg("%s\n%s", err.msg, str_text(&found));
}

void load_shipped(const char *name, const char *lab, struct experiment *ret)
{
	auto_free char *topology = source_path("topologies/%s.xml", lab);
	auto_free char *schemas = source_path("topologies");
	auto_free char *path = xasprintf("%s/experiments/%s.xml", schemas, name);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;
	auto_topo struct topo topo = { 0 };
	struct cast_wish wish = { .topo = &topo };
	int rc = topo_load(topology, schemas, role_all, &topo, &problems, &err);

	if (rc == 0)
		rc = experiment_load_cast(path, schemas, cast_lab, &wish, ret, &problems, &err);
	xml_problems_print(&problems, NULL, &found);
	if (rc)
		fail_msg("%s\n%s", err.msg, str_text(&found));
}

void fake_run(const struct fake_run *row, struct experiment *experiment, struct fake *fake,
	      struct experiment_outcome *outcome)
{
	auto_experiment_args struct experiment_args args = { 0 };
	struct err err = ERR_INIT;

	load_experiment(row->xml, experiment);
	experiment_args_init(experiment, &args);
	if (row->tls)
		assert_int_equal(experiment_set_parameter(experiment, &args, "tls", row->tls, &err),
				 0);
	*fake = (struct fake){ .replies = row->replies,
			       .broken = row->broken,
			       .broken_rc = row->broken_rc,
			       .cancel_at = row->cancel_at,
			       .count = row->count };
	assert_int_equal(experiment_run(experiment, &args, &fake_ops, fake, outcome, &err), 0);
}

void test_run(void **state)
{
	const struct fake_run *row = *state;
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };

	fake_run(row, &experiment, &fake, &outcome);
	assert_string_equal(outcome.reason ? outcome.reason : "-", row->reason ? row->reason : "-");
	assert_string_equal(experiment_result_name(outcome.result),
			    experiment_result_name(row->result));
	if (row->log)
		assert_string_equal(str_text(&fake.log), row->log);
}
