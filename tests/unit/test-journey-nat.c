/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys through a node that rewrites addresses: r hides a's side behind 10.1.0.254. Each row is
 * what happened, and what its conntrack said of it.
 * Covers: src/journey/nat.c src/journey/match.c src/journey/judge.c src/journey/relate.c
 */
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])
#define UDP_ENTRY                                                                 \
	"    [NEW] udp      17 30 src=10.0.0.1 dst=10.1.0.1 sport=1000 dport=53 " \
	"[UNREPLIED] src=10.1.0.1 dst=10.1.0.254 sport=53 dport=5000\n"

static const struct packet a_to_c = { IP_A, IP_C, 7, .ttl = 64 };
static const struct packet r_to_c = { IP_R1, IP_C, 7, .ttl = 63 };
static const struct packet c_to_r = { IP_C, IP_R1, 9, .ttl = 64 };
static const struct packet c_to_a = { IP_C, IP_A, 9, .ttl = 63 };

static void out(struct world *w, int64_t us, const struct bytes *inside,
		const struct bytes *outside)
{
	world_wire(w, A0, us, M(A0), M(R0), inside);
	world_wire(w, S2, us + 100, M(A0), M(R0), inside);
	world_wire(w, R1, us + 200, M(R1), M(C0), outside);
}

static void back(struct world *w, int64_t us, const struct bytes *outside,
		 const struct bytes *inside)
{
	world_wire(w, C0, us, M(C0), M(R1), outside);
	world_wire(w, R0, us + 20100, M(R0), M(A0), inside);
	world_wire(w, S0, us + 20200, M(R0), M(A0), inside);
}

static void asked(struct world *w)
{
	const struct bytes q = packet_udp(&a_to_c, 1000, 53, "\x12\x34 question");
	const struct bytes q2 = packet_udp(&r_to_c, 5000, 53, "\x12\x34 question");

	out(w, 1000, &q, &q2);
}

static void masquerade(struct world *w)
{
	const struct bytes r = packet_udp(&c_to_r, 53, 5000, "\x12\x34 answer");
	const struct bytes r2 = packet_udp(&c_to_a, 53, 1000, "\x12\x34 answer");

	w->nodes[R].connections = UDP_ENTRY;
	asked(w);
	back(w, 30000, &r, &r2);
}

/* It has r's own address, but is for a. */
static void answer_ends_in_r(struct world *w)
{
	const struct bytes r = packet_udp(&c_to_r, 53, 5000, "\x12\x34 answer");

	w->nodes[R].connections = UDP_ENTRY;
	world_wire(w, C0, 1000, M(C0), M(R1), &r);
}

/* Two homes with the same addresses inside ask the same, at a time: each gets its own answer. */
static void two_homes(struct world *w)
{
	static const uint32_t homes[] = { IP_R1, IP_R1 - 1 };
	const uint32_t rest = 7U << 16 | 1;

	w->nodes[R].connections =
		"icmp     1 29 src=10.0.0.1 dst=10.1.0.1 type=8 code=0 id=7 src=10.1.0.1 "
		"dst=10.1.0.254 type=0 code=0 id=7\n"
		"icmp     1 29 src=10.0.0.1 dst=10.1.0.1 type=8 code=0 id=7 src=10.1.0.1 "
		"dst=10.1.0.253 type=0 code=0 id=7\n";
	for (unsigned int i = 0; i < 2; i++) {
		const struct packet in = { IP_A, IP_C, (uint16_t)(7 + i), .ttl = 64 };
		const struct packet outside = { homes[i], IP_C, (uint16_t)(7 + i), .ttl = 63 };
		const struct packet answer = { IP_C, homes[i], (uint16_t)(17 + i), .ttl = 64 };
		const struct packet answer_in = { IP_C, IP_A, (uint16_t)(17 + i), .ttl = 63 };
		const struct bytes q = packet_icmp(&in, 8, rest, NULL),
				   q2 = packet_icmp(&outside, 8, rest, NULL);
		const struct bytes r = packet_icmp(&answer, 0, rest, NULL),
				   r2 = packet_icmp(&answer_in, 0, rest, NULL);

		out(w, 1000 + 1000 * (int64_t)i, &q, &q2);
		back(w, 50000 + 1000 * (int64_t)i, &r, &r2);
	}
}

/* Without its kernel's word the two are two, and it is not said that r dropped one: what it sent
 * may be that. */
static void nobody_says_so(struct world *w)
{
	asked(w);
}

/* Its own, as its TTL shows. */
static void sends_another(struct world *w)
{
	const struct packet own = { IP_R1, IP_C, 7, .ttl = 64 };
	const struct bytes q = packet_udp(&a_to_c, 1000, 53, "\x12\x34 question");
	const struct bytes q2 = packet_udp(&own, 5000, 53, "\x12\x34 question");

	out(w, 1000, &q, &q2);
}

/* A record that says nothing of the two; r sends in the name of somebody whom nobody knows. */
static void nowhere_beside(struct world *w)
{
	const struct packet other = { 0x01020304, IP_C, 8, .ttl = 63 };
	const struct bytes q = packet_udp(&a_to_c, 1001, 53, "\x12\x34 question");
	const struct bytes q2 = packet_udp(&other, 1, 2, "x");

	w->nodes[R].connections = UDP_ENTRY;
	out(w, 1000, &q, &q2);
}

static void forgotten(struct world *w)
{
	w->nodes[R].connections = "";
	w->nodes[R].forgot = true;
	asked(w);
}

/* Another payload: not the same packet, whatever conntrack says. */
static void changed(struct world *w)
{
	const struct bytes q = packet_udp(&a_to_c, 1000, 53, "\x12\x34 question");
	const struct bytes q2 = packet_udp(&r_to_c, 5000, 53, "\x12\x34 QUESTION");

	w->nodes[R].connections = UDP_ENTRY;
	out(w, 1000, &q, &q2);
}

/* Of a flow that it does not translate: nothing else can have become of it. */
static void dropped(struct world *w)
{
	const struct bytes q = packet_udp(&a_to_c, 1001, 53, "\x12\x34 question");

	w->nodes[R].connections = UDP_ENTRY;
	world_wire(w, A0, 0, M(A0), M(R0), &q);
	world_wire(w, S2, 100, M(A0), M(R0), &q);
}

static void forwarded_port(struct world *w)
{
	const struct packet in = { IP_C, IP_R1, 9, .ttl = 64 }, on = { IP_C, IP_A, 9, .ttl = 63 };
	const struct packet re = { IP_A, IP_C, 7, .ttl = 64 }, re2 = { IP_R1, IP_C, 7, .ttl = 63 };
	const struct bytes syn = packet_tcp(&in, 4000, 80, 100, 0, 2, "");
	const struct bytes syn2 = packet_tcp(&on, 4000, 8080, 100, 0, 2, "");
	const struct bytes ack = packet_tcp(&re, 8080, 4000, 500, 101, 18, "");
	const struct bytes ack2 = packet_tcp(&re2, 80, 4000, 500, 101, 18, "");

	w->nodes[R].connections =
		"tcp      6 120 SYN_SENT src=10.1.0.1 dst=10.1.0.254 sport=4000 dport=80 "
		"src=10.0.0.1 dst=10.1.0.1 sport=8080 dport=4000 [ASSURED] mark=0 use=1\n";
	back(w, 1000, &syn, &syn2);
	out(w, 30000, &ack, &ack2);
}

/* c has nobody at that port: its error quotes what it got, and reaches a as one about what a
 * sent. */
static void error_comes_back(struct world *w)
{
	const struct bytes q = packet_udp(&a_to_c, 1000, 53, "\x12\x34 question");
	const struct bytes q2 = packet_udp(&r_to_c, 5000, 53, "\x12\x34 question");
	const struct bytes e = packet_icmp(&c_to_r, 3, 0, &q2);
	const struct packet was = { IP_A, IP_C, 7, .ttl = 63 }; /* when c got it */
	const struct bytes quoted = packet_udp(&was, 1000, 53, "\x12\x34 question");
	const struct bytes e2 = packet_icmp(&c_to_a, 3, 0, &quoted);

	w->nodes[R].connections = UDP_ENTRY;
	out(w, 1000, &q, &q2);
	back(w, 30000, &e, &e2);
}

/* The same, and what r made of it is not known: that nobody is there is not r's word. */
static void foreign_error(struct world *w)
{
	error_comes_back(w);
	w->nodes[R].connections = NULL;
}

static void foreign_error_forgotten(struct world *w)
{
	foreign_error(w);
	w->nodes[R].forgot = true;
}

static void echo(struct world *w)
{
	const struct bytes q = packet_icmp(&a_to_c, 8, 0x00070001, NULL);
	const struct bytes q2 = packet_icmp(&r_to_c, 8, 0x00090001, NULL);
	const struct bytes r = packet_icmp(&c_to_r, 0, 0x00090001, NULL);
	const struct bytes r2 = packet_icmp(&c_to_a, 0, 0x00070001, NULL);

	w->nodes[R].connections = "icmp     1 30 src=10.0.0.1 dst=10.1.0.1 type=8 code=0 id=7 "
				  "src=10.1.0.1 dst=10.1.0.254 type=0 code=0 id=9 mark=0\n";
	out(w, 1000, &q, &q2);
	back(w, 30000, &r, &r2);
}

/* What a asks c, r answers itself, in c's name. */
static void redirected(struct world *w)
{
	const struct packet re = { IP_C, IP_A, 9, .ttl = 64 };
	const struct bytes q = packet_udp(&a_to_c, 1000, 53, "\x12\x34 question");
	const struct bytes r = packet_udp(&re, 53, 1000, "\x12\x34 answer");

	w->nodes[R].connections = "udp      17 30 src=10.0.0.1 dst=10.1.0.1 sport=1000 dport=53 "
				  "src=10.0.0.254 dst=10.0.0.1 sport=53 dport=1000 mark=0\n";
	world_wire(w, A0, 0, M(A0), M(R0), &q);
	world_wire(w, S2, 100, M(A0), M(R0), &q);
	world_wire(w, R0, 200, M(R0), M(A0), &r);
	world_wire(w, S0, 300, M(R0), M(A0), &r);
}

static void nonsense(struct world *w)
{
	const struct bytes q = packet_udp(&a_to_c, 1001, 53, "\x12\x34 question");

	w->nodes[R].connections = "\n[NEW\nudp 17\n src= dst= src= dst=\nudp 999 30 src=1.2.3.4\n"
				  "udp 17 30 src=300.0.0.1 dst=1.1.1.1 src=1.1.1.1 dst=2.2.2.2\n"
				  "udp 17 30 src=10.0.0.1 dst=10.1.0.1 sport=x dport=y src=fe80::1 "
				  "dst=::1\n";
	world_wire(w, A0, 0, M(A0), M(R0), &q);
	world_wire(w, S2, 100, M(A0), M(R0), &q);
}

#define OUT A_TO_S "translated r:eth1>translated c:eth0<"
#define BACK \
	"c:eth0>sent r:eth1<translated r:eth0>translated s:eth2<switched s:eth0>switched a:eth0<"

static const struct world_row rows[] = {
	{ "asked and answered through a NAT", masquerade,
	  "1 ip delivered: " OUT "answered\n"
	  "2 ip delivered: " BACK "delivered answers=1\n" },
	{ "an answer that ends in the NAT", answer_ends_in_r,
	  "1 ip changed-or-dropped in r: c:eth0>sent r:eth1<changed-or-dropped\n" },
	{ "two homes with the same addresses", two_homes,
	  "1 ip delivered: " OUT "answered\n"
	  "2 ip delivered: " OUT "answered repeats=1\n"
	  "3 ip delivered: " BACK "delivered answers=1\n"
	  "4 ip delivered: " BACK "delivered answers=2\n" },
	{ "nobody says so", nobody_says_so,
	  "1 ip changed-or-dropped in r: " A_TO_S "changed-or-dropped\n"
	  "2 ip delivered: r:eth1>sent c:eth0<delivered\n" },
	{ "it sends something else", sends_another,
	  "1 ip dropped in r: " A_TO_S "dropped\n"
	  "2 ip delivered: r:eth1>sent c:eth0<delivered\n" },
	{ "from nowhere, beside what it knows", nowhere_beside,
	  "1 ip changed-or-dropped in r: " A_TO_S "changed-or-dropped\n"
	  "2 ip delivered: r:eth1>forwarded c:eth0<delivered unmatched\n"
	  "unmatched r:eth1 1\n" },
	{ "not all is known", forgotten,
	  "1 ip changed-or-dropped in r: " A_TO_S "changed-or-dropped\n"
	  "2 ip delivered: r:eth1>sent c:eth0<delivered\n" },
	{ "changed", changed,
	  "1 ip changed-or-dropped in r: " A_TO_S "changed-or-dropped\n"
	  "2 ip delivered: r:eth1>sent c:eth0<delivered\n" },
	{ "dropped", dropped, "1 ip dropped in r: " A_TO_S "dropped\n" },
	{ "a forwarded port", forwarded_port,
	  "1 ip delivered: " BACK "answered\n"
	  "2 ip delivered: " OUT "delivered answers=1\n" },
	{ "an error about it", error_comes_back,
	  "1 ip delivered: " OUT "answered\n"
	  "2 ip delivered: " BACK "delivered answers=1 network-unreachable\n" },
	{ "an error that is not r's", foreign_error,
	  "1 ip changed-or-dropped in r: " A_TO_S "changed-or-dropped\n"
	  "2 ip delivered: r:eth1>sent c:eth0<answered\n"
	  "3 ip delivered: c:eth0>sent r:eth1<delivered answers=2 network-unreachable\n"
	  "4 ip delivered: r:eth0>forwarded s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "unmatched answers=1 network-unreachable\n"
	  "unmatched r:eth0 1\n" },
	{ "an error that is not r's, and not all is known", foreign_error_forgotten,
	  "1 ip changed-or-dropped in r: " A_TO_S "changed-or-dropped\n"
	  "2 ip delivered: r:eth1>sent c:eth0<answered\n"
	  "3 ip delivered: c:eth0>sent r:eth1<delivered answers=2 network-unreachable\n"
	  "4 ip delivered: r:eth0>forwarded s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "unmatched answers=1 network-unreachable\n"
	  "unmatched r:eth0 1\n" },
	{ "echo with another identifier", echo,
	  "1 ip delivered: " OUT "answered\n"
	  "2 ip delivered: " BACK "delivered answers=1\n" },
	{ "redirected to itself", redirected,
	  "1 ip delivered: " A_TO_S "answered\n"
	  "2 ip delivered: " R_TO_A " answers=1\n" },
	{ "nonsense", nonsense, "1 ip dropped in r: " A_TO_S "dropped\n" },
};

int main(void)
{
	ADD_ROWS(rows, world_test_row);
	return run_added("journeys through a NAT", NULL, NULL);
}
