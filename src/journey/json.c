/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journeys as the story has them in JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "journey/nat.h"

#define ICMP 1
#include "net/point.h"

const char *journey_way_name(enum journey_way way)
{
	return way == JOURNEY_OUT ? "out" : "in";
}

const char *journey_action_name(enum journey_action action)
{
	switch (action) {
	case JOURNEY_SENT:
		return "sent";
	case JOURNEY_REPEATED:
		return "repeated";
	case JOURNEY_LOST:
		return "lost";
	case JOURNEY_FLOODED:
		return "flooded";
	case JOURNEY_SWITCHED:
		return "switched";
	case JOURNEY_FORWARDED:
		return "forwarded";
	case JOURNEY_TRANSLATED:
		return "translated";
	case JOURNEY_DELIVERED:
		return "delivered";
	case JOURNEY_ANSWERED:
		return "answered";
	case JOURNEY_IGNORED:
		return "ignored";
	case JOURNEY_DROPPED:
		return "dropped";
	case JOURNEY_EXPIRED:
		return "expired";
	case JOURNEY_UNCLEAR:
		return "changed-or-dropped";
	case JOURNEY_RESTING:
		return "resting";
	}
	return "";
}

const char *journey_outcome_name(enum journey_outcome outcome)
{
	switch (outcome) {
	case JOURNEY_OUT_DELIVERED:
		return "delivered";
	case JOURNEY_OUT_LOST:
		return "lost";
	case JOURNEY_OUT_DROPPED:
		return "dropped";
	case JOURNEY_OUT_UNCLEAR:
		return "changed-or-dropped";
	case JOURNEY_OUT_OPEN:
		return "open";
	}
	return "";
}

const char *journey_error_name(uint16_t error)
{
	static const struct {
		uint16_t error;
		const char *name;
	} names[] = { { 0x300, "network-unreachable" },  { 0x301, "host-unreachable" },
		      { 0x302, "protocol-unreachable" }, { 0x303, "port-unreachable" },
		      { 0x304, "fragmentation-needed" }, { 0x306, "network-unreachable" },
		      { 0x307, "host-unreachable" },     { 0x309, "prohibited" },
		      { 0x30a, "prohibited" },           { 0x30d, "prohibited" },
		      { 0xb00, "time-exceeded" },        { 0xb01, "fragment-missing" } };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].error == error)
			return names[i].name;
	return error >> 8 == 3 ? "unreachable" : error >> 8 == 12 ? "bad-header" : NULL;
}

void journey_at(const struct journey_lab *lab, const struct journey_hop *hop, struct str *out)
{
	const struct journey_port *port = &lab->ports[hop->port];

	if (port->link != JOURNEY_NONE && lab->links[port->link].wifi)
		str_addf(out, NET_AIR ":%s", lab->links[port->link].name);
	else
		str_adds(out, port->name);
}

/* The protocol as far as addresses and ports tell; Wireshark knows better. */
static const char *protocol(const struct journey *j)
{
	static const struct {
		uint16_t port;
		const char *name;
	} known[] = { { 53, "DNS" },  { 67, "DHCP" }, { 68, "DHCP" }, { 80, "HTTP" },
		      { 123, "NTP" }, { 179, "BGP" }, { 443, "TLS" }, { 547, "DHCPv6" } };

	if (j->kind != JOURNEY_IPV4 && j->kind != JOURNEY_IPV6)
		return j->kind == JOURNEY_ARP   ? "ARP"
		       : j->kind == JOURNEY_AIR ? "802.11"
						: "Ethernet";
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (j->source_port == known[i].port || j->destination_port == known[i].port)
			return known[i].name;
	return j->protocol == 1          ? "ICMP"
	       : j->protocol == 2        ? "IGMP"
	       : j->protocol == 6        ? "TCP"
	       : j->protocol == 17       ? "UDP"
	       : j->protocol == 58       ? "ICMPv6"
	       : j->protocol == 89       ? "OSPF"
	       : j->kind == JOURNEY_IPV6 ? "IPv6"
					 : "IPv4";
}

static json_t *mac_to_json(const struct net_mac *mac)
{
	char text[NET_TEXT];

	return json_string(net_mac_text(*mac, text));
}

static json_t *address_to_json(struct net_addr address)
{
	char text[NET_TEXT];

	return json_string(net_addr_text(address, text));
}

/* "192.0.2.1:80"; the identifier of an echo is told only where it is another, too. */
static char *end_text(uint32_t address, uint16_t port, bool ports)
{
	char text[NET_TEXT];

	(void)net_addr_text(nat_address(address), text);
	return ports ? xasprintf("%s:%u", text, port) : xstrdup(text);
}

static void add_change(json_t *list, const struct journey_flow *was, const struct journey_flow *is)
{
	/* Of what has no ports, such as a later fragment, none are said. */
	bool ports = was->protocol == ICMP ? was->source_port != is->source_port
					   : was->source_port || is->source_port;
	auto_free char *from = end_text(was->source, was->source_port, ports);
	auto_free char *to = end_text(is->source, is->source_port, ports);

	if (!str_eq(from, to))
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "from", from, "to", to));
}

/* What the node made of the packet: which ends have other names in the hop that this one led to. */
static json_t *translation(const struct journey *j, size_t hop)
{
	const struct journey_flow was = j->hops[hop].flow, was_back = nat_inverse(&was);
	json_t *list = json_array();

	for (size_t i = hop + 1; i < j->n_hops; i++) {
		const struct journey_flow is_back = nat_inverse(&j->hops[i].flow);

		if (j->hops[i].from != hop)
			continue;
		add_change(list, &was, &j->hops[i].flow);
		add_change(list, &was_back, &is_back);
		break;
	}
	return list;
}

static json_t *hop_to_json(const struct journey_lab *lab, const struct journey_set *set,
			   const struct journey *j, size_t hop)
{
	const struct journey_hop *h = &j->hops[hop];
	auto_str struct str at = { 0 };
	const struct journey_port *port = &lab->ports[h->port];
	json_t *out;

	journey_at(lab, h, &at);
	out = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:o, s:o, s:I, s:s}", "at", str_text(&at),
			"node", lab->nodes[port->node].name, "port", port->name, "frame",
			(json_int_t)h->frame, "time_ns", (json_int_t)h->time_ns, "way",
			journey_way_name(h->way), "src", mac_to_json(&h->src), "dst",
			mac_to_json(&h->dst), "bytes", (json_int_t)h->bytes, "action",
			journey_action_name(h->action));
	if (h->ttl)
		(void)json_object_set_new(out, "ttl", json_integer(h->ttl));
	if (h->vlan)
		(void)json_object_set_new(out, "vlan", json_integer(h->vlan));
	if (h->action == JOURNEY_TRANSLATED && h->way == JOURNEY_IN)
		(void)json_object_set_new(out, "translated", translation(j, hop));
	if (h->drop)
		(void)json_object_set_new(out, "drop",
					  json_pack("{s:s, s:s}", "reason",
						    set->drops[h->drop - 1].reason, "function",
						    set->drops[h->drop - 1].function));
	if (h->encrypted)
		(void)json_object_set_new(out, "encrypted", json_true());
	if (h->stray)
		(void)json_object_set_new(out, "stray", json_true());
	if (h->copy)
		(void)json_object_set_new(out, "copy", json_true());
	(void)json_object_set_new(out, "from",
				  h->from == JOURNEY_NONE ? json_null()
							  : json_integer((json_int_t)h->from));
	return out;
}

static json_t *place_to_json(const struct journey_lab *lab, const struct journey *j)
{
	if (j->lost_link != JOURNEY_NONE)
		return json_pack("{s:s}", "link", lab->links[j->lost_link].name);
	if (j->lost_node != JOURNEY_NONE)
		return json_pack("{s:s}", "node", lab->nodes[j->lost_node].name);
	return json_null();
}

/* The frame that its link did not let through, and what that lets through. */
static json_t *too_large_to_json(const struct journey_lab *lab, const struct journey *j)
{
	for (size_t i = 0; i < j->n_hops; i++) {
		const struct journey_hop *h = &j->hops[i];
		const struct journey_port *port = &lab->ports[h->port];

		if (h->action == JOURNEY_LOST && port->link == j->lost_link)
			return json_pack("{s:I, s:I}", "bytes", (json_int_t)h->bytes, "mtu",
					 (json_int_t)net_shape_mtu(&port->sends));
	}
	return json_null();
}

json_t *journey_to_json(const struct journey_lab *lab, const struct journey_set *set,
			const struct journey *j)
{
	const struct {
		const char *name;
		uint64_t id;
	} relations[] = { { "answers", j->answers },       { "answered_by", j->answered_by },
			  { "repeats", j->repeats },       { "fragment_of", j->fragment_of },
			  { "damaged_as", j->damaged_as }, { "damage_of", j->damage_of } };
	json_t *hops = json_array();
	json_t *out;

	for (size_t i = 0; i < j->n_hops; i++)
		(void)json_array_append_new(hops, hop_to_json(lab, set, j, i));
	out = json_pack("{s:I, s:s, s:I, s:s, s:o, s:o}", "id", (json_int_t)j->id, "protocol",
			protocol(j), "bytes", (json_int_t)(j->n_hops ? j->hops[0].bytes : 0),
			"outcome", journey_outcome_name(j->outcome), "lost", place_to_json(lab, j),
			"hops", hops);
	for (size_t i = 0; i < ARRAY_SIZE(relations); i++)
		if (relations[i].id)
			(void)json_object_set_new(out, relations[i].name,
						  json_integer((json_int_t)relations[i].id));
	if (j->kind == JOURNEY_IPV4 || j->kind == JOURNEY_IPV6 ||
	    (j->kind == JOURNEY_ARP && !net_addr_is_unspecified(j->source))) {
		(void)json_object_set_new(out, "source", address_to_json(j->source));
		(void)json_object_set_new(out, "destination", address_to_json(j->destination));
	}
	if (journey_error_name(j->error))
		(void)json_object_set_new(out, "error", json_string(journey_error_name(j->error)));
	if (j->too_large)
		(void)json_object_set_new(out, "too_large", too_large_to_json(lab, j));
	if (j->instead)
		(void)json_object_set_new(out, "instead", json_true());
	if (j->unmatched)
		(void)json_object_set_new(out, "unmatched", json_true());
	if (j->early)
		(void)json_object_set_new(out, "early", json_true());
	return out;
}

json_t *journey_unmatched_to_json(const struct journey_lab *lab, const struct journey_set *set)
{
	json_t *ports = json_object(), *unreadable = json_object(), *dropped = json_object();

	for (size_t i = 0; i < set->n_ports; i++) {
		const struct journey_port_count *c = &set->ports[i];
		const char *name = lab->ports[i].name;

		if (c->unmatched)
			(void)json_object_set_new(ports, name,
						  json_integer((json_int_t)c->unmatched));
		if (c->unreadable)
			(void)json_object_set_new(unreadable, name,
						  json_integer((json_int_t)c->unreadable));
		if (c->dropped)
			(void)json_object_set_new(dropped, name,
						  json_integer((json_int_t)c->dropped));
	}
	return json_pack("{s:I, s:o, s:o, s:o, s:I, s:I}", "frames", (json_int_t)set->unmatched,
			 "ports", ports, "unreadable", unreadable, "dropped_by_capture", dropped,
			 "closed_early", (json_int_t)set->early, "left_out",
			 (json_int_t)set->left_out);
}

static void add_count(json_t *to, const char *name, uint64_t n)
{
	if (n)
		(void)json_object_set_new(to, name, json_integer((json_int_t)n));
}

json_t *journey_links_to_json(const struct journey_lab *lab, const struct journey_set *set)
{
	json_t *out = json_array();

	for (size_t i = 0; i < set->n_ports; i++) {
		const struct journey_link_count *c = &set->links[i];
		const struct journey_port *port = &lab->ports[i];
		json_int_t n = c->arrived ? (json_int_t)c->arrived : 1;
		json_t *one;

		if (!c->sent || port->link == JOURNEY_NONE)
			continue;
		one = json_pack("{s:s, s:s, s:I, s:I, s:I, s:{s:I, s:I, s:I}}", "link",
				lab->links[port->link].name, "out_of", port->name, "sent",
				(json_int_t)c->sent, "arrived", (json_int_t)c->arrived, "lost",
				(json_int_t)c->lost, "delay_ns", "min", (json_int_t)c->delay_min_ns,
				"mean", (json_int_t)(c->delay_sum_ns / n), "max",
				(json_int_t)c->delay_max_ns);
		add_count(one, "too_large", c->too_large);
		add_count(one, "damaged", c->damaged);
		add_count(one, "copies", c->copies);
		(void)json_array_append_new(out, one);
	}
	return out;
}
