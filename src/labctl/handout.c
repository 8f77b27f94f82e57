/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an assignment whole, and writing a student's. */
#include "labctl/handout.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "labctl/file.h"
#include "labctl/out.h"

#define FILE_MAX ((size_t)1 << 20)

char *handout_path(const struct handout *handout, const char *href)
{
	const char *slash = strrchr(handout->path, '/');

	return xasprintf("%.*s/%s", (int)(slash ? slash - handout->path : 0), handout->path, href);
}

/* --- reading --- */

const struct experiment_phase *handout_phase(const struct handout *handout, const char *name)
{
	for (size_t i = 0; i < handout->check.n_phases; i++)
		if (str_eq(handout->check.phases[i].name, name))
			return &handout->check.phases[i];
	return NULL;
}

/* As it is written, once it is known that the lab can play it. The exit code. */
static int load_experiment(const struct labctl *l, const struct handout *handout, const char *href,
			   struct experiment *ret)
{
	auto_free char *path = handout_path(handout, href), *found = NULL;
	auto_experiment struct experiment played = { 0 };
	struct err err = ERR_INIT;
	int code = file_load_experiment(l, path, NULL, ret, &found);

	if (code != EXIT_DONE)
		return code;
	if (file_experiment_fits(l, path, &handout->topo, &played, &err) == 0)
		return EXIT_DONE;
	(void)err_context(&err, "'%s'", path);
	return out_error(l, EXIT_INVALID, &err);
}

static int load_parts(const struct labctl *l, struct handout *handout)
{
	const struct assignment *assignment = &handout->assignment;
	auto_free char *lab = handout_path(handout, assignment->topology), *found = NULL;
	struct err err = ERR_INIT;
	int code = file_load_topology(l, lab, &handout->topo, &found);

	if (code == EXIT_DONE)
		code = load_experiment(l, handout, assignment->check, &handout->check);
	for (size_t i = 0; i < assignment->n_faults && code == EXIT_DONE; i++)
		code = load_experiment(l, handout, assignment->faults[i],
				       array_add(handout->faults, handout->n_faults));
	for (size_t i = 0; i < assignment->n_goals && code == EXIT_DONE; i++) {
		const char *phase = assignment->goals[i].phase;

		if (!handout_phase(handout, phase))
			code = out_error(
				l, EXIT_INVALID,
				(err_set(&err, EINVAL, "'%s': goal: '%s' has no phase '%s'",
					 handout->path, assignment->check, phase),
				 &err));
	}
	return code;
}

int handout_load(const struct labctl *l, const char *word, struct handout *ret)
{
	auto_handout struct handout handout = { 0 };
	int code = file_load_assignment(l, word, &handout.assignment, &handout.path);

	if (code == EXIT_DONE)
		code = load_parts(l, &handout);
	if (code != EXIT_DONE)
		return code;
	*ret = handout;
	handout = (struct handout){ 0 };
	return EXIT_DONE;
}

void handout_free(struct handout *handout)
{
	assignment_free(&handout->assignment);
	topo_free(&handout->topo);
	experiment_free(&handout->check);
	for (size_t i = 0; i < handout->n_faults; i++)
		experiment_free(&handout->faults[i]);
	free(handout->faults);
	free(handout->path);
	*handout = (struct handout){ 0 };
}

/* --- writing --- */

int handout_draw(const struct handout *handout, const struct draw *draw, struct handout_draw *ret,
		 struct err *err)
{
	uint64_t fault = SIZE_MAX;
	int r = handout->n_faults ? draw_below(draw, "fault", 0, handout->n_faults, &fault, err)
				  : 0;

	if (r == 0)
		r = variant_draw(&handout->topo, draw, &ret->variant, err);
	ret->fault = (size_t)fault;
	return r;
}

void handout_draw_free(struct handout_draw *draw)
{
	variant_free(&draw->variant);
}

static int write_one(const struct variant *variant, const char *xml, const char *dir,
		     const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_str struct str out = { 0 };
	int r = variant_xml(variant, xml, name, &out, err);

	return r < 0 ? r : io_write_file(path, out.data, out.len, 0600, err);
}

static int same_one(const struct variant *variant, const char *xml, const char *dir,
		    const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_str struct str now = { 0 }, then = { 0 };
	int r = variant_xml(variant, xml, name, &now, err);

	if (r == 0)
		r = io_read_file(path, FILE_MAX, &then, err);
	if (r == 0 && !str_eq(str_text(&now), str_text(&then)))
		r = err_set(err, EINVAL, "'%s': is not what would be drawn today", path);
	return r;
}

/* The lab, the check, and the fault where there is one, each by one. */
static int each(const struct handout *handout, const struct handout_draw *draw, const char *dir,
		int (*one)(const struct variant *variant, const char *xml, const char *dir,
			   const char *name, struct err *err),
		struct err *err)
{
	int r = one(&draw->variant, handout->topo.flat, dir, "topology.xml", err);

	if (r == 0)
		r = one(&draw->variant, handout->check.flat, dir, "check.xml", err);
	if (r == 0 && draw->fault < handout->n_faults)
		r = one(&draw->variant, handout->faults[draw->fault].flat, dir, "fault.xml", err);
	return r;
}

int handout_same(const struct handout *handout, const struct handout_draw *draw, const char *dir,
		 struct err *err)
{
	int r = each(handout, draw, dir, same_one, err);

	return r < 0 ? err_context(err, "'%s' was changed since the class was made", handout->path)
		     : 0;
}

int handout_write(const struct handout *handout, const struct handout_draw *draw, const char *dir,
		  struct err *err)
{
	auto_str struct str text = { 0 }, own = { 0 };
	bool broken = draw->fault < handout->n_faults;
	int r = io_read_file(handout->path, FILE_MAX, &text, err);

	if (r == 0)
		r = assignment_hand_out(str_text(&text), handout->path, "topology.xml", "check.xml",
					broken ? "fault.xml" : NULL, &own, err);
	if (r == 0 && mkdir(dir, 0700) < 0)
		r = err_errno(err, errno, "'%s'", dir);
	if (r == 0)
		r = each(handout, draw, dir, write_one, err);
	return r < 0 ? r : write_one(&draw->variant, str_text(&own), dir, HANDOUT_FILE, err);
}
