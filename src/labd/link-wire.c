/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A wire: two taps in a bridge, or in a cable when it has delay, jitter, loss or rate. */
#include <errno.h>

#include "ctl/message.h"
#include "labd/link.h"

struct wire_state {
	struct net_shape shape;
	bool down;
};

static void open_wire(struct lab_link *link)
{
	struct wire_state *own = link->own = xcalloc(1, sizeof(*own));

	own->shape = link->plan->shape;
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
	bool plain = net_shape_is_plain(&own->shape);
	int cable = -1, r;

	if (plain)
		helper_ends(link->helper);
	r = wire_set(link->lab->wire, &wire, &own->shape, &cable, err);
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
	bool plain = net_shape_is_plain(&own->shape);
	int cable = plain ? -1 : wire_cable(link->lab->wire, &wire, NULL);

	if (cable >= 0)
		helper_runs(link->helper, cable);
	else if (!plain)
		helper_is_gone(link->helper);
}

static json_t *save(const struct lab_link *link)
{
	const struct wire_state *own = link->own;

	return json_pack("{s:b, s:I, s:I, s:I, s:I}", "down", own->down, "delay",
			 (json_int_t)own->shape.delay_us, "jitter",
			 (json_int_t)own->shape.jitter_us, "loss", (json_int_t)own->shape.loss_ppm,
			 "rate", (json_int_t)own->shape.rate_bps);
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void read_saved(struct lab_link *link, const json_t *saved)
{
	struct wire_state *own = link->own;

	own->down = json_is_true(json_object_get(saved, "down"));
	own->shape = (struct net_shape){
		.delay_us = (uint32_t)number(saved, "delay"),
		.jitter_us = (uint32_t)number(saved, "jitter"),
		.loss_ppm = (uint32_t)number(saved, "loss"),
		.rate_bps = (uint64_t)number(saved, "rate"),
	};
}

/* Gives or takes the carrier of the guests' NICs on it, as it is up or down. */
static int set_carriers(struct lab_link *link, struct err *err)
{
	const struct wire_state *own = link->own;

	for (size_t i = 0; i < link->plan->n_ends; i++) {
		const char *node = link->lab->plan.nodes[link->plan->ends[i].node].name;
		const struct plan_nic *nic = nic_at(link, i);
		char mac[NET_TEXT];
		struct hv_nic at = { nic->tap, net_mac_text(nic->mac, mac) };
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

/* What is asked for, into own; nothing is done yet. */
static int parse_change(struct wire_state *own, const json_t *args, struct err *err)
{
	static const char *const properties[] = { "delay", "jitter", "loss", "rate" };
	const char *state = json_get_text(args, "state", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
		const char *value = json_get_text(args, properties[i], NULL);

		if (value && net_shape_set(&own->shape, properties[i], value, err) < 0)
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
	if (memcmp(&before.shape, &after->shape, sizeof(before.shape)) != 0)
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

	if (parse_change(&after, args, err) < 0)
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

/* What its cable carried and what it lost, each way; nothing where it has none. */
static void describe_cable(const struct lab_link *link, const json_t *ends, json_t *out)
{
	auto_free const char **taps = NULL;
	struct wire_link wire = wire_of(link, &taps);
	struct wire_stats stats = { 0 };
	json_t *flows;

	if (!link->lab->prepared || wire.n_taps != ARRAY_SIZE(stats.flows) ||
	    wire_get_stats(link->lab->wire, &wire, &stats, NULL) < 0 || !stats.cable)
		return;
	flows = json_array();
	for (size_t i = 0; i < ARRAY_SIZE(stats.flows); i++) {
		const struct wire_flow *flow = &stats.flows[i];

		(void)json_array_append_new(
			flows, json_pack("{s:O, s:I, s:I, s:I, s:I}", "out_of",
					 json_array_get(ends, i), "frames",
					 (json_int_t)flow->frames, "lost", (json_int_t)flow->lost,
					 "queue_full", (json_int_t)flow->tail_drops, "in_flight",
					 (json_int_t)flow->in_flight));
	}
	(void)json_object_set_new(out, "cable", flows);
}

static json_t *describe(struct lab_link *link, json_t *ends)
{
	const struct wire_state *own = link->own;
	auto_str struct str shape = { 0 };
	json_t *out;

	net_shape_add_text(&shape, &own->shape);
	out = json_pack("{s:s, s:s, s:O}", "state",
			helper_is_dead(link->helper) ? "dead"
			: own->down                  ? "down"
						     : "up",
			"shape", str_text(&shape), "ends", ends);
	describe_cable(link, ends, out);
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
	.join = join,
};
