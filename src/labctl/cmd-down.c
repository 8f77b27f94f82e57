/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl down: the end of a lab, asked for or forced. */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "labctl/client.h"
#include "labctl/out.h"

#define ASK_MS 1000 /* for labd to answer: one that hangs must not hold us up */
#define END_MS 3000 /* for the lab to end by itself, once labd has said yes */

/* That a run is waited for; said once. */
static void on_event(void *ctx, const json_t *event)
{
	bool *said = ctx;
	auto_free char *text = out_clean(json_get_text(event, "text", ""), false);

	if (!*said && text[0])
		fprintf(stderr, "  note: %s\n", text);
	*said = true;
}

/* Asks labd to stop its guests and end; true when it said that it will. */
static bool ask(const struct place *place)
{
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	bool said = false;
	struct client_call call = { .command = CTL_DOWN,
				    .signals = -1,
				    .silence_ms = END_MS,
				    .event = on_event,
				    .ctx = &said };

	if (place_connect(place, -1, deadline_in_ms(ASK_MS), &ctl, NULL) < 0)
		return false;
	return client_call(ctl, &call, &reply, NULL) == 0;
}

static int end_one(const struct labctl *l, const struct place *place, struct err *err)
{
	if (place_is_started(place) && ask(place))
		place_await_end(place, deadline_in_ms(END_MS));
	return place_end(l, place, err);
}

/* Ends one and says so; its name goes into the JSON answer. */
static int report_one(const struct labctl *l, const struct place *place, json_t *names)
{
	struct err err = ERR_INIT;
	int64_t begun = clock_mono_ns();
	char time[24];

	if (end_one(l, place, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	(void)json_array_append_new(names, json_text(place_name(place)));
	out_duration(time, (double)(clock_mono_ns() - begun) / NS_PER_S);
	if (!l->json)
		printf("lab '%s' has ended, in %s; its runs are kept\n", place_name(place), time);
	return EXIT_DONE;
}

static int end_all(const struct labctl *l, json_t *names)
{
	auto_places struct places all = { 0 };
	struct err err = ERR_INIT;
	int worst = EXIT_DONE;

	if (place_list(l, &all, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	for (size_t i = 0; i < all.n; i++) {
		int code = report_one(l, &all.list[i], names);

		worst = code != EXIT_DONE ? code : worst;
	}
	if (!all.n && !l->json)
		printf("no lab is running\n");
	return worst;
}

int cmd_down(struct labctl *l, const struct args *a)
{
	auto_place struct place place = PLACE_INIT;
	auto_json json_t *answer = json_object();
	json_t *names = json_array();
	struct err err = ERR_INIT;
	int code, r;

	(void)json_object_set_new(answer, "ended", names);
	if (args_get(a, "all")) {
		code = end_all(l, names);
	} else {
		r = place_find(l, &place, &err);
		code = r < 0 ? out_error(l, client_exit_code(r), &err)
			     : report_one(l, &place, names);
	}
	if (l->json && code == EXIT_DONE)
		out_json(answer, false);
	return code;
}
