/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of attributes: what the schema let pass, and what it could not see. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "topo/load.h"

#define BLANKS " \t\r\n"

char *load_name(const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);

	return xstrdup(text ? text : "");
}

char *load_domain(const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);
	struct str name = { 0 };
	size_t i;

	str_adds(&name, text ? text : "");
	if (name.len && name.data[name.len - 1] != '.')
		str_adds(&name, ".");
	for (i = 0; i < name.len; i++)
		name.data[i] = (char)tolower((unsigned char)name.data[i]);
	return str_take(&name);
}

/* Where the schema has spoken, no second word. */
static void refuse(const struct load *load, const struct xml_node *at, const char *attr,
		   const char *what)
{
	if (!xml_has_problem(load->problems, at, attr))
		xml_problem(load->problems, at, attr, "%s is '%.64s', %s", attr, xml_attr(at, attr),
			    what);
}

struct net_addr load_ip(const struct load *load, const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);
	struct net_addr ip = { 0 };

	if (text && (net_addr_parse(text, &ip) < 0 || net_addr_is_unspecified(ip))) {
		refuse(load, at, attr, "not an address that a machine can have");
		return (struct net_addr){ 0 };
	}
	return ip;
}

void load_addresses(const struct load *load, const struct xml_node *at, const char *attr,
		    struct topo_addresses *ret)
{
	auto_free char *list = load_name(at, attr);
	char *save = NULL, *word;

	for (word = strtok_r(list, BLANKS, &save); word; word = strtok_r(NULL, BLANKS, &save)) {
		struct net_prefix addr;

		if (!strchr(word, '/'))
			refuse(load, at, attr, "which needs a prefix length, such as 192.0.2.1/24");
		else if (net_prefix_parse(word, &addr) < 0 || addr.len == 0)
			refuse(load, at, attr, "not an address with a prefix length");
		else
			*array_add(ret->list, ret->n) = addr;
	}
	ret->duplicate = xml_attr_flag(load->problems, at, "duplicate", false);
}

struct net_prefix load_prefix(const struct load *load, const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);
	struct net_prefix addr = { 0 }, network;
	char buf[NET_TEXT];

	if (!text)
		return addr;
	if (net_prefix_parse(text, &addr) < 0) {
		refuse(load, at, attr, "not a block of addresses");
		return (struct net_prefix){ 0 };
	}
	network = net_prefix_network(addr);
	if (!net_addr_equal(network.addr, addr.addr))
		xml_problem(load->problems, at, attr,
			    "%s is '%s', an address inside a block — did you mean '%s'?", attr,
			    text, net_prefix_text(network, buf));
	return network;
}

struct net_mac load_mac(const struct load *load, const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);
	struct net_mac mac = { { 0 } };

	if (!text)
		return mac;
	if (net_mac_parse(text, &mac) < 0)
		refuse(load, at, attr, "not a MAC address");
	else if (net_mac_is_zero(mac))
		refuse(load, at, attr, "an address that no interface can have");
	else if (net_mac_is_group(mac))
		refuse(load, at, attr, "a multicast address: its first byte is odd");
	return mac;
}

/* Finds a name among others, or says that there is no such thing in what is named by where (""). */
static size_t find_ref(const struct load *load, const struct xml_node *at, const char *attr,
		       const char *name, const char *what, const char *where,
		       const char *const *names, size_t n, bool silent)
{
	auto_str struct str hint = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		if (str_eq(names[i], name))
			return i;
	}
	if (silent || xml_has_problem(load->problems, at, attr))
		return SIZE_MAX;
	xml_add_hint(&hint, name, names, n);
	xml_problem(load->problems, at, attr, "there is no %s '%.64s'%s%s", what, name, where,
		    str_text(&hint));
	return SIZE_MAX;
}

/* One of the node's first n interfaces, as topo_iface() counts them. */
static size_t find_iface(const struct load *load, const struct topo_node *node,
			 const struct xml_node *at, const char *attr, const char *name,
			 const char *what, size_t n, bool silent)
{
	auto_free const char **names = xcalloc(n, sizeof(*names));
	auto_free char *where = xasprintf(" in node '%s'", node->name);
	struct topo_iface iface;
	size_t i;

	for (i = 0; i < n && topo_iface(node, i, &iface); i++)
		names[i] = iface.name;
	return find_ref(load, at, attr, name, what, where, names, i, silent);
}

size_t load_nic_ref(const struct load *load, const struct topo_node *node,
		    const struct xml_node *at, const char *attr, bool silent)
{
	const char *name = xml_attr(at, attr);

	return name ? find_iface(load, node, at, attr, name, "NIC", node->n_nics, silent)
		    : SIZE_MAX;
}

/* How many interfaces there are that others can be told of: all but lo. */
static size_t count_ifaces(const struct topo_node *node)
{
	return node->n_nics + node->n_bridges + node->n_vlans;
}

static const char *iface_word(const struct topo_node *node)
{
	return node->n_bridges + node->n_vlans ? "interface" : "NIC";
}

size_t load_iface_ref(const struct load *load, const struct topo_node *node,
		      const struct xml_node *at, const char *attr, bool silent)
{
	const char *name = xml_attr(at, attr);

	return name ? find_iface(load, node, at, attr, name, iface_word(node), count_ifaces(node),
				 silent)
		    : SIZE_MAX;
}

static void load_refs(const struct load *load, const struct topo_node *node,
		      const struct xml_node *at, const char *attr, const char *what, size_t n_known,
		      bool silent, size_t **ret, size_t *n)
{
	auto_free char *list = load_name(at, attr);
	char *save = NULL, *word;

	for (word = strtok_r(list, BLANKS, &save); word; word = strtok_r(NULL, BLANKS, &save)) {
		size_t nic = find_iface(load, node, at, attr, word, what, n_known, silent), i;

		for (i = 0; i < *n; i++) {
			if (nic == (*ret)[i])
				break;
		}
		if (nic != SIZE_MAX && i < *n)
			xml_problem(load->problems, at, attr, "%s has '%s' twice", attr, word);
		else if (nic != SIZE_MAX)
			*array_add(*ret, *n) = nic;
	}
}

void load_nic_refs(const struct load *load, const struct topo_node *node, const struct xml_node *at,
		   const char *attr, bool silent, size_t **ret, size_t *n)
{
	load_refs(load, node, at, attr, "NIC", node->n_nics, silent, ret, n);
}

void load_iface_refs(const struct load *load, const struct topo_node *node,
		     const struct xml_node *at, const char *attr, bool silent, size_t **ret,
		     size_t *n)
{
	load_refs(load, node, at, attr, iface_word(node), count_ifaces(node), silent, ret, n);
}

void load_below(const struct load *load, const struct topo_node *node, const struct xml_node *at,
		const char *attr, bool silent, size_t *nic, size_t *bridge)
{
	const char *name = xml_attr(at, attr);
	size_t n = node->n_nics + node->n_bridges;
	size_t found = name ? find_iface(load, node, at, attr, name, "NIC or bridge", n, silent)
			    : SIZE_MAX;

	*nic = found < node->n_nics ? found : SIZE_MAX;
	*bridge = found != SIZE_MAX && found >= node->n_nics ? found - node->n_nics : SIZE_MAX;
}

void load_vlan_ids(const struct load *load, const struct xml_node *at, const char *attr,
		   uint16_t **ret, size_t *n)
{
	auto_free char *list = load_name(at, attr);
	char *save = NULL, *word;

	for (word = strtok_r(list, BLANKS, &save); word; word = strtok_r(NULL, BLANKS, &save)) {
		unsigned long id = strtoul(word, NULL, 10);
		size_t i;

		if (id < 1 || id > VLAN_MAX) {
			refuse(load, at, attr, "not numbers from 1 to 4094");
			continue;
		}
		for (i = 0; i < *n && (*ret)[i] != id;)
			i++;
		if (i < *n)
			xml_problem(load->problems, at, attr, "%s has %lu twice", attr, id);
		else
			*array_add(*ret, *n) = (uint16_t)id;
	}
}

size_t load_node_ref(const struct load *load, const struct xml_node *at, const char *attr,
		     bool silent)
{
	const struct topo *topo = load->topo;
	auto_free const char **names = xcalloc(topo->n_nodes, sizeof(*names));
	const char *name = xml_attr(at, attr);
	size_t i;

	for (i = 0; i < topo->n_nodes; i++)
		names[i] = topo->nodes[i].name;
	return name ? find_ref(load, at, attr, name, "node", "", names, topo->n_nodes, silent)
		    : SIZE_MAX;
}

size_t load_network_ref(const struct load *load, const struct xml_node *at, const char *attr,
			bool silent)
{
	const struct topo *topo = load->topo;
	auto_free const char **names = xcalloc(topo->n_networks, sizeof(*names));
	const char *name = xml_attr(at, attr);
	size_t i;

	for (i = 0; i < topo->n_networks; i++)
		names[i] = topo->networks[i].name;
	return name ? find_ref(load, at, attr, name, "network", "", names, topo->n_networks, silent)
		    : SIZE_MAX;
}
