/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which number a frame has in all.pcapng: that of the n-th packet of an interface is wanted. */
#include "report/merged.h"

#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "pcapng/pcapng.h"
#include "run/run.h"

struct port {
	char *name;
	struct spot {
		uint64_t number, time_ns;
	} * packets;
	size_t n, room;
};

struct merged {
	struct port *ports; /* by index of the interface */
	size_t n_ports;
};

static void merged_free(struct merged *m)
{
	for (size_t i = 0; i < m->n_ports; i++) {
		free(m->ports[i].name);
		free(m->ports[i].packets);
	}
	free(m->ports);
}
AUTO_DEFINE(merged_auto, struct merged, merged_free)
#define auto_merged AUTO(merged_autop)

static void add_packet(struct port *port, uint64_t number, uint64_t time_ns)
{
	if (port->n == port->room) {
		port->room = port->room ? 2 * port->room : 64;
		port->packets = xrealloc(port->packets, port->room, sizeof(*port->packets));
	}
	port->packets[port->n++] = (struct spot){ number, time_ns };
}

/* As far as it can be read. */
static void read_file(const char *dir, struct merged *m)
{
	auto_free char *path = run_path(dir, RUN_ALL);
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	struct pcapng_block b;
	uint64_t number = 0;

	if (pcapng_open(path, &reader, NULL) < 0)
		return;
	while (pcapng_next(reader, &b, NULL) > 0) {
		if (b.kind == PCAPNG_KIND_IFACE)
			array_add(m->ports, m->n_ports)->name =
				xstrdup(b.iface.name ? b.iface.name : "");
		else if (b.kind == PCAPNG_KIND_PACKET && b.packet.iface < m->n_ports)
			add_packet(&m->ports[b.packet.iface], ++number, b.packet.time_ns);
	}
}

static void number_hop(const struct merged *m, json_t *hop)
{
	const char *at = json_get_text(hop, "at", "");
	uint64_t frame = (uint64_t)json_integer_value(json_object_get(hop, "frame"));
	uint64_t time_ns = (uint64_t)json_integer_value(json_object_get(hop, "time_ns"));

	for (size_t i = 0; i < m->n_ports; i++) {
		const struct port *port = &m->ports[i];

		if (str_eq(port->name, at) && frame - 1 < port->n &&
		    port->packets[frame - 1].time_ns == time_ns)
			(void)json_object_set_new(
				hop, "all",
				json_integer((json_int_t)port->packets[frame - 1].number));
	}
}

void merged_number(const char *dir, json_t *journeys)
{
	auto_merged struct merged m = { 0 };
	json_t *journey, *hop;
	size_t i, j;

	read_file(dir, &m);
	json_array_foreach(journeys, i, journey)
		json_array_foreach(json_object_get(journey, "hops"), j, hop)
			number_hop(&m, hop);
}
