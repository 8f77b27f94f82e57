/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys over wires that double, reorder and damage frames, and over which some are too large:
 * rows as in test-journey.c.
 * Covers: src/journey/match.c src/journey/judge.c
 */
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])

static const struct packet a_to_c = { IP_A, IP_C, 7, .ttl = 64 };

/* As far as out of the router, and what goes out there. */
static struct bytes to_cable(struct world *w, int64_t us, uint16_t id)
{
	const struct packet head = { IP_A, IP_C, id, .ttl = 64 };
	const struct bytes p = packet_udp(&head, 1000, 2000, "hello");
	const struct bytes r = packet_routed(&p);

	world_wire(w, A0, us, M(A0), M(R0), &p);
	world_wire(w, S2, us + 100, M(A0), M(R0), &p);
	world_out(w, R1, us + 200, M(R1), M(C0), &r);
	return r;
}

static void doubled(struct world *w)
{
	const struct bytes r = to_cable(w, 0, 7);

	w->ports[R1].sends.duplicate_ppm = 1;
	world_in(w, C0, 20200, M(R1), M(C0), &r);
	world_in(w, C0, 20210, M(R1), M(C0), &r);
}

/* The router passes both on. */
static void doubled_early(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");
	const struct bytes r = packet_routed(&p);

	w->ports[S2].sends.duplicate_ppm = 1;
	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_in(w, R0, 110, M(A0), M(R0), &p);
	world_wire(w, R1, 200, M(R1), M(C0), &r);
	world_wire(w, R1, 210, M(R1), M(C0), &r);
}

/* A wire that doubles nothing. */
static void twice(struct world *w)
{
	doubled(w);
	w->ports[R1].sends.duplicate_ppm = 0;
}

/* Two that are the same: each arrives, the second one twice. */
static void same_and_doubled(struct world *w)
{
	const struct bytes r = to_cable(w, 0, 0);

	w->ports[R1].sends.duplicate_ppm = 1;
	(void)to_cable(w, 5000, 0);
	world_in(w, C0, 20200, M(R1), M(C0), &r);
	world_in(w, C0, 25200, M(R1), M(C0), &r);
	world_in(w, C0, 25210, M(R1), M(C0), &r);
	world_sort(w);
}

/* As that, on a wire without delay: the second came in before it was seen to go out. */
static void same_and_early(struct world *w)
{
	const struct packet zero = { IP_A, IP_R0, 0, .ttl = 64 };
	const struct bytes p = packet_udp(&zero, 1, 2, "x");

	w->ports[S2].sends.duplicate_ppm = 1;
	for (int64_t us = 0; us <= 5000; us += 5000) {
		world_wire(w, A0, us, M(A0), M(R0), &p);
		world_out(w, S2, us + 100, M(A0), M(R0), &p);
		world_in(w, R0, us ? us + 95 : us + 105, M(A0), M(R0), &p);
	}
}

/* Behind a rate that lets a frame wait for three seconds, or more. */
static void slow_rate(struct world *w)
{
	const struct bytes r = to_cable(w, 0, 7);

	w->ports[R1].sends.rate_bps = 64000;
	world_in(w, C0, 3900000, M(R1), M(C0), &r);
}

/* It may still come. */
static void jitter_at_the_end(struct world *w)
{
	(void)to_cable(w, 0, 7);
	w->ports[R1].sends.delay_us = w->ports[R1].sends.jitter_us = 500000;
	w->end_us = 1200000;
}

/* The first is held back; captures that end soon do not show that it was lost. */
static void overtaken(struct world *w)
{
	const struct bytes first = to_cable(w, 0, 1), second = to_cable(w, 1000, 2);

	w->ports[R1].sends.reorder_ppm = 1;
	world_in(w, C0, 21200, M(R1), M(C0), &second);
	world_in(w, C0, 60000, M(R1), M(C0), &first);
	world_sort(w);
}

static void overtaken_at_the_end(struct world *w)
{
	const struct bytes second = (to_cable(w, 0, 1), to_cable(w, 1000, 2));

	w->ports[R1].sends.reorder_ppm = 1;
	w->end_us = 100000;
	world_in(w, C0, 21200, M(R1), M(C0), &second);
	world_sort(w);
}

/* One bit: at is a byte behind the MACs. */
static void damaged_at(struct world *w, uint32_t at)
{
	struct bytes r = to_cable(w, 0, 7);

	w->ports[R1].sends.corrupt_ppm = 1;
	r.data[at] ^= 4;
	world_in(w, C0, 20200, M(R1), M(C0), &r);
}

static void damaged(struct world *w)
{
	damaged_at(w, 2 + 20 + 8 + 1);
}

static void damaged_ttl(struct world *w)
{
	damaged_at(w, 2 + 8);
}

static void damaged_sum(struct world *w)
{
	damaged_at(w, 2 + 10);
}

static void damaged_destination(struct world *w)
{
	damaged_at(w, 2 + 19);
}

/* Two bits differ: not of this wire's doing. */
static void another(struct world *w)
{
	struct bytes r = to_cable(w, 0, 7);

	w->ports[R1].sends.corrupt_ppm = 1;
	r.data[2 + 20 + 8] ^= 4;
	r.data[2 + 20 + 9] ^= 2;
	world_in(w, C0, 20200, M(R1), M(C0), &r);
}

/* A wire that damages nothing does not come into question. */
static void sound_wire(struct world *w)
{
	damaged(w);
	w->ports[R1].sends.corrupt_ppm = 0;
}

static struct bytes of_size(size_t size)
{
	auto_free char *text = xcalloc(size, 1);

	memset(text, 'x', size - 1 - 28);
	return packet_udp(&a_to_c, 1000, 2000, text);
}

static void too_large(struct world *w)
{
	const struct bytes p = of_size(600);

	w->ports[A0].sends.mtu = 576;
	world_out(w, A0, 0, M(A0), M(R0), &p);
}

/* A plain wire's spare bytes let it through; what lost it is not known. */
static void just_fits(struct world *w)
{
	const struct bytes p = of_size(581);

	w->ports[A0].sends.mtu = 576;
	world_out(w, A0, 0, M(A0), M(R0), &p);
}

/* A delay came later: as long as there was none, it might have got through. */
static void might_have_fit(struct world *w)
{
	just_fits(w);
	w->ports[A0].sends.delay_us = 1000;
	w->ports[A0].was_plain = true;
}

static const struct world_row rows[] = {
	{ "doubled by a wire", doubled,
	  "1 ip delivered: " A_TO_S
	  "forwarded r:eth1>forwarded c:eth0<delivered c:eth0<delivered (copy)\n" },
	{ "doubled before a router", doubled_early,
	  "1 ip delivered: a:eth0>sent s:eth0<switched s:eth2>switched r:eth0<forwarded "
	  "r:eth0<forwarded (copy) r:eth1>forwarded r:eth1>forwarded c:eth0<delivered "
	  "c:eth0<delivered\n" },
	{ "twice over a wire that doubles nothing", twice,
	  "1 ip delivered: " A_TO_S "forwarded r:eth1>forwarded c:eth0<delivered\n"
	  "2 ip delivered: c:eth0<delivered unmatched\n"
	  "unmatched c:eth0 1\n" },
	{ "two that are the same, one doubled", same_and_doubled,
	  "1 ip delivered: " A_TO_S "forwarded r:eth1>forwarded c:eth0<delivered\n"
	  "2 ip delivered: " A_TO_S
	  "forwarded r:eth1>forwarded c:eth0<delivered c:eth0<delivered (copy) repeats=1\n" },
	{ "two that are the same, one seen early", same_and_early,
	  "1 ip delivered: " A_TO_S "delivered\n"
	  "2 ip delivered: " A_TO_S "delivered repeats=1\n" },
	{ "a low rate", slow_rate,
	  "1 ip delivered: " A_TO_S "forwarded r:eth1>forwarded c:eth0<delivered\n" },
	{ "jitter at the end", jitter_at_the_end,
	  "1 ip open: " A_TO_S "forwarded r:eth1>forwarded\n" },
	{ "overtaken", overtaken,
	  "1 ip delivered: " A_TO_S "forwarded r:eth1>forwarded c:eth0<delivered\n"
	  "2 ip delivered: " A_TO_S "forwarded r:eth1>forwarded c:eth0<delivered repeats=1\n" },
	{ "overtaken is not lost", overtaken_at_the_end,
	  "1 ip open: " A_TO_S "forwarded r:eth1>forwarded\n"
	  "2 ip delivered: " A_TO_S "forwarded r:eth1>forwarded c:eth0<delivered repeats=1\n" },
	{ "damaged", damaged,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost damaged_as=2\n"
	  "2 ip delivered: c:eth0<delivered damage_of=1\n" },
	{ "damaged: its TTL", damaged_ttl,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost damaged_as=2\n"
	  "2 ip delivered: c:eth0<delivered damage_of=1\n" },
	{ "damaged: its checksum", damaged_sum,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost damaged_as=2\n"
	  "2 ip delivered: c:eth0<delivered damage_of=1\n" },
	{ "damaged: its destination", damaged_destination,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost damaged_as=2\n"
	  "2 ip dropped in c: c:eth0<dropped damage_of=1\n" },
	{ "more than one bit is another packet", another,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost\n"
	  "2 ip delivered: c:eth0<delivered unmatched\n"
	  "unmatched c:eth0 1\n" },
	{ "a bit over a wire that damages nothing", sound_wire,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost\n"
	  "2 ip delivered: c:eth0<delivered unmatched\n"
	  "unmatched c:eth0 1\n" },
	{ "too large", too_large, "1 ip lost on a-s too large: a:eth0>lost\n" },
	{ "lost, and not too large", just_fits, "1 ip lost on a-s: a:eth0>lost\n" },
	{ "lost on a wire that was plain", might_have_fit, "1 ip lost on a-s: a:eth0>lost\n" },
};

int main(void)
{
	ADD_ROWS(rows, world_test_row);
	return run_added("journeys over wires", NULL, NULL);
}
