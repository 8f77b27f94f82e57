/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's Wi-Fi links: their processes, who is within range, and how the radios are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl/message.h"
#include "labd/lab.h"

static const struct plan_node *node_of(const struct lab *lab, const struct lab_medium *medium,
				       size_t radio)
{
	return &lab->plan.nodes[medium->plan->radios[radio].node];
}

void lab_open_media(struct lab *lab)
{
	lab->media = xcalloc(lab->plan.n_media, sizeof(*lab->media));
	for (size_t i = 0; i < lab->plan.n_media; i++) {
		lab->media[i].plan = &lab->plan.media[i];
		lab->media[i].control = xasprintf(LAB_RUN "/n/%zu.medium", i);
	}
}

static int start_medium(struct lab *lab, const struct lab_medium *medium, struct err *err)
{
	const struct plan_medium *plan = medium->plan;
	auto_free char *program = xasprintf("%s/labd-medium", lab->options.libexec);
	auto_free struct medium_radio *radios = xcalloc(plan->n_radios, sizeof(*radios));
	auto_free struct medium_path *paths = xcalloc(plan->n_paths, sizeof(*paths));
	auto_free char(*macs)[TOPO_ADDR_TEXT] = xcalloc(plan->n_radios, sizeof(*macs));
	const struct medium_opts opts = { .program = program,
					  .name = plan->link,
					  .control = medium->control,
					  .radios = radios,
					  .n_radios = plan->n_radios,
					  .paths = paths,
					  .n_paths = plan->n_paths };
	int r;

	for (size_t i = 0; i < plan->n_radios; i++) {
		const struct plan_node *node = node_of(lab, medium, i);

		radios[i] = (struct medium_radio){
			.name = node->name,
			.mac = topo_mac_text(&node->nics[plan->radios[i].nic].mac, macs[i]),
			.socket = lab->nodes[plan->radios[i].node].radio_socket,
		};
	}
	for (size_t i = 0; i < plan->n_paths; i++)
		paths[i] = (struct medium_path){ .a = radios[plan->paths[i].a].name,
						 .b = radios[plan->paths[i].b].name,
						 .signal = plan->paths[i].signal,
						 .loss_ppm = plan->paths[i].loss_ppm };
	r = medium_start(&opts, err);
	if (r >= 0)
		(void)close(r);
	return r < 0 ? r : 0;
}

int lab_start_media(struct lab *lab, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < lab->plan.n_media; i++)
		r = start_medium(lab, &lab->media[i], err);
	return r;
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
			 !answers                ? "does not answer"
			 : away == 0             ? "up"
			 : away < plan->n_radios ? "partly"
						 : "down",
			 "shape", str_text(&text), "ends", ends);
}

static bool is_station(const struct lab *lab, const struct lab_medium *medium, const char *name)
{
	for (size_t i = 0; i < medium->plan->n_radios; i++)
		if (str_eq(node_of(lab, medium, i)->name, name))
			return true;
	return false;
}

static int set_range(const struct lab *lab, const struct lab_medium *medium, const char *station,
		     bool in, struct err *err)
{
	int r = 0;

	if (station)
		return medium_set_range(medium->control, station, in, err);
	for (size_t i = 0; r == 0 && i < medium->plan->n_radios; i++)
		r = medium_set_range(medium->control, node_of(lab, medium, i)->name, in, err);
	return r;
}

static int set_path(const struct lab_medium *medium, const json_t *args, struct err *err)
{
	const char *signal = json_get_text(args, "signal", NULL);
	const char *loss = json_get_text(args, "loss", NULL);
	struct medium_path path = { .a = json_get_text(args, "from", ""),
				    .b = json_get_text(args, "to", ""),
				    .signal = TOPO_SIGNAL };
	struct shape shape = { 0 };
	int r = loss ? shape_set(&shape, "loss", loss, err) : 0;

	if (r < 0)
		return r;
	path.loss_ppm = shape.loss_ppm;
	if (signal &&
	    (sscanf(signal, "%d", &path.signal) != 1 || path.signal > -1 || path.signal < -99))
		return err_set(err, EINVAL, "signal '%s': -99 to -1 dBm", signal);
	return medium_set_path(medium->control, &path, err);
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

		if (name && !is_station(lab, medium, name))
			r = err_set(err, ENOENT, "node '%s' has no radio on it", name);
	}
	if (r == 0 && state && !str_eq(state, "up") && !str_eq(state, "down"))
		r = err_set(err, EINVAL, "state '%s': up or down", state);
	if (r == 0 && !from != !to)
		r = err_set(err, EINVAL, "a path has two ends: from= and to=");
	if (r == 0 && !from &&
	    (json_get_text(args, "signal", NULL) || json_get_text(args, "loss", NULL)))
		r = err_set(err, EINVAL, "signal and loss are those of a path: give from= and to=");
	if (r == 0 && state)
		r = set_range(lab, medium, json_get_text(args, "station", NULL),
			      str_eq(state, "up"), err);
	if (r == 0 && from)
		r = set_path(medium, args, err);
	return r < 0 ? err_context(err, "link '%s'", medium->plan->link) : 0;
}

/* --- how a radio is --- */

void lab_radio_question(const struct lab_node *node, struct str *out)
{
	const struct plan_nic *nic = plan_radio_of(node->plan);
	const struct topo_node *topo = &node->lab->topo.nodes[node->index];

	if (!nic)
		return;
	if (topo->access_point.nic < topo->n_nics)
		str_addf(out, "; iw dev %s info; iw dev %s station dump", nic->name, nic->name);
	else
		str_addf(out, "; iw dev %s link", nic->name);
}
