/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the client comes into its network: by Wi-Fi, and with an address that it is given. */
#include <stdint.h>
#include <string.h>

#include "plan/build.h"
#include "role/cast-way.h"
#include "role/dhcp-server.h"

/* --- its Wi-Fi --- */

/* Fit for a filter, a regular expression and a shell. */
static bool is_plain(const char *text)
{
	return text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_-")] == '\0';
}

/* Where the access point's frames go on by wire. */
static void put_wire_behind(struct cast *c, const struct topo_node *node, size_t radio)
{
	for (size_t i = 0; i < node->n_bridges; i++) {
		const struct topo_bridge *bridge = &node->bridges[i];
		size_t wire = SIZE_MAX, radios = 0;

		for (size_t j = 0; j < bridge->n_ports; j++) {
			radios += bridge->ports[j].nic == radio;
			if (wire == SIZE_MAX && bridge->ports[j].nic != radio &&
			    !node->nics[bridge->ports[j].nic].access_point)
				wire = bridge->ports[j].nic;
		}
		if (!radios || wire == SIZE_MAX)
			continue;
		cast_put(c, "access-point", "port", "%s:%s", node->name, node->nics[wire].name);
		return;
	}
	cast_lack(c, "access-point", "port", "'%s' passes nothing on as it is", node->name);
}

static void put_wifi(struct cast *c)
{
	const struct topo_link *link = plan_wifi_of(c->topo, &cast_client(c)->nics[c->nic]);
	const struct topo_end *own = link ? plan_end_of(c->topo, cast_client(c), c->nic) : NULL;
	const struct topo_ssid *network = own ? &link->networks[own->network] : NULL;
	const char *none =
		network ? "not just one access point has the network" : "the client uses no Wi-Fi";
	char text[NET_TEXT];

	cast_lack(c, "access-point", NULL, "%s", none);
	cast_lack(c, "wpa2", NULL, "%s",
		  network ? "the Wi-Fi is not one of WPA2 with a passphrase and a plain name"
			  : none);
	if (!network || topo_access_points(c->topo, link, own->network) != 1)
		return;
	for (size_t i = 0; i < link->n_ends; i++) {
		const struct topo_end *end = &link->ends[i];
		const struct topo_node *node = &c->topo->nodes[end->node];
		unsigned int channel = end->channel ? end->channel : link->channel;

		if (end->network != own->network || !node->nics[end->nic].access_point)
			continue;
		cast_put(c, "access-point", "node", "%s", node->name);
		cast_put(c, "access-point", "mac", "%s",
			 net_mac_text(node->nics[end->nic].mac, text));
		cast_put(c, "access-point", "channel", "%u", channel);
		cast_put(c, "access-point", "frequency", "%u", 2407 + 5 * channel);
		/* The usual three are listened to in any case. */
		cast_put(c, "access-point", "scanned", "2412,2437,2462");
		if (channel % 5 != 1)
			cast_put(c, "access-point", "scanned", "2412,2437,2462,%u",
				 2407 + 5 * channel);
		put_wire_behind(c, node, end->nic);
		if (network->hidden || !is_plain(network->ssid) || network->security != TOPO_WPA2) {
			cast_lack(c, "access-point", "ssid",
				  "the Wi-Fi's name cannot be waited for");
			continue;
		}
		cast_put(c, "access-point", "ssid", "%s", network->ssid);
		cast_put(c, "wpa2", "node", "%s", node->name);
	}
}

void cast_wifi(struct cast *c)
{
	bool air = plan_wifi_of(c->topo, &cast_client(c)->nics[c->nic]);
	const char *at;

	put_wifi(c);
	at = json_get_text(json_object_get(c->parts, air ? "access-point" : "client"), "port",
			   NULL);
	if (at)
		cast_put(c, "client", "wire", "%s", at);
	else
		cast_lack(c, "client", "wire", "no wire has all that the client sends");
}

/* --- its lease --- */

struct lessor {
	const struct role_dhcp_server *server;
	struct cast_spot spot;
	size_t n; /* how many answer the client */
};

static void find_lessor(const struct cast *c, struct lessor *ret)
{
	struct cast_spot spot = { 0 };

	for (; spot.node < c->topo->n_nodes; spot.node++) {
		const struct topo_node *node = &c->topo->nodes[spot.node];
		const struct role_dhcp *dhcp = dhcp_of(node);
		const struct role_dhcp_relays *relays = dhcp_relays_of(node);

		for (size_t i = 0; topo_iface(node, i, &spot.iface); i++) {
			for (size_t j = 0; dhcp && j < dhcp->n; j++)
				if (spot.iface.domain == c->domain &&
				    !dhcp->servers[j].subnet.addr.family &&
				    str_eq(dhcp->servers[j].on, spot.iface.name) && ++ret->n) {
					ret->server = &dhcp->servers[j];
					ret->spot = spot;
				}
			for (size_t j = 0; relays && j < relays->n; j++)
				ret->n +=
					spot.iface.domain == c->domain &&
							str_eq(relays->list[j].on, spot.iface.name)
						? 2
						: 0;
		}
	}
}

/* The only one that asks there for an address gets the first: see dnsmasq.c. */
static bool is_alone(const struct cast *c)
{
	struct topo_iface iface;
	size_t n = 0;

	for (size_t i = 0; i < c->topo->n_nodes; i++)
		for (size_t j = 0; topo_iface(&c->topo->nodes[i], j, &iface); j++)
			n += iface.kind == TOPO_IFACE_NIC && iface.domain == c->domain &&
			     c->topo->nodes[i].nics[iface.index].dhcp;
	return n == 1;
}

static void put_offer(struct cast *c, const struct role_dhcp_server *server)
{
	char first[NET_TEXT], last[NET_TEXT];

	if (is_alone(c) && !server->n_reservations)
		cast_put(c, "dhcp-server", "offers", "dhcp.ip.your == %s",
			 net_addr_text(server->first, first));
	else if (!server->n_reservations)
		cast_put(c, "dhcp-server", "offers", "dhcp.ip.your >= %s and dhcp.ip.your <= %s",
			 net_addr_text(server->first, first), net_addr_text(server->last, last));
	else
		cast_put(c, "dhcp-server", "offers", "dhcp.ip.your != 0.0.0.0");
}

void cast_lease(struct cast *c)
{
	struct lessor found = { 0 };
	const struct topo_node *node;
	struct net_prefix own = { 0 };

	if (!cast_client(c)->nics[c->nic].dhcp) {
		cast_lack(c, "dhcp-server", NULL, "the client has its address without DHCP");
		c->dns = cast_client(c)->dns;
		return;
	}
	find_lessor(c, &found);
	for (size_t i = 0; found.n == 1 && i < found.spot.iface.addresses->n && !own.addr.family;
	     i++)
		if (found.spot.iface.addresses->list[i].addr.family == NET_IPV4)
			own = found.spot.iface.addresses->list[i];
	if (found.n != 1 || !own.addr.family) {
		cast_lack(c, "dhcp-server", NULL,
			  "not just one DHCP server, without a relay, answers the client");
		return;
	}
	c->subnet = net_prefix_network(own);
	c->router = found.server->router;
	c->dns = found.server->dns.family ? found.server->dns : cast_client(c)->dns;
	node = &c->topo->nodes[found.spot.node];
	cast_put_spot(c, "dhcp-server", &found.spot, own.addr);
	cast_put(c, "dhcp-server", "name", "%s",
		 node->description ? node->description : node->name);
	cast_put(c, "dhcp-server", "name-ko", "%s",
		 node->description_ko ? node->description_ko : node->name);
	cast_put(c, "dhcp-server", "lease", "%u", found.server->lease_s);
	cast_put(c, "dhcp-server", "renewal", "%u", found.server->lease_s / 2);
	cast_put(c, "dhcp-server", "rebinding", "%u", found.server->lease_s * 7 / 8);
	put_offer(c, found.server);
}
