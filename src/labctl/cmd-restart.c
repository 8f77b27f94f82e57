/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl restart: one node's guest anew, while the lab goes on. */
#include <errno.h>

#include "base/clock.h"
#include "labctl/client.h"
#include "labctl/out.h"

#define SILENCE_MS (20 * 60 * 1000) /* beyond any deadline that labd has for one stage */

struct restart {
	bool json;
	int64_t begun;
};

static void on_event(void *ctx, const json_t *event)
{
	const struct restart *restart = ctx;
	auto_free char *node = out_clean(json_get_text(event, "node", "?"), false);
	auto_free char *stage = out_clean(json_get_text(event, "stage", "?"), false);
	auto_json json_t *line = NULL;

	if (restart->json) {
		line = json_pack("{s:O}", "event", event);
		out_json(line, true);
	} else if (str_eq(json_get_text(event, "type", ""), "stage")) {
		fprintf(stderr, "%6.1f s  %s  %s\n",
			(double)(clock_mono_ns() - restart->begun) / NS_PER_S, node, stage);
	}
}

int cmd_restart(struct labctl *l, const struct args *a)
{
	struct restart restart = { l->json, clock_mono_ns() };
	struct client_call call = {
		.command = CTL_RESTART, .silence_ms = SILENCE_MS, .event = on_event, .ctx = &restart
	};
	auto_ctl struct ctl *ctl = NULL;
	const json_t *lacks;
	auto_json json_t *reply = NULL;
	auto_json json_t *line = NULL;
	auto_close int signals = -1;
	struct err err = ERR_INIT;
	char time[24];
	int r, code = client_open_interruptible(l, &ctl, &signals);

	if (code != EXIT_DONE)
		return code;
	call.args = json_pack("{s:o}", "node", json_text(a->operands[0]));
	call.signals = signals;
	r = client_call(ctl, &call, &reply, &err);
	if (r < 0) {
		code = out_failure(l, r == -ECANCELED ? EXIT_INTERRUPTED : EXIT_LAB_FAILED, &err,
				   reply);
		out_console(reply);
		return code;
	}
	out_duration(time, (double)(clock_mono_ns() - restart.begun) / NS_PER_S);
	if (l->json) {
		line = json_pack("{s:O}", "result", reply);
		out_json(line, true);
	} else {
		lacks = json_object_get(reply, "lacks");
		printf("node '%s' is back, in %s%s\n", a->operands[0], time,
		       json_array_size(lacks) ? "; the lab is not whole:" : "");
		out_lacks(lacks);
	}
	return EXIT_DONE;
}
