/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl report: a run's story as one HTML file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "labctl/file.h"
#include "labctl/out.h"
#include "labctl/story.h"
#include "report/frames.h"
#include "report/page.h"
#include "report/sentences.h"
#include "report/words.h"
#include "run/runs.h"
#include "wireshark/sharkd.h"

/* What the page cannot show. */
static void print_notes(const json_t *story)
{
	const json_t *note;
	size_t i;

	json_array_foreach(json_object_get(story, "notes"), i, note) {
		auto_free char *text = out_clean(json_string_value(note), false);

		(void)fprintf(stderr, "labctl: note: %s\n", text);
	}
}

/* Whether the page can be made there at all: asked before the captures are read for minutes. */
static int check_place(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");

	if (access(folder, W_OK | X_OK) < 0)
		return err_errno(err, errno, "'%s'", path);
	return 0;
}

/* path: - is standard output. */
static int write_page(const struct labctl *l, const char *path, const struct str *page,
		      const json_t *story, struct err *err)
{
	bool to_stdout = str_eq(path, "-");
	int r = to_stdout ? io_write_all(STDOUT_FILENO, page->data, page->len)
			  : io_write_file(path, page->data, page->len, 0600, err);

	if (r < 0)
		return to_stdout ? err_errno(err, -r, "standard output") : r;
	print_notes(story);
	if (l->json && !to_stdout) {
		auto_json json_t *answer = json_pack(
			"{s:o, s:I, s:O, s:O}", "report", json_text(path), "bytes",
			(json_int_t)page->len, "verdict", json_object_get(story, "verdict"),
			"notes", json_object_get(story, "notes"));

		out_json(answer, false);
	} else if (!to_stdout) {
		out_line(path);
	}
	return 0;
}

int cmd_report(struct labctl *l, const struct args *a)
{
	auto_experiment struct experiment own = { 0 };
	auto_free char *own_path = NULL;
	auto_free char *schemas = file_schema_dir(l);
	struct story_options options = { .sharkd = SHARKD,
					 .cache = l->paths.cache,
					 .schemas = schemas };
	const char *lang = args_get(a, "lang"), *given = args_get(a, "out");
	auto_json json_t *story = NULL;
	auto_free char *dir = NULL;
	auto_free char *path = NULL;
	auto_str struct str page = { 0 };
	struct err err = ERR_INIT;
	int code;

	if (lang && !words_speaks(lang))
		return out_error(l, EXIT_USAGE,
				 (err_set(&err, EINVAL, "--lang '%s': en or ko", lang), &err));
	if (runs_find(l->paths.runs, a->n_operands ? a->operands[0] : NULL, &dir, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	code = story_judge(l, a, dir, &own, &own_path, &options);
	if (code != EXIT_DONE)
		return code;
	path = given ? xstrdup(given) : xasprintf("%s/report.html", dir);
	if (!str_eq(path, "-") && check_place(path, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (story_read(dir, &options, &story, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	/* Without sharkd there are no frames to open, but all the rest of the story. */
	if (frames_add(story, dir, &options, &err) < 0)
		(void)json_array_append_new(json_object_get(story, "notes"), json_text(err.msg));
	(void)json_object_set_new(story, "korean", sentences_of(story));
	page_write(story, lang, &page);
	err_clear(&err);
	if (write_page(l, path, &page, story, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	return story_exit(story);
}
