/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl up: from a topology file to a lab that is ready, or to nothing at all. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "image/image.h"
#include "labctl/client.h"
#include "labctl/file.h"
#include "labctl/freeze.h"
#include "labctl/interrupt.h"
#include "labctl/machine.h"
#include "labctl/out.h"
#include "labctl/progress.h"
#include "topo/role.h"

#define LISTEN_MS 60000             /* from labd's start to its socket: it loads libvirt first */
#define SILENCE_MS (20 * 60 * 1000) /* beyond any deadline that labd has for one stage */
#define LOG_LINES 20
#define LINES_EACH 3 /* experiments: more of them share a line */

/* One `up` under way. */
struct up {
	struct labctl *l;
	bool keep, whole, cold, fresh, freeze;
	const char *accelerator; /* --accelerator; NULL: what works here */
	struct topo topo;
	struct plan plan;
	char *origin; /* the topology's absolute path */
	struct image image;
	struct place place;
	int signals;
	int64_t begun;
	struct progress progress;
};

static void up_free(struct up *up)
{
	topo_free(&up->topo);
	plan_free(&up->plan);
	image_free(&up->image);
	place_free(&up->place);
	progress_free(&up->progress);
	free(up->origin);
	auto_closep(&up->signals);
}

AUTO_DEFINE(up_auto, struct up, up_free)
#define auto_up AUTO(up_autop)

/* --- what must be right before anything is made --- */

static int prepare(struct up *up, const struct args *a, struct err *err)
{
	struct image_source from;
	int code;

	up->accelerator = args_get(a, "accelerator");
	if (up->accelerator && !str_eq(up->accelerator, "kvm") && !str_eq(up->accelerator, "tcg"))
		return out_error(
			up->l, EXIT_USAGE,
			(err_set(err, EINVAL, "--accelerator '%s': kvm or tcg", up->accelerator),
			 err));
	code = file_load_topology(up->l, a->operands[0], &up->topo, &up->origin);
	if (code != EXIT_DONE)
		return code;
	plan_build(&up->topo, &up->plan);
	from = file_image_source(up->l, &up->topo);
	if (image_locate(&from, &up->image, err) < 0)
		return out_error(up->l, EXIT_MACHINE, err);
	return machine_check(up->l, &up->plan, args_get(a, "force"));
}

/* --- wait until it is ready --- */

static void on_event(void *ctx, const json_t *event)
{
	struct up *up = ctx;
	auto_json json_t *line = NULL;

	if (!up->l->json) {
		progress_event(&up->progress, event);
		return;
	}
	line = json_pack("{s:O}", "event", event);
	out_json(line, true);
}

static void on_tick(void *ctx)
{
	struct up *up = ctx;

	if (!up->l->json)
		progress_tick(&up->progress);
}

static int wait_ready(struct up *up, json_t **reply, struct err *err)
{
	auto_ctl struct ctl *ctl = NULL;
	struct client_call call = {
		.command = CTL_UP,
		.signals = up->signals,
		.abandon = true,
		.silence_ms = SILENCE_MS,
		.event = on_event,
		.tick = on_tick,
		.ctx = up,
	};
	int rows, columns;
	int r = place_connect(&up->place, up->signals, deadline_in_ms(LISTEN_MS), &ctl, err);

	if (r < 0)
		return r;
	call.args = json_pack("{s:b, s:b, s:b}", "whole", up->whole, "cold", up->cold, "fresh",
			      up->fresh);
	progress_terminal(STDERR_FILENO, &rows, &columns);
	progress_init(&up->progress, stderr, rows, columns, &up->plan);
	r = client_call(ctl, &call, reply, err);
	progress_end(&up->progress);
	if (r == -EPIPE)
		return err_set(err, EPIPE, "labd died before the lab was ready");
	return r;
}

/* --- how it ended --- */

/* A node that a person would begin with: where somebody sits, else the first. */
static const char *first_node(const struct topo *topo)
{
	for (size_t i = 0; i < topo->n_nodes; i++)
		for (size_t j = 0; j < topo->nodes[i].n_parts; j++)
			if (topo->nodes[i].parts[j].role->person)
				return topo->nodes[i].name;
	return topo->nodes[0].name;
}

/* The experiments that came with labd and can run in this lab; a lab of the gallery has its own. */
static void print_experiments(const struct up *up, const char *labctl)
{
	size_t n, fit = 0;
	char **names = file_names(up->l, FILE_EXPERIMENT, &n);
	auto_str struct str lines = { 0 }, words = { 0 };

	for (size_t i = 0; i < n; i++) {
		bool meant = !file_in_gallery(up->l, names[i]) || str_eq(names[i], up->topo.name);
		auto_experiment struct experiment e = { 0 };

		if (meant && file_experiment_fits(up->l, names[i], &up->topo, &e, NULL) == 0) {
			str_addf(&lines, "  %s run %s\n", labctl, names[i]);
			str_addf(&words, "%s%s", fit++ ? ", " : "", names[i]);
		}
		free(names[i]);
	}
	free(names);
	if (!fit)
		printf("  labctl help experiment   how to write an experiment for this lab\n");
	else if (fit <= LINES_EACH)
		printf("%s", str_text(&lines));
	else
		printf("  %s run NAME   (one of %s)\n", labctl, str_text(&words));
}

static void print_next(const struct up *up, const json_t *result)
{
	const json_t *lacks = json_object_get(result, "lacks");
	int64_t frozen = json_integer_value(json_object_get(result, "frozen"));
	auto_places struct places all = { 0 };
	auto_free char *labctl = NULL;
	char time[24];

	(void)place_list(up->l, &all, NULL);
	labctl = all.n > 1 ? xasprintf("labctl -l %s", place_name(&up->place)) : xstrdup("labctl");
	if (frozen) {
		out_duration(time, (double)(clock_real_ns() / NS_PER_S - frozen));
		printf("It goes on as it was when it was frozen, %s ago; --fresh makes it anew.\n",
		       time);
	}
	out_duration(time, (double)(clock_mono_ns() - up->begun) / NS_PER_S);
	printf("lab '%s' is up: %zu node%s in %s.", place_name(&up->place), up->plan.n_nodes,
	       up->plan.n_nodes == 1 ? "" : "s", time);
	if (json_array_size(lacks)) {
		printf(" It is not whole:\n");
		out_lacks(lacks);
		printf("What next:\n  %s status --whole   (asks again)\n", labctl);
	} else {
		printf(" What next:\n  %s status\n", labctl);
	}
	print_experiments(up, labctl);
	printf("  %s ssh %s\n"
	       "  %s down   (removes the lab; runs are kept)\n",
	       labctl, first_node(&up->topo), labctl);
}

/* A lab that cannot be kept is a lab all the same. */
static int freeze(struct up *up)
{
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	struct err err = ERR_INIT;
	int r = place_connect(&up->place, up->signals, deadline_in_ms(LISTEN_MS), &ctl, &err);

	if (r == 0)
		r = freeze_call(up->l, ctl, CTL_FREEZE, NULL, up->signals, &reply, &err);
	return r < 0 ? out_failure(up->l, r == -ECANCELED ? EXIT_INTERRUPTED : EXIT_FAILED, &err,
				   reply)
		     : EXIT_DONE;
}

static int succeed(struct up *up, json_t *result)
{
	bool thawed = json_object_get(result, "frozen");
	int code = up->freeze && !thawed ? freeze(up) : EXIT_DONE;
	auto_json json_t *line = NULL;

	if (up->l->json) {
		line = json_pack("{s:O}", "result", result);
		out_json(line, true);
	} else {
		print_next(up, result);
	}
	return code;
}

/* The end of labd's log, where labd itself has not said what is wrong. */
static void print_log(const struct up *up)
{
	auto_str struct str text = { 0 };
	auto_free char *clean = NULL;

	if (place_log(&up->place, LOG_LINES, &text, NULL) < 0 || !text.len)
		return;
	clean = out_clean(text.data, true);
	fprintf(stderr, "the last lines of the lab's log:\n%s\n", clean);
}

/* Says why, takes away what was made, and returns the exit code. */
static int fail(struct up *up, int r, const json_t *reply, const struct err *why)
{
	struct err err = ERR_INIT;
	bool interrupted = r == -ECANCELED;
	bool keep = up->keep && place_is_started(&up->place) && !interrupted && r != -ESRCH &&
		    r != -EPIPE;
	int code = out_failure(up->l,
			       interrupted                    ? EXIT_INTERRUPTED
			       : place_is_started(&up->place) ? EXIT_LAB_FAILED
							      : EXIT_FAILED,
			       why, reply);

	out_console(reply);
	if (!reply && !interrupted)
		print_log(up);
	if (keep) {
		fprintf(stderr,
			"labctl: kept, as --keep says: `labctl -l %s status|console|ssh|logs`, "
			"then down\n",
			place_name(&up->place));
		return code;
	}
	if (place_end(up->l, &up->place, &err) < 0)
		(void)out_error(up->l, EXIT_FAILED, &err);
	return code;
}

static int make(struct up *up, const char *name, json_t **reply, struct err *err)
{
	const struct place_start start = { .name = name,
					   .origin = up->origin,
					   .flat = up->topo.flat,
					   .image = up->image.dir,
					   .accelerator = up->accelerator };
	int r = place_start(up->l, &start, &up->place, err);

	return r < 0 ? r : wait_ready(up, reply, err);
}

int cmd_up(struct labctl *l, const struct args *a)
{
	auto_up struct up up = { .l = l,
				 .signals = -1,
				 .place = PLACE_INIT,
				 .keep = args_get(a, "keep"),
				 .whole = args_get(a, "whole"),
				 .cold = args_get(a, "cold"),
				 .fresh = args_get(a, "fresh") || args_get(a, "cold"),
				 .freeze = args_get(a, "freeze"),
				 .begun = clock_mono_ns() };
	auto_json json_t *reply = NULL;
	const char *name = args_get(a, "name");
	struct err err = ERR_INIT;
	int r = prepare(&up, a, &err);

	if (r != EXIT_DONE)
		return r;
	if (name && place_check_name(name, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	up.signals = interrupt_open(&err);
	if (up.signals < 0)
		return out_error(l, EXIT_FAILED, &err);
	r = make(&up, name ? name : up.topo.name, &reply, &err);
	return r < 0 ? fail(&up, r, reply, &err) : succeed(&up, reply);
}
