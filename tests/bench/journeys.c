/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The captures of a busy lab, and how long their journeys take.
 *   journeys make DIR MIB   writes a capture for each of ten ports, together about that large;
 *                           prints how many packets are lost in them
 *   journeys read DIR       prints: seconds, frames, bytes, journeys, lost, unmatched, peak KiB
 *
 *   client --- switch --- r1 === r2 --- server     60 flows of TCP, one packet in a thousand is
 * lost
 *               |
 *              peer                                gets what is flooded: ARP
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/str.h"
#include "journey/journey.h"
#include "pcapng/pcapng.h"

#define EPOCH (INT64_C(1700000000) * NS_PER_S)
#define FLOWS 60
#define LOSS 1000 /* one in so many */
#define HEAD 66   /* Ethernet, IPv4, TCP with time stamps */
#define FULL 1514
#define CLIENT_IP 0x0a000001U
#define SERVER_IP 0x0a020001U

enum { CLIENT, PEER, SW0, SW1, SW2, R1A, R1B, R2A, R2B, SERVER, N_PORTS };
enum { N_CLIENT, N_PEER, N_SWITCH, N_R1, N_R2, N_SERVER, N_NODES };

static const struct {
	const char *name;
	size_t node, link;
	unsigned int bridge;
} ports[N_PORTS] = {
	[CLIENT] = { "client:eth0", N_CLIENT, 0, 0 },
	[PEER] = { "peer:eth0", N_PEER, 1, 0 },
	[SW0] = { "switch:eth0", N_SWITCH, 0, 1 },
	[SW1] = { "switch:eth1", N_SWITCH, 1, 1 },
	[SW2] = { "switch:eth2", N_SWITCH, 2, 1 },
	[R1A] = { "r1:eth0", N_R1, 2, 0 },
	[R1B] = { "r1:eth1", N_R1, 3, 0 },
	[R2A] = { "r2:eth0", N_R2, 3, 0 },
	[R2B] = { "r2:eth1", N_R2, 4, 0 },
	[SERVER] = { "server:eth0", N_SERVER, 4, 0 },
};
static const char *const link_names[] = { "client-switch", "peer-switch", "switch-r1", "cable",
					  "r2-server" };

/* ---- making it ---- */

struct maker {
	struct pcapng_writer *writers[N_PORTS];
	int fds[N_PORTS];
	uint64_t random, bytes, lost;
	int64_t now;
	uint16_t ids[2];
	uint32_t seqs[FLOWS], acks[FLOWS];
	uint8_t frame[FULL];
};

static uint64_t draw(struct maker *m)
{
	m->random = m->random * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return m->random >> 33;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static void put_mac(uint8_t *p, size_t port)
{
	static const uint8_t base[6] = { 2, 0, 0, 0, 0, 0 };

	memcpy(p, base, sizeof(base));
	p[5] = (uint8_t)(port + 1);
}

static void seen(struct maker *m, size_t port, bool out, int64_t time, uint32_t len)
{
	const struct pcapng_packet p = { .time_ns = (uint64_t)(EPOCH + time),
					 .data = m->frame,
					 .len = len,
					 .orig_len = len,
					 .direction = ports[port].bridge ? PCAPNG_NO_DIRECTION
						      : out              ? PCAPNG_INBOUND
									 : PCAPNG_OUTBOUND };

	if (pcapng_write_packet(m->writers[port], &p, NULL) < 0)
		abort();
	m->bytes += len + 40;
}

/* Out of the node and along the wire; some time passes. */
static void crosses(struct maker *m, size_t from, size_t to, int64_t *time, uint32_t len, bool lost)
{
	*time += 20000 + (int64_t)(draw(m) % 5000);
	seen(m, from, true, *time, len);
	*time += 3000 + (int64_t)(draw(m) % 2000);
	if (!lost)
		seen(m, to, false, *time, len);
}

static void next_router(struct maker *m, size_t from, size_t to)
{
	put_mac(m->frame, to);
	put_mac(m->frame + 6, from);
	m->frame[22]--;
	put16(m->frame + 24, (uint32_t)draw(m) & 0xffff);
}

static void make_tcp(struct maker *m, int flow, bool back, uint32_t payload)
{
	uint8_t *ip = m->frame + 14, *tcp = ip + 20;
	uint32_t client_port = 40000 + (uint32_t)flow;

	memset(m->frame, 0, HEAD);
	put16(m->frame + 12, 0x800);
	ip[0] = 0x45;
	put16(ip + 2, 52 + payload);
	put16(ip + 4, ++m->ids[back]);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, back ? SERVER_IP : CLIENT_IP);
	put32(ip + 16, back ? CLIENT_IP : SERVER_IP);
	put16(tcp, back ? 8000 : client_port);
	put16(tcp + 2, back ? client_port : 8000);
	put32(tcp + 4, back ? m->seqs[flow] : m->acks[flow]);
	put32(tcp + 8, back ? m->acks[flow] : m->seqs[flow]);
	tcp[12] = 0x80;
	tcp[13] = 0x10;
	put16(tcp + 14, 501);
	tcp[20] = tcp[21] = 1;
	tcp[22] = 8;
	tcp[23] = 10;
	put32(tcp + 24, (uint32_t)(m->now / NS_PER_MS));
	for (uint32_t i = 0; i < payload; i += 8) {
		uint64_t r = draw(m) * 0x9e3779b97f4a7c15U;

		memcpy(m->frame + HEAD + i, &r, payload - i < 8 ? payload - i : 8);
	}
}

static void travel(struct maker *m, bool back, uint32_t len)
{
	static const size_t ways[2][8] = { { CLIENT, SW0, SW2, R1A, R1B, R2A, R2B, SERVER },
					   { SERVER, R2B, R2A, R1B, R1A, SW2, SW0, CLIENT } };
	const size_t *way = ways[back];
	int64_t time = m->now;
	bool lost = draw(m) % LOSS == 0;

	for (size_t i = 0; i < 8; i += 2) {
		bool cable = ports[way[i]].link == 3;

		if (i == 0)
			next_router(m, way[0], back ? R2B : R1A);
		else if (!ports[way[i]].bridge)
			next_router(m, way[i], way[i + 1] == SW2 ? CLIENT : way[i + 1]);
		crosses(m, way[i], way[i + 1], &time, len, lost && cable);
		if (lost && cable) {
			m->lost++;
			return;
		}
	}
}

static void make_arp(struct maker *m)
{
	int64_t time = m->now, side;

	memset(m->frame, 0, 42);
	memset(m->frame, 255, 6);
	put_mac(m->frame + 6, CLIENT);
	put16(m->frame + 12, 0x806);
	put16(m->frame + 14, 1);
	put16(m->frame + 16, 0x800);
	put16(m->frame + 18, 0x604);
	put16(m->frame + 20, 1);
	put_mac(m->frame + 22, CLIENT);
	put32(m->frame + 28, CLIENT_IP);
	put32(m->frame + 38, CLIENT_IP + 1);
	crosses(m, CLIENT, SW0, &time, 42, false);
	side = time;
	crosses(m, SW1, PEER, &side, 42, false);
	crosses(m, SW2, R1A, &time, 42, false);
}

/* Two full segments and their acknowledgement, and so on; ARP now and then. */
static void make_all(struct maker *m, uint64_t want)
{
	for (uint64_t n = 0; m->bytes < want; n++) {
		int flow = (int)(draw(m) % FLOWS);

		m->now += 60000;
		if (n % 5000 == 0) {
			make_arp(m);
		} else if (n % 3 == 2) {
			make_tcp(m, flow, false, 0);
			travel(m, false, HEAD);
		} else {
			make_tcp(m, flow, true, FULL - HEAD);
			travel(m, true, FULL);
			m->seqs[flow] += FULL - HEAD;
		}
	}
}

static void make(const char *dir, uint64_t mib)
{
	struct maker *m = xcalloc(1, sizeof(*m));

	m->random = 1;
	for (size_t i = 0; i < N_PORTS; i++) {
		auto_free char *path = xasprintf("%s/%s.pcapng", dir, ports[i].name);
		const struct pcapng_iface iface = { .name = ports[i].name,
						    .linktype = PCAPNG_ETHERNET };

		m->fds[i] = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		pcapng_writer_new(m->fds[i], -1, "bench", &m->writers[i]);
		if (m->fds[i] < 0 || pcapng_write_iface(m->writers[i], &iface, NULL) < 0)
			abort();
	}
	make_all(m, mib << 20);
	for (size_t i = 0; i < N_PORTS; i++) {
		const struct pcapng_stats stats = { .time_ns =
							    (uint64_t)(EPOCH + m->now + NS_PER_S) };

		if (pcapng_write_stats(m->writers[i], &stats, NULL) < 0 ||
		    pcapng_flush(m->writers[i], NULL) < 0)
			abort();
		pcapng_writer_free(m->writers[i]);
		(void)close(m->fds[i]);
	}
	(void)printf("%" PRIu64 "\n", m->lost);
	free(m);
}

/* ---- reading it ---- */

struct result {
	uint64_t journeys, lost;
};

static void count(void *user, const struct journey *journey)
{
	struct result *r = user;

	r->journeys++;
	r->lost += journey->outcome == JOURNEY_OUT_LOST;
}

static int read_all(const char *dir)
{
	struct net_addr addresses[] = { net_ipv4((const uint8_t[]){ 10, 0, 0, 254 }),
					net_ipv4((const uint8_t[]){ 10, 1, 0, 254 }) };
	struct journey_node nodes[N_NODES] = { { .name = "client" },
					       { .name = "peer" },
					       { .name = "switch" },
					       { .name = "r1", .routes = true },
					       { .name = "r2", .routes = true },
					       { .name = "server" } };
	struct journey_port list[N_PORTS];
	struct journey_link links[5];
	struct journey_lab lab = { .nodes = nodes,
				   .n_nodes = N_NODES,
				   .ports = list,
				   .n_ports = N_PORTS,
				   .links = links,
				   .n_links = ARRAY_SIZE(links) };
	auto_journey_set struct journey_set counts = { 0 };
	struct result result = { 0 };
	struct err err = ERR_INIT;
	struct rusage usage;
	uint64_t bytes = 0;
	int64_t begin = clock_mono_ns();

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		links[i] = (struct journey_link){ .name = link_names[i] };
	nodes[N_R1].addresses = nodes[N_R2].addresses = addresses;
	nodes[N_R1].n_addresses = nodes[N_R2].n_addresses = ARRAY_SIZE(addresses);
	for (size_t i = 0; i < N_PORTS; i++) {
		struct stat st;

		list[i] = (struct journey_port){ .name = ports[i].name,
						 .file = xasprintf("%s/%s.pcapng", dir,
								   ports[i].name),
						 .node = ports[i].node,
						 .link = ports[i].link,
						 .bridge = ports[i].bridge };
		put_mac(list[i].mac.byte, i);
		if (stat(list[i].file, &st) == 0)
			bytes += (uint64_t)st.st_size;
	}
	if (journey_visit(&lab, NULL, count, &result, &counts, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	for (size_t i = 0; i < N_PORTS; i++)
		free((void *)(uintptr_t)list[i].file);
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%.3f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %ld\n",
		     (double)(clock_mono_ns() - begin) / (double)NS_PER_S, counts.frames, bytes,
		     result.journeys, result.lost, counts.unmatched, usage.ru_maxrss);
	return counts.n_notes != 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && str_eq(argv[1], "make")) {
		make(argv[2], strtoul(argv[3], NULL, 10));
		return 0;
	}
	if (argc == 3 && str_eq(argv[1], "read"))
		return read_all(argv[2]);
	(void)fprintf(stderr, "usage: journeys make DIR MIB | read DIR\n");
	return 2;
}
