/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verdict of one expectation, by the frames that were found. */
#include <inttypes.h>

#include "experiment/judge.h"

void experiment_decide(struct experiment_expect_report *report, enum experiment_verdict verdict,
		       char *why)
{
	report->verdict = verdict;
	report->why = why;
}

static void add_limits(struct str *out, const struct experiment_expect *expect)
{
	if (!expect->at_most)
		str_adds(out, "none may");
	else if (expect->at_least == expect->at_most)
		str_addf(out, "it should be %" PRIu64, expect->at_least);
	else
		str_addf(out, "it should be at %s %" PRIu64,
			 expect->at_most == UINT64_MAX ? "least" : "most",
			 expect->at_most == UINT64_MAX ? expect->at_least : expect->at_most);
}

/* Why an expectation without any frame has none. */
static void add_nearest(struct str *out, const struct experiment_expect_report *report)
{
	const struct wireshark_near *near = &report->answer.near;

	if (report->answer.early) {
		str_addf(out, "frame %" PRIu64 " matches, but is not after '%s'",
			 report->answer.early, report->expect->after);
	} else if (!near->frame) {
		str_addf(out, "no frame matches '%s'", report->filter);
	} else {
		str_addf(out, "no frame matches; frame %" PRIu64 " came nearest: ", near->frame);
		if (!near->field)
			str_addf(out, "it does not match '%s'", near->want);
		else if (!near->have)
			str_addf(out, "it has no %s (%s)", near->field, near->want);
		else
			str_addf(out, "its %s is %s, not %s", near->field, near->have, near->want);
		if (near->differs > 1)
			str_addf(out, "; and %zu more", near->differs - 1);
	}
}

void experiment_judge_answer(struct experiment_expect_report *report)
{
	const struct experiment_expect *expect = report->expect;
	const struct wireshark_answer *answer = &report->answer;
	auto_str struct str why = { 0 };

	if (answer->error[0]) {
		experiment_decide(report, EXPERIMENT_VERDICT_NOT_JUDGED, xstrdup(answer->error));
		return;
	}
	/* More frames than are there could change the verdict. */
	if ((answer->cut || answer->hidden) && answer->count <= expect->at_most &&
	    (answer->count < expect->at_least || expect->at_most != UINT64_MAX)) {
		experiment_decide(
			report, EXPERIMENT_VERDICT_NOT_JUDGED,
			xstrdup(answer->cut ? "the capture ends too early to say"
					    : "frames in this air cannot be read: the handshake "
					      "of their station is not in the capture"));
		return;
	}
	if (answer->count >= expect->at_least && answer->count <= expect->at_most) {
		experiment_decide(report, EXPERIMENT_VERDICT_HOLDS, NULL);
		return;
	}
	if (!answer->count) {
		add_nearest(&why, report);
	} else {
		str_addf(&why, "%" PRIu64 " frame%s '%s', the first is %" PRIu64 "; ",
			 answer->count, answer->count == 1 ? " matches" : "s match", report->filter,
			 answer->frames[0]);
		add_limits(&why, expect);
	}
	experiment_decide(report, EXPERIMENT_VERDICT_FAILS, str_take(&why));
}
