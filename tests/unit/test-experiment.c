/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/experiment: the engine against a fake lab, the loader against good and bad files.
 * Covers: src/experiment/ask.c src/experiment/check.c src/experiment/engine.c
 * Covers: src/experiment/judge.c src/experiment/load.c src/experiment/load-expect.c
 * Covers: src/experiment/model.c src/experiment/outcome.c src/experiment/rules.c
 * Covers: src/experiment/rules-expect.c src/experiment/step.c
 */
#include "base/clock.h"
#include "experiment/experiment.h"
#include "lib/tests.h"

/* ---- a fake lab ---- */

/* What the lab says to a command that contains this text; after `times` (0: never) the next one is
 * looked at. */
struct reply {
	const char *command;
	int rc, status;
	const char *out;
	unsigned int times;
};

#define REPLIES 6

struct fake {
	const struct reply *replies;
	unsigned int used[REPLIES];
	const char *broken; /* the op that fails */
	int broken_rc;
	const char *cancel_at; /* cancelled as soon as the log ends with this */
	uint64_t count;        /* every query's answer, unless its filter is "none" or "bad" */
	struct str log, events;
};

static void log_line_of(struct str *log, const char *text)
{
	for (; *text; text++)
		str_add(log, *text == '\n' ? ";" : text, 1);
	str_adds(log, "\n");
}

static int op_result(const struct fake *fake, const char *op, struct err *err)
{
	if (!str_eq(fake->broken, op))
		return 0;
	return err_set(err, -fake->broken_rc, "%s is broken", op);
}

/* What is said again and again, 64 KiB of it, and a pattern that takes ten seconds to find that it
 * does not match. */
#define LONG "aaaaaaaaaaaaaaaa"
#define ENDLESS "(a|b)*c"

static int fake_exec(void *ctx, const char *node, const char *command, int64_t deadline_ms,
		     struct str *out, int *status, struct err *err)
{
	struct fake *fake = ctx;
	auto_free char *line = xasprintf("exec %s: %s", node, command);
	size_t i;

	log_line_of(&fake->log, line);
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

static int fake_expect(void *ctx, const struct wireshark_query *q, size_t n, struct wireshark_answer *a,
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
	case EXPERIMENT_EVENT_PHASE:
		str_addf(out, "phase %s %s\n", event->name,
			 experiment_verdict_name(event->phase->verdict));
		break;
	case EXPERIMENT_EVENT_EXPECT:
		str_addf(out, "expect %s %s %s\n", event->name,
			 experiment_verdict_name(event->expect->verdict),
			 event->expect->why ? event->expect->why : "-");
		break;
	case EXPERIMENT_EVENT_REMARK:
		str_addf(out, "remark %s %s\n", event->name, event->remark->wire.en);
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

static const struct experiment_ops fake_ops = {
	.exec = fake_exec,
	.capture_start = fake_start,
	.capture_stop = fake_stop,
	.fetch = fake_fetch,
	.save = fake_save,
	.tls_keys = fake_keys,
	.expect = fake_expect,
	.event = fake_event,
	.cancelled = fake_cancelled,
};

static void load(const char *text, struct experiment *ret)
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

/* ---- the engine ---- */

#define STEP(name, attrs, inside) \
	"<step name='" name "' node='n' deadline='1' " attrs ">" inside "</step>"
#define RUN(name) STEP(name, "", "<run>" name "</run>")
#define TLS                                                                                      \
	"<parameter name='tls' default='1.3'><value name='1.3' text='--v13'/><value name='1.2' " \
	"text=''/></parameter>"
#define COLLECT \
	"<collect node='n' path='/k' as='k' kind='tls-keys'/><collect node='n' path='/p' as='p'/>"
#define EXPECT "<expect name='e' at='n:a m:b' filter='f'/>"
#define EXP(steps) "<experiment name='x'><steps>" steps "</steps></experiment>"
#define RESTORED                                                             \
	"<experiment name='x'><steps>" RUN("a") "</steps><restore>" RUN("r") \
		RUN("s") "</restore></experiment>"
#define FULL                                                                          \
	"<experiment name='x'>" TLS                                                   \
	"<prepare><step name='p' node='*' deadline='1'><run>p</run></step></prepare>" \
	"<steps>" RUN("a") RUN("b") "</steps>" COLLECT EXPECT "</experiment>"

#define WITH(inside) "<experiment name='x'><steps>" RUN("a") "</steps>" inside "</experiment>"
#define PARAMETER(steps) "<experiment name='x'>" TLS "<steps>" steps "</steps></experiment>"

static const char absent_xml[] = WITH("<expect name='e' at='n:a' absent='yes' filter='f'/>");
static const char long_filter_xml[] =
	WITH("<expect name='e' at=' n:a  ' filter=' a ==\n    \"b  c\"   and d '/>");

static const char substitution_xml[] =
	"<experiment name='x'>"
	"<parameter name='tls' default='1.3'><value name='1.3' text='--v13'/></parameter>"
	"<steps><step name='a' node='n' deadline='1'><run>curl ${tls} $${HOME} $X</run>"
	"<output contains='${tls}'/></step></steps>"
	"<expect name='e' at='n:a' filter='f \"${tls}\"'/></experiment>";

static const char when_xml[] =
	"<experiment name='x'><parameter name='tls' default='1.3'><value name='1.3' text=''/>"
	"<value name='1.2' text=''/></parameter><steps>"
	"<step name='a' node='n' deadline='1' when='tls=1.3'><run>a</run></step>"
	"<step name='b' node='n' deadline='1' when='tls!=1.3'><run>b</run></step>"
	"<step name='c' node='n' deadline='1'><run>c</run>"
	"<output contains='never' when='tls!=1.3 tls=1.3'/></step></steps>"
	"<collect node='n' path='/p' as='p' when='tls=1.2'/>"
	"<expect name='e' at='n:a' filter='three' when='tls=1.3'/>"
	"<expect name='e' at='n:a' filter='two' when='tls=1.2'/></experiment>";

static const char reports_xml[] =
	"<experiment name='x'><parameter name='tls' default='1.3'><value name='1.3' text=''/>"
	"<value name='1.2' text=''/></parameter><steps>"
	"<step name='a' node='n' deadline='1'><run>a</run>"
	"<fact name='size' matches='size ([0-9]+)'/><fact name='all' matches='s.z'/></step>"
	"<step name='b' node='n' deadline='1' when='tls=1.2'><run>b</run></step>"
	"<step name='c' node='n' deadline='1'><run>c</run></step>"
	"<step name='d' node='n' deadline='1'><run>d</run></step></steps>"
	"<collect node='n' path='/k' as='k' kind='tls-keys'/><collect node='n' path='/p' as='p'/>"
	"<expect name='e' at='n:a' filter='f'/><expect name='f' at='n:a' filter='none'/>"
	"</experiment>";

struct engine_row {
	const char *name, *xml;
	struct reply replies[REPLIES];
	const char *tls, *broken;
	int broken_rc;
	const char *cancel_at;
	uint64_t count;
	enum experiment_result result;
	const char *reason, *log;
};

static const struct engine_row engine_rows[] = {
	{ .name = "the order of a whole run",
	  .xml = FULL,
	  .count = 1,
	  .log = "exec *: p\nstart\nexec n: a\nexec n: b\nstop\nfetch n /k\nsave k content of "
		 "/k\nkeys content of /k\n"
		 "fetch n /p\nsave p content of /p\nask 1\nexpect n:a f\nask 1\nexpect m:b f\n" },
	{ .name = "restore comes last",
	  .xml = RESTORED,
	  .log = "start\nexec n: a\nstop\nexec n: r\nexec n: s\n" },
	{ .name = "restore comes in any case, all of it",
	  .xml = RESTORED,
	  .replies = { { "a", 0, 6, "", 0 }, { "r", 0, 7, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6",
	  .log = "start\nexec n: a\nstop\nexec n: r\nexec n: s\n" },
	{ .name = "a restore that fails fails the run",
	  .xml = RESTORED,
	  .replies = { { "r", 0, 7, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'r' on node 'n': exit status 7" },
	{ .name = "interrupted: nothing is restored",
	  .xml = RESTORED,
	  .cancel_at = "stop\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "start\nexec n: a\nstop\n" },
	{ .name = "prepare fails: no capture",
	  .xml = FULL,
	  .replies = { { "p", 0, 3, "first\nwhy\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'p' on node '*': exit status 3: why",
	  .log = "exec *: p\n" },
	{ .name = "a step fails: no further step, the rest all the same",
	  .xml = FULL,
	  .count = 1,
	  .replies = { { "a", 0, 6, "curl: (6) no host\n\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6: curl: (6) no host",
	  .log = "exec *: p\nstart\nexec n: a\nstop\nfetch n /k\nsave k content of /k\nkeys "
		 "content of /k\n"
		 "fetch n /p\nsave p content of /p\nask 1\nexpect n:a f\nask 1\nexpect m:b f\n" },
	{ .name = "a step that fails and expectations that do: the step is the reason",
	  .xml = FULL,
	  .replies = { { "a", 0, 6, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6" },
	{ .name = "exec itself fails",
	  .xml = EXP(RUN("a")),
	  .replies = { { "a", -ECONNRESET, 0, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the exec is broken",
	  .log = "start\nexec n: a\nstop\n" },
	{ .name = "a command that is late",
	  .xml = EXP(RUN("a")),
	  .replies = { { "a", -ETIMEDOUT, 0, "so far\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': not over within 1 s; its last line: so far" },
	{ .name = "a pattern that runs on and on",
	  .xml = EXP(STEP("a", "", "<run>a</run><output matches='" ENDLESS "'/>") RUN("b")),
	  .replies = { { "a", 0, 0, LONG, 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the regular expression '" ENDLESS
		    "' takes too long on the output",
	  .log = "start\nexec n: a\nstop\n" },
	{ .name = "a fact's pattern that runs on and on",
	  .xml = EXP(STEP("a", "", "<run>a</run><fact name='f' matches='" ENDLESS "'/>")),
	  .replies = { { "a", 0, 0, LONG, 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': fact 'f': the regular expression '" ENDLESS
		    "' takes too long on the output" },
	{ .name = "cancelled while a pattern is looked for",
	  .xml = EXP("<step name='a' node='n' deadline='3600'><until>a</until><output "
		     "matches='" ENDLESS "'/></step>"),
	  .replies = { { "a", 0, 0, LONG, 0 } },
	  .cancel_at = "exec n: a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted" },
	{ .name = "the capture does not start",
	  .xml = FULL,
	  .broken = "start",
	  .broken_rc = -EPERM,
	  .result = EXPERIMENT_FAILED,
	  .reason = "the capture does not start: start is broken",
	  .log = "exec *: p\nstart\n" },
	{ .name = "the capture does not stop: files, but no questions",
	  .xml = WITH("<collect node='n' path='/p' as='p'/>" EXPECT),
	  .broken = "stop",
	  .broken_rc = -EIO,
	  .result = EXPERIMENT_FAILED,
	  .reason = "the capture does not stop: stop is broken",
	  .log = "start\nexec n: a\nstop\nfetch n /p\nsave p content of /p\n" },
	{ .name = "a file is missing: the next one and the questions come all the same",
	  .xml = WITH(COLLECT),
	  .broken = "fetch",
	  .broken_rc = -ENOENT,
	  .result = EXPERIMENT_FAILED,
	  .reason = "file '/k' of node 'n': fetch is broken",
	  .log = "start\nexec n: a\nstop\nfetch n /k\nfetch n /p\n" },
	{ .name = "keys are refused",
	  .xml = WITH(COLLECT),
	  .broken = "keys",
	  .broken_rc = -EINVAL,
	  .result = EXPERIMENT_FAILED,
	  .reason = "file '/k' of node 'n': keys is broken" },
	{ .name = "an output cannot be saved",
	  .xml = EXP(STEP("a", "save='o'", "<run>a</run>") RUN("b")),
	  .broken = "save",
	  .broken_rc = -ENOSPC,
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a': save is broken",
	  .log = "start\nexec n: a\nsave o \nstop\n" },
	{ .name = "the output is saved also where the step fails",
	  .xml = EXP(STEP("a", "save='o'", "<run>a</run>")),
	  .replies = { { "a", 0, 1, "said", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 1: said",
	  .log = "start\nexec n: a\nsave o said\nstop\n" },
	{ .name = "expectations that match nothing",
	  .xml = FULL,
	  .result = EXPERIMENT_FAILED,
	  .reason = "expectation 'e' at n:a: no frame matches 'f'; and 1 more" },
	{ .name = "absent: nothing matches",
	  .xml = absent_xml,
	  .log = "start\nexec n: a\nstop\nask 1\nexpect n:a f\n" },
	{ .name = "absent: something matches",
	  .xml = absent_xml,
	  .count = 2,
	  .result = EXPERIMENT_FAILED,
	  .reason = "expectation 'e' at n:a: 2 frames match 'f', the first is 7; none may" },
	{ .name = "a filter that Wireshark refuses",
	  .xml = WITH("<expect name='e' at='n:a' filter='bad'/>"),
	  .count = 1,
	  .result = EXPERIMENT_NOT_JUDGED,
	  .reason = "expectation 'e' at n:a: no such field 'bad'" },
	{ .name = "what fails counts more than what Wireshark refuses",
	  .xml = WITH("<expect name='e' at='n:a' filter='bad'/><expect name='g' at='n:b' "
		      "filter='none'/>"),
	  .result = EXPERIMENT_FAILED,
	  .reason = "expectation 'g' at n:b: no frame matches 'none'" },
	{ .name = "the captures cannot be asked",
	  .xml = FULL,
	  .broken = "expect",
	  .broken_rc = -ENOENT,
	  .result = EXPERIMENT_NOT_JUDGED,
	  .reason = "the captures cannot be asked: expect is broken" },
	{ .name = "a sharkd that dies is asked again, twice",
	  .xml = WITH("<expect name='e' at='n:a' filter='f'/>"),
	  .broken = "expect",
	  .broken_rc = -EPIPE,
	  .result = EXPERIMENT_NOT_JUDGED,
	  .reason = "the captures cannot be asked: expect is broken",
	  .log = "start\nexec n: a\nstop\nask 1\nexpect n:a f\nask 1\nexpect n:a f\nask 1\n"
		 "expect n:a f\n" },
	{ .name = "cancelled before it begins",
	  .xml = FULL,
	  .cancel_at = "",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "" },
	{ .name = "cancelled between prepare and capture",
	  .xml = FULL,
	  .cancel_at = "exec *: p\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\n" },
	{ .name = "cancelled between steps: the capture is stopped, nothing else",
	  .xml = FULL,
	  .cancel_at = "exec n: a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\nstart\nexec n: a\nstop\n" },
	{ .name = "cancelled in an exec",
	  .xml = FULL,
	  .replies = { { "a", -ECANCELED, 0, "", 0 } },
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\nstart\nexec n: a\nstop\n" },
	{ .name = "cancelled between files",
	  .xml = FULL,
	  .cancel_at = "keys content of /k\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\nstart\nexec n: a\nexec n: b\nstop\nfetch n /k\nsave k content of /k\n"
		 "keys content of /k\n" },
	{ .name = "cancelled while the captures are asked",
	  .xml = FULL,
	  .broken = "expect",
	  .broken_rc = -ECANCELED,
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted" },
	{ .name = "until: tried again, with a pause in the guest",
	  .xml = EXP(STEP("a", "", "<until>a</until>")),
	  .replies = { { "a", 0, 1, "", 2 } },
	  .log = "start\nexec n: a\nexec n: sleep 0.3;a\nexec n: sleep 0.3;a\nstop\n" },
	{ .name = "until: also the output must hold",
	  .xml = EXP(STEP("a", "", "<until>a</until><output contains='up'/>")),
	  .replies = { { "a", 0, 0, "down", 1 }, { "a", 0, 0, "up", 0 } },
	  .log = "start\nexec n: a\nexec n: sleep 0.3;a\nstop\n" },
	{ .name = "until: a late attempt ends it, and the one before says more",
	  .xml = EXP(STEP("a", "", "<until>a</until>")),
	  .replies = { { "a", 0, 2, "still down", 1 }, { "a", -ETIMEDOUT, 0, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': not over within 1 s; before that: exit status 2: still "
		    "down" },
	{ .name = "until: cancelled between attempts",
	  .xml = EXP(STEP("a", "", "<until>a</until>")),
	  .replies = { { "a", 0, 1, "", 0 } },
	  .cancel_at = "sleep 0.3;a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "start\nexec n: a\nexec n: sleep 0.3;a\nstop\n" },
	{ .name = "another status is expected",
	  .xml = EXP(STEP("a", "status='7'", "<run>a</run>")
			     STEP("b", "status='any'", "<run>b</run>")),
	  .replies = { { "a", 0, 7, "", 0 }, { "b", 0, 99, "", 0 } },
	  .log = "start\nexec n: a\nexec n: b\nstop\n" },
	{ .name = "another status is expected and does not come",
	  .xml = EXP(STEP("a", "status='7'", "<run>a</run>")),
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 0 instead of 7" },
	{ .name = "contains",
	  .xml = EXP(STEP("a", "", "<run>a</run><output contains='x'/>")),
	  .replies = { { "a", 0, 0, "y\nz\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the output does not contain 'x'; its last line: z" },
	{ .name = "matches: a line at a time",
	  .xml = EXP(STEP("a", "", "<run>a</run><output matches='^b+$'/>")),
	  .replies = { { "a", 0, 0, "a\nbb\nc\n", 0 } } },
	{ .name = "matches: not",
	  .xml = EXP(STEP("a", "", "<run>a</run><output matches='^b+$'/>")),
	  .replies = { { "a", 0, 0, "abb\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': nothing in the output matches '^b+$'; its last line: "
		    "abb" },
	{ .name = "equals: final newlines do not count",
	  .xml = EXP(STEP("a", "", "<run>a</run><output equals='x y'/>")),
	  .replies = { { "a", 0, 0, "x y\n\n", 0 } } },
	{ .name = "equals: nothing",
	  .xml = EXP(STEP("a", "", "<run>a</run><output equals=''/>")),
	  .replies = { { "a", 0, 0, "x", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the output is not ''; its last line: x" },
	{ .name = "control characters of a guest stay out of the reason",
	  .xml = EXP(RUN("a")),
	  .replies = { { "a", 0, 1, "x\033[2Jy", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 1: x [2Jy" },
	{ .name = "a fact that is not there",
	  .xml = EXP(STEP("a", "", "<run>a</run><fact name='f' matches='size ([0-9]+)'/>")),
	  .replies = { { "a", 0, 0, "size unknown", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason =
		  "step 'a' on node 'n': fact 'f': nothing in the output matches 'size ([0-9]+)'" },
	{ .name = "substitution, by default",
	  .xml = substitution_xml,
	  .replies = { { "curl", 0, 0, "--v13", 0 } },
	  .count = 1,
	  .log = "start\nexec n: curl --v13 ${HOME} $X\nstop\nask 1\nexpect n:a f \"--v13\"\n" },
	{ .name = "substitution, by choice",
	  .xml = PARAMETER(STEP("a", "", "<run>curl ${tls}.</run>")),
	  .tls = "1.2",
	  .log = "start\nexec n: curl .\nstop\n" },
	{ .name = "when, by default",
	  .xml = when_xml,
	  .count = 1,
	  .log = "start\nexec n: a\nexec n: c\nstop\nask 1\nexpect n:a three\n" },
	{ .name = "when, by choice",
	  .xml = when_xml,
	  .tls = "1.2",
	  .count = 1,
	  .log = "start\nexec n: b\nexec n: c\nstop\nfetch n /p\nsave p content of /p\nask "
		 "1\nexpect n:a two\n" },
	{ .name = "a long filter is one line; what is quoted is left alone",
	  .xml = long_filter_xml,
	  .count = 1,
	  .log = "start\nexec n: a\nstop\nask 1\nexpect n:a a == \"b  c\" and d\n" },
};

static void run_row(const struct engine_row *row, struct experiment *experiment, struct fake *fake,
		    struct experiment_outcome *outcome)
{
	auto_experiment_args struct experiment_args args = { 0 };
	struct err err = ERR_INIT;

	load(row->xml, experiment);
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

static void fake_free(struct fake *fake)
{
	str_free(&fake->log);
	str_free(&fake->events);
}
AUTO_DEFINE(fake_auto, struct fake, fake_free)
#define auto_fake AUTO(fake_autop)

static void test_engine(void **state)
{
	const struct engine_row *row = *state;
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };

	run_row(row, &experiment, &fake, &outcome);
	assert_string_equal(outcome.reason ? outcome.reason : "-", row->reason ? row->reason : "-");
	assert_string_equal(experiment_result_name(outcome.result),
			    experiment_result_name(row->result));
	if (row->log)
		assert_string_equal(str_text(&fake.log), row->log);
}

/* An <until> that never holds ends with its deadline, and says what was still wrong. */
static void test_deadline(void **state)
{
	static const struct engine_row row = {
		.xml = EXP(STEP("a", "", "<until>a</until>")),
		.replies = { { "a", 0, 1, "not yet", 0 } },
	};
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };

	(void)state;
	run_row(&row, &experiment, &fake, &outcome);
	assert_string_equal(outcome.reason,
			    "step 'a' on node 'n': exit status 1: not yet, still so after 1 s");
	assert_true(outcome.steps[0].attempts > 1);
	assert_in_range(outcome.steps[0].duration_ns, NS_PER_S, 30 * NS_PER_S);
}

static void test_reports(void **state)
{
	static const struct engine_row row = {
		.xml = reports_xml,
		.replies = { { "a", 0, 0, "size 12\n", 0 }, { "c", 0, 5, "no\377\n", 0 } },
		.count = 3,
	};
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_json json_t *json = NULL;

	(void)state;
	run_row(&row, &experiment, &fake, &outcome);
	assert_int_equal(outcome.n_steps, 4);
	assert_int_equal(outcome.steps[0].state, EXPERIMENT_OK);
	assert_int_equal(outcome.steps[1].state, EXPERIMENT_SKIPPED);
	assert_int_equal(outcome.steps[2].state, EXPERIMENT_NOT_OK);
	assert_int_equal(outcome.steps[2].status, 5);
	assert_int_equal(outcome.steps[3].state, EXPERIMENT_NOT_REACHED);
	assert_int_equal(outcome.steps[3].start_ns, 0);
	assert_true(outcome.steps[0].start_ns >= outcome.start_ns);
	assert_int_equal(outcome.n_facts, 2);
	assert_string_equal(outcome.facts[0].value, "12");
	assert_string_equal(outcome.facts[1].value, "siz");
	assert_int_equal(outcome.files[0].size, strlen("content of /k"));
	assert_int_equal(outcome.expects[0].answer.count, 3);
	assert_int_equal(outcome.expects[0].answer.frames[0], 7);
	assert_int_equal(outcome.expects[1].verdict, EXPERIMENT_VERDICT_FAILS);
	assert_string_equal(
		str_text(&fake.events),
		"stage prepare\nstage capture-start\nstage steps\nbegin a\nfact size=12\nfact "
		"all=siz\n"
		"end a ok\nend b skipped\nbegin c\nend c not-ok exit status 5: no\377\n"
		"stage capture-stop\nstage collect\nbegin k\nend k ok\nbegin p\nend p ok\n"
		"stage expect\nexpect e holds -\nexpect f fails no frame matches 'none'\n");
	json = experiment_outcome_to_json(&outcome);
	assert_non_null(json);
	assert_string_equal(json_get_text(json, "result", ""), "failed");
	assert_string_equal(json_get_text(json_object_get(json, "facts"), "size", ""), "12");
	assert_int_equal(json_array_size(json_object_get(json, "steps")), 4);
	assert_string_equal(
		json_get_text(json_array_get(json_object_get(json, "steps"), 2), "why", ""),
		"exit status 5: no\\xff");
	assert_null(json_object_get(json_array_get(json_object_get(json, "steps"), 0), "output"));
	assert_int_equal(json_array_size(json_object_get(
				 json_array_get(json_object_get(json, "steps"), 2), "output")),
			 1);
}

/* What is told of a failed step's output. */
static void test_output_tail(void **state)
{
#define FORTY "0123456789012345678901234567890123456789"
	static const struct {
		const char *output, *json;
	} rows[] = {
		{ "", "[]" },
		{ "\n \n", "[]" },
		{ "one", "[\"one\"]" },
		{ "one\n\ntwo\n\n", "[\"one\",\"\",\"two\"]" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
		  "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\"]" },
		{ "\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n",
		  "[\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]" },
		{ "\377", "[\"\\\\xff\"]" },
		{ FORTY FORTY FORTY FORTY FORTY "x", "[\"" FORTY FORTY FORTY FORTY FORTY "\"]" },
		{ "x" FORTY FORTY FORTY FORTY "01234567890123456789012345678901234567\u00e9",
		  "[\"x" FORTY FORTY FORTY FORTY "01234567890123456789012345678901234567\"]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_json json_t *lines = experiment_output_to_json(rows[i].output);
		auto_free char *text = json_dumps(lines, JSON_COMPACT);

		assert_string_equal(text, rows[i].json);
	}
}

static void test_parameters(void **state)
{
	auto_experiment struct experiment experiment = { 0 }, plain = { 0 };
	auto_experiment_args struct experiment_args args = { 0 }, none = { 0 };
	struct err err = ERR_INIT;
	struct experiment_outcome outcome;

	(void)state;
	load(FULL, &experiment);
	load(EXP(RUN("a")), &plain);
	experiment_args_init(&experiment, &args);
	experiment_args_init(&plain, &none);
	assert_int_equal(experiment_set_parameter(&experiment, &args, "tls", "1.1", &err), -EINVAL);
	assert_string_equal(err.msg, "parameter 'tls': no value '1.1'; valid: 1.3, 1.2");
	assert_int_equal(experiment_set_parameter(&experiment, &args, "tls", NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "takes a value: "));
	assert_int_equal(experiment_set_parameter(&experiment, &args, "tsl", "1.3", &err), -ENOENT);
	assert_string_equal(err.msg, "experiment 'x': no parameter 'tsl'; it has tls");
	assert_int_equal(experiment_set_parameter(&plain, &none, "tls", "1.3", &err), -ENOENT);
	assert_string_equal(err.msg, "experiment 'x': no parameter 'tls'; it has none");
	assert_int_equal(experiment_run(&experiment, &none, &fake_ops, NULL, &outcome, &err),
			 -EINVAL);
}

/* ---- the loader ---- */

/* The text that was loaded gives the same experiment again. */
static void test_flat(void **state)
{
	auto_experiment struct experiment experiment = { 0 }, again = { 0 };

	(void)state;
	load(FULL, &experiment);
	load(experiment.flat, &again);
	assert_string_equal(experiment.flat, again.flat);
	assert_int_equal(again.n_expects, 2);
}

/* tests/golden/experiment/NAME.xml must have exactly the problems of NAME.txt. */
static void test_golden(void **state)
{
	const char *name = *state;
	auto_free char *schemas = source_path("topologies");
	auto_free char *path = source_path("tests/golden/experiment/%s.xml", name);
	auto_free char *expected = source_path("tests/golden/experiment/%s.txt", name);
	auto_free char *file = xasprintf("%s.xml", name);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment experiment = { 0 };
	auto_str struct str text = { 0 }, found = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(io_read_file(path, XML_SIZE_MAX, &text, &err), 0);
	assert_int_equal(experiment_load_text(str_text(&text), text.len, file, schemas, &experiment,
					      &problems, &err),
			 -EINVAL);
	assert_true(err.msg[0]);
	xml_problems_print(&problems, NULL, &found);
	assert_golden(expected, str_text(&found));
}

static void test_unreadable(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	struct experiment experiment;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
		experiment_load("/nonexistent.xml", "/nonexistent", &experiment, &problems, &err),
		-ENOENT);
	assert_int_equal(problems.n, 0);
	assert_non_null(strstr(err.msg, "/nonexistent.xml"));
}

/* ---- the experiments that come with the labs ---- */

static bool topology_has(void *ctx, const char *node, const char *nic)
{
	struct xml_node *it, *port;

	xml_for_each(it, xml_root(ctx), "link") {
		if (str_eq(node, "wifi") && str_eq(xml_attr(it, "kind"), "wifi") &&
		    (!nic || str_eq(xml_attr(it, "name"), nic)))
			return true;
	}
	xml_for_each(it, xml_root(ctx), "node") {
		if (!str_eq(xml_attr(it, "name"), node))
			continue;
		if (!nic)
			return true;
		xml_for_each(port, it, "nic")
			if (str_eq(xml_attr(port, "name"), nic))
				return true;
	}
	return false;
}

static void load_shipped(const char *name, struct experiment *ret)
{
	auto_free char *schemas = source_path("topologies");
	auto_free char *path = xasprintf("%s/experiments/%s.xml", schemas, name);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;
	int rc = experiment_load(path, schemas, ret, &problems, &err);

	xml_problems_print(&problems, NULL, &found);
	if (rc)
		fail_msg("%s\n%s", err.msg, str_text(&found));
}

/* What is shipped runs in this topology, with every choice of its parameters. */
static void test_fits(void **state)
{
	auto_free char *path = source_path("topologies/%s", (const char *)*state);
	static const char *const shipped[] = { "fetch", "wifi-scan", "wifi-wrong-key" };
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_xml_doc struct xml_doc *topology = NULL;
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;
	int rc;

	assert_int_equal(xml_open(path, NULL, &topology, &problems, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(shipped); i++) {
		auto_experiment struct experiment experiment = { 0 };

		load_shipped(shipped[i], &experiment);
		rc = experiment_check(&experiment, topology_has, topology, &problems, &err);
		xml_problems_print(&problems, NULL, &found);
		if (rc)
			fail_msg("%s: %s\n%s", shipped[i], err.msg, str_text(&found));
	}
}

static bool has_nothing(void *ctx, const char *node, const char *nic)
{
	(void)ctx;
	return str_eq(node, "n") && !nic;
}

static void test_check(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment experiment = { 0 };
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	load("<experiment name='x'>\n<prepare><step name='p' node='*' "
	     "deadline='1'><run>p</run></step></prepare>\n"
	     "<steps>\n<step name='a' node='gone' deadline='1'><run>a</run></step></steps>\n"
	     "<collect node='away' path='/p' as='p'/>\n" EXPECT "</experiment>",
	     &experiment);
	assert_int_equal(experiment_check(&experiment, has_nothing, NULL, &problems, &err),
			 -EINVAL);
	xml_problems_print(&problems, NULL, &found);
	assert_string_equal(
		str_text(&found),
		"test:4:1: step 'a': the lab has no node 'gone'\n"
		"test:5:1: file 'p': the lab has no node 'away'\n"
		"test:6:1: expectation 'e': node 'n' of the lab has no NIC 'a' on a wire\n"
		"test:6:1: expectation 'e': the lab has no node 'm'\n");
}

/* ---- phases ---- */

#define EX(name, filter, more) "<expect name='" name "' at='n:a' filter='" filter "' " more "/>"
#define PHASE(name, inside) "<phase name='" name "'><title>T</title>" inside "</phase>"
#define TEXTS                                                             \
	"<article>A</article><wire>it is @{xid}, \"@{xid}\"</wire><wire " \
	"xml:lang='ko'>@{xid}</wire>"                                     \
	"<why>B</why>"

struct phase_row {
	const char *name, *inside; /* of the experiment, behind the steps */
	uint64_t count;
	const char *events, *log, *reason; /* NULL: is not looked at */
};

static const struct phase_row phase_rows[] = {
	{ .name = "a phase holds",
	  .inside = PHASE("one", EX("e", "f", "")),
	  .count = 1,
	  .events = "phase one holds\nexpect e holds -\n",
	  .reason = "-" },
	{ .name = "a phase fails, the next is not reached, a third is reached all the same",
	  .inside = PHASE("one", EX("e", "none", "")) PHASE("two", EX("f", "none", ""))
		  PHASE("three", EX("g", "none", "") EX("h", "f", "")),
	  .count = 1,
	  .events = "phase one fails\nexpect e fails no frame matches 'none'\n"
		    "phase two not-reached\nexpect f fails no frame matches 'none'\n"
		    "phase three fails\nexpect g fails no frame matches 'none'\nexpect h holds -\n",
	  .reason = "phase 'one': expectation 'e' at n:a: no frame matches 'none'; and 2 more" },
	{ .name = "what must be absent does not make a phase reached",
	  .inside = PHASE("one", EX("e", "none", ""))
		  PHASE("two", EX("f", "none", "") EX("g", "none", "absent='yes'")),
	  .count = 1,
	  .events = "phase one fails\nexpect e fails no frame matches 'none'\n"
		    "phase two not-reached\nexpect f fails no frame matches 'none'\n"
		    "expect g holds -\n" },
	{ .name = "expectations outside of phases come first",
	  .inside = PHASE("one", EX("e", "f", "")) EX("z", "f", ""),
	  .count = 1,
	  .events = "expect z holds -\nphase one holds\nexpect e holds -\n" },
	{ .name = "just so many",
	  .inside = EX("e", "f", "count='2'") EX("g", "f", "count='3'"),
	  .count = 2,
	  .events = "expect e holds -\n"
		    "expect g fails 2 frames match 'f', the first is 7; it should be 3\n" },
	{ .name = "at least and at most",
	  .inside = EX("e", "f", "at-least='3'") EX("g", "f", "at-most='1'")
		  EX("h", "f", "at-least='2' at-most='2'") EX("i", "none", "at-least='0'"),
	  .count = 2,
	  .events = "expect e fails 2 frames match 'f', the first is 7; it should be at least 3\n"
		    "expect g fails 2 frames match 'f', the first is 7; it should be 1\n"
		    "expect h holds -\nexpect i holds -\n" },
	{ .name = "at most still needs one",
	  .inside = EX("e", "none", "at-most='3'"),
	  .events = "expect e fails no frame matches 'none'\n" },
	{ .name = "a value goes into a later filter, with quotes of its own or the filter's",
	  .inside =
		  "<expect name='e' at='n:a' filter='f'><value name='xid' "
		  "field='d.id'/></expect>" EX("g", "d.id == @{xid} and @@{xid} == \"@{xid}\"", ""),
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a d.id == d.id/n:a and @{xid} == "
		 "\"d.id/n:a\"\n" },
	{ .name = "a value that was not found",
	  .inside = "<expect name='e' at='n:a' filter='none'><value name='xid' "
		    "field='d'/></expect>" EX("g", "d == @{xid}", ""),
	  .events = "expect e fails no frame matches 'none'\n"
		    "expect g fails it needs the value 'xid', which was not found\n" },
	{ .name = "a capture is asked as long as it has answers, then the next; values go between",
	  .inside = "<expect name='a' at='n:a m:b' filter='f'><value name='x' field='v'/></expect>"
		    "<expect name='b' at='m:b' filter='w == @{x}'><value name='y' "
		    "field='w'/></expect>" EX("c", "z == @{y}", "") EX("d", "u == @{x}", ""),
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a u == v/n:a\n"
		 "ask 2\nexpect m:b f\nexpect m:b w == v/n:a\n"
		 "ask 1\nexpect n:a z == w/m:b\n" },
	{ .name = "after: later frames count",
	  .inside = EX("e", "f", "") EX("g", "f", "after='e'"),
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a f (later)\n" },
	{ .name = "after: too early, and after nothing",
	  .inside = EX("e", "f", "") EX("g", "early", "after='e'") EX("h", "none", "")
		  EX("i", "f", "after='h'"),
	  .count = 1,
	  .events = "expect e holds -\nexpect g fails frame 2 matches, but is not after 'e'\n"
		    "expect h fails no frame matches 'none'\n"
		    "expect i fails it comes after 'h', which has no frame\n" },
	{ .name = "after: an alternative means the one before both, not itself",
	  .inside = "<expect name='e' at='n:a m:b' filter='f'/>"
		    "<expect name='g' at='n:a m:b' filter='f' when='p=x'/>"
		    "<expect name='g' at='n:a m:b' filter='f' when='p!=x' after='g'/>",
	  .count = 1,
	  .events = "expect e holds -\nexpect e holds -\nexpect g holds -\nexpect g holds -\n" },
	{ .name = "a quote that is escaped ends no text",
	  .inside = "<expect name='e' at='n:a' filter='f'><value name='x' field='text'/></expect>"
		    "<expect name='g' at='n:a' filter='a == \"\\\"@{x}\" and @{x}'/>",
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a a == \"\\\"t\" and \"t\"\n" },
	{ .name = "nearest",
	  .inside = EX("e", "near", "") EX("g", "near", "absent='yes'"),
	  .events = "expect e fails no frame matches; frame 4 came nearest: its ip.dst is 5.6.7.8, "
		    "not 1.2.3.4; and 1 more\nexpect g holds -\n" },
	{ .name = "a filter that Wireshark refuses is no verdict on the phase",
	  .inside = PHASE("one", EX("e", "bad", "")),
	  .events = "phase one not-judged\nexpect e not-judged no such field 'bad'\n" },
	{ .name = "a remark is told where it matches, with its values",
	  .inside = PHASE("one",
			  EX("e", "f", "") "<remark name='r' at='n:a' filter='f'><value name='xid' "
					   "field='d'/>" TEXTS "</remark>"
					   "<remark name='s' at='n:a' filter='none'>" TEXTS
					   "</remark>"),
	  .count = 1,
	  .events = "phase one holds\nexpect e holds -\n"
		    "remark r it is d/n:a, \"d/n:a\"\n",
	  .reason = "-" },
	{ .name = "remarks alone fail nothing",
	  .inside = "<phase name='one'><title>T</title><remark name='r' at='n:a' filter='bad'>"
		    "<value name='xid' field='d'/>" TEXTS "</remark></phase>",
	  .events = "phase one holds\n",
	  .reason = "-" },
};

static void test_phase(void **state)
{
	const struct phase_row *row = *state;
	auto_free char *xml = xasprintf(
		"<experiment name='x'><parameter name='p' default='y'><value name='x' text=''/>"
		"<value name='y' text=''/></parameter><steps>" RUN("a") "</steps>%s</experiment>",
		row->inside);
	auto_experiment struct experiment experiment = { 0 };
	auto_experiment_args struct experiment_args args = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 }, judged = { 0 };
	auto_fake struct fake fake = { .count = row->count };
	const char *events, *log;

	load(xml, &experiment);
	experiment_args_init(&experiment, &args);
	assert_int_equal(experiment_run(&experiment, &args, &fake_ops, &fake, &outcome, NULL), 0);
	events = strstr(str_text(&fake.events), "stage expect\n");
	log = strstr(str_text(&fake.log), "stop\n");
	if (row->events)
		assert_string_equal(events + strlen("stage expect\n"), row->events);
	if (row->log)
		assert_string_equal(log + strlen("stop\n"), row->log);
	if (row->reason)
		assert_string_equal(outcome.reason ? outcome.reason : "-", row->reason);

	/* The captures alone say the same. */
	assert_int_equal(experiment_judge(&experiment, &args, fake_expect, &fake, &judged, NULL),
			 0);
	assert_int_equal(judged.result, outcome.result);
	assert_string_equal(judged.reason ? judged.reason : "-",
			    outcome.reason ? outcome.reason : "-");
	assert_int_equal(judged.n_phases, experiment.n_phases);
	for (size_t i = 0; i < judged.n_phases; i++)
		assert_int_equal(judged.phases[i].verdict, outcome.phases[i].verdict);
}

static void test_phase_json(void **state)
{
	auto_experiment struct experiment experiment = { 0 };
	auto_experiment_args struct experiment_args args = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_fake struct fake fake = { .count = 1 };
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;

	(void)state;
	load("<experiment name='x'><steps>" RUN(
		     "a") "</steps><phase name='p'><title>T</title>"
			  "<title xml:lang='ko'>제목</title>"
			  "<expect name='e' at='n:a' filter='f'><value name='xid' "
			  "field='d'/></expect>"
			  "<expect name='g' at='n:a' filter='near'/><remark name='r' at='n:a' "
			  "filter='f'>"
			  "<article>A</article><wire>@{xid}</wire><why>B</why></remark></phase></"
			  "experiment>",
	     &experiment);
	experiment_args_init(&experiment, &args);
	assert_int_equal(experiment_judge(&experiment, &args, fake_expect, &fake, &outcome, NULL),
			 0);
	json = experiment_outcome_to_json(&outcome);
	assert_non_null(json);
	text = json_dumps(json_object_get(json, "phases"), JSON_COMPACT);
	assert_string_equal(text, "[{\"name\":\"p\",\"title\":{\"en\":\"T\",\"ko\":\"제목\"},"
				  "\"verdict\":\"fails\",\"begin_ns\":1000,\"end_ns\":1000}]");
	free(text);
	text = json_dumps(json_object_get(json, "expects"), JSON_COMPACT);
	assert_string_equal(
		text,
		"[{\"name\":\"e\",\"phase\":\"p\",\"node\":\"n\",\"nic\":\"a\",\"filter\":\"f\","
		"\"absent\":false,\"verdict\":\"holds\",\"count\":1,\"frames\":[7],\"time_ns\":"
		"1000,"
		"\"values\":{\"xid\":\"d/n:a\"},\"nearest\":null,\"why\":null},"
		"{\"name\":\"g\",\"phase\":\"p\",\"node\":\"n\",\"nic\":\"a\",\"filter\":\"near\","
		"\"absent\":false,\"verdict\":\"fails\",\"count\":0,\"frames\":[],\"time_ns\":0,"
		"\"values\":{},\"nearest\":{\"frame\":4,\"field\":\"ip.dst\",\"want\":\"1.2.3.4\","
		"\"have\":\"5.6.7.8\",\"differs\":2},\"why\":\"no frame matches; frame 4 came "
		"nearest: "
		"its ip.dst is 5.6.7.8, not 1.2.3.4; and 1 more\"}]");
	free(text);
	text = json_dumps(json_object_get(json, "remarks"), JSON_COMPACT);
	assert_non_null(strstr(text, "\"wire\":{\"en\":\"d/n:a\",\"ko\":null}"));
}

/* Where the captures cannot be asked there is no outcome. */
static void test_judge_broken(void **state)
{
	auto_experiment struct experiment experiment = { 0 };
	auto_experiment_args struct experiment_args args = { 0 }, none = { 0 };
	struct experiment_outcome outcome = { 0 };
	auto_fake struct fake fake = { .broken = "expect", .broken_rc = -ENOENT };
	struct err err = ERR_INIT;

	(void)state;
	load(FULL, &experiment);
	experiment_args_init(&experiment, &args);
	assert_int_equal(experiment_judge(&experiment, &args, fake_expect, &fake, &outcome, &err),
			 -ENOENT);
	assert_string_equal(err.msg, "expect is broken");
	assert_int_equal(experiment_judge(&experiment, &none, fake_expect, &fake, &outcome, &err),
			 -EINVAL);
	assert_int_equal(outcome.n_expects, 0);
}

/* What `labctl run fetch --tls .. --http ..` will do: the curl options and the expectations of each
 * choice. */
static void test_fetch_choices(void **state)
{
	static const struct {
		const char *tls, *http, *curl, *expects;
	} rows[] = {
		{ "1.3", "2", "curl -sS --tlsv1.3 --http2 ",
		  "tls.handshake.extensions.supported_version == 0x0304" },
		{ "1.2-rsa", "2",
		  "curl -sS --tlsv1.2 --tls-max 1.2 --ciphers AES128-GCM-SHA256 --http2 ",
		  "tls.handshake.ciphersuite == 0x009c" },
		{ "1.3", "1.1", "curl -sS --tlsv1.3 --http1.1 ", "http.response.code == 200" },
	};
	auto_experiment struct experiment fetch = { 0 };
	size_t i;

	(void)state;
	load_shipped("fetch", &fetch);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		static const struct reply replies[REPLIES] = {
			{ "scan_results", 0, 0,
			  "BSS 00:1f:57:21:a8:3c(on wlan0)\n\tSSID: iptime01\n"
			  "\tDS Parameter set: channel 6\n",
			  0 },
			{ "reconnect", 0, 0, "Connected to 00:1f:57:21:a8:3c (on wlan0)\n", 0 },
			{ "renew", 0, 0,
			  "wlan0 68.85.2.101/24 server 68.85.2.9 router 68.85.2.1 dns 68.85.2.2 "
			  "lease 3600\n",
			  0 },
			{ "getent", 0, 0, "172.217.25.228\n", 0 },
			{ "--http2", 0, 0, "status 200\nhttp 2\nsize 1234\nverify 0\n", 0 },
			{ "--http1.1", 0, 0, "status 200\nhttp 1.1\nsize 1234\nverify 0\n", 0 },
		};
		auto_fake struct fake fake = { .replies = replies, .count = 1 };
		auto_experiment_outcome struct experiment_outcome outcome = { 0 };
		auto_experiment_args struct experiment_args args = { 0 };
		struct err err = ERR_INIT;
		size_t j;

		experiment_args_init(&fetch, &args);
		assert_int_equal(experiment_set_parameter(&fetch, &args, "tls", rows[i].tls, &err),
				 0);
		assert_int_equal(
			experiment_set_parameter(&fetch, &args, "http", rows[i].http, &err), 0);
		assert_int_equal(experiment_run(&fetch, &args, &fake_ops, &fake, &outcome, &err),
				 0);
		assert_non_null(strstr(str_text(&fake.log), rows[i].curl));
		assert_non_null(strstr(str_text(&fake.log), rows[i].expects));
		assert_null(strstr(str_text(&fake.log), "$${"));
		for (j = 0; j < outcome.n_steps; j++)
			assert_string_equal(experiment_state_name(outcome.steps[j].state), "ok");
	}
}

/* ---- all of them, each with its name ---- */

int main(void)
{
	ADD_ROWS(engine_rows, test_engine);
	ADD_ROWS(phase_rows, test_phase);
	add_test("phases in JSON", test_phase_json, NULL);
	add_test("captures that cannot be judged", test_judge_broken, NULL);
	add_test("deadline", test_deadline, NULL);
	add_test("reports", test_reports, NULL);
	add_test("the end of an output", test_output_tail, NULL);
	add_test("parameters", test_parameters, NULL);
	add_test("flat", test_flat, NULL);
	add_test("unreadable", test_unreadable, NULL);
	add_test("check", test_check, NULL);
	add_test("shipped experiments fit small.xml", test_fits, "small.xml");
	add_test("shipped experiments fit school.xml", test_fits, "school.xml");
	add_test("fetch with each choice", test_fetch_choices, NULL);
	add_files("tests/golden/experiment", test_golden);
	return run_added("experiment", NULL, NULL);
}
