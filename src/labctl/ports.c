/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places where a lab can be captured. */
#include "labctl/ports.h"

#include "base/clock.h"
#include "base/str.h"
#include "labctl/client.h"

#define ANSWER_MS 1500 /* who asks (a shell, Wireshark) seems to hang when it waits for longer */

json_t *ports_status(const struct registry_entry *lab)
{
	struct client_call call = { .command = CTL_STATUS, .signals = -1, .silence_ms = ANSWER_MS };
	auto_ctl struct ctl *ctl = NULL;
	json_t *status = NULL;

	if (client_connect(lab->pid, lab->start_time, -1, deadline_in_ms(ANSWER_MS), &ctl, NULL) <
	    0)
		return NULL;
	if (client_call(ctl, &call, &status, NULL) < 0) {
		json_decref(status);
		return NULL;
	}
	return status;
}

void ports_each(const json_t *status, void (*f)(void *ctx, const char *port), void *ctx)
{
	const json_t *link, *end;
	size_t i, j;

	json_array_foreach(json_object_get(status, "links"), i, link) {
		auto_free char *air = xasprintf("wifi:%s", json_get_text(link, "name", ""));

		if (str_eq(json_get_text(link, "kind", NULL), "wifi")) {
			f(ctx, air);
			continue;
		}
		json_array_foreach(json_object_get(link, "ends"), j, end) {
			if (json_is_string(end))
				f(ctx, json_string_value(end));
		}
	}
}
