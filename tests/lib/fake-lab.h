/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lab for experiments that answers as it is told, and keeps a log of what it was asked to do. */
#ifndef TESTS_LIB_FAKE_LAB_H
#define TESTS_LIB_FAKE_LAB_H

#include "experiment/experiment.h"

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

void fake_free(struct fake *fake);
AUTO_DEFINE(fake_auto, struct fake, fake_free)
#define auto_fake AUTO(fake_autop)

extern const struct experiment_ops fake_ops;
int fake_expect(void *ctx, const struct wireshark_query *q, size_t n, struct wireshark_answer *a,
		struct err *err);

/* What is said again and again, 64 KiB of it, and a pattern that takes ten seconds to find that it
 * does not match. */
#define LONG "aaaaaaaaaaaaaaaa"
#define ENDLESS "(a|b)*c"

/* An experiment without a problem. */
void load_experiment(const char *text, struct experiment *ret);
/* As the lab topologies/LAB.xml plays it. */
void load_shipped(const char *name, const char *lab, struct experiment *ret);

/* --- runs, and what comes of each --- */

struct fake_run {
	const char *name, *xml;
	struct reply replies[REPLIES];
	const char *tls, *broken;
	int broken_rc;
	const char *cancel_at;
	uint64_t count;
	enum experiment_result result;
	const char *reason, *log;
};

void fake_run(const struct fake_run *row, struct experiment *experiment, struct fake *fake,
	      struct experiment_outcome *outcome);
/* A test, whose state is such a row. */
void test_run(void **state);

/* --- texts of experiments --- */

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

#endif
