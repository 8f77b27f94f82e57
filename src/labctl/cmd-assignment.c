/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl assignment: what is asked of a student; and the lab for it, broken. */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "labctl/handout.h"
#include "labctl/out.h"
#include "labctl/place.h"
#include "labctl/play.h"
#include "labctl/started.h"
#include "labctl/story.h"

/* --- what it says --- */

static int tell(const struct labctl *l, const struct args *a, const struct handout *handout,
		bool key)
{
	auto_json json_t *value = handout_to_json(handout, key);
	struct err err = ERR_INIT;
	const char *lang;

	if (story_language(args_get(a, "lang"), &lang, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	if (l->json) {
		out_json(value, false);
		return EXIT_DONE;
	}
	handout_tell(handout, lang);
	if (key)
		handout_tell_faults(handout, lang);
	return EXIT_DONE;
}

static int validate(const struct labctl *l, const struct handout *handout)
{
	auto_json json_t *value = handout_to_json(handout, true);
	auto_free char *path = out_clean(handout->path, false);

	if (l->json)
		out_json(value, false);
	else
		printf("%s: a valid assignment\n", path);
	return EXIT_DONE;
}

/* --- the lab --- */

static int bring_up(struct labctl *l, const struct args *a, const char *topology)
{
	const char *operands[] = { topology, NULL };
	struct arg options[2];
	struct args up = {
		.table = a->table, .operands = operands, .n_operands = 1, .options = options
	};
	const char *name = args_get(a, "name");

	if (name)
		options[up.n_options++] = (struct arg){ "name", name };
	if (args_get(a, "cold"))
		options[up.n_options++] = (struct arg){ "cold", "" };
	return cmd_up(l, &up);
}

/* Which of several: by chance, where nobody has drawn for a student. */
static int choose_fault(const struct handout *handout, size_t *ret, struct err *err)
{
	unsigned char random[HMAC_LEN];
	int r = hmac_key(random, err);

	if (r == 0)
		*ret = (size_t)(random[0] << 8 | random[1]) % handout->n_faults;
	return r;
}

/* The fault is put in, and seen to show. */
static int break_it(struct labctl *l, const struct handout *handout)
{
	auto_json json_t *result = NULL, *story = NULL;
	auto_free char *path = NULL, *aside = NULL;
	struct err err = ERR_INIT;
	size_t fault = 0;
	int code;

	if (!handout->n_faults)
		return EXIT_DONE;
	if (choose_fault(handout, &fault, &err) < 0 || started_aside(l, l->lab, &aside, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	path = handout_path(handout, handout->assignment.faults[fault]);
	code = play_run(l, path, aside, &result, &story);
	if (code == EXIT_LAB_FAILED || code == EXIT_NOT_JUDGED)
		return out_error(l, code,
				 (err_set(&err, EIO,
					  "what is to be found in lab '%s' does not show; take it "
					  "down and start again",
					  l->lab),
				  &err));
	return code;
}

static int start(struct labctl *l, const struct args *a, const struct handout *handout)
{
	auto_free char *topology = handout_path(handout, handout->assignment.topology);
	auto_json json_t *state =
		json_pack("{s:o, s:i}", "assignment", json_text(handout->path), "hints", 0);
	struct err err = ERR_INIT;
	const char *lang;
	int code;

	if (story_language(args_get(a, "lang"), &lang, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	code = bring_up(l, a, topology);
	if (code != EXIT_DONE)
		return code;
	l->lab = args_get(a, "name") ? args_get(a, "name") : handout->topo.name;
	code = break_it(l, handout);
	if (code != EXIT_DONE)
		return code;
	if (started_save(l, l->lab, state, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (!l->json) {
		printf("\n");
		handout_tell(handout, lang);
		printf("\nWhere am I: labctl check. The task again: labctl task\n");
	}
	return EXIT_DONE;
}

int cmd_assignment(struct labctl *l, const struct args *a)
{
	const char *verb = a->operands[0];
	static const char *const verbs[] = { "validate", "preview", "answer-key", "start" };
	auto_handout struct handout handout = { 0 };
	struct err err = ERR_INIT;
	bool known = false;
	int code;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		known = known || str_eq(verb, verbs[i]);
	if (!known)
		return out_error(
			l, EXIT_USAGE,
			(err_set(&err, EINVAL,
				 "assignment '%s': validate, preview, answer-key or start", verb),
			 &err));
	code = handout_load(l, a->operands[1], &handout);
	if (code != EXIT_DONE)
		return code;
	return str_eq(verb, "validate") ? validate(l, &handout)
	       : str_eq(verb, "start")  ? start(l, a, &handout)
					: tell(l, a, &handout, str_eq(verb, "answer-key"));
}
