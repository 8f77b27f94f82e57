/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Marking what was handed in: whose lab a run was made in is found by its topology, and its
 * captures are judged by the teacher's check, in the lab that this student has. Of what was handed
 * in, nothing is believed but the captures.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/io.h"
#include "course/marks.h"
#include "labctl/class.h"
#include "labctl/file.h"
#include "labctl/handout.h"
#include "labctl/out.h"
#include "report/story.h"
#include "role/role.h"
#include "run/bundle.h"
#include "run/run.h"
#include "wireshark/sharkd.h"

/* --- what the class has --- */

/* One student's own, as the class made it. */
struct pupil {
	const char *name;
	struct handout handout;
	size_t marked; /* how many of theirs were */
};

struct pupils {
	struct pupil *list;
	size_t n;
};

static void pupils_free(struct pupils *pupils)
{
	for (size_t i = 0; i < pupils->n; i++)
		handout_free(&pupils->list[i].handout);
	free(pupils->list);
}
AUTO_DEFINE(pupils_auto, struct pupils, pupils_free)
#define auto_pupils AUTO(pupils_autop)

static int load_pupils(const struct labctl *l, const struct class *class, struct pupils *ret)
{
	int code = EXIT_DONE;

	for (size_t i = 0; i < class->roster.n && code == EXIT_DONE; i++) {
		auto_free char *dir = class_student(class, class->roster.names[i]);
		auto_free char *file = xasprintf("%s/" HANDOUT_FILE, dir);
		struct pupil *pupil = array_add(ret->list, ret->n);

		pupil->name = class->roster.names[i];
		code = handout_load(l, file, &pupil->handout);
	}
	return code;
}

/* --- what was handed in --- */

/* Whose lab it is: the one that is the same to the letter. NULL: nobody's. -EINVAL: it is none. */
static int find_owner(const struct labctl *l, struct pupils *pupils, const char *dir,
		      struct pupil **ret, struct err *err)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_free char *path = run_path(dir, RUN_TOPOLOGY);
	auto_free char *schemas = file_schema_dir(l);
	auto_topo struct topo topo = { 0 };
	int r = topo_load(path, schemas, role_all, &topo, &problems, err);

	if (r < 0)
		return r;
	*ret = NULL;
	for (size_t i = 0; i < pupils->n; i++)
		if (str_eq(pupils->list[i].handout.topo.flat, topo.flat))
			*ret = &pupils->list[i];
	return 0;
}

/* Why nobody can say: what the story notes. */
static char *notes_of(const json_t *story)
{
	auto_str struct str text = { 0 };
	const json_t *note;
	size_t i;

	json_array_foreach(json_object_get(story, "notes"), i, note)
		str_addf(&text, "%s%s", i ? "; " : "", json_string_value(note));
	return str_take(&text);
}

/* *why: where nothing can be told of some goal; to be freed. */
static int judge(const struct labctl *l, const struct pupil *pupil, const char *dir, json_t **ret,
		 char **why, struct err *err)
{
	auto_free char *schemas = file_schema_dir(l);
	auto_free char *check = handout_path(&pupil->handout, pupil->handout.assignment.check);
	auto_experiment struct experiment experiment = { 0 };
	struct story_options options = { .sharkd = SHARKD,
					 .cache = l->paths.cache,
					 .schemas = schemas,
					 .experiment = &experiment,
					 .judge = check,
					 .defaults = true };
	auto_json json_t *story = NULL;
	int r = file_experiment_fits(l, check, &pupil->handout.topo, &experiment, err);

	if (r == 0)
		r = story_read(dir, &options, &story, err);
	if (r < 0)
		return r;
	*ret = marks_count(&pupil->handout.assignment, story);
	if (str_eq(json_get_text(*ret, "verdict", ""), "not-judged"))
		*why = notes_of(story);
	return 0;
}

/* "2026-12-20T18:00:00+09:00", or the same with parts of a second; -1: it is none. */
static time_t time_of(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int hours = 0, minutes = 0;

	if (!rest)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest != 'Z' && sscanf(rest, "%3d:%2d", &hours, &minutes) != 2)
		return -1;
	return timegm(&tm) - hours * 3600 - (*rest == '-' ? -minutes : minutes) * 60;
}

/* By the run's own word: when it began. One that does not say is late. */
static bool is_late(const struct assignment *assignment, const char *dir)
{
	auto_json json_t *record = NULL;
	time_t deadline = time_of(assignment->deadline), began;

	if (deadline < 0)
		return false;
	if (run_open_record(dir, &record, NULL) < 0)
		return true;
	began = time_of(json_get_text(record, "started", NULL));
	return began < 0 || began > deadline;
}

static json_t *row_of(const char *file, const char *student, const char *state, const char *why)
{
	return json_pack("{s:o, s:s?, s:s, s:o, s:i, s:n, s:b, s:n}", "file", json_text(file),
			 "student", student, "state", state, "why", json_text(why), "points", 0,
			 "of", "late", 0, "marks");
}

/* A row about a run in a folder. */
static json_t *mark(const struct labctl *l, const struct class *class, struct pupils *pupils,
		    const char *file, const char *dir)
{
	const char *claimed = roster_claims(&class->roster, file);
	auto_free char *unjudged = NULL;
	struct pupil *owner;
	json_t *row, *marks = NULL;
	struct err err = ERR_INIT;

	if (find_owner(l, pupils, dir, &owner, &err) < 0)
		return row_of(file, claimed, "damaged", err.msg);
	if (!owner)
		return row_of(file, claimed, "foreign",
			      "it was made in a lab that is no student's of this class");
	if (claimed && !str_eq(claimed, owner->name)) {
		auto_free char *why = xasprintf("it was made in the lab of %s", owner->name);

		return row_of(file, claimed, "another's", why);
	}
	if (judge(l, owner, dir, &marks, &unjudged, &err) < 0)
		return row_of(file, owner->name, "damaged", err.msg);
	row = row_of(file, owner->name,
		     unjudged          ? "not-judged"
		     : owner->marked++ ? "again"
				       : "marked",
		     unjudged ? unjudged
			      : json_get_text(json_object_get(marks, "first"), "why", NULL));
	(void)json_object_set(row, "points", json_object_get(marks, "points"));
	(void)json_object_set(row, "of", json_object_get(marks, "of"));
	(void)json_object_set_new(row, "late",
				  json_boolean(is_late(&owner->handout.assignment, dir)));
	(void)json_object_set_new(row, "marks", marks);
	return row;
}

/* A bundle is unpacked into a folder that is gone afterwards; of two who mark, one waits. */
static json_t *mark_bundle(const struct labctl *l, const struct class *class, struct pupils *pupils,
			   const char *file)
{
	auto_free char *aside = xasprintf("%s/.grade", class->dir), *dir = NULL;
	struct err err = ERR_INIT;
	json_t *row;

	(void)io_remove_tree(aside, NULL); /* of one that was killed */
	if (bundle_import(file, aside, &dir, &err) < 0)
		row = row_of(file, roster_claims(&class->roster, file), "damaged", err.msg);
	else
		row = mark(l, class, pupils, file, dir);
	(void)io_remove_tree(aside, NULL);
	return row;
}

/* --- what comes of it --- */

/* RFC 4180; a sign in front that a spreadsheet would take for a formula gets a quote before it. */
static void add_cell(struct str *out, const char *text, bool first)
{
	auto_free char *clean = out_clean(text ? text : "", true);
	const char *begin = clean + strspn(clean, " \n");

	str_addf(out, "%s\"%s", first ? "" : ",", *begin && strchr("=+-@", *begin) ? "'" : "");
	for (const char *c = clean; *c; c++)
		str_addf(out, "%s%c", *c == '"' ? "\"" : "", *c);
	str_adds(out, "\"");
}

/* "": nobody has counted. */
static char *number_of(const json_t *row, const char *key)
{
	const json_t *number = json_object_get(row, key);

	return json_is_integer(number) ? xasprintf("%lld", (long long)json_integer_value(number))
				       : xstrdup("");
}

static void print_csv(const json_t *rows)
{
	auto_str struct str out = { 0 };
	const json_t *row;
	size_t i;

	str_adds(&out, "student,state,points,of,late,first,why,file\n");
	json_array_foreach(rows, i, row) {
		const json_t *first = json_object_get(json_object_get(row, "marks"), "first");
		auto_free char *points = number_of(row, "points");
		auto_free char *of = number_of(row, "of");

		add_cell(&out, json_get_text(row, "student", NULL), true);
		add_cell(&out, json_get_text(row, "state", NULL), false);
		add_cell(&out, points, false);
		add_cell(&out, of, false);
		add_cell(&out, json_is_true(json_object_get(row, "late")) ? "late" : "", false);
		add_cell(&out, json_get_text(first, "phase", NULL), false);
		add_cell(&out, json_get_text(row, "why", NULL), false);
		add_cell(&out, json_get_text(row, "file", NULL), false);
		str_adds(&out, "\n");
	}
	printf("%s", str_text(&out));
}

/* Who has handed in nothing that was marked. */
static void add_missing(const struct pupils *pupils, json_t *rows)
{
	for (size_t i = 0; i < pupils->n; i++)
		if (!pupils->list[i].marked)
			(void)json_array_append_new(
				rows, row_of("", pupils->list[i].name, "nothing", NULL));
}

int class_grade(struct labctl *l, const struct args *a)
{
	auto_class struct class class = { 0 };
	auto_pupils struct pupils pupils = { 0 };
	auto_json json_t *value = NULL;
	auto_close int lock = -1;
	json_t *rows = json_array();
	struct err err = ERR_INIT;
	int code;

	value = json_pack("{s:o}", "rows", rows);
	if (class_open(a->operands[1], &class, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	lock = run_lock(class.dir, true, &err);
	if (lock < 0)
		return out_error(l, EXIT_FAILED, &err);
	code = load_pupils(l, &class, &pupils);
	if (code != EXIT_DONE)
		return code;
	for (size_t i = 2; i < a->n_operands; i++) {
		const char *file = a->operands[i];
		struct stat st;
		bool folder = stat(file, &st) == 0 && S_ISDIR(st.st_mode);

		(void)json_array_append_new(rows, folder ? mark(l, &class, &pupils, file, file)
							 : mark_bundle(l, &class, &pupils, file));
	}
	add_missing(&pupils, rows);
	if (l->json)
		out_json(value, false);
	else
		print_csv(rows);
	return json_find(rows, "state", "not-judged") ? EXIT_NOT_JUDGED : EXIT_DONE;
}
