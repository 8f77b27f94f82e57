/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl freeze, reset, cache: labs as they were at an instant, and what is kept to start fast. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "image/frozen.h"
#include "image/template.h"
#include "labctl/client.h"
#include "labctl/freeze.h"
#include "labctl/out.h"

#define SILENCE_MS (10 * 60000) /* while guests are saved, or SSH answers anew */

/* --- freeze and reset --- */

static void on_event(void *ctx, const json_t *event)
{
	const struct labctl *l = ctx;
	auto_free char *text = out_clean(json_get_text(event, "text", ""), false);
	auto_json json_t *line = NULL;

	if (l->json) {
		line = json_pack("{s:O}", "event", event);
		out_json(line, true);
	} else if (text[0]) {
		fprintf(stderr, "  note: %s\n", text);
	}
}

int freeze_call(struct labctl *l, struct ctl *ctl, enum ctl_command command, json_t *args,
		int signals, json_t **reply, struct err *err)
{
	struct client_call call = { .command = command,
				    .args = args,
				    .signals = signals,
				    .silence_ms = SILENCE_MS,
				    .event = on_event,
				    .ctx = l };

	return client_call(ctl, &call, reply, err);
}

/* Asks the lab for it and answers; what it did is said with "in 3 s" behind it. */
static int ask(struct labctl *l, enum ctl_command command, json_t *args, const char *done)
{
	auto_json json_t *given = args;
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	auto_json json_t *line = NULL;
	auto_close int signals = -1;
	struct err err = ERR_INIT;
	char time[24];
	int r, code = client_open_interruptible(l, &ctl, &signals);

	if (code != EXIT_DONE)
		return code;
	r = freeze_call(l, ctl, command, json_incref(given), signals, &reply, &err);
	if (r < 0)
		return out_failure(l, r == -ECANCELED ? EXIT_INTERRUPTED : EXIT_FAILED, &err,
				   reply);
	if (l->json) {
		line = json_pack("{s:O}", "result", reply);
		out_json(line, true);
		return EXIT_DONE;
	}
	out_duration(time, json_number_value(json_object_get(reply, "seconds")));
	printf("lab '%s' %s, in %s\n", json_get_text(reply, "lab", "?"), done, time);
	return EXIT_DONE;
}

int cmd_freeze(struct labctl *l, const struct args *a)
{
	(void)a;
	return ask(l, CTL_FREEZE, NULL, "is frozen for the next `up`, and goes on");
}

int cmd_reset(struct labctl *l, const struct args *a)
{
	json_t *nodes = json_array();
	json_t *args = json_pack("{s:o}", "nodes", nodes);

	for (size_t i = 0; i < a->n_operands; i++)
		(void)json_array_append_new(nodes, json_text(a->operands[i]));
	return ask(l, CTL_RESET, args,
		   a->n_operands ? "has these nodes as they were when it was frozen"
				 : "is as it was when it was frozen");
}

/* --- cache --- */

static void add_row(struct table *t, const char *what, const char *of, const json_t *one)
{
	auto_free char *key = xasprintf("%.16s", json_get_text(one, "key", "?"));
	auto_free char *size = xasprintf(
		"%lld MiB", (long long)(json_integer_value(json_object_get(one, "bytes")) >> 20));
	int64_t used = json_integer_value(json_object_get(one, "used"));
	char age[24];

	out_duration(age, (double)(clock_real_ns() / NS_PER_S - used));
	out_table_row(t, what, of, size, age, key,
		      json_is_true(json_object_get(one, "in_use")) ? "used by a lab" : "");
}

static int show(const struct labctl *l)
{
	auto_json json_t *frozen = frozen_list(l->paths.cache);
	auto_json json_t *templates = template_list(l->paths.cache);
	auto_json json_t *answer =
		json_pack("{s:O, s:O}", "frozen", frozen, "templates", templates);
	auto_out_table struct table t = { .columns = 6 };
	json_t *one;
	size_t i;

	if (l->json) {
		out_json(answer, false);
		return EXIT_DONE;
	}
	out_table_row(&t, "KIND", "OF", "SIZE", "LAST USED", "KEY", "");
	json_array_foreach(frozen, i, one) {
		add_row(&t, "frozen lab", json_get_text(one, "lab", "?"), one);
	}
	json_array_foreach(templates, i, one) {
		auto_free char *of =
			xasprintf("guests of %d MiB, image %s", json_get_int(one, "memory_mib", 0),
				  json_get_text(one, "image", "?"));

		add_row(&t, "template", of, one);
	}
	if (json_array_size(frozen) + json_array_size(templates))
		out_table_print(&t, stdout);
	else
		printf("nothing is kept; `labctl up` makes templates, `labctl freeze` frozen "
		       "labs\n");
	return EXIT_DONE;
}

static int prune(const struct labctl *l)
{
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	int64_t bytes = 0, more = 0;
	int frozen = frozen_prune(l->paths.cache, 0, &bytes, &err);
	int templates = frozen < 0 ? frozen : template_prune(l->paths.cache, 0, &more, &err);

	if (templates < 0)
		return out_error(l, EXIT_FAILED, &err);
	answer = json_pack("{s:i, s:i, s:I}", "frozen", frozen, "templates", templates, "bytes",
			   (json_int_t)(bytes + more));
	if (l->json)
		out_json(answer, false);
	else
		printf("removed %d frozen lab%s and %d template%s, %lld MiB\n", frozen,
		       frozen == 1 ? "" : "s", templates, templates == 1 ? "" : "s",
		       (long long)((bytes + more) >> 20));
	return EXIT_DONE;
}

int cmd_cache(struct labctl *l, const struct args *a)
{
	struct err err = ERR_INIT;

	if (!a->n_operands || str_eq(a->operands[0], "show"))
		return show(l);
	if (str_eq(a->operands[0], "prune"))
		return prune(l);
	(void)err_set(&err, EINVAL, "cache '%s': show or prune", a->operands[0]);
	return out_error(l, EXIT_USAGE, &err);
}
