/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One step: exec, then measure exit status and output. An <until> step repeats that. The pause
 * between two attempts is a short sleep in front of the command, in the guest: it costs no round
 * trip of its own, the engine never sleeps, and a cancelled exec ends it.
 */
#include "experiment/step.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "base/child.h"
#include "base/clock.h"

#define RETRY_PAUSE "sleep 0.3\n"
/* What is looked at and reported; a regular expression may take time that grows with the square of
 * it. */
#define OUTPUT_KEPT ((size_t)64 << 10)
#define LINE_SHOWN 160

/*
 * Looking for a regular expression. Whoever writes an experiment can write one that runs for ever
 * over 64 KiB of a guest's choice, and regexec(3) cannot be told to stop: so it runs in a process
 * of its own. (A limit on the pattern alone does not help: what is slow is the two together.)
 */
struct search {
	const char *pattern, *text;
};

struct found {
	bool compiled, matches;
	char why[128];   /* it does not compile */
	size_t from, to; /* of the first group, or of all without one */
};

static void search(void *ctx, void *ret)
{
	const struct search *search = ctx;
	struct found *found = ret;
	regmatch_t match[2];
	regex_t re;
	int rc = regcomp(&re, search->pattern, REG_EXTENDED | REG_NEWLINE), group;

	found->compiled = rc == 0;
	if (rc) {
		(void)regerror(rc, &re, found->why, sizeof(found->why));
		return;
	}
	found->matches = regexec(&re, search->text, ARRAY_SIZE(match), match, 0) == 0;
	if (found->matches) {
		group = re.re_nsub && match[1].rm_so >= 0 ? 1 : 0;
		found->from = (size_t)match[group].rm_so;
		found->to = (size_t)match[group].rm_eo;
	}
	regfree(&re);
}

static int pattern_fault(const struct found *found, const char *pattern, struct err *err)
{
	return found->compiled ? 0
			       : err_set(err, EINVAL, "regular expression '%.200s': %s", pattern,
					 found->why);
}

/* How the patterns of one attempt are looked for. */
struct looking {
	struct experiment_run *run;
	int64_t deadline;
};

static bool is_cancelled(void *ctx)
{
	const struct experiment_run *run = ctx;

	return run->ops->cancelled(run->ctx);
}

/* A command that ends just in time leaves none for the pattern: it has a second at least. */
static int look_for(const struct looking *looking, const char *pattern, const char *text,
		    struct found *ret, struct err *err)
{
	struct search ctx = { pattern, text };
	int64_t least = deadline_in_ms(1000);
	int r;

	*ret = (struct found){ .compiled = false };
	r = child_compute(search, &ctx, ret, sizeof(*ret),
			  least > looking->deadline ? least : looking->deadline, is_cancelled,
			  looking->run);
	if (r == -ECANCELED)
		looking->run->cancelled = true;
	if (r == -ETIMEDOUT)
		return err_set(err, ETIMEDOUT,
			       "the regular expression '%.200s' takes too long on the output",
			       pattern);
	if (r < 0)
		return err_errno(err, -r, "regular expression '%.200s'", pattern);
	return pattern_fault(ret, pattern, err);
}

int experiment_pattern_check(const char *pattern, struct err *err)
{
	struct search ctx = { pattern, "" };
	struct found found = { .compiled = false };

	search(&ctx, &found);
	return pattern_fault(&found, pattern, err);
}

/* The last line that is not empty, for people; bounded, without control characters. */
static void add_last_line(struct str *why, const char *front, const char *output)
{
	size_t end = strlen(output), start, i;

	while (end && (unsigned char)output[end - 1] <= ' ')
		end--;
	if (!end)
		return;
	for (start = end; start && output[start - 1] != '\n';)
		start--;
	if (end - start > LINE_SHOWN)
		end = start + LINE_SHOWN;
	str_adds(why, front);
	for (i = start; i < end; i++)
		str_add(why, (unsigned char)output[i] < ' ' || output[i] == 0x7f ? " " : &output[i],
			1);
}

static bool same_but_newlines(const char *output, const char *text)
{
	size_t len = strlen(output);

	while (len && output[len - 1] == '\n')
		len--;
	return strlen(text) == len && !memcmp(output, text, len);
}

/* Whether the output passes one test; otherwise why says what is missing. */
static bool output_passes(const struct looking *looking, enum experiment_test test,
			  const char *text, const char *output, struct str *why)
{
	struct err err = ERR_INIT;
	struct found found;

	switch (test) {
	case EXPERIMENT_TEST_CONTAINS:
		if (strstr(output, text))
			return true;
		str_addf(why, "the output does not contain '%s'", text);
		break;
	case EXPERIMENT_TEST_EQUALS:
		if (same_but_newlines(output, text))
			return true;
		str_addf(why, "the output is not '%s'", text);
		break;
	case EXPERIMENT_TEST_MATCHES:
		if (look_for(looking, text, output, &found, &err) < 0) {
			str_adds(why, err.msg);
			return false;
		}
		if (found.matches)
			return true;
		str_addf(why, "nothing in the output matches '%s'", text);
		break;
	}
	add_last_line(why, "; its last line: ", output);
	return false;
}

static bool outputs_pass(const struct looking *looking, const struct experiment_step *step,
			 const char *output, struct str *why)
{
	const struct experiment_run *run = looking->run;
	size_t i;

	for (i = 0; i < step->n_outputs; i++) {
		auto_str struct str text = { 0 };

		if (!experiment_holds(&step->outputs[i].when, run->args))
			continue;
		experiment_expand(run->experiment, run->args, step->outputs[i].text, &text);
		if (!output_passes(looking, step->outputs[i].test, str_text(&text), output, why))
			return false;
	}
	return true;
}

/* Reads a fact out of the output; *ret is NULL where the pattern matches nothing. */
static int fact_value(const struct looking *looking, const struct experiment_fact *fact,
		      const char *output, char **ret, struct err *err)
{
	struct found found;
	int rc = look_for(looking, fact->pattern, output, &found, err);

	if (rc == 0)
		*ret = found.matches ? xstrndup(output + found.from, found.to - found.from) : NULL;
	return rc;
}

static bool facts_found(const struct looking *looking, const struct experiment_step *step,
			const char *output, struct str *why)
{
	struct experiment_outcome *outcome = looking->run->outcome;
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < step->n_facts; i++) {
		struct experiment_fact_report *report;
		char *value = NULL;

		if (fact_value(looking, &step->facts[i], output, &value, &err) < 0) {
			str_addf(why, "fact '%s': %s", step->facts[i].name, err.msg);
			return false;
		}
		if (!value) {
			str_addf(why, "fact '%s': nothing in the output matches '%s'",
				 step->facts[i].name, step->facts[i].pattern);
			return false;
		}
		report = array_add(outcome->facts, outcome->n_facts);
		report->name = step->facts[i].name;
		report->value = value;
	}
	return true;
}

void experiment_step_keep(struct experiment_step_report *report, const struct str *out)
{
	free(report->output);
	report->output = xstrndup(str_text(out), OUTPUT_KEPT);
}

bool experiment_step_measure(struct experiment_run *run, const struct experiment_step *step,
			     int64_t deadline, struct experiment_step_report *report,
			     struct str *why)
{
	int status = report->status;

	/* One that was ended from outside has none. */
	if (status >= 0 && step->status != EXPERIMENT_STATUS_ANY && status != step->status) {
		str_addf(why, "exit status %d", status);
		if (step->status)
			str_addf(why, " instead of %d", step->status);
		add_last_line(why, ": ", report->output);
		return false;
	}
	return outputs_pass(&(struct looking){ run, deadline }, step, report->output, why);
}

bool experiment_step_judge(struct experiment_run *run, const struct experiment_step *step,
			   int64_t deadline, struct experiment_step_report *report, struct str *why)
{
	return experiment_step_measure(run, step, deadline, report, why) &&
	       facts_found(&(struct looking){ run, deadline }, step, report->output, why);
}

/* How an attempt ended. */
enum attempt { ATTEMPT_HOLDS, ATTEMPT_HOLDS_NOT, ATTEMPT_OVER };

/* One exec and its measures. ATTEMPT_OVER: another one makes no sense. */
static enum attempt attempt(struct experiment_run *run, const struct experiment_step *step,
			    const char *command, int64_t deadline,
			    struct experiment_step_report *report, struct str *out, struct str *why)
{
	struct err err = ERR_INIT;
	int64_t left = (deadline - clock_mono_ns()) / NS_PER_MS;
	int status = -1, rc;

	str_free(out);
	report->attempts++;
	rc = run->ops->exec(run->ctx, step->node, command, left > 0 ? left : 1, out, &status, &err);
	experiment_step_keep(report, out);
	report->status = rc < 0 ? -1 : status;
	if (rc == -ECANCELED)
		run->cancelled = true;
	if (rc == -ETIMEDOUT) {
		str_addf(why, "not over within %u s", step->deadline_s);
		add_last_line(why, "; its last line: ", report->output);
		return ATTEMPT_OVER;
	}
	if (rc < 0) {
		str_adds(why, err.msg);
		return ATTEMPT_OVER;
	}
	return experiment_step_measure(run, step, deadline, report, why) ? ATTEMPT_HOLDS
									 : ATTEMPT_HOLDS_NOT;
}

/* Attempts until one holds or none makes sense any more; why is that of the last. */
static bool attempts(struct experiment_run *run, const struct experiment_step *step,
		     int64_t deadline, struct experiment_step_report *report, struct str *out,
		     struct str *why)
{
	auto_str struct str command = { 0 }, last = { 0 };

	experiment_expand(run->experiment, run->args, step->command, &command);
	for (;;) {
		enum attempt verdict;

		str_free(why);
		verdict = attempt(run, step, str_text(&command), deadline, report, out, why);
		if (verdict == ATTEMPT_HOLDS)
			return true;
		if (!step->until)
			return false;
		if (verdict == ATTEMPT_OVER && !run->cancelled && last.len)
			str_addf(why, "; before that: %s", str_text(&last));
		if (run->ops->cancelled(run->ctx))
			run->cancelled = true;
		if (verdict == ATTEMPT_OVER || run->cancelled)
			return false;
		if (deadline_passed(deadline)) {
			str_addf(why, ", still so after %u s", step->deadline_s);
			return false;
		}
		str_free(&last);
		str_add(&last, str_text(why), why->len);
		if (report->attempts == 1) {
			str_free(&command);
			str_adds(&command, RETRY_PAUSE);
			experiment_expand(run->experiment, run->args, step->command, &command);
		}
	}
}

/* A command, until it and its facts hold. */
static bool run_command(struct experiment_run *run, const struct experiment_step *step,
			struct experiment_step_report *report, struct str *out, struct str *why)
{
	struct looking looking = { run, deadline_in_ms((int64_t)step->deadline_s * 1000) };

	return attempts(run, step, looking.deadline, report, out, why) &&
	       facts_found(&looking, step, report->output, why);
}

static json_t *expand_words(const struct experiment_run *run, const json_t *words)
{
	json_t *out = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)words, name, value) {
		auto_str struct str text = { 0 };

		experiment_expand(run->experiment, run->args, json_string_value(value), &text);
		(void)json_object_set_new(out, name, json_text(str_text(&text)));
	}
	return out;
}

/* Something that is done to the lab, not in a guest. */
static bool act(struct experiment_run *run, const struct experiment_step *step, struct str *why)
{
	auto_json json_t *words = step->words ? expand_words(run, step->words) : NULL;
	struct err err = ERR_INIT;
	int rc = words ? run->ops->link(run->ctx, words, &err)
		       : run->ops->restart(run->ctx, step->node, &err);

	if (rc == -ECANCELED)
		run->cancelled = true;
	if (rc < 0)
		str_adds(why, err.msg);
	return rc == 0;
}

void experiment_step_run(struct experiment_run *run, const struct experiment_step *step,
			 struct experiment_step_report *report, struct str *out)
{
	int64_t begin = clock_mono_ns();
	auto_str struct str why = { 0 };
	bool ok;

	report->start_ns = clock_real_ns();
	ok = step->act == EXPERIMENT_ACT_COMMAND ? run_command(run, step, report, out, &why)
						 : act(run, step, &why);
	report->duration_ns = clock_mono_ns() - begin;
	report->state = ok ? EXPERIMENT_OK : EXPERIMENT_NOT_OK;
	if (!ok)
		report->why = xstrdup(run->cancelled ? "interrupted" : str_text(&why));
}
