/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's Wi-Fi links: their processes, who is within range, and how the radios are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/io.h"
#include "ctl/message.h"
#include "labd/lab.h"

static const struct plan_node *node_of(const struct lab *lab, const struct lab_medium *medium,
				       size_t radio)
{
	return &lab->plan.nodes[medium->plan->radios[radio].node];
}

static const char *radio_name(const struct lab *lab, const struct lab_medium *medium, size_t radio)
{
	return node_of(lab, medium, radio)->name;
}

static int medium_again(struct helper *helper, struct err *err);

void lab_open_media(struct lab *lab)
{
	lab->media = xcalloc(lab->plan.n_media, sizeof(*lab->media));
	for (size_t i = 0; i < lab->plan.n_media; i++) {
		struct lab_medium *medium = &lab->media[i];
		const struct plan_medium *plan = &lab->plan.media[i];

		medium->plan = plan;
		medium->control = xasprintf(LAB_RUN "/n/%zu.medium", i);
		medium->away = xcalloc(plan->n_radios, sizeof(*medium->away));
		medium->paths = xcalloc(plan->n_radios * plan->n_radios, sizeof(*medium->paths));
		for (size_t j = 0; j < plan->n_paths; j++)
			medium->paths[medium->n_paths++] = (struct medium_path){
				.a = radio_name(lab, medium, plan->paths[j].a),
				.b = radio_name(lab, medium, plan->paths[j].b),
				.signal = plan->paths[j].signal,
				.loss_ppm = plan->paths[j].loss_ppm,
			};
		medium->helper = &lab->helpers[lab->plan.n_wires + i];
		medium->helper->kind = HELPER_MEDIUM;
		medium->helper->link = plan->link;
		medium->helper->again = medium_again;
		medium->helper->ctx = medium;
	}
}

/* The sockets that QEMUs connect to lie in folders that these see: a new socket is found there. */
static int make_folder(const char *socket, struct err *err)
{
	auto_free char *dir = xstrndup(socket, (size_t)(strrchr(socket, '/') - socket));

	return io_mkdirs(dir, 0700, err);
}

/* As it was told to be up to now. */
static int start_medium(struct lab *lab, const struct lab_medium *medium, struct err *err)
{
	const struct plan_medium *plan = medium->plan;
	auto_free char *program = xasprintf("%s/labd-medium", lab->options.libexec);
	auto_free struct medium_radio *radios = xcalloc(plan->n_radios, sizeof(*radios));
	auto_free char(*macs)[NET_TEXT] = xcalloc(plan->n_radios, sizeof(*macs));
	const struct medium_opts opts = { .program = program,
					  .name = plan->link,
					  .control = medium->control,
					  .radios = radios,
					  .n_radios = plan->n_radios,
					  .paths = medium->paths,
					  .n_paths = medium->n_paths };
	int process, r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_radios; i++) {
		const struct plan_node *node = node_of(lab, medium, i);

		radios[i] = (struct medium_radio){
			.name = node->name,
			.mac = net_mac_text(node->nics[plan->radios[i].nic].mac, macs[i]),
			.socket = lab->nodes[plan->radios[i].node].radio_socket,
		};
		r = make_folder(radios[i].socket, err);
	}
	process = r < 0 ? r : medium_start(&opts, err);
	if (process < 0)
		return process;
	helper_runs(medium->helper, process);
	for (size_t i = 0; r == 0 && i < plan->n_radios; i++)
		if (medium->away[i])
			r = medium_set_range(medium->control, radios[i].name, false, err);
	return r;
}

static int medium_again(struct helper *helper, struct err *err)
{
	return start_medium(helper->lab, helper->ctx, err);
}

int lab_start_media(struct lab *lab, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lab->plan.n_media; i++)
		r = start_medium(lab, &lab->media[i], err);
	return r;
}

void lab_find_media(struct lab *lab)
{
	for (size_t i = 0; i < lab->plan.n_media; i++) {
		int process = medium_find(lab->media[i].control, NULL);

		if (process >= 0)
			helper_runs(lab->media[i].helper, process);
		else
			helper_is_gone(lab->media[i].helper);
	}
}

struct lab_medium *lab_find_medium(struct lab *lab, const char *link)
{
	for (size_t i = 0; i < lab->plan.n_media; i++)
		if (str_eq(lab->media[i].plan->link, link))
			return &lab->media[i];
	return NULL;
}

json_t *lab_describe_medium(struct lab *lab, const struct lab_medium *medium)
{
	const struct plan_medium *plan = medium->plan;
	json_t *ends = json_array();
	auto_str struct str text = { 0 };
	size_t away = 0;
	bool answers = true;

	str_addf(&text, "ssid=%s", plan->ssid);
	for (size_t i = 0; i < plan->n_radios; i++) {
		const struct plan_node *node = node_of(lab, medium, i);
		struct medium_radio_stats stats = { 0 };

		(void)json_array_append_new(
			ends,
			json_sprintf("%s:%s", node->name, node->nics[plan->radios[i].nic].name));
		answers =
			answers && medium_get_stats(medium->control, node->name, &stats, NULL) == 0;
		if (stats.away)
			str_addf(&text, "%s%s", away++ ? "," : " out-of-range=", node->name);
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", plan->link, "kind", "wifi", "state",
			 helper_is_dead(medium->helper) ? "dead"
			 : !answers                     ? "does not answer"
			 : away == 0                    ? "up"
			 : away < plan->n_radios        ? "partly"
							: "down",
			 "shape", str_text(&text), "ends", ends);
}

/* Its index, or SIZE_MAX. */
static size_t find_radio(const struct lab *lab, const struct lab_medium *medium, const char *name)
{
	for (size_t i = 0; i < medium->plan->n_radios; i++)
		if (str_eq(radio_name(lab, medium, i), name))
			return i;
	return SIZE_MAX;
}

static int set_range(const struct lab *lab, struct lab_medium *medium, const char *station, bool in,
		     struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < medium->plan->n_radios; i++) {
		const char *name = radio_name(lab, medium, i);

		if (station && !str_eq(station, name))
			continue;
		r = medium_set_range(medium->control, name, in, err);
		if (r == 0)
			medium->away[i] = !in;
	}
	return r;
}

/* Two are of one pair whichever way round they are written. */
static void keep_path(struct lab_medium *medium, const struct medium_path *path)
{
	size_t i = 0;

	while (i < medium->n_paths &&
	       !(str_eq(medium->paths[i].a, path->a) && str_eq(medium->paths[i].b, path->b)) &&
	       !(str_eq(medium->paths[i].a, path->b) && str_eq(medium->paths[i].b, path->a)))
		i++;
	medium->paths[i] = *path;
	if (i == medium->n_paths)
		medium->n_paths++;
}

static int set_path(const struct lab *lab, struct lab_medium *medium, const json_t *args,
		    struct err *err)
{
	size_t from = find_radio(lab, medium, json_get_text(args, "from", ""));
	size_t to = find_radio(lab, medium, json_get_text(args, "to", ""));
	const char *signal = json_get_text(args, "signal", NULL);
	const char *loss = json_get_text(args, "loss", NULL);
	struct medium_path path = { .a = radio_name(lab, medium, from),
				    .b = radio_name(lab, medium, to),
				    .signal = TOPO_SIGNAL };
	struct net_shape shape = { 0 };
	int r = loss ? net_shape_set(&shape, "loss", loss, err) : 0;

	if (r < 0)
		return r;
	path.loss_ppm = shape.loss_ppm;
	if (signal &&
	    (sscanf(signal, "%d", &path.signal) != 1 || path.signal > -1 || path.signal < -99))
		return err_set(err, EINVAL, "signal '%s': -99 to -1 dBm", signal);
	r = medium_set_path(medium->control, &path, err);
	if (r == 0)
		keep_path(medium, &path);
	return r;
}

json_t *lab_save_medium(const struct lab *lab, const struct lab_medium *medium)
{
	json_t *away = json_array(), *paths = json_array();

	for (size_t i = 0; i < medium->plan->n_radios; i++)
		if (medium->away[i])
			(void)json_array_append_new(away, json_string(radio_name(lab, medium, i)));
	for (size_t i = 0; i < medium->n_paths; i++) {
		const struct medium_path *path = &medium->paths[i];

		(void)json_array_append_new(paths, json_pack("{s:s, s:s, s:i, s:I}", "a", path->a,
							     "b", path->b, "signal", path->signal,
							     "loss", (json_int_t)path->loss_ppm));
	}
	return json_pack("{s:o, s:o}", "away", away, "paths", paths);
}

void lab_read_medium(struct lab *lab, struct lab_medium *medium, const json_t *saved)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(saved, "away"), i, entry) {
		size_t radio = find_radio(lab, medium, json_string_value(entry));

		if (radio != SIZE_MAX)
			medium->away[radio] = true;
	}
	json_array_foreach(json_object_get(saved, "paths"), i, entry) {
		size_t a = find_radio(lab, medium, json_get_text(entry, "a", ""));
		size_t b = find_radio(lab, medium, json_get_text(entry, "b", ""));
		const struct medium_path path = {
			.a = a == SIZE_MAX ? NULL : radio_name(lab, medium, a),
			.b = b == SIZE_MAX ? NULL : radio_name(lab, medium, b),
			.signal = json_get_int(entry, "signal", TOPO_SIGNAL),
			.loss_ppm = (uint32_t)json_get_int(entry, "loss", 0),
		};

		if (path.a && path.b)
			keep_path(medium, &path);
	}
}

int lab_change_medium(struct lab *lab, struct lab_medium *medium, const json_t *args,
		      struct err *err)
{
	static const char *const wires[] = { "delay", "jitter", "rate" };
	static const char *const stations[] = { "station", "from", "to" };
	const char *state = json_get_text(args, "state", NULL);
	const char *from = json_get_text(args, "from", NULL), *to = json_get_text(args, "to", NULL);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(wires); i++)
		if (json_get_text(args, wires[i], NULL))
			r = err_set(err, EINVAL, "only a wire has a %s", wires[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(stations); i++) {
		const char *name = json_get_text(args, stations[i], NULL);

		if (name && find_radio(lab, medium, name) == SIZE_MAX)
			r = err_set(err, ENOENT, "node '%s' has no radio on it", name);
	}
	if (r == 0 && state && !str_eq(state, "up") && !str_eq(state, "down"))
		r = err_set(err, EINVAL, "state '%s': up or down", state);
	if (r == 0 && !from != !to)
		r = err_set(err, EINVAL, "a path has two ends: from= and to=");
	if (r == 0 && !from &&
	    (json_get_text(args, "signal", NULL) || json_get_text(args, "loss", NULL)))
		r = err_set(err, EINVAL, "signal and loss belong to a path: give from= and to=");
	if (r == 0)
		r = helper_mend(medium->helper, err);
	if (r == 0 && state)
		r = set_range(lab, medium, json_get_text(args, "station", NULL),
			      str_eq(state, "up"), err);
	if (r == 0 && from)
		r = set_path(lab, medium, args, err);
	return r;
}

/* --- how a radio is --- */

void lab_radio_question(const struct lab_node *node, struct str *out)
{
	const struct plan_nic *nic = plan_radio_of(node->plan);
	const struct topo_node *topo = &node->lab->topo.nodes[node->index];

	if (!nic)
		return;
	if (topo->nics[nic - node->plan->nics].access_point)
		str_addf(out, "; iw dev %s info; iw dev %s station dump", nic->name, nic->name);
	else
		str_addf(out, "; iw dev %s link", nic->name);
}
