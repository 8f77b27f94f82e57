/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What kernels say of packets that they dropped, found again at their hops: a row is what happened,
 * and what was said of it. What is certain becomes a part of the journey, nothing else does.
 */
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])
#define NOBODY "NO_SOCKET"
#define FILTER "NETFILTER_DROP"

static const struct packet a_to_c = { IP_A, IP_C, 7, .ttl = 64 };

static struct bytes a_packet(void)
{
	return packet_udp(&a_to_c, 1000, 53, "question");
}

/* To r, and not out of it. */
static void into_r(struct world *w, int64_t us, const struct bytes *p)
{
	world_wire(w, A0, us, M(A0), M(R0), p);
	world_wire(w, S2, us + 100, M(A0), M(R0), p);
}

static void dropped(struct world *w)
{
	const struct bytes p = a_packet();

	into_r(w, 1000, &p);
	world_drop(w, R, FILTER, "nft_do_chain", M(A0), M(R0), &p);
}

/* As it was about to go out, with other MACs and a smaller TTL. */
static void dropped_late(struct world *w)
{
	const struct bytes p = a_packet(), q = packet_routed(&p);

	into_r(w, 1000, &p);
	world_drop(w, R, "QDISC_DROP", "dev_queue_xmit", M(R1), M(C0), &q);
}

static void by_another(struct world *w)
{
	const struct bytes p = a_packet();

	into_r(w, 1000, &p);
	world_drop(w, C, FILTER, "nft_do_chain", M(A0), M(R0), &p);
}

static void a_copy(struct world *w)
{
	const struct bytes p = a_packet();

	into_r(w, 1000, &p);
	world_drop(w, R, "NOT_SPECIFIED", "tpacket_rcv", M(A0), M(R0), &p);
}

/* One of two that are the same: which of them? */
static void one_of_two(struct world *w)
{
	dropped(w);
	into_r(w, 2000, &(const struct bytes[]){ a_packet() }[0]);
}

static void both(struct world *w)
{
	dropped(w);
	dropped(w);
}

static void for_two_reasons(struct world *w)
{
	const struct bytes p = a_packet();

	dropped(w);
	into_r(w, 2000, &p);
	world_drop(w, R, "IP_INNOROUTES", "ip_error", M(A0), M(R0), &p);
}

/* The kernel drops it twice, of which once it has a reason. */
static void with_and_without(struct world *w)
{
	const struct bytes p = a_packet();

	world_drop(w, R, "NOT_SPECIFIED", "kfree_skb_list", M(A0), M(R0), &p);
	dropped(w);
}

static void at_its_end(struct world *w, const char *reason)
{
	const struct bytes p = a_packet(), q = packet_routed(&p);

	world_a_to_c(w, 1000, &p);
	world_drop(w, C, reason, "somewhere", M(R1), M(C0), &q);
}

static void by_its_filter(struct world *w)
{
	at_its_end(w, FILTER);
}

static void nobody_there(struct world *w)
{
	at_its_end(w, NOBODY);
}

/* TCP took it, and threw it away later. */
static void taken(struct world *w)
{
	at_its_end(w, "TCP_OLD_DATA");
}

static void expired(struct world *w)
{
	const struct packet last = { IP_A, IP_C, 7, .ttl = 1 };
	const struct bytes p = packet_udp(&last, 1000, 53, "question");

	into_r(w, 1000, &p);
	world_drop(w, R, "IP_INHDR", "ip_forward", M(A0), M(R0), &p);
}

/* r translates it: it may have left as another, but for its kernel's word, which says what it was
 * by then. */
static void translated(struct world *w)
{
	const struct packet outside = { IP_R1, IP_C, 7, .ttl = 63 };
	const struct bytes p = a_packet(), q = packet_udp(&outside, 5000, 53, "question");

	w->nodes[R].connections = "    [NEW] udp      17 30 src=10.0.0.1 dst=10.1.0.1 sport=1000 "
				  "dport=53 [UNREPLIED] src=10.1.0.1 dst=10.1.0.254 sport=53 "
				  "dport=5000\n";
	into_r(w, 1000, &p);
	world_drop(w, R, "NEIGH_FAILED", "neigh_invalidate", M(R1), M(C0), &q);
}

/* In a VLAN that c has no device for, as far as is known. */
static void in_a_vlan(struct world *w)
{
	const struct bytes p = a_packet(), q = packet_routed(&p), tagged = packet_tagged(&q, 7);

	into_r(w, 1000, &p);
	world_wire(w, R1, 1200, M(R1), M(C0), &tagged);
	world_drop(w, C, "OTHERHOST", "ip_rcv_core", M(R1), M(C0), &q);
}

static void nonsense(struct world *w)
{
	into_r(w, 1000, &(const struct bytes[]){ a_packet() }[0]);
	str_adds(&w->drops[R], "\npacket\npacket 1\npacket 1 eth0 A b 4 \npacket 1 eth0 A b 4 zz\n"
			       "packet 1 eth0 A b 99 0\npacket x y z\nend many\nend");
}

static const struct world_row rows[] = {
	{ "dropped", dropped, "1 ip dropped in r: " A_TO_S "dropped (" FILTER ")\n" },
	{ "dropped late", dropped_late, "1 ip dropped in r: " A_TO_S "dropped (QDISC_DROP)\n" },
	{ "by another", by_another, "1 ip dropped in r: " A_TO_S "dropped\n" },
	{ "a copy", a_copy, "1 ip dropped in r: " A_TO_S "dropped\n" },
	{ "one of two", one_of_two,
	  "1 ip dropped in r: " A_TO_S "dropped\n2 ip dropped in r: " A_TO_S
	  "dropped repeats=1\n" },
	{ "both", both,
	  "1 ip dropped in r: " A_TO_S "dropped (" FILTER ")\n2 ip dropped in r: " A_TO_S
	  "dropped (" FILTER ") repeats=1\n" },
	{ "for two reasons", for_two_reasons,
	  "1 ip dropped in r: " A_TO_S "dropped\n2 ip dropped in r: " A_TO_S
	  "dropped repeats=1\n" },
	{ "with a reason and without", with_and_without,
	  "1 ip dropped in r: " A_TO_S "dropped (" FILTER ")\n" },
	{ "by its filter", by_its_filter, "1 ip dropped in c: " A_TO_C "dropped (" FILTER ")\n" },
	{ "nobody there", nobody_there, "1 ip delivered: " A_TO_C "delivered (" NOBODY ")\n" },
	{ "taken", taken, "1 ip delivered: " A_TO_C "delivered\n" },
	{ "expired", expired, "1 ip dropped in r: " A_TO_S "expired (IP_INHDR)\n" },
	{ "translated", translated, "1 ip dropped in r: " A_TO_S "dropped (NEIGH_FAILED)\n" },
	{ "in a VLAN", in_a_vlan, "1 ip dropped in c: " A_TO_C "dropped (OTHERHOST)\n" },
	{ "nonsense", nonsense, "1 ip dropped in r: " A_TO_S "dropped\n" },
};

int main(void)
{
	ADD_ROWS(rows, world_test_row);
	return run_added("drops", NULL, NULL);
}
