/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stays of a lab that has ended. */
#include "sandbox/ended.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/str.h"
#include "sandbox/entry.h"

#define LINES 20 /* of the log, in which its end is told */

/* What the lab's last lines say of its end; "": it ended in peace. A new string. */
static char *read_reason(const char *log)
{
	static const char mark[] = "the lab ends: ";
	auto_str struct str text = { 0 };
	const char *found = NULL, *p;

	if (io_read_tail(log, LINES, &text, NULL) < 0)
		return xstrdup("");
	for (p = str_text(&text); (p = strstr(p, mark)); p = found)
		found = p + strlen(mark);
	if (found)
		return xstrndup(found, strcspn(found, "\n"));
	return xstrdup(strstr(str_text(&text), "the lab is over")
			       ? ""
			       : "its first process was killed, or the machine was switched off");
}

static bool was_published(const char *dir)
{
	auto_free char *path = xasprintf("%s/entry.json", dir);
	auto_json json_t *entry = NULL;

	return json_open(path, &entry, NULL) == 0 &&
	       json_is_false(json_object_get(entry, "starting"));
}

int ended_sweep(const char *state_dir, const char *name, bool by_itself, struct err *err)
{
	auto_free char *dir = entry_dir(state_dir, name);
	auto_free char *log = xasprintf("%s/labd.log", dir);
	auto_free char *ended = xasprintf("%s/ended", state_dir);
	auto_free char *kept = xasprintf("%s/%s.log", ended, name);
	auto_free char *why = xasprintf("%s/%s.why", ended, name);

	if (access(log, F_OK) == 0 && io_mkdirs(ended, 0700, NULL) == 0) {
		auto_free char *reason =
			by_itself && was_published(dir) ? read_reason(log) : xstrdup("");

		if (reason[0])
			(void)io_write_file(why, reason, strlen(reason), 0600, NULL);
		(void)rename(log, kept);
	}
	return io_remove_tree(dir, err);
}

void registry_news(const char *state_dir, struct str *out)
{
	auto_free char *ended = xasprintf("%s/ended", state_dir);
	DIR *dir = opendir(ended);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *path = xasprintf("%s/%s", ended, entry->d_name);
		const char *dot = strrchr(entry->d_name, '.');
		auto_str struct str reason = { 0 };

		if (!dot || !str_eq(dot, ".why") || io_read_file(path, 4096, &reason, NULL) < 0 ||
		    unlink(path) < 0)
			continue;
		str_addf(out, "lab '%.*s' has ended: %s\n", (int)(dot - entry->d_name),
			 entry->d_name, str_text(&reason));
	}
	if (dir)
		(void)closedir(dir);
}
