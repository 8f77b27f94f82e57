/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys against programs of actions that a die throws: packets of all sorts, some the same in
 * every bit, some lost on a wire, in a node or in the air, some doubled, held back or damaged by
 * the cable, with stamps that are some microseconds off. Kernels tell of most that they drop, and
 * why. What is told of each packet must be what happened to it.
 * Covers: src/journey/drops.c src/journey/match.c src/journey/order.c src/journey/track.c
 */
#include "base/clock.h"
#include "lib/journey-world.h"
#include "lib/tests.h"

#define PACKETS 400
#define EVERY_US 3000 /* so six are in the cable at a time */
#define JITTER_US 4
#define HELD_US 30000 /* so that others overtake */
#define LOSS 8        /* one step in so many goes wrong */
#define SEEDS 27      /* each kind of lab three times */

/* A step of a packet: over a wire, or through the air. */
struct step {
	enum world_port from, to;
	bool routed; /* a router passed it on before: TTL and MACs are new */
	int64_t us;  /* that it takes until it arrives, and then until it leaves again */
	uint16_t tag;
	bool flooded; /* out of the switch to all, in a ring with a blocked port */
};

struct route {
	uint32_t from, to;
	size_t n;
	struct step steps[4];
};

static const struct route routes[] = {
	{ IP_A,
	  IP_C,
	  3,
	  { { A0, S0, 0, 5, 0, 0 }, { S2, R0, 0, 5, 0, 0 }, { R1, C0, 1, 20005, 0, 0 } } },
	{ IP_C,
	  IP_A,
	  3,
	  { { C0, R1, 0, 20005, 0, 0 }, { R0, S2, 1, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
	{ IP_H, IP_A, 2, { { H0, S1, 0, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
	{ 0x0a000065,
	  IP_C,
	  4,
	  { { W0, AP1, 0, 0, 0, 0 },
	    { AP0, S3, 0, 5, 0, 0 },
	    { S2, R0, 0, 5, 0, 0 },
	    { R1, C0, 1, 20005, 0, 0 } } },
	{ IP_C,
	  0x0a000065,
	  4,
	  { { C0, R1, 0, 20005, 0, 0 },
	    { R0, S2, 1, 5, 0, 0 },
	    { S3, AP0, 0, 5, 0, 0 },
	    { AP1, W0, 0, 0, 0, 0 } } },
};

/* By a one-armed router from one VLAN to the other, and to a station that the switch does not know
 * yet. */
static const struct route vlan_routes[] = {
	{ IP_A,
	  IP_H,
	  4,
	  { { A0, S0, 0, 5, 0, 0 },
	    { S2, R0, 0, 5, 10, 0 },
	    { R0, S2, 1, 5, 20, 0 },
	    { S1, H0, 0, 5, 0, 0 } } },
	{ IP_H,
	  IP_A,
	  4,
	  { { H0, S1, 0, 5, 0, 0 },
	    { S2, R0, 0, 5, 20, 0 },
	    { R0, S2, 1, 5, 10, 0 },
	    { S0, A0, 0, 5, 0, 0 } } },
};
static const struct route ring_routes[] = {
	{ IP_A, IP_H, 2, { { A0, S0, 0, 5, 0, 0 }, { S1, H0, 0, 5, 0, true } } },
	{ IP_H, IP_A, 2, { { H0, S1, 0, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
};

/* The way of each packet of a flow is one of two cables. */
static const struct route parallel_routes[] = {
	{ IP_A,
	  IP_C,
	  3,
	  { { A0, S0, 0, 5, 0, 0 }, { S2, R0, 0, 5, 0, 0 }, { R1, C0, 1, 20005, 0, 0 } } },
	{ IP_A,
	  IP_C,
	  3,
	  { { A0, S0, 0, 5, 0, 0 }, { S2, R0, 0, 5, 0, 0 }, { R2, C1, 1, 20005, 0, 0 } } },
	{ IP_C,
	  IP_A,
	  3,
	  { { C0, R1, 0, 20005, 0, 0 }, { R0, S2, 1, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
	{ IP_C,
	  IP_A,
	  3,
	  { { C1, R2, 0, 20005, 0, 0 }, { R0, S2, 1, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
};
/* h has a's address, too: in another VLAN, or by mistake beside it. */
static const struct route twin_routes[] = {
	{ IP_A, IP_R0, 2, { { A0, S0, 0, 5, 0, 0 }, { S2, R0, 0, 5, 10, 0 } } },
	{ IP_A, IP_R0, 2, { { H0, S1, 0, 5, 0, 0 }, { S2, R0, 0, 5, 20, 0 } } },
	{ IP_R0, IP_A, 2, { { R0, S2, 0, 5, 10, 0 }, { S0, A0, 0, 5, 0, 0 } } },
	{ IP_R0, IP_A, 2, { { R0, S2, 0, 5, 20, 0 }, { S1, H0, 0, 5, 0, 0 } } },
};
static const struct route duplicate_routes[] = {
	{ IP_A, IP_R0, 2, { { A0, S0, 0, 5, 0, 0 }, { S2, R0, 0, 5, 0, 0 } } },
	{ IP_A, IP_R0, 2, { { H0, S1, 0, 5, 0, 0 }, { S2, R0, 0, 5, 0, 0 } } },
	{ IP_R0, IP_A, 2, { { R0, S2, 0, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
	{ IP_R0, IP_A, 2, { { R0, S2, 0, 5, 0, 0 }, { S1, H0, 0, 5, 0, 0 } } },
};
/* s is two bridges in one box. */
static const struct route bridges_routes[] = {
	{ IP_A, IP_R0, 2, { { A0, S0, 0, 5, 0, 0 }, { S2, R0, 0, 5, 0, 0 } } },
	{ IP_R0, IP_A, 2, { { R0, S2, 0, 5, 0, 0 }, { S0, A0, 0, 5, 0, 0 } } },
	{ IP_H, IP_AP, 2, { { H0, S1, 0, 5, 0, 0 }, { S3, AP0, 0, 5, 0, 0 } } },
	{ IP_AP, IP_H, 2, { { AP0, S3, 0, 5, 0, 0 }, { S1, H0, 0, 5, 0, 0 } } },
};

static const char *const reasons[] = { "NETFILTER_DROP", "IP_INNOROUTES", "NEIGH_FAILED",
				       "PKT_TOO_BIG", "NOT_SPECIFIED" };

/* What became of a packet. */
struct truth {
	enum journey_outcome outcome;
	size_t link, node;
	size_t n_hops;
	const char *reason; /* why it was dropped; NULL: its kernel did not say */
	bool same;
	bool hidden; /* dropped by a node that translates it */
};

struct dice {
	uint64_t state;
	uint16_t sequence; /* in the air */
	bool same;         /* the packet is like others in every bit */
	bool nat;          /* r hides a behind its other address, as other ports */
	bool copied;       /* and arrived twice */
	size_t damaged;    /* so many up to now */
};

/*
 * Ports of a's UDP and TCP, and those that c sees in their place: a has spoken first, and r hides
 * it; or c has, and r passes two of its own ports on.
 */
#define FROM_A(sport, dport) "src=10.0.0.1 dst=10.1.0.1 sport=" sport " dport=" dport " "
#define FROM_C(sport, dport) "src=10.1.0.1 dst=10.1.0.254 sport=" sport " dport=" dport " "
#define HIDES                                                           \
	"udp 17 30 " FROM_A("1000", "2000") FROM_C(                     \
		"2000", "5000") "\n"                                    \
				"    [NEW] tcp 6 120 SYN_SENT " FROM_A( \
					"1000", "80") "[UNREPLIED] " FROM_C("80", "5001") "\n"
#define FORWARDS                                                        \
	"udp 17 30 " FROM_C("2000", "5000") FROM_A(                     \
		"1000", "2000") "\n"                                    \
				"    [NEW] tcp 6 120 SYN_SENT " FROM_C( \
					"80", "5001") "[UNREPLIED] " FROM_A("1000", "80") "\n"

static void add_ring(struct world *w)
{
	world_add_ap(w);
	world_add_ring(w);
}

static void add_twin(struct world *w)
{
	memcpy(w->addresses[H], w->addresses[A], sizeof(w->addresses[A]));
}

static void add_twin_elsewhere(struct world *w)
{
	world_add_vlans(w);
	add_twin(w);
}

static void split_bridge(struct world *w)
{
	w->ports[S1].bridge = w->ports[S3].bridge = 2;
}

static const struct kind {
	const char *name;
	const struct route *routes;
	size_t n;
	void (*prepare)(struct world *w);
	const char *connections; /* that r translates; NULL: none */
} kinds[] = {
	{ "plain", routes, ARRAY_SIZE(routes), NULL, NULL },
	{ "VLANs", vlan_routes, ARRAY_SIZE(vlan_routes), world_add_vlans, NULL },
	{ "a ring", ring_routes, ARRAY_SIZE(ring_routes), add_ring, NULL },
	{ "hidden", routes, ARRAY_SIZE(routes), NULL, HIDES },
	{ "ports passed on", routes, ARRAY_SIZE(routes), NULL, FORWARDS },
	{ "equal-cost paths", parallel_routes, ARRAY_SIZE(parallel_routes), world_add_parallel,
	  NULL },
	{ "equal addresses", twin_routes, ARRAY_SIZE(twin_routes), add_twin_elsewhere, NULL },
	{ "duplicate addresses", duplicate_routes, ARRAY_SIZE(duplicate_routes), add_twin, NULL },
	{ "two bridges", bridges_routes, ARRAY_SIZE(bridges_routes), split_bridge, NULL },
};

static bool is_ipv4(const struct bytes *packet)
{
	return packet->data[0] == 8 && packet->data[1] == 0;
}

static void put_end(struct bytes *packet, size_t address, uint32_t ip, size_t port, uint16_t number)
{
	uint8_t *ip_at = packet->data + 2 + address, *port_at = packet->data + 22 + port;

	for (int i = 0; i < 4; i++)
		ip_at[i] = (uint8_t)(ip >> (24 - 8 * i));
	port_at[0] = (uint8_t)(number >> 8);
	port_at[1] = (uint8_t)number;
}

/* What r makes of a packet of a or to it. */
static struct bytes translated(const struct dice *d, uint32_t from, uint32_t to,
			       const struct bytes *packet)
{
	uint16_t outside = packet->data[11] == 6 ? 5001 : 5000;
	struct bytes out = *packet;

	if (d->nat && is_ipv4(packet) && from == IP_A)
		put_end(&out, 12, IP_R1, 0, outside);
	else if (d->nat && is_ipv4(packet) && to == IP_A)
		put_end(&out, 16, IP_A, 2, 1000);
	return out;
}

static struct truth end_as(enum journey_outcome outcome, size_t link, size_t node, size_t n_hops)
{
	return (struct truth){ .outcome = outcome, .link = link, .node = node, .n_hops = n_hops };
}

static uint32_t throw(struct dice * d, uint32_t n)
{
	d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(d->state >> 33) % n;
}

static int64_t about(struct dice *d, int64_t us)
{
	return us + throw(d, 2 * JITTER_US + 1) - JITTER_US;
}

/* The frame's ends: of the station where the segment begins, and of the one where it ends. */
static void ends_of(const struct world *w, const struct route *route, size_t step,
		    struct net_mac *src, struct net_mac *dst)
{
	size_t first = step, last = step;

	while (first > 0 && !route->steps[first].routed)
		first--;
	while (last + 1 < route->n && !route->steps[last + 1].routed)
		last++;
	*src = w->macs[route->steps[first].from];
	*dst = w->macs[route->steps[last].to];
}

static size_t link_of(const struct world *w, const struct step *step)
{
	return w->ports[step->from].link;
}

/* What the cable does to one that it does not lose; true where it arrives as another. */
static bool cross_cable(struct world *w, struct dice *d, const struct step *step, int64_t us,
			const struct net_mac *src, const struct net_mac *dst,
			const struct bytes *packet, struct truth *truth)
{
	struct bytes in = *packet;
	bool harmed = throw(d, LOSS) == 0, last = step->to == C0;
	int64_t late = last && throw(d, LOSS) == 0 ? HELD_US : 0;

	if (harmed)
		in.data[2 + throw(d, in.len - 2)] ^= (uint8_t)(1U << throw(d, 8));
	d->damaged += harmed;
	world_in(w, step->to, about(d, us + step->us + late), src, dst, &in);
	if (!harmed && last && throw(d, LOSS) == 0) {
		world_in(w, step->to, about(d, us + step->us + late + 20), src, dst, &in);
		truth->n_hops++;
		d->copied = true;
	}
	return harmed;
}

/* The copies that go round: to ap and aq, and from ap to aq's blocked port. */
static void flood(struct world *w, struct dice *d, int64_t us, const struct net_mac *src,
		  const struct net_mac *dst, const struct bytes *packet, struct truth *truth)
{
	static const struct step copies[] = { { S3, AP0, 0, 5, 0, 0 },
					      { S4, AQ0, 0, 5, 0, 0 },
					      { AP1, AQ1, 0, 5, 0, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
		int64_t at = us + (copies[i].from == AP1 ? 105 : 0);

		world_out(w, copies[i].from, about(d, at), src, dst, packet);
		world_in(w, copies[i].to, about(d, at + copies[i].us), src, dst, packet);
		truth->n_hops += 2;
	}
}

/* One step; false where it does not arrive. */
static bool take_step(struct world *w, struct dice *d, const struct route *route, size_t i,
		      int64_t us, const struct bytes *packet, struct truth *truth)
{
	const struct step *step = &route->steps[i];
	bool lost = throw(d, LOSS) == 0, air = link_of(w, step) == L_AIR;
	struct net_mac src, dst;

	ends_of(w, route, i, &src, &dst);
	if (air) {
		bool to_ap = step->to == AP1;
		unsigned int tries = lost ? 7 : 1 + throw(d, 3);
		struct air head = { .by = step->from,
				    .to = &w->macs[step->to],
				    .third = to_ap ? &dst : &src,
				    .sequence = ++d->sequence,
				    .to_ap = to_ap,
				    .from_ap = !to_ap };

		for (unsigned int t = 0; t < tries; t++) {
			head.retry = t > 0;
			world_air(w, us + t, &head, packet);
		}
		truth->n_hops += tries + !lost;
	} else {
		struct bytes tagged = step->tag ? packet_tagged(packet, step->tag) : *packet;

		if (step->flooded)
			flood(w, d, us, &src, &dst, packet, truth);
		world_out(w, step->from, about(d, us), &src, &dst, &tagged);
		truth->n_hops++;
		if (!lost && link_of(w, step) == L_RC && !d->same)
			lost = cross_cable(w, d, step, us, &src, &dst, packet, truth);
		else if (!lost)
			world_in(w, step->to, about(d, us + step->us), &src, &dst, &tagged);
		truth->n_hops += !lost;
	}
	if (lost)
		*truth = end_as(JOURNEY_OUT_LOST, link_of(w, step), JOURNEY_NONE, truth->n_hops);
	return !lost;
}

/* Of a packet as it came in, or as it was about to go out; in three of four cases. */
static void drop(struct world *w, struct dice *d, size_t node, const char *reason,
		 const struct bytes *packet, struct truth *truth)
{
	const struct bytes routed = packet_routed(packet);

	*truth = end_as(JOURNEY_OUT_DROPPED, JOURNEY_NONE, node, truth->n_hops);
	if (throw(d, 4) == 0)
		return;
	truth->reason = reason;
	world_drop(w, node, reason, "somewhere", &w->macs[throw(d, N_PORTS)], &w->macs[0],
		   throw(d, 2) ? packet : &routed);
}

/* A program that listens to all frames lost its copy; and a packet that is like none. */
static void make_noise(struct world *w, struct dice *d, size_t node, const struct bytes *packet)
{
	struct bytes other = *packet;

	if (throw(d, LOSS) == 0)
		world_drop(w, node, "NETFILTER_DROP", "packet_rcv", &w->macs[0], &w->macs[0],
			   packet);
	if (throw(d, LOSS) == 0) {
		other.data[other.len - 1] ^= 0x55;
		world_drop(w, node, "NO_SOCKET", "somewhere", &w->macs[0], &w->macs[0], &other);
	}
}

static void travel(struct world *w, struct dice *d, const struct route *route, int64_t us,
		   struct bytes packet, struct truth *truth)
{
	*truth = end_as(JOURNEY_OUT_DELIVERED, JOURNEY_NONE, JOURNEY_NONE, 0);
	d->copied = false;
	for (size_t i = 0; i < route->n; i++) {
		size_t node = w->ports[route->steps[i].from].node;

		if (i > 0 && throw(d, LOSS) == 0) {
			drop(w, d, node, reasons[throw(d, ARRAY_SIZE(reasons))], &packet, truth);
			if (d->nat && node == R && is_ipv4(&packet) &&
			    (route->from == IP_A || route->to == IP_A))
				truth->hidden = true;
			return;
		}
		make_noise(w, d, node, &packet);
		if (route->steps[i].routed) {
			packet = packet_routed(&packet);
			packet = translated(d, route->from, route->to, &packet);
		}
		if (!take_step(w, d, route, i, us, &packet, truth))
			return;
		us += route->steps[i].us + 100;
	}
	/* By the filter of the one that it was for, which only its kernel knows. */
	if (!d->same && !d->copied && throw(d, LOSS) == 0) {
		drop(w, d, w->ports[route->steps[route->n - 1].to].node, "NETFILTER_DROP", &packet,
		     truth);
		if (!truth->reason)
			*truth = end_as(JOURNEY_OUT_DELIVERED, JOURNEY_NONE, JOURNEY_NONE,
					truth->n_hops);
	}
}

/* One packet in three is the same as all others of its route; one in three is IPv6. */
static struct bytes make_packet(struct dice *d, const struct route *route, uint16_t number)
{
	bool same = d->same = throw(d, 3) == 0, udp;
	struct packet p = { route->from, route->to, same ? 0 : number, .ttl = 64,
			    .ipv6 = throw(d, 3) == 0 };
	auto_free char *text = xasprintf("payload %u", same ? 0 : number);
	uint16_t from = 1000, to;

	udp = same || throw(d, 2);
	to = udp ? 2000 : 80;
	/* To r's own address, for a. */
	if (d->nat && !p.ipv6 && route->from == IP_C && route->to == IP_A) {
		p.to = IP_R1;
		from = to;
		to = udp ? 5000 : 5001;
	}
	return udp ? packet_udp(&p, from, to, text)
		   : packet_tcp(&p, from, to, 1000U * number, 1, 24, text);
}

/* The kernel's reason: of a packet that is like no other always, where there is one; of others only
 * the true one. */
static void check_reason(const struct journey_set *set, const struct journey *j,
			 const struct truth *truth, uint64_t seed)
{
	const char *told = NULL;

	for (size_t i = 0; i < j->n_hops; i++)
		if (j->hops[i].drop)
			told = set->drops[j->hops[i].drop - 1].reason;
	if (told ? !str_eq(told, truth->reason) : truth->reason && !truth->same)
		fail_msg("seed %u, packet %u: %s, not %s", (unsigned int)seed, (unsigned int)j->id,
			 told ? told : "no reason", truth->reason ? truth->reason : "none");
}

static void check_journey(const struct journey_set *set, const struct journey *j,
			  const struct truth *truth, uint64_t seed)
{
	check_reason(set, j, truth, seed);
	/* What r translates and drops without a word may have left as another; and where packets
	 * are the same, which of them it spoke of is not known. */
	if (truth->hidden && (!truth->reason || truth->same) && j->outcome == JOURNEY_OUT_UNCLEAR &&
	    j->lost_node == truth->node && j->n_hops == truth->n_hops)
		return;
	assert_true(!truth->hidden || truth->reason);
	if (j->outcome != truth->outcome || j->lost_link != truth->link ||
	    j->lost_node != truth->node || j->n_hops != truth->n_hops || j->unmatched)
		fail_msg("seed %u, packet %u: %s on %zd in %zd after %zu hops, not %s on %zd in "
			 "%zd after %zu",
			 (unsigned int)seed, (unsigned int)j->id, journey_outcome_name(j->outcome),
			 (ssize_t)j->lost_link, (ssize_t)j->lost_node, j->n_hops,
			 journey_outcome_name(truth->outcome), (ssize_t)truth->link,
			 (ssize_t)truth->node, truth->n_hops);
}

/* What was damaged and what it became name each other. */
static void check_damage(const struct journey_set *set, size_t damaged)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_journeys; i++) {
		const struct journey *j = &set->journeys[i];

		n += j->damage_of > 0;
		assert_true(j->damaged_as <= set->n_journeys && j->damage_of <= set->n_journeys);
		if (j->damaged_as)
			assert_int_equal(set->journeys[j->damaged_as - 1].damage_of, j->id);
		if (j->damage_of)
			assert_int_equal(set->journeys[j->damage_of - 1].damaged_as, j->id);
	}
	assert_int_equal(n, damaged);
}

static void test_seed(void **state)
{
	const uint64_t seed = *(const uint64_t *)*state;
	const struct kind *kind = &kinds[seed % ARRAY_SIZE(kinds)];
	auto_journey_set struct journey_set set = { 0 };
	auto_free struct truth *truths = xcalloc(PACKETS, sizeof(*truths));
	struct dice dice = { .state = seed };
	struct err err = ERR_INIT;
	struct bytes packet;
	struct world w;
	size_t n = 0;

	world_init(&w);
	w.ports[R1].sends = w.ports[C0].sends = (struct net_shape){
		.delay_us = 20000, .duplicate_ppm = 1, .reorder_ppm = 1, .corrupt_ppm = 1
	};
	if (kind->prepare)
		kind->prepare(&w);
	dice.nat = kind->connections;
	w.nodes[R].connections = kind->connections;
	for (uint16_t i = 0; i < PACKETS; i++) {
		const struct route *route = &kind->routes[throw(&dice, (uint32_t)kind->n)];

		packet = make_packet(&dice, route, (uint16_t)(i + 1));
		travel(&w, &dice, route, (int64_t)(i + 1) * EVERY_US, packet, &truths[i]);
		truths[i].same = dice.same;
	}
	world_sort(&w);
	world_write(&w);
	assert_int_equal(journey_read(&w.lab, NULL, &set, &err), 0);
	assert_int_equal(set.n_journeys, PACKETS + dice.damaged);
	for (size_t i = 0; i < set.n_journeys; i++)
		if (!set.journeys[i].damage_of)
			check_journey(&set, &set.journeys[i], &truths[n++], seed);
	assert_int_equal(n, PACKETS);
	check_damage(&set, dice.damaged);
	assert_int_equal(set.unmatched, 0);
	world_free(&w);
}

int main(void)
{
	static uint64_t seeds[SEEDS];

	for (uint64_t i = 0; i < SEEDS; i++) {
		seeds[i] = i + 1;
		add_test(kinds[seeds[i] % ARRAY_SIZE(kinds)].name, test_seed, &seeds[i]);
	}
	return run_added("journeys at random", NULL, NULL);
}
