/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lab on paper, and the captures of what happens in it. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>

#include "base/clock.h"
#include "lib/journey-world.h"
#include "lib/tests.h"
#include "pcapng/pcapng.h"

#define EPOCH (INT64_C(1700000000) * NS_PER_S)
#define RADIOTAP 8

struct record {
	int64_t us;
	struct bytes bytes;
	enum pcapng_direction direction;
	uint64_t dropped;
};

const struct net_mac mac_all = { { 255, 255, 255, 255, 255, 255 } };

static const struct {
	const char *name;
	enum world_node node;
	enum world_link link;
	unsigned int bridge;
} ports[N_PORTS] = {
	[A0] = { "a:eth0", A, L_AS, 0 },       [H0] = { "h:eth0", H, L_HS, 0 },
	[S0] = { "s:eth0", S, L_AS, 1 },       [S1] = { "s:eth1", S, L_HS, 1 },
	[S2] = { "s:eth2", S, L_SR, 1 },       [S3] = { "s:eth3", S, L_SAP, 1 },
	[R0] = { "r:eth0", R, L_SR, 0 },       [R1] = { "r:eth1", R, L_RC, 0 },
	[C0] = { "c:eth0", C, L_RC, 0 },       [AP0] = { "ap:eth0", AP, L_SAP, 1 },
	[AP1] = { "ap:wlan0", AP, L_AIR, 1 },  [W0] = { "w:wlan0", W, L_AIR, 0 },
	[V0] = { "v:wlan0", V, L_AIR, 0 },     [S4] = { "s:eth4", S, L_SAQ, 1 },
	[AQ0] = { "aq:eth0", AQ, L_SAQ, 1 },   [AQ1] = { "aq:wlan0", AQ, L_AIR, 1 },
	[R2] = { "r:eth2", R, L_PARALLEL, 0 }, [C1] = { "c:eth1", C, L_PARALLEL, 0 },
};

static const char *const link_names[N_LINKS] = { "a-s",  "h-s", "s-r",  "cable",
						 "s-ap", "air", "s-aq", "parallel" };
static const char *const node_names[N_NODES] = { "a", "h", "s", "r", "c", "ap", "w", "v", "aq" };
static const uint32_t ipv4_of[N_NODES][2] = {
	[A] = { IP_A }, [H] = { IP_H }, [R] = { IP_R0, IP_R1 }, [C] = { IP_C }, [AP] = { IP_AP }
};

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/labd-test-journey.XXXXXX");
	if (!mkdtemp(w->dir))
		abort();
	w->end_us = 60000000;
	for (size_t i = 0; i < N_NODES; i++) {
		w->nodes[i] = (struct journey_node){ .name = node_names[i],
						     .routes = i == R,
						     .addresses = w->addresses[i] };
		for (size_t j = 0; j < 2 && ipv4_of[i][j]; j++) {
			uint32_t number = htonl(ipv4_of[i][j]);

			w->addresses[i][j] = net_ipv4((const uint8_t *)&number);
			w->nodes[i].n_addresses++;
		}
		for (size_t j = 0; j < 2 && ipv4_of[i][j]; j++)
			w->addresses[i][w->nodes[i].n_addresses++] = world_ipv6(ipv4_of[i][j]);
	}
	for (size_t i = 0; i < N_LINKS; i++)
		w->links[i] = (struct journey_link){ .name = link_names[i] };
	w->links[L_AIR].wifi = true;
	w->links[L_AIR].file = xasprintf("%s/air.pcapng", w->dir);
	for (size_t i = 0; i < N_PORTS; i++) {
		w->macs[i] = (struct net_mac){ { 2, 0, 0, 0, 0, (uint8_t)(i + 1) } };
		w->ports[i] =
			(struct journey_port){ .name = ports[i].name,
					       .file = ports[i].link == L_AIR
							       ? NULL
							       : xasprintf("%s/%s.pcapng", w->dir,
									   ports[i].name),
					       .mac = w->macs[i],
					       .node = ports[i].node,
					       .link = ports[i].link,
					       .bridge = ports[i].bridge };
		w->ports[i].sends.delay_us = ports[i].link == L_RC ? 20000 : 0;
	}
	for (size_t i = S4; i < N_PORTS; i++)
		w->ports[i].link = JOURNEY_NONE;
	w->lab = (struct journey_lab){ .nodes = w->nodes,
				       .n_nodes = N_NODES,
				       .ports = w->ports,
				       .n_ports = N_PORTS,
				       .links = w->links,
				       .n_links = N_LINKS };
}

void world_add_ap(struct world *w)
{
	for (size_t i = S4; i <= AQ1; i++)
		w->ports[i].link = ports[i].link;
}

void world_add_parallel(struct world *w)
{
	w->ports[R2].link = w->ports[C1].link = L_PARALLEL;
	w->ports[R2].sends.delay_us = w->ports[C1].sends.delay_us = 20000;
}

void world_add_vlans(struct world *w)
{
	static const uint16_t trunk[] = { 10, 20 };
	static const uint16_t vlans[] = { [S0] = 10, [S1] = 20, [S3] = 30 };

	for (size_t i = S0; i <= S3; i++) {
		w->ports[i].filters = true;
		w->ports[i].vlan = vlans[i];
	}
	w->ports[S2].tags = w->ports[R0].tags = trunk;
	w->ports[S2].n_tags = w->ports[R0].n_tags = ARRAY_SIZE(trunk);
}

void world_add_ring(struct world *w)
{
	free((void *)(uintptr_t)w->links[L_AIR].file);
	w->links[L_AIR].file = NULL;
	w->links[L_AIR].wifi = false;
	w->ports[W0].link = w->ports[V0].link = JOURNEY_NONE;
	w->ports[AP1].file = xasprintf("%s/%s.pcapng", w->dir, ports[AP1].name);
	w->ports[AQ1].file = xasprintf("%s/%s.pcapng", w->dir, ports[AQ1].name);
	w->ports[AQ1].blocked = true;
}

static const char *path_of(const struct world *w, size_t i)
{
	return i == N_PORTS ? w->links[L_AIR].file : w->ports[i].file;
}

void world_free(struct world *w)
{
	for (size_t i = 0; i <= N_PORTS; i++) {
		const char *path = path_of(w, i);

		if (path)
			(void)unlink(path);
		free((void *)(uintptr_t)path);
		free(w->records[i]);
	}
	for (size_t i = 0; i < N_NODES; i++)
		str_free(&w->drops[i]);
	(void)rmdir(w->dir);
}

static void write_file(const struct world *w, size_t i)
{
	auto_close int fd = open(path_of(w, i), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	auto_pcapng_writer struct pcapng_writer *writer = NULL;
	const struct pcapng_iface iface = { .name = i < N_PORTS ? ports[i].name : "wifi:air",
					    .linktype = i < N_PORTS ? PCAPNG_ETHERNET
								    : PCAPNG_RADIOTAP };
	const struct pcapng_stats stats = { .time_ns = (uint64_t)(EPOCH + w->end_us * 1000) };

	pcapng_writer_new(fd, -1, "test", &writer);
	if (pcapng_write_iface(writer, &iface, NULL) < 0)
		abort();
	for (size_t j = 0; j < w->n_records[i]; j++) {
		const struct record *r = &w->records[i][j];
		const struct pcapng_packet p = { .time_ns = (uint64_t)(EPOCH + r->us * 1000),
						 .data = r->bytes.data,
						 .len = r->bytes.len,
						 .orig_len = r->bytes.len,
						 .direction = r->direction,
						 .dropped = r->dropped };

		if (pcapng_write_packet(writer, &p, NULL) < 0)
			abort();
	}
	if (pcapng_write_stats(writer, &stats, NULL) < 0 || pcapng_flush(writer, NULL) < 0)
		abort();
}

static int compare_records(const void *a, const void *b)
{
	int64_t x = ((const struct record *)a)->us, y = ((const struct record *)b)->us;

	return (x > y) - (x < y);
}

void world_sort(struct world *w)
{
	for (size_t i = 0; i <= N_PORTS; i++)
		if (w->n_records[i])
			qsort(w->records[i], w->n_records[i], sizeof(*w->records[i]),
			      compare_records);
}

void world_write(struct world *w)
{
	for (size_t i = 0; i <= N_PORTS; i++)
		if (path_of(w, i))
			write_file(w, i);
	for (size_t i = 0; i < N_NODES; i++)
		w->nodes[i].drops = w->drops[i].data;
}

/* ---- packets ---- */

static void put(struct bytes *b, const void *data, size_t len)
{
	memcpy(b->data + b->len, data, len);
	b->len += (uint32_t)len;
}

static void put8(struct bytes *b, uint8_t v)
{
	put(b, &v, 1);
}

static void put16(struct bytes *b, uint16_t v)
{
	put8(b, (uint8_t)(v >> 8));
	put8(b, (uint8_t)v);
}

static void put32(struct bytes *b, uint32_t v)
{
	put16(b, (uint16_t)(v >> 16));
	put16(b, (uint16_t)v);
}

static void put_addr(struct bytes *b, struct net_addr address)
{
	put(b, address.byte, net_bits(address) / 8);
}

struct net_addr world_ipv6(uint32_t ipv4)
{
	return net_ipv6((const uint8_t[16]){ 0xfd, [12] = (uint8_t)(ipv4 >> 24),
					     (uint8_t)(ipv4 >> 16), (uint8_t)(ipv4 >> 8),
					     (uint8_t)ipv4 });
}

struct net_addr world_link_local(const struct net_mac *mac)
{
	const uint8_t *m = mac->byte;

	return net_ipv6((const uint8_t[16]){ 0xfe, 0x80, [8] = m[0] ^ 2, m[1], m[2], 0xff, 0xfe,
					     m[3], m[4], m[5] });
}

struct net_addr world_group_of(struct net_addr address)
{
	return net_ipv6((const uint8_t[16]){ 0xff, 2, [11] = 1, 0xff, address.byte[13],
					     address.byte[14], address.byte[15] });
}

static struct bytes make_ipv6(struct net_addr from, struct net_addr to, uint8_t protocol,
			      uint8_t ttl, const struct bytes *body)
{
	struct bytes b = { .len = 0 };

	put16(&b, 0x86dd);
	put32(&b, 0x60000000);
	put16(&b, (uint16_t)body->len);
	put8(&b, protocol);
	put8(&b, ttl);
	put_addr(&b, from);
	put_addr(&b, to);
	put(&b, body->data, body->len);
	return b;
}

static struct bytes make_ip(const struct packet *p, uint8_t protocol, const struct bytes *body)
{
	struct bytes b = { .len = 0 };

	if (p->ipv6)
		return make_ipv6(world_ipv6(p->from), world_ipv6(p->to), protocol,
				 p->ttl ? p->ttl : 64, body);

	put16(&b, 0x800);
	put16(&b, 0x4500);
	put16(&b, (uint16_t)(20 + body->len));
	put16(&b, p->id);
	put16(&b, p->may_cut ? 0 : 0x4000);
	put8(&b, p->ttl ? p->ttl : 64);
	put8(&b, protocol);
	put16(&b, 0); /* the checksum: nobody looks */
	put32(&b, p->from);
	put32(&b, p->to);
	put(&b, body->data, body->len);
	return b;
}

struct bytes packet_udp(const struct packet *p, uint16_t from, uint16_t to, const char *text)
{
	struct bytes b = { .len = 0 };

	put16(&b, from);
	put16(&b, to);
	put16(&b, (uint16_t)(8 + strlen(text)));
	put16(&b, 0);
	put(&b, text, strlen(text));
	return make_ip(p, 17, &b);
}

struct bytes packet_tcp(const struct packet *p, uint16_t from, uint16_t to, uint32_t seq,
			uint32_t ack, uint8_t flags, const char *text)
{
	struct bytes b = { .len = 0 };

	put16(&b, from);
	put16(&b, to);
	put32(&b, seq);
	put32(&b, ack);
	put16(&b, (uint16_t)(0x5000 | flags));
	put16(&b, 1000);
	put32(&b, 0);
	put(&b, text, strlen(text));
	return make_ip(p, 6, &b);
}

struct bytes packet_icmp(const struct packet *p, uint8_t type, uint32_t rest,
			 const struct bytes *quoted)
{
	struct bytes b = { .len = 0 };

	put16(&b, (uint16_t)(type << 8));
	put16(&b, 0);
	put32(&b, rest);
	if (quoted)
		put(&b, quoted->data + 2, 28);
	return make_ip(p, 1, &b);
}

struct bytes packet_icmpv6(uint32_t from, uint32_t to, uint8_t type, uint8_t code,
			   const struct bytes *quoted)
{
	struct bytes b = { .len = 0 };

	put8(&b, type);
	put8(&b, code);
	put16(&b, 0);
	put32(&b, 0x10001); /* of an echo: id and number */
	if (quoted)
		put(&b, quoted->data + 2, quoted->len - 2);
	return make_ipv6(world_ipv6(from), world_ipv6(to), 58, 64, &b);
}

struct bytes packet_neighbour(struct net_addr from, struct net_addr to, uint8_t type,
			      uint32_t flags, const struct net_addr *target)
{
	struct bytes b = { .len = 0 };

	put16(&b, (uint16_t)(type << 8));
	put16(&b, 0);
	put32(&b, flags);
	if (target)
		put_addr(&b, *target);
	return make_ipv6(from, to, 58, 255, &b);
}

struct bytes packet_mld(struct net_addr from)
{
	static const uint8_t alert[8] = { 58, 0, 5, 2, 0, 0, 1, 0 }; /* RFC 2711, RFC 3810 */
	const struct net_addr routers = net_ipv6((const uint8_t[16]){ 0xff, 2, [15] = 0x16 });
	struct bytes b = { .len = 0 };

	put(&b, alert, sizeof(alert));
	put16(&b, 143 << 8);
	put16(&b, 0);
	put32(&b, 0);
	return make_ipv6(from, routers, 0, 1, &b);
}

struct bytes packet_piece_ipv6(const struct bytes *whole, uint32_t id, uint32_t at, uint32_t len,
			       bool more)
{
	struct bytes b = { .len = 0 };

	put(&b, whole->data, 2 + 40);
	b.data[2 + 4] = (uint8_t)((8 + len) >> 8);
	b.data[2 + 5] = (uint8_t)(8 + len);
	put8(&b, b.data[2 + 6]);
	b.data[2 + 6] = 44;
	put8(&b, 0);
	put16(&b, (uint16_t)(at | more));
	put32(&b, id);
	put(&b, whole->data + 2 + 40 + at, len);
	return b;
}

struct bytes packet_piece(const struct bytes *whole, uint32_t at, uint32_t len, bool more)
{
	struct bytes b = { .len = 0 };

	put(&b, whole->data, 22);
	put(&b, whole->data + 22 + at, len);
	b.data[4] = (uint8_t)((20 + len) >> 8);
	b.data[5] = (uint8_t)(20 + len);
	b.data[8] = (uint8_t)((more ? 0x20 : 0) | (at / 8) >> 8);
	b.data[9] = (uint8_t)(at / 8);
	return b;
}

struct bytes packet_arp(uint16_t operation, uint32_t from, uint32_t to, const struct net_mac *mac)
{
	static const uint8_t nobody[6];
	struct bytes b = { .len = 0 };

	put16(&b, 0x806);
	put16(&b, 1);
	put16(&b, 0x800);
	put16(&b, 0x604);
	put16(&b, operation);
	put(&b, mac->byte, 6);
	put32(&b, from);
	put(&b, nobody, 6);
	put32(&b, to);
	return b;
}

struct bytes packet_other(uint16_t type, const char *text)
{
	struct bytes b = { .len = 0 };

	put16(&b, type);
	put(&b, text, strlen(text));
	return b;
}

struct bytes packet_tagged(const struct bytes *packet, uint16_t vlan)
{
	struct bytes b = { .len = 0 };

	put16(&b, 0x8100);
	put16(&b, vlan);
	put(&b, packet->data, packet->len);
	return b;
}

struct bytes packet_routed(const struct bytes *packet)
{
	struct bytes b = *packet;

	if (b.data[0] == 0x86) {
		b.data[2 + 7]--;
		return b;
	}
	b.data[2 + 8]--;
	b.data[2 + 10]++; /* a checksum that is another one */
	return b;
}

/* ---- frames ---- */

static void add(struct world *w, size_t file, int64_t us, enum pcapng_direction direction,
		const struct bytes *bytes)
{
	struct record *r = array_add(w->records[file], w->n_records[file]);

	*r = (struct record){ us, *bytes, direction, w->dropped };
	w->dropped = 0;
}

/* As labd-capture does: by the NIC's own MAC alone at a bridge, else what is not sent is got. */
static void see(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
		const struct net_mac *dst, const struct bytes *packet)
{
	struct bytes b = { .len = 0 };
	enum pcapng_direction direction = PCAPNG_NO_DIRECTION;

	put(&b, dst->byte, 6);
	put(&b, src->byte, 6);
	put(&b, packet->data, packet->len);
	if (memcmp(src, &w->macs[port], 6) == 0)
		direction = PCAPNG_INBOUND;
	else if (!ports[port].bridge || memcmp(dst, &w->macs[port], 6) == 0)
		direction = PCAPNG_OUTBOUND;
	if (w->no_directions)
		direction = PCAPNG_NO_DIRECTION;
	add(w, port, us, direction, &b);
}

void world_out(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
	       const struct net_mac *dst, const struct bytes *packet)
{
	see(w, port, us, src, dst, packet);
}

void world_in(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
	      const struct net_mac *dst, const struct bytes *packet)
{
	see(w, port, us, src, dst, packet);
}

void world_wire(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
		const struct net_mac *dst, const struct bytes *packet)
{
	int64_t delay = w->ports[port].sends.delay_us;

	world_out(w, port, us, src, dst, packet);
	for (enum world_port other = 0; other < N_PORTS; other++)
		if (other != port && ports[other].link == ports[port].link)
			world_in(w, other, us + 5 + delay, src, dst, packet);
}

void world_drop(struct world *w, enum world_node node, const char *reason, const char *function,
		const struct net_mac *src, const struct net_mac *dst, const struct bytes *packet)
{
	struct str *out = &w->drops[node];
	struct bytes b = { .len = 0 };

	put(&b, dst->byte, 6);
	put(&b, src->byte, 6);
	put(&b, packet->data, packet->len);
	str_addf(out, "packet 1 eth0 %s %s %u ", reason, function, b.len);
	for (size_t i = 0; i < b.len; i++)
		str_addf(out, "%02x", b.data[i]);
	str_adds(out, "\n");
}

#define MAC(port) (&w->macs[port])

void world_a_to_c(struct world *w, int64_t us, const struct bytes *p)
{
	const struct bytes routed = packet_routed(p);

	world_wire(w, A0, us, MAC(A0), MAC(R0), p);
	world_wire(w, S2, us + 100, MAC(A0), MAC(R0), p);
	world_wire(w, R1, us + 300, MAC(R1), MAC(C0), &routed);
}

void world_c_to_a(struct world *w, int64_t us, const struct bytes *p)
{
	const struct bytes routed = packet_routed(p);

	world_wire(w, C0, us, MAC(C0), MAC(R1), p);
	world_wire(w, R0, us + 20300, MAC(R0), MAC(A0), &routed);
	world_wire(w, S0, us + 20400, MAC(R0), MAC(A0), &routed);
}

static struct bytes air_head(const struct world *w, const struct air *air, uint8_t first)
{
	static const uint8_t radiotap[RADIOTAP] = { 0, 0, RADIOTAP };
	struct bytes b = { .len = 0 };

	put(&b, radiotap, sizeof(radiotap));
	put8(&b, first);
	put8(&b, (uint8_t)(air->to_ap | air->from_ap << 1 | air->retry << 3 | air->encrypted << 6));
	put16(&b, 0);
	put(&b, air->to->byte, 6);
	put(&b, w->macs[air->by].byte, 6);
	put(&b, air->third->byte, 6);
	put8(&b, (uint8_t)(air->sequence << 4));
	put8(&b, (uint8_t)(air->sequence >> 4));
	return b;
}

void world_air(struct world *w, int64_t us, const struct air *air, const struct bytes *packet)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 3, 0, 0, 0 };
	struct bytes b = air_head(w, air, 0x08);

	put(&b, snap, sizeof(snap));
	put(&b, packet->data, packet->len);
	add(w, N_PORTS, us, PCAPNG_NO_DIRECTION, &b);
}

void world_manage(struct world *w, int64_t us, const struct air *air, uint8_t subtype)
{
	struct bytes b = air_head(w, air, (uint8_t)(subtype << 4));

	put(&b, "body", 4);
	add(w, N_PORTS, us, PCAPNG_NO_DIRECTION, &b);
}

/* ---- in words ---- */

static void tell_journey(const struct world *w, const struct journey_set *set,
			 const struct journey *j, struct str *out)
{
	static const char *const kinds[] = { "arp", "ip", "ip6", "other", "802.11" };

	str_addf(out, "%" PRIu64 " %s %s", j->id, kinds[j->kind], journey_outcome_name(j->outcome));
	if (j->lost_link != JOURNEY_NONE)
		str_addf(out, " on %s", w->links[j->lost_link].name);
	if (j->lost_node != JOURNEY_NONE)
		str_addf(out, " in %s", w->nodes[j->lost_node].name);
	str_adds(out, j->too_large ? " too large:" : ":");
	for (size_t i = 0; i < j->n_hops; i++) {
		const struct journey_hop *h = &j->hops[i];

		if (h->from != JOURNEY_NONE && h->from >= i)
			abort(); /* what leads to it comes first */
		str_addf(out, " %s%c%s", w->ports[h->port].name, h->way == JOURNEY_OUT ? '>' : '<',
			 journey_action_name(h->action));
		str_adds(out, h->copy ? " (copy)" : "");
		if (h->drop)
			str_addf(out, " (%s)", set->drops[h->drop - 1].reason);
	}
	if (j->unmatched)
		str_adds(out, " unmatched");
	if (j->early)
		str_adds(out, " early");
	if (j->answers)
		str_addf(out, " answers=%" PRIu64, j->answers);
	if (journey_error_name(j->error))
		str_addf(out, " %s", journey_error_name(j->error));
	if (j->repeats)
		str_addf(out, " repeats=%" PRIu64, j->repeats);
	if (j->fragment_of)
		str_addf(out, " fragment_of=%" PRIu64, j->fragment_of);
	if (j->damaged_as)
		str_addf(out, " damaged_as=%" PRIu64, j->damaged_as);
	if (j->damage_of)
		str_addf(out, " damage_of=%" PRIu64, j->damage_of);
	str_adds(out, "\n");
}

static void tell(const struct world *w, const struct journey_set *set, struct str *out)
{
	for (size_t i = 0; i < set->n_journeys; i++)
		tell_journey(w, set, &set->journeys[i], out);
	for (size_t i = 0; i < set->n_ports; i++)
		if (set->ports[i].unmatched)
			str_addf(out, "unmatched %s %" PRIu64 "\n", w->ports[i].name,
				 set->ports[i].unmatched);
	for (size_t i = 0; i < set->n_notes; i++)
		str_addf(out, "note %s\n", set->notes[i] + strlen("'") + strlen(w->dir) + 1);
}

void world_check(const struct world *w, const struct journey_opts *opts, const char *told)
{
	auto_journey_set struct journey_set set = { 0 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(journey_read(&w->lab, opts, &set, &err), 0);
	tell(w, &set, &text);
	assert_string_equal(str_text(&text), told);
}

void world_test_row(void **state)
{
	const struct world_row *row = *state;
	struct world w;

	world_init(&w);
	row->happens(&w);
	world_write(&w);
	world_check(&w, NULL, row->told);
	world_free(&w);
}
