/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client hears of nodes on their way up. */
#include "labd/server.h"

#include <string.h>

void server_tell_stage(void *ctx, const struct lab_node *node, const char *detail)
{
	(void)ctl_send_event(ctx, "stage",
			     json_pack("{s:s, s:s, s:o}", "node", node->plan->name, "stage",
				       lab_stage_name(node->stage), "detail", json_text(detail)),
			     NULL);
}

void server_tell_note(void *ctx, const char *text)
{
	(void)ctl_send_event(ctx, "note", json_pack("{s:s}", "text", text), NULL);
}

json_t *server_failure_details(const struct lab_failure *failure)
{
	auto_str struct str tail = { 0 };
	json_t *lines = json_array();
	char *line, *rest;

	if (!failure->node) {
		json_decref(lines);
		return NULL;
	}
	lab_console_tail(failure->node, 20, &tail);
	rest = tail.data;
	while (rest && (line = strsep(&rest, "\n")))
		if (*line)
			(void)json_array_append_new(lines, json_text(line));
	return json_pack("{s:s, s:s, s:o}", "node", failure->node->plan->name, "stage",
			 lab_stage_name(failure->stage), "console", lines);
}
