/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The air of a Wi-Fi link: its labd-medium, who is within range, and how the radios are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "ctl/message.h"
#include "labd/link.h"
#include "medium/medium.h"

/* What its labd-medium was told; names are the plan's, a radio is an end of the link. */
struct air {
	char *control;             /* the socket of its labd-medium */
	struct medium_path *paths; /* room for one of each pair of radios */
	size_t n_paths;
	bool *away; /* by radio: out of range */
};

static const struct plan_node *node_of(const struct lab_link *link, size_t radio)
{
	return &link->lab->plan.nodes[link->plan->ends[radio].node];
}

static const char *radio_name(const struct lab_link *link, size_t radio)
{
	return node_of(link, radio)->name;
}

static void open_air(struct lab_link *link)
{
	const struct plan_link *plan = link->plan;
	struct air *air = link->own = xcalloc(1, sizeof(*air));

	air->control = xasprintf(LAB_RUN "/n/%zu.medium", (size_t)(link - link->lab->links));
	air->away = xcalloc(plan->n_ends, sizeof(*air->away));
	air->paths = xcalloc(plan->n_ends * plan->n_ends, sizeof(*air->paths));
	for (size_t i = 0; i < plan->n_paths; i++)
		air->paths[air->n_paths++] = (struct medium_path){
			.a = radio_name(link, plan->paths[i].a),
			.b = radio_name(link, plan->paths[i].b),
			.signal = plan->paths[i].signal,
			.loss_ppm = plan->paths[i].loss_ppm,
		};
}

/* The sockets that QEMUs connect to lie in folders that these see: a new socket is found there. */
static int make_folder(const char *socket, struct err *err)
{
	auto_free char *dir = xstrndup(socket, (size_t)(strrchr(socket, '/') - socket));

	return io_mkdirs(dir, 0700, err);
}

static int start(struct lab_link *link, struct err *err)
{
	const struct plan_link *plan = link->plan;
	const struct lab *lab = link->lab;
	const struct air *air = link->own;
	auto_free char *program = xasprintf("%s/labd-medium", lab->options.libexec);
	auto_free struct medium_radio *radios = xcalloc(plan->n_ends, sizeof(*radios));
	auto_free char(*macs)[NET_TEXT] = xcalloc(plan->n_ends, sizeof(*macs));
	const struct medium_opts opts = { .program = program,
					  .name = plan->name,
					  .control = air->control,
					  .radios = radios,
					  .n_radios = plan->n_ends,
					  .paths = air->paths,
					  .n_paths = air->n_paths };
	int process, r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_ends; i++) {
		const struct plan_node *node = node_of(link, i);

		radios[i] = (struct medium_radio){
			.name = node->name,
			.mac = net_mac_text(node->nics[plan->ends[i].nic].mac, macs[i]),
			.socket = lab->nodes[plan->ends[i].node].radio_socket,
		};
		r = make_folder(radios[i].socket, err);
	}
	process = r < 0 ? r : medium_start(&opts, err);
	if (process < 0)
		return process;
	helper_runs(link->helper, process);
	for (size_t i = 0; r == 0 && i < plan->n_ends; i++)
		if (air->away[i])
			r = medium_set_range(air->control, radios[i].name, false, err);
	return r;
}

static void adopt(struct lab_link *link)
{
	const struct air *air = link->own;
	int process = medium_find(air->control, NULL);

	if (process >= 0)
		helper_runs(link->helper, process);
	else
		helper_is_gone(link->helper);
}

/* Only its medium knows: it is there when the lab is up. */
static json_t *describe(struct lab_link *link, json_t *ends)
{
	const struct plan_link *plan = link->plan;
	const struct air *air = link->own;
	size_t away = 0;
	auto_str struct str shape = { 0 };
	bool answers = true;

	if (link->lab->state != LAB_UP)
		return NULL;
	for (size_t i = 0; i < plan->n_networks; i++)
		str_addf(&shape, "%s%s", i ? "," : "ssid=", plan->networks[i].ssid);
	for (size_t i = 0; i < plan->n_ends; i++) {
		struct medium_radio_stats stats = { 0 };

		answers = answers &&
			  medium_get_stats(air->control, radio_name(link, i), &stats, NULL) == 0;
		if (stats.away)
			str_addf(&shape, "%s%s",
				 away++ ? "," : " out-of-range=", radio_name(link, i));
	}
	return json_pack("{s:s, s:s, s:O}", "state",
			 helper_is_dead(link->helper) ? "dead"
			 : !answers                   ? "does not answer"
			 : away == 0                  ? "up"
			 : away < plan->n_ends        ? "partly"
						      : "down",
			 "shape", str_text(&shape), "ends", ends);
}

/* Its index, or SIZE_MAX. */
static size_t find_radio(const struct lab_link *link, const char *name)
{
	for (size_t i = 0; i < link->plan->n_ends; i++)
		if (str_eq(radio_name(link, i), name))
			return i;
	return SIZE_MAX;
}

static int set_range(struct lab_link *link, const char *station, bool in, struct err *err)
{
	struct air *air = link->own;
	int r = 0;

	for (size_t i = 0; r == 0 && i < link->plan->n_ends; i++) {
		const char *name = radio_name(link, i);

		if (station && !str_eq(station, name))
			continue;
		r = medium_set_range(air->control, name, in, err);
		if (r == 0)
			air->away[i] = !in;
	}
	return r;
}

/* Two are of one pair whichever way round they are written. */
static void keep_path(struct air *air, const struct medium_path *path)
{
	size_t i = 0;

	while (i < air->n_paths &&
	       !(str_eq(air->paths[i].a, path->a) && str_eq(air->paths[i].b, path->b)) &&
	       !(str_eq(air->paths[i].a, path->b) && str_eq(air->paths[i].b, path->a)))
		i++;
	air->paths[i] = *path;
	if (i == air->n_paths)
		air->n_paths++;
}

static int set_path(struct lab_link *link, const json_t *args, struct err *err)
{
	struct air *air = link->own;
	size_t from = find_radio(link, json_get_text(args, "from", ""));
	size_t to = find_radio(link, json_get_text(args, "to", ""));
	const char *signal = json_get_text(args, "signal", NULL);
	const char *loss = json_get_text(args, "loss", NULL);
	struct medium_path path = { .a = radio_name(link, from),
				    .b = radio_name(link, to),
				    .signal = TOPO_SIGNAL };
	struct net_shape shape = { 0 };
	int r = loss ? net_shape_set(&shape, "loss", loss, err) : 0;

	if (r < 0)
		return r;
	path.loss_ppm = shape.loss_ppm;
	if (signal &&
	    (sscanf(signal, "%d", &path.signal) != 1 || path.signal > -1 || path.signal < -99))
		return err_set(err, EINVAL, "signal '%s': -99 to -1 dBm", signal);
	r = medium_set_path(air->control, &path, err);
	if (r == 0)
		keep_path(air, &path);
	return r;
}

static json_t *save(const struct lab_link *link)
{
	const struct air *air = link->own;
	json_t *away = json_array(), *paths = json_array();

	for (size_t i = 0; i < link->plan->n_ends; i++)
		if (air->away[i])
			(void)json_array_append_new(away, json_string(radio_name(link, i)));
	for (size_t i = 0; i < air->n_paths; i++) {
		const struct medium_path *path = &air->paths[i];

		(void)json_array_append_new(paths, json_pack("{s:s, s:s, s:i, s:I}", "a", path->a,
							     "b", path->b, "signal", path->signal,
							     "loss", (json_int_t)path->loss_ppm));
	}
	return json_pack("{s:o, s:o}", "away", away, "paths", paths);
}

static void read_saved(struct lab_link *link, const json_t *saved)
{
	struct air *air = link->own;
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(saved, "away"), i, entry) {
		size_t radio = find_radio(link, json_string_value(entry));

		if (radio != SIZE_MAX)
			air->away[radio] = true;
	}
	json_array_foreach(json_object_get(saved, "paths"), i, entry) {
		size_t a = find_radio(link, json_get_text(entry, "a", ""));
		size_t b = find_radio(link, json_get_text(entry, "b", ""));
		const struct medium_path path = {
			.a = a == SIZE_MAX ? NULL : radio_name(link, a),
			.b = b == SIZE_MAX ? NULL : radio_name(link, b),
			.signal = json_get_int(entry, "signal", TOPO_SIGNAL),
			.loss_ppm = (uint32_t)json_get_int(entry, "loss", 0),
		};

		if (path.a && path.b)
			keep_path(air, &path);
	}
}

static int restore(struct lab_link *link, const json_t *saved, struct err *err)
{
	struct air *air = link->own;
	int r = helper_mend(link->helper, err);

	for (size_t i = 0; i < link->plan->n_ends; i++)
		air->away[i] = false;
	for (size_t i = 0; i < air->n_paths; i++) {
		air->paths[i].signal = TOPO_SIGNAL;
		air->paths[i].loss_ppm = 0;
	}
	read_saved(link, saved);
	for (size_t i = 0; r == 0 && i < link->plan->n_ends; i++)
		r = medium_set_range(air->control, radio_name(link, i), !air->away[i], err);
	for (size_t i = 0; r == 0 && i < air->n_paths; i++)
		r = medium_set_path(air->control, &air->paths[i], err);
	return r;
}

static int change(struct lab_link *link, const json_t *args, struct err *err)
{
	static const char *const wires[] = { "delay",   "jitter", "duplicate", "reorder",
					     "corrupt", "rate",   "mtu" };
	static const char *const stations[] = { "station", "from", "to" };
	const char *state = json_get_text(args, "state", NULL);
	const char *from = json_get_text(args, "from", NULL), *to = json_get_text(args, "to", NULL);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(wires); i++)
		if (json_get_text(args, wires[i], NULL))
			r = err_set(err, EINVAL, "only a wire has %s", wires[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(stations); i++) {
		const char *name = json_get_text(args, stations[i], NULL);

		if (name && find_radio(link, name) == SIZE_MAX)
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
		r = helper_mend(link->helper, err);
	if (r == 0 && state)
		r = set_range(link, json_get_text(args, "station", NULL), str_eq(state, "up"), err);
	if (r == 0 && from)
		r = set_path(link, args, err);
	return r < 0 ? err_context(err, "link '%s'", link->plan->name) : 0;
}

/* --- captures --- */

/* An error says of which link. */
static int of_link(const struct lab_link *link, int r, struct err *err)
{
	return r < 0 ? err_context(err, "link '%s'", link->plan->name) : r;
}

static int capture_start_air(struct lab_link *link, const char *name, const char *path,
			     struct err *err)
{
	const struct air *air = link->own;

	return of_link(link, medium_capture_start(air->control, name, path, err), err);
}

static int capture_stop_air(struct lab_link *link, const char *name, struct capture_stats *ret,
			    struct err *err)
{
	const struct air *air = link->own;
	struct medium_stats stats;
	int r = medium_capture_stop(air->control, name, &stats, err);

	if (r == 0)
		*ret = (struct capture_stats){ stats.frames, stats.bytes, stats.dropped };
	return of_link(link, r, err);
}

static int capture_live_air(struct lab_link *link, const char *point, int out, int stop,
			    struct err *err)
{
	const struct air *air = link->own;

	return of_link(link, medium_capture_live(air->control, point, out, stop, err), err);
}

static void keys(const struct lab_link *link, struct wireshark_wifi **list, size_t *n)
{
	for (size_t i = 0; i < link->plan->n_networks; i++) {
		const struct topo_ssid *network = &link->plan->networks[i];

		if (topo_passphrase_opens(network))
			*array_add(*list, *n) =
				(struct wireshark_wifi){ .ssid = network->ssid,
							 .passphrase = network->passphrase };
	}
}

const struct link_kind link_air = {
	.helper = HELPER_MEDIUM,
	.open = open_air,
	.start = start,
	.adopt = adopt,
	.save = save,
	.read = read_saved,
	.restore = restore,
	.change = change,
	.describe = describe,
	.capture_start = capture_start_air,
	.capture_stop = capture_stop_air,
	.capture_live = capture_live_air,
	.keys = keys,
};

/* --- how a radio is --- */

void link_radio_question(const struct lab_node *node, struct str *out)
{
	const struct plan_nic *nic = plan_radio_of(node->plan);
	const struct topo_node *topo = &node->lab->topo.nodes[node->index];

	if (!nic)
		return;
	if (topo->nics[nic - node->plan->nics].access_point)
		str_addf(out, "; iw dev %s info; iw dev %s station dump", nic->name, nic->name);
	else if (topo->nics[nic - node->plan->nics].monitor)
		str_addf(out, "; iw dev %s info", nic->name);
	else
		str_addf(out, "; iw dev %s link", nic->name);
}
