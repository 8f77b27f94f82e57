/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A wire: two taps in a bridge, or in a cable when it has delay, jitter, loss, rate or the like. */
#include <errno.h>

#include "ctl/message.h"
#include "labd/link.h"

#define WAYS 2 /* a wire's ends */

struct wire_state {
	struct net_shape shapes[WAYS]; /* of what each end sends; the MTU is the same */
	bool down;
};

static void open_wire(struct lab_link *link)
{
	struct wire_state *own = link->own = xcalloc(1, sizeof(*own));

	for (size_t i = 0; i < WAYS && i < link->plan->n_ends; i++)
		own->shapes[i] = link->plan->ends[i].shape;
	own->down = link->plan->down;
}

static bool is_plain(const struct wire_state *own)
{
	return net_shape_is_plain(&own->shapes[0]) && net_shape_is_plain(&own->shapes[1]);
}

static const struct plan_nic *nic_at(const struct lab_link *link, size_t end)
{
	const struct plan_end *at = &link->plan->ends[end];

	return &link->lab->plan.nodes[at->node].nics[at->nic];
}

/* As src/wire wants it; the caller frees taps. */
static struct wire_link wire_of(const struct lab_link *link, const char ***taps)
{
	*taps = xcalloc(link->plan->n_ends, sizeof(**taps));
	for (size_t i = 0; i < link->plan->n_ends; i++)
		(*taps)[i] = nic_at(link, i)->tap;
	return (struct wire_link){ link->plan->name, link->plan->bridge, *taps,
				   link->plan->n_ends };
}

static int start(struct lab_link *link, struct err *err)
{
	const struct wire_state *own = link->own;
	auto_free const char **taps = NULL;
	struct wire_link wire = wire_of(link, &taps);
	bool plain = is_plain(own);
	int cable = -1, r;

	if (plain)
		helper_ends(link->helper);
	r = wire_set(link->lab->wire, &wire, own->shapes, &cable, err);
	if (cable >= 0)
		helper_runs(link->helper, cable);
	else if (r < 0 && plain)
		helper_stays(link->helper);
	return r;
}

static void adopt(struct lab_link *link)
{
	const struct wire_state *own = link->own;
	auto_free const char **taps = NULL;
	struct wire_link wire = wire_of(link, &taps);
	bool plain = is_plain(own);
	int cable = plain ? -1 : wire_cable(link->lab->wire, &wire, NULL);

	if (cable >= 0)
		helper_runs(link->helper, cable);
	else if (!plain)
		helper_is_gone(link->helper);
	if (plain)
		(void)wire_watch(link->lab->wire, &wire, net_shape_mtu(&own->shapes[0]), NULL);
}

static json_t *text_of(const struct net_shape *shape)
{
	auto_str struct str text = { 0 };

	net_shape_add_text(&text, shape);
	return json_string(str_text(&text));
}

static json_t *save(const struct lab_link *link)
{
	const struct wire_state *own = link->own;

	return json_pack("{s:b, s:[o, o]}", "down", own->down, "ways", text_of(&own->shapes[0]),
			 text_of(&own->shapes[1]));
}

static void read_saved(struct lab_link *link, const json_t *saved)
{
	struct wire_state *own = link->own;
	const json_t *ways = json_object_get(saved, "ways");

	own->down = json_is_true(json_object_get(saved, "down"));
	for (size_t i = 0; i < WAYS; i++) {
		const char *text = json_string_value(json_array_get(ways, i));

		if (text)
			(void)net_shape_read(&own->shapes[i], text, NULL);
	}
}

/* Gives or takes the carrier of the guests' NICs on it, as it is up or down. */
static int set_carriers(struct lab_link *link, struct err *err)
{
	const struct wire_state *own = link->own;

	for (size_t i = 0; i < link->plan->n_ends; i++) {
		const char *node = link->lab->plan.nodes[link->plan->ends[i].node].name;
		const struct plan_nic *nic = nic_at(link, i);
		char mac[NET_TEXT];
		struct hv_nic at = { nic->tap, net_mac_text(nic->mac, mac), own->down };
		struct err why = ERR_INIT;
		int r = hv_set_carrier(link->lab->hv, node, &at, !own->down, &why);

		/* A guest that has ended has no carrier to lose. */
		if (r < 0 && r != -ENOENT)
			return err_set(err, -r, "link '%s': node '%s': NIC '%s': %s",
				       link->plan->name, node, nic->name, why.msg);
	}
	return 0;
}

static int join(struct lab_link *link, struct err *err)
{
	const struct wire_state *own = link->own;

	return own->down ? set_carriers(link, err) : 0;
}

static bool is_down(const struct lab_link *link)
{
	const struct wire_state *own = link->own;

	return own->down;
}

/* The end of "from": a node, or node:nic. */
static int find_end(const struct lab_link *link, const char *from, struct err *err)
{
	for (size_t i = 0; i < link->plan->n_ends; i++) {
		const char *node = link->lab->plan.nodes[link->plan->ends[i].node].name;
		auto_free char *whole = xasprintf("%s:%s", node, nic_at(link, i)->name);

		if (str_eq(from, node) || str_eq(from, whole))
			return (int)i;
	}
	return err_set(err, EINVAL, "from '%s': none of its ends", from);
}

/* One way or, with way -1, both. */
static int set_ways(struct wire_state *own, int way, const char *name, const char *value,
		    struct err *err)
{
	int r = 0;

	if (way >= 0 && str_eq(name, "mtu"))
		return err_set(err, EINVAL, "its mtu is that of both ways: without from=");
	for (int i = 0; r == 0 && i < WAYS; i++)
		if (way < 0 || way == i)
			r = net_shape_set(&own->shapes[i], name, value, err);
	return r;
}

/* What is asked for, into own; nothing is done yet. */
static int parse_change(const struct lab_link *link, struct wire_state *own, const json_t *args,
			struct err *err)
{
	const char *state = json_get_text(args, "state", NULL);
	const char *from = json_get_text(args, "from", NULL);
	int way = from ? find_end(link, from, err) : -1;

	if (from && way < 0)
		return way;
	for (size_t i = 0; net_shape_names[i]; i++) {
		const char *value = json_get_text(args, net_shape_names[i], NULL);

		if (value && set_ways(own, way, net_shape_names[i], value, err) < 0)
			return err->code;
	}
	if (state && !str_eq(state, "up") && !str_eq(state, "down"))
		return err_set(err, EINVAL, "state '%s': up or down", state);
	if (state)
		own->down = str_eq(state, "down");
	return 0;
}

static int become(struct lab_link *link, const struct wire_state *after, struct err *err)
{
	struct wire_state *own = link->own, before = *own;
	int r = helper_mend(link->helper, err);

	if (r < 0)
		return r;
	*own = *after;
	if (!net_shape_equal(&before.shapes[0], &after->shapes[0]) ||
	    !net_shape_equal(&before.shapes[1], &after->shapes[1]))
		r = start(link, err);
	if (r == 0 && before.down != after->down)
		r = set_carriers(link, err);
	if (r == 0)
		return 0;
	/* Half a change is none: what it was is put back as far as that goes. */
	*own = before;
	(void)start(link, NULL);
	(void)set_carriers(link, NULL);
	return r;
}

static int change(struct lab_link *link, const json_t *args, struct err *err)
{
	const struct wire_state *own = link->own;
	struct wire_state after = *own;

	if (parse_change(link, &after, args, err) < 0)
		return err_context(err, "link '%s'", link->plan->name);
	return become(link, &after, err);
}

static int restore(struct lab_link *link, const json_t *saved, struct err *err)
{
	struct wire_state *own = link->own, before = *own, after;

	read_saved(link, saved);
	after = *own;
	*own = before;
	return become(link, &after, err);
}

static json_t *flow_json(json_t *out_of, const struct wire_flow *flow)
{
	return json_pack("{s:O, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "out_of", out_of, "frames",
			 (json_int_t)flow->frames, "lost", (json_int_t)flow->lost, "queue_full",
			 (json_int_t)flow->tail_drops, "duplicated", (json_int_t)flow->duplicated,
			 "reordered", (json_int_t)flow->reordered, "corrupted",
			 (json_int_t)flow->corrupted, "in_flight", (json_int_t)flow->in_flight);
}

/* What its cable carried and what it lost, each way, where it has one; what was too large. */
static void describe_flows(const struct lab_link *link, const json_t *ends, json_t *out)
{
	auto_free const char **taps = NULL;
	struct wire_link wire = wire_of(link, &taps);
	struct wire_stats stats = { 0 };
	json_t *flows, *large;

	if (!link->lab->prepared || wire.n_taps != WAYS ||
	    wire_get_stats(link->lab->wire, &wire, &stats, NULL) < 0)
		return;
	flows = json_array();
	large = json_array();
	for (size_t i = 0; i < WAYS; i++) {
		const struct wire_flow *flow = &stats.flows[i];
		json_t *end = json_array_get(ends, i);

		(void)json_array_append_new(flows, flow_json(end, flow));
		if (flow->too_large)
			(void)json_array_append_new(large,
						    json_pack("{s:O, s:I}", "out_of", end, "frames",
							      (json_int_t)flow->too_large));
	}
	if (stats.cable)
		(void)json_object_set(out, "cable", flows);
	if (json_array_size(large))
		(void)json_object_set(out, "too_large", large);
	json_decref(flows);
	json_decref(large);
}

/* What each end's way is like, where they differ. */
static void describe_ways(const struct wire_state *own, const json_t *ends, json_t *out)
{
	json_t *ways;

	if (net_shape_equal(&own->shapes[0], &own->shapes[1]))
		return;
	ways = json_array();
	for (size_t i = 0; i < WAYS; i++)
		(void)json_array_append_new(ways, json_pack("{s:O, s:o}", "out_of",
							    json_array_get(ends, i), "shape",
							    text_of(&own->shapes[i])));
	(void)json_object_set_new(out, "ways", ways);
}

static json_t *describe(struct lab_link *link, json_t *ends)
{
	const struct wire_state *own = link->own;
	struct net_shape both = net_shape_common(&own->shapes[0], &own->shapes[1]);
	json_t *out = json_pack("{s:s, s:o, s:O}", "state",
				helper_is_dead(link->helper) ? "dead"
				: own->down                  ? "down"
							     : "up",
				"shape", text_of(&both), "ends", ends);

	describe_ways(own, ends, out);
	describe_flows(link, ends, out);
	return out;
}

const struct link_kind link_wire = {
	.helper = HELPER_CABLE,
	.open = open_wire,
	.start = start,
	.adopt = adopt,
	.save = save,
	.read = read_saved,
	.restore = restore,
	.change = change,
	.describe = describe,
	.is_down = is_down,
	.join = join,
};
