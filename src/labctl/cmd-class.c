/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl class: each student's own, out of one assignment; and what was handed in, marked. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "course/roster.h"
#include "labctl/class.h"
#include "labctl/handout.h"
#include "labctl/out.h"

#define ROSTER_BYTES ((size_t)1 << 20)

/* --- new --- */

static int draw_for(const struct class *class, const struct handout *handout, const char *student,
		    struct handout_draw *ret, struct err *err)
{
	struct draw draw;
	int r = draw_open(class->secret, class->course, handout->assignment.name, student, &draw,
			  err);

	return r < 0 ? r : handout_draw(handout, &draw, ret, err);
}

/* The folder of one; it is read again, as a student would. *ret: the lab, to be freed. */
static int make_one(const struct labctl *l, const struct class *class,
		    const struct handout *handout, const char *student, char **ret)
{
	auto_free char *dir = class_student(class, student);
	auto_free char *file = xasprintf("%s/" HANDOUT_FILE, dir);
	auto_handout_draw struct handout_draw drawn = { 0 };
	auto_handout struct handout own = { 0 };
	struct err err = ERR_INIT;
	int r = draw_for(class, handout, student, &drawn, &err);

	if (r == 0)
		r = handout_write(handout, &drawn, dir, &err);
	if (r < 0)
		return out_error(l, EXIT_FAILED, &err);
	r = handout_load(l, file, &own);
	if (r == EXIT_DONE)
		*ret = take_ptr(own.topo.flat);
	return r;
}

/* Whose a run is says its lab: two that are alike would be one student's. */
static int check_other(const struct labctl *l, const struct class *class, char *const *labs,
		       size_t n)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < n; i++)
		if (str_eq(labs[i], labs[n]))
			return out_error(
				l, EXIT_INVALID,
				(err_set(&err, EINVAL,
					 "'%s' and '%s' get the same lab: let more vary in "
					 "it, or in larger pools",
					 class->roster.names[i], class->roster.names[n]),
				 &err));
	return EXIT_DONE;
}

static int make_all(const struct labctl *l, const struct class *class,
		    const struct handout *handout)
{
	size_t n = class->roster.n;
	auto_free char **labs = xcalloc(n, sizeof(*labs));
	int code = EXIT_DONE;

	for (size_t i = 0; i < n && code == EXIT_DONE; i++) {
		code = make_one(l, class, handout, class->roster.names[i], &labs[i]);
		if (code == EXIT_DONE)
			code = check_other(l, class, labs, i);
	}
	for (size_t i = 0; i < n; i++)
		free(labs[i]);
	return code;
}

/* What the command line says. */
static int name_class(const struct args *a, struct class *class, struct err *err)
{
	const char *course = args_get(a, "course"), *slash;
	size_t len = strlen(a->operands[1]);

	while (len > 1 && a->operands[1][len - 1] == '/')
		len--;
	class->dir = xstrndup(a->operands[1], len);
	slash = strrchr(class->dir, '/');
	class->course = xstrdup(course ? course : slash ? slash + 1 : class->dir);
	if (!args_get(a, "roster"))
		return err_set(err, EINVAL, "class new: --roster FILE says who is in it");
	if (!draw_is_name(class->course))
		return err_set(err, EINVAL,
			       "'%s' is no course's name of 1 to 64 letters, digits or any of . _ "
			       "- @ +: --course NAME says another",
			       class->course);
	return 0;
}

static int read_roster(const char *file, struct roster *ret, struct err *err)
{
	auto_str struct str text = { 0 };
	int r = io_read_file(file, ROSTER_BYTES, &text, err);

	if (r < 0)
		return err_context(err, "roster");
	if (strlen(str_text(&text)) != text.len)
		return err_set(err, EINVAL, "roster '%s': is no text in UTF-8", file);
	r = roster_parse(str_text(&text), ret, err);
	return r < 0 ? err_context(err, "roster '%s'", file) : 0;
}

static int new_class(struct labctl *l, const struct args *a)
{
	auto_class struct class class = { 0 };
	auto_handout struct handout handout = { 0 };
	auto_free char *students = NULL;
	struct err err = ERR_INIT;
	int code;

	if (name_class(a, &class, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	if (read_roster(args_get(a, "roster"), &class.roster, &err) < 0 ||
	    hmac_key(class.secret, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	code = handout_load(l, a->operands[2], &handout);
	if (code != EXIT_DONE)
		return code;
	class.assignment = xstrdup(handout.path);
	students = xasprintf("%s/students", class.dir);
	if (mkdir(class.dir, 0700) < 0)
		return out_error(l, EXIT_FAILED, (err_errno(&err, errno, "'%s'", class.dir), &err));
	if (mkdir(students, 0700) < 0)
		code = out_error(l, EXIT_FAILED, (err_errno(&err, errno, "'%s'", students), &err));
	if (code == EXIT_DONE)
		code = make_all(l, &class, &handout);
	if (code == EXIT_DONE && class_save(&class, &err) < 0)
		code = out_error(l, EXIT_FAILED, &err);
	if (code != EXIT_DONE) {
		(void)io_remove_tree(class.dir, NULL);
		return code;
	}
	if (l->json) {
		auto_json json_t *value =
			json_pack("{s:o, s:s, s:i}", "folder", json_text(class.dir), "course",
				  class.course, "students", (int)class.roster.n);

		out_json(value, false);
	} else {
		auto_free char *clean = out_clean(class.dir, false);

		printf("%zu students; each gets a folder of their own: %s/students/NAME\n"
		       "a student: labctl assignment start assignment.xml, in it\n",
		       class.roster.n, clean);
	}
	return EXIT_DONE;
}

/* --- explain --- */

static int explain(const struct labctl *l, const struct args *a)
{
	auto_class struct class class = { 0 };
	auto_handout struct handout handout = { 0 };
	auto_handout_draw struct handout_draw drawn = { 0 };
	auto_out_table struct table t = { .columns = 3 };
	auto_json json_t *value = NULL;
	json_t *values = json_array();
	auto_free char *dir = NULL;
	struct err err = ERR_INIT;
	const char *fault;
	int code;

	value = json_pack("{s:s, s:o}", "student", a->operands[2], "values", values);
	if (class_open(a->operands[1], &class, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	code = handout_load(l, class.assignment, &handout);
	if (code != EXIT_DONE)
		return code;
	if (!class_has(&class, a->operands[2]))
		return out_error(
			l, EXIT_FAILED,
			(err_set(&err, ENOENT, "'%s' is not in the class", a->operands[2]), &err));
	dir = class_student(&class, a->operands[2]);
	if (draw_for(&class, &handout, a->operands[2], &drawn, &err) < 0 ||
	    handout_same(&handout, &drawn, dir, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	fault = drawn.fault < handout.n_faults ? handout.faults[drawn.fault].name : NULL;
	for (size_t i = 0; i < drawn.variant.n; i++) {
		const struct variant_swap *swap = &drawn.variant.swaps[i];

		out_table_row(&t, topo_vary_name(swap->what), swap->from, swap->to);
		(void)json_array_append_new(values, json_pack("{s:s, s:o, s:o}", "what",
							      topo_vary_name(swap->what), "from",
							      json_text(swap->from), "to",
							      json_text(swap->to)));
	}
	if (fault)
		out_table_row(&t, "fault", "", fault);
	(void)json_object_set_new(value, "fault", json_text(fault));
	if (l->json)
		out_json(value, false);
	else
		out_table_print(&t, stdout);
	return EXIT_DONE;
}

int cmd_class(struct labctl *l, const struct args *a)
{
	const char *verb = a->operands[0];
	struct err err = ERR_INIT;

	if (a->n_operands == 3 && str_eq(verb, "new"))
		return new_class(l, a);
	if (a->n_operands == 3 && str_eq(verb, "explain"))
		return explain(l, a);
	if (a->n_operands >= 3 && str_eq(verb, "grade"))
		return class_grade(l, a);
	return out_error(l, EXIT_USAGE,
			 (err_set(&err, EINVAL,
				  "class '%s': new FOLDER ASSIGNMENT, explain FOLDER STUDENT, or "
				  "grade FOLDER RUN...",
				  verb),
			  &err));
}
