/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys through the air: known programs of actions, and a recorded one that is encrypted.
 * Covers: src/journey/air.c src/journey/air-frame.c src/journey/match-air.c
 * Covers: src/journey/source.c
 */
#include "base/clock.h"
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])
#define IP_W 0x0a000065U
#define IP_V 0x0a000066U

static const struct packet a_to_w = { IP_A, IP_W, 7, .ttl = 64 };
static const struct packet w_to_a = { IP_W, IP_A, 8, .ttl = 64 };
static const struct packet w_to_v = { IP_W, IP_V, 9, .ttl = 64 };

/* A station that the access point has said yes to. */
static void joins(struct world *w, enum world_port station, int64_t us)
{
	world_manage(w, us,
		     &(struct air){ AP1, M(station), M(AP1), .sequence = (uint16_t)(station) }, 1);
}
#define V_JOINS "1 802.11 delivered: ap:wlan0>sent v:wlan0<delivered\n"

static void broadcast(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_W, IP_A, M(W0));

	joins(w, V0, 0);
	world_air(w, 1000, &(struct air){ W0, M(AP1), &mac_all, 1, .to_ap = true }, &q);
	world_wire(w, AP0, 1100, M(W0), &mac_all, &q);
	world_air(w, 1200, &(struct air){ AP1, &mac_all, M(W0), 2, .from_ap = true }, &q);
	world_wire(w, S0, 1300, M(W0), &mac_all, &q);
	world_wire(w, S1, 1301, M(W0), &mac_all, &q);
	world_wire(w, S2, 1302, M(W0), &mac_all, &q);
}

static void tried_again(struct world *w)
{
	const struct bytes p = packet_udp(&w_to_a, 1, 2, "x");

	for (int i = 0; i < 3; i++)
		world_air(w, i * 10,
			  &(struct air){ W0, M(AP1), M(A0), 5, .to_ap = true, .retry = i > 0 }, &p);
	world_wire(w, AP0, 100, M(W0), M(A0), &p);
	world_wire(w, S0, 200, M(W0), M(A0), &p);
}

static void given_up(struct world *w)
{
	const struct bytes p = packet_udp(&w_to_a, 1, 2, "x");

	for (int i = 0; i < 7; i++)
		world_air(w, i * 10,
			  &(struct air){ W0, M(AP1), M(A0), 5, .to_ap = true, .retry = i > 0 }, &p);
}

static void last_try(struct world *w)
{
	const struct bytes p = packet_udp(&w_to_a, 1, 2, "x");

	given_up(w);
	world_wire(w, AP0, 100, M(W0), M(A0), &p);
	world_wire(w, S0, 200, M(W0), M(A0), &p);
}

/* The same bytes once more, with the next sequence number: another packet, not another try. */
static void sent_twice(struct world *w)
{
	const struct packet zero = { IP_W, IP_A, 0, .ttl = 64 };
	const struct bytes p = packet_udp(&zero, 1, 2, "x");

	for (int i = 0; i < 2; i++) {
		int64_t us = i * 5000;

		world_air(w, us,
			  &(struct air){ W0, M(AP1), M(A0), (uint16_t)(5 + i), .to_ap = true }, &p);
		world_wire(w, AP0, us + 100, M(W0), M(A0), &p);
		world_wire(w, S0, us + 200, M(W0), M(A0), &p);
	}
}

static void to_station(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_w, 1, 2, "x");

	world_wire(w, A0, 0, M(A0), M(W0), &p);
	world_wire(w, S3, 100, M(A0), M(W0), &p);
	world_air(w, 200, &(struct air){ AP1, M(W0), M(A0), 5, .from_ap = true }, &p);
}

static void between_stations(struct world *w)
{
	const struct bytes p = packet_udp(&w_to_v, 1, 2, "x");

	world_air(w, 0, &(struct air){ W0, M(AP1), M(V0), 5, .to_ap = true }, &p);
	world_air(w, 100, &(struct air){ AP1, M(V0), M(W0), 6, .from_ap = true }, &p);
}

/* Nobody is associated: the access point has no station to send it to. */
static void nobody_there(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_w, 1, 2, "x");

	world_wire(w, A0, 0, M(A0), M(W0), &p);
	world_wire(w, S3, 100, M(A0), M(W0), &p);
}

/* v uses aq, then moves to ap; the switch learns of it when v sends. */
static void moves(struct world *w)
{
	const struct packet p = { IP_A, IP_V, 1, .ttl = 64 }, q = { IP_A, IP_V, 2, .ttl = 64 };
	const struct packet r = { IP_V, IP_A, 3, .ttl = 64 };
	const struct bytes one = packet_udp(&p, 1, 2, "x"), two = packet_udp(&q, 1, 2, "y");
	const struct bytes from = packet_udp(&r, 2, 1, "z");

	world_add_ap(w);
	world_manage(w, 0, &(struct air){ AQ1, M(V0), M(AQ1), .sequence = 1 }, 1);
	/* The switch does not know v: both access points get it, one has it. */
	world_wire(w, A0, 1000, M(A0), M(V0), &one);
	world_wire(w, S1, 1100, M(A0), M(V0), &one);
	world_wire(w, S2, 1101, M(A0), M(V0), &one);
	world_wire(w, S3, 1102, M(A0), M(V0), &one);
	world_wire(w, S4, 1103, M(A0), M(V0), &one);
	world_air(w, 1200, &(struct air){ AQ1, M(V0), M(A0), 2, .from_ap = true }, &one);
	/* From the access point where it is now, and the answer. */
	world_manage(w, 2000000, &(struct air){ AP1, M(V0), M(AP1), .sequence = 1 }, 3);
	world_air(w, 2001000, &(struct air){ V0, M(AP1), M(A0), 3, .to_ap = true }, &from);
	world_wire(w, AP0, 2001100, M(V0), M(A0), &from);
	world_wire(w, S0, 2001200, M(V0), M(A0), &from);
	world_wire(w, A0, 2002000, M(A0), M(V0), &two);
	world_wire(w, S3, 2002100, M(A0), M(V0), &two);
	world_air(w, 2002200, &(struct air){ AP1, M(V0), M(A0), 4, .from_ap = true }, &two);
}

static void beacon(struct world *w)
{
	world_manage(w, 0, &(struct air){ AP1, &mac_all, M(AP1), .sequence = 0 }, 8);
	world_manage(w, 100, &(struct air){ W0, M(AP1), M(AP1), .sequence = 1 }, 11);
	world_manage(w, 200, &(struct air){ AP1, M(W0), M(AP1), .sequence = 1 }, 11);
}

/* An access point tells the switch where a station is now, in the station's name. */
static void station_moved(struct world *w)
{
	const struct bytes p = packet_other(6, "\x00\x01\xaf\x81\x01");
	struct bytes xid = p;

	memcpy(xid.data + 2, "\x00\x01\xaf\x81\x01\x00", 6);
	xid.len = 8;
	world_wire(w, AP0, 0, M(W0), &mac_all, &xid);
	world_wire(w, S0, 100, M(W0), &mac_all, &xid);
	world_wire(w, S1, 101, M(W0), &mac_all, &xid);
	world_wire(w, S2, 102, M(W0), &mac_all, &xid);
}

static void stranger(struct world *w)
{
	w->macs[H0].byte[5] = 99;
	world_manage(w, 0, &(struct air){ H0, M(AP1), M(AP1), .sequence = 0 }, 11);
}

static void encrypted(struct world *w)
{
	const struct bytes p = packet_udp(&w_to_a, 1, 2, "x");

	world_air(w, 0, &(struct air){ W0, M(AP1), M(A0), 5, .to_ap = true, .encrypted = true },
		  &p);
	world_wire(w, AP0, 100, M(W0), M(A0), &p);
	world_wire(w, S0, 200, M(W0), M(A0), &p);
}

static const struct world_row rows[] = {
	{ "a broadcast is in the air twice", broadcast,
	  V_JOINS "2 arp delivered: w:wlan0>sent ap:wlan0<flooded ap:eth0>flooded s:eth3<flooded "
		  "ap:wlan0>flooded v:wlan0<delivered s:eth0>flooded s:eth1>flooded "
		  "s:eth2>flooded a:eth0<delivered h:eth0<delivered r:eth0<delivered\n" },
	{ "tried again", tried_again,
	  "1 ip delivered: w:wlan0>sent w:wlan0>repeated w:wlan0>repeated ap:wlan0<switched "
	  "ap:eth0>switched s:eth3<switched s:eth0>switched a:eth0<delivered\n" },
	{ "given up", given_up,
	  "1 ip lost on air: w:wlan0>sent w:wlan0>repeated w:wlan0>repeated w:wlan0>repeated "
	  "w:wlan0>repeated w:wlan0>repeated w:wlan0>lost\n" },
	{ "the last try", last_try,
	  "1 ip delivered: w:wlan0>sent w:wlan0>repeated w:wlan0>repeated w:wlan0>repeated "
	  "w:wlan0>repeated w:wlan0>repeated w:wlan0>repeated ap:wlan0<switched "
	  "ap:eth0>switched s:eth3<switched s:eth0>switched a:eth0<delivered\n" },
	{ "sent twice", sent_twice,
	  "1 ip delivered: w:wlan0>sent ap:wlan0<switched ap:eth0>switched s:eth3<switched "
	  "s:eth0>switched a:eth0<delivered\n"
	  "2 ip delivered: w:wlan0>sent ap:wlan0<switched ap:eth0>switched s:eth3<switched "
	  "s:eth0>switched a:eth0<delivered repeats=1\n" },
	{ "from the wire to a station", to_station,
	  "1 ip delivered: a:eth0>sent s:eth0<switched s:eth3>switched ap:eth0<switched "
	  "ap:wlan0>switched w:wlan0<delivered\n" },
	{ "from station to station", between_stations,
	  "1 ip delivered: w:wlan0>sent ap:wlan0<switched ap:wlan0>switched "
	  "v:wlan0<delivered\n" },
	{ "nobody there", nobody_there,
	  "1 ip dropped in ap: a:eth0>sent s:eth0<switched s:eth3>switched ap:eth0<dropped\n" },
	{ "from access point to access point", moves,
	  "1 802.11 delivered: aq:wlan0>sent v:wlan0<delivered\n"
	  "2 ip delivered: a:eth0>sent s:eth0<flooded s:eth1>flooded s:eth2>flooded "
	  "s:eth3>flooded s:eth4>flooded h:eth0<ignored r:eth0<ignored ap:eth0<ignored "
	  "aq:eth0<switched aq:wlan0>switched v:wlan0<answered\n"
	  "3 802.11 delivered: ap:wlan0>sent v:wlan0<delivered\n"
	  "4 ip delivered: v:wlan0>sent ap:wlan0<switched ap:eth0>switched s:eth3<switched "
	  "s:eth0>switched a:eth0<answered answers=2\n"
	  "5 ip delivered: a:eth0>sent s:eth0<switched s:eth3>switched ap:eth0<switched "
	  "ap:wlan0>switched v:wlan0<delivered answers=4\n" },
	{ "management", beacon,
	  "1 802.11 delivered: ap:wlan0>sent\n"
	  "2 802.11 delivered: w:wlan0>sent ap:wlan0<delivered\n"
	  "3 802.11 delivered: ap:wlan0>sent w:wlan0<delivered\n" },
	{ "a station's name is used", station_moved,
	  "1 other delivered: ap:eth0>sent s:eth3<flooded s:eth0>flooded s:eth1>flooded "
	  "s:eth2>flooded a:eth0<delivered h:eth0<delivered r:eth0<delivered\n" },
	{ "a stranger", stranger, "unmatched ap:wlan0 1\n" },
	{ "no keys", encrypted,
	  "1 ip delivered: ap:eth0>switched s:eth3<switched s:eth0>switched a:eth0<delivered\n"
	  "note air.pcapng': what is encrypted stays encrypted: no key to it is "
	  "known\n" },
};

/* One that is tried without end is cut into several journeys. */
static void test_tried_for_ever(void **state)
{
	const struct bytes p = packet_udp(&w_to_a, 1, 2, "x");
	auto_journey_set struct journey_set set = { 0 };
	struct err err = ERR_INIT;
	struct world w;

	(void)state;
	world_init(&w);
	for (int i = 0; i < 5000; i++)
		world_air(&w, i * 10,
			  &(struct air){ W0, &w.macs[AP1], &w.macs[A0], 5, .to_ap = true,
					 .retry = i > 0 },
			  &p);
	world_write(&w);
	assert_int_equal(journey_read(&w.lab, NULL, &set, &err), 0);
	assert_int_equal(set.n_journeys, 3);
	assert_int_equal(set.unmatched, 0);
	for (size_t i = 0; i < set.n_journeys; i++)
		assert_true(set.journeys[i].n_hops <= 2048);
	world_free(&w);
}

/* ---- a recorded join and fetch: the air, and the wire of the access point ---- */

enum { CLIENT_WLAN0, AP_WLAN0, AP_ETH0, SWITCH_ETH0, N_RECORDED };

struct recorded {
	struct journey_node nodes[3];
	struct journey_port ports[N_RECORDED];
	struct journey_link links[2];
	struct journey_lab lab;
	struct wireshark_wifi wifi;
	char air[512], wire[512];
};

static void load(struct recorded *r, const char *passphrase, const char *sharkd)
{
	static const struct net_addr ap_address = { NET_IPV4, { 68, 85, 2, 9 } };
	auto_free char *corpus = source_path("tests/fuzz/corpus/pcapng");

	*r = (struct recorded){
		.nodes = { { .name = "client" },
			   { .name = "ap", .addresses = &ap_address, .n_addresses = 1 },
			   { .name = "switch" } },
		.ports = { [CLIENT_WLAN0] = { "client:wlan0",
					      NULL,
					      { { 0, 0x16, 0xd3, 0x23, 0x68, 0x8a } },
					      0,
					      0,
					      0,
					      { 0 } },
			   [AP_WLAN0] = { "ap:wlan0",
					  NULL,
					  { { 0, 0x1f, 0x57, 0x21, 0xa8, 0x3c } },
					  1,
					  0,
					  1,
					  { 0 } },
			   [AP_ETH0] = { "ap:eth0", r->wire, { { 2, 1 } }, 1, 1, 1, { 0 } },
			   [SWITCH_ETH0] = { "switch:eth0", NULL, { { 2, 2 } }, 2, 1, 1, { 0 } } },
		.links = { { .name = "client-ap", .wifi = true, .file = r->air },
			   { .name = "ap-switch" } },
		.lab = { .nodes = r->nodes,
			 .n_nodes = 3,
			 .ports = r->ports,
			 .n_ports = N_RECORDED,
			 .links = r->links,
			 .n_links = 2,
			 .wifi = &r->wifi,
			 .n_wifi = 1 },
		.wifi = { .ssid = "iptime01", .passphrase = passphrase }
	};
	(void)snprintf(r->air, sizeof(r->air), "%s/air.pcapng", corpus);
	(void)snprintf(r->wire, sizeof(r->wire), "%s/air-wire.pcapng", corpus);
	wireshark_open(&(struct wireshark_setup){ .sharkd = sharkd, .wifi = &r->wifi, .n_wifi = 1 },
		       "", &r->lab.ws);
}

/* How many packets went from one port to the other through the access point. */
static size_t count_through(const struct journey_set *set, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_journeys; i++) {
		const struct journey *j = &set->journeys[i];

		for (size_t k = 0; k < j->n_hops; k++)
			n += j->hops[k].port == to && j->hops[k].way == JOURNEY_OUT &&
			     j->hops[k].from != JOURNEY_NONE &&
			     j->hops[j->hops[k].from].port == from;
	}
	return n;
}

static void test_decrypted(void **state)
{
	struct recorded r;
	auto_journey_set struct journey_set set = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	need_sharkd();
	load(&r, "learn-by-doing", "sharkd");
	assert_int_equal(journey_read(&r.lab, NULL, &set, &err), 0);
	assert_int_equal(set.n_notes, 0);
	assert_int_equal(set.unmatched, 0);
	assert_int_equal(set.unreadable, 0);
	/* Of the 36 frames that the wire saw, all but one of the access point's own came from the
	 * air or went there. */
	assert_int_equal(count_through(&set, AP_WLAN0, AP_ETH0), 20);
	assert_int_equal(count_through(&set, AP_ETH0, AP_WLAN0), 16);
	wireshark_close(r.lab.ws);
}

/* Where some node translates, packets are read once more, of the air too: while they are there. */
static void test_decrypted_nat(void **state)
{
	struct recorded r;
	auto_journey_set struct journey_set set = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	need_sharkd();
	load(&r, "learn-by-doing", "sharkd");
	r.nodes[2].connections = "udp 17 30 src=192.0.2.1 dst=192.0.2.2 sport=1 dport=2 "
				 "src=192.0.2.2 dst=192.0.2.3 sport=2 dport=3\n";
	assert_int_equal(journey_read(&r.lab, NULL, &set, &err), 0);
	assert_int_equal(count_through(&set, AP_WLAN0, AP_ETH0), 20);
	assert_int_equal(count_through(&set, AP_ETH0, AP_WLAN0), 16);
	wireshark_close(r.lab.ws);
}

static void test_wrong_key(void **state)
{
	struct recorded r;
	auto_journey_set struct journey_set set = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	need_sharkd();
	load(&r, "not the passphrase", "sharkd");
	assert_int_equal(journey_read(&r.lab, NULL, &set, &err), 0);
	assert_int_equal(set.n_notes, 1);
	assert_non_null(strstr(set.notes[0], "no key for 42 of its frames"));
	assert_int_equal(set.unreadable, 42);
	assert_int_equal(set.unmatched, 0); /* where they come from is not known */
	assert_int_equal(count_through(&set, AP_WLAN0, AP_ETH0), 0);
	wireshark_close(r.lab.ws);
}

static void test_no_sharkd(void **state)
{
	struct recorded r;
	auto_journey_set struct journey_set set = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	load(&r, "learn-by-doing", "/nonexistent/sharkd");
	assert_int_equal(journey_read(&r.lab, NULL, &set, &err), 0);
	assert_int_equal(set.n_notes, 1);
	assert_non_null(strstr(set.notes[0], "is not installed"));
	assert_true(set.n_journeys > 50); /* management, and what the wire saw */
	wireshark_close(r.lab.ws);
}

int main(void)
{
	const struct CMUnitTest recorded[] = { cmocka_unit_test(test_decrypted),
					       cmocka_unit_test(test_decrypted_nat),
					       cmocka_unit_test(test_wrong_key),
					       cmocka_unit_test(test_no_sharkd) };

	ADD_ROWS(rows, world_test_row);
	add_test("tried for ever", test_tried_for_ever, NULL);
	return run_added("journeys in the air", NULL, NULL) +
	       cmocka_run_group_tests_name("a recorded journey", recorded, NULL, NULL);
}
