/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: Wi-Fi links, the networks in their air, and who is in which. */
#include <stdint.h>

#include "topo/private.h"
#include "topo/rules.h"

#define SSID_MAX 32 /* bytes; IEEE 802.11, 9.4.2.2 */

static const struct topo_nic *nic_of(const struct rules *rules, const struct topo_end *end)
{
	return &rules->topo->nodes[end->node].nics[end->nic];
}

/* --- networks --- */

/* Where a network that is not the link's own is opened. */
static const struct xml_node *opened_at(const struct rules *rules, const struct topo_link *link,
					size_t network, const struct xml_node *at)
{
	size_t i = 0;

	while (i < link->n_ends &&
	       (link->ends[i].network != network || link->ends[i].nic == SIZE_MAX ||
		!nic_of(rules, &link->ends[i])->access_point))
		i++;
	return xml_child_at(at, "end", i);
}

static void check_passphrase(struct rules *rules, const struct topo_ssid *network,
			     const struct xml_node *at)
{
	const char *quote = network->passphrase ? strchr(network->passphrase, '"') : NULL;
	bool open = network->security == TOPO_OPEN, own = network->security == TOPO_ENTERPRISE;

	if (!open && !own && !xml_attr(at, "passphrase"))
		xml_problem(rules->problems, at, NULL,
			    "a Wi-Fi network needs a passphrase, or security=\"open\"");
	if (open && network->passphrase)
		xml_problem(rules->problems, at, "passphrase", "an open network has no passphrase");
	if (own && network->passphrase)
		xml_problem(
			rules->problems, at, "passphrase",
			"with security=\"enterprise\" the <end> of each station has an identity "
			"and a password instead");
	if (quote && strchr(quote, '#'))
		xml_problem(rules->problems, at, "passphrase",
			    "a '#' after a '\"' would begin a comment for wpa_supplicant");
}

static void check_ssid(struct rules *rules, const struct topo_ssid *network,
		       const struct xml_node *at)
{
	size_t len = network->ssid ? strlen(network->ssid) : 0;

	if (len > SSID_MAX)
		xml_problem(rules->problems, at, "ssid", "'%s' has %zu bytes in UTF-8, %d at most",
			    network->ssid, len, SSID_MAX);
	check_passphrase(rules, network, at);
}

/* An attribute that does not belong where it stands. */
static void refuse(struct rules *rules, const struct xml_node *at, const char *attr,
		   const char *cause)
{
	if (xml_attr(at, attr))
		xml_problem(rules->problems, at, attr, "%s", cause);
}

/* --- who is in which --- */

static void check_access_point(struct rules *rules, const struct topo_link *link,
			       const struct topo_end *end, const struct xml_node *at)
{
	static const char *const attrs[] = { "security", "passphrase", "hidden" };
	static const char *const users[] = { "identity", "password" };
	bool own = xml_attr(at, "ssid");
	const struct xml_node *first =
		own ? opened_at(rules, link, end->network, xml_parent(at)) : at;

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (!own)
			refuse(rules, at, attrs[i],
			       "this is the link's to say; for a network of its own an access "
			       "point's <end> has an ssid, too");
		else if (first != at && !str_eq(xml_attr(at, attrs[i]), xml_attr(first, attrs[i])))
			xml_problem(rules->problems, at, "ssid",
				    "all access points of one network have the same %s", attrs[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		refuse(rules, at, users[i], "only a station has one");
}

/* Whether a station that insists on this gets it there. */
static bool suits(enum topo_security station, enum topo_security network)
{
	bool either = station == TOPO_WPA2 || station == TOPO_WPA3;

	return station == network || (network == TOPO_WPA2_WPA3 && either) ||
	       (station == TOPO_WPA2_WPA3 && (network == TOPO_WPA2 || network == TOPO_WPA3));
}

static void check_identity(struct rules *rules, const struct topo_end *end,
			   const struct xml_node *at)
{
	static const char *const attrs[] = { "identity", "password" };

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		if (end->security != TOPO_ENTERPRISE)
			refuse(rules, at, attrs[i],
			       "only a station of a network with security=\"enterprise\" has one");
		else if (!xml_attr(at, attrs[i]))
			xml_problem(
				rules->problems, at, NULL,
				"a station of a network with security=\"enterprise\" lacks its %s",
				attrs[i]);
}

/* The access points have one list of names: an identity has one password there. */
static void check_password(struct rules *rules, const struct topo_link *link,
			   const struct topo_end *end, const struct xml_node *at)
{
	for (const struct topo_end *other = link->ends; other != end; other++)
		if (end->identity && end->password && other->network == end->network &&
		    str_eq(other->identity, end->identity) && other->password &&
		    !str_eq(other->password, end->password)) {
			xml_problem(rules->problems, at, "password",
				    "'%s' has another password at the end of node '%s': an "
				    "identity has one",
				    end->identity, rules->topo->nodes[other->node].name);
			return;
		}
}

static void check_station(struct rules *rules, const struct topo_link *link,
			  const struct topo_end *end, const struct xml_node *at)
{
	refuse(rules, at, "channel", "a station takes the channel of its access point");
	refuse(rules, at, "passphrase", "a station has its network's");
	refuse(rules, at, "hidden", "only an access point hides its network");
	if (!topo_access_points(rules->topo, link, SIZE_MAX))
		return; /* which is said of the link */
	if (end->network == SIZE_MAX || !topo_access_points(rules->topo, link, end->network)) {
		xml_problem(rules->problems, at, xml_attr(at, "ssid") ? "ssid" : NULL,
			    "no access point of this link is of that network");
		return;
	}
	if (!suits(end->security, link->networks[end->network].security))
		xml_problem(rules->problems, at, "security",
			    "no access point of its network offers '%s'; it is '%s'",
			    topo_security_name(end->security),
			    topo_security_name(link->networks[end->network].security));
	else
		check_identity(rules, end, at);
	check_password(rules, link, end, at);
}

static void check_monitor(struct rules *rules, const struct topo_end *end,
			  const struct xml_node *at)
{
	static const char *const attrs[] = { "ssid",   "security", "passphrase",
					     "hidden", "identity", "password" };
	const struct topo_nic *nic = nic_of(rules, end);

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		refuse(rules, at, attrs[i], "a radio with monitor=\"yes\" is in no network");
	if (nic->access_point || nic->station)
		xml_problem(rules->problems, at, "nic",
			    "NIC '%s' has monitor=\"yes\": it only listens, and is no <%s>'s",
			    nic->name, nic->access_point ? "access-point" : "client");
}

static void check_network(struct rules *rules, const struct topo_link *link, size_t index,
			  const struct xml_node *at)
{
	const struct topo_end *end = &link->ends[index];
	const struct topo_nic *nic = nic_of(rules, end);

	if (xml_tainted(rules->nodes[end->node]) || xml_has_problem(rules->problems, at, "ssid"))
		return;
	if (nic->monitor)
		check_monitor(rules, end, at);
	else if (nic->access_point)
		check_access_point(rules, link, end, at);
	else if (nic->station)
		check_station(rules, link, end, at);
}

static void check_cell(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	size_t known = 0, i;

	for (i = 0; i < link->n_ends; i++) {
		const struct topo_end *end = &link->ends[i];

		if (end->nic == SIZE_MAX)
			continue;
		known++;
		check_network(rules, link, i, xml_child_at(at, "end", i));
		if (!nic_of(rules, end)->access_point && !nic_of(rules, end)->station &&
		    !nic_of(rules, end)->monitor && !xml_tainted(rules->nodes[end->node]))
			xml_problem(rules->problems, xml_child_at(at, "end", i), NULL,
				    "neither <access-point> nor <client> of node '%s' has this NIC",
				    rules->topo->nodes[end->node].name);
	}
	if (known == link->n_ends && known >= 2 && !topo_access_points(rules->topo, link, SIZE_MAX))
		xml_problem(rules->problems, at, NULL, "a Wi-Fi link needs an access point");
}

/* A guest has one radio at most, so that a radio has the name of its node. */
static void check_radio(struct rules *rules, size_t link, size_t index)
{
	const struct topo *topo = rules->topo;
	const struct topo_end *end = &topo->links[link].ends[index];
	size_t i;

	for (i = 0; end->nic != SIZE_MAX && i < end->nic; i++) {
		size_t other = topo->nodes[end->node].nics[i].link;

		if (other != SIZE_MAX && topo->links[other].kind == TOPO_LINK_WIFI)
			xml_problem(
				rules->problems, xml_child_at(rules->links[link], "end", index),
				"nic", "node '%s' already has a radio, '%s': it can have only one",
				topo->nodes[end->node].name, topo->nodes[end->node].nics[i].name);
	}
}

static void check_paths(struct rules *rules, const struct topo_link *link,
			const struct xml_node *at)
{
	size_t i, j;

	for (i = 0; i < link->n_paths; i++) {
		const struct topo_path *path = &link->paths[i];
		const struct xml_node *here = xml_child_at(at, "path", i);

		if (path->a == SIZE_MAX || path->b == SIZE_MAX)
			continue;
		if (path->a == path->b)
			xml_problem(rules->problems, here, "to", "both ends are the same node");
		for (j = 0; j < i; j++)
			if ((link->paths[j].a == path->a && link->paths[j].b == path->b) ||
			    (link->paths[j].a == path->b && link->paths[j].b == path->a))
				xml_problem(rules->problems, here, NULL,
					    "a second path between these two");
	}
}

/* Delay, loss and the like are a wire's. */
static void check_no_shape(struct rules *rules, const struct xml_node *at)
{
	for (size_t i = 0; net_shape_names[i]; i++)
		if (xml_attr(at, net_shape_names[i]))
			xml_problem(
				rules->problems, at, net_shape_names[i], "only a wire has a%s %s",
				str_eq(net_shape_names[i], "mtu") ? "n" : "", net_shape_names[i]);
}

static void check_not_wired(struct rules *rules, const struct topo_end *end,
			    const struct xml_node *at)
{
	check_no_shape(rules, at);
	if (end->nic != SIZE_MAX && rules->topo->nodes[end->node].nics[end->nic].mtu)
		xml_problem(rules->problems, xml_child_at(rules->nodes[end->node], "nic", end->nic),
			    "mtu", "only a NIC on a wire has an MTU of its own");
}

void rules_wifi(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	size_t i;

	check_no_shape(rules, at);
	for (i = 0; i < link->n_ends; i++)
		check_not_wired(rules, &link->ends[i], xml_child_at(at, "end", i));
	if (xml_attr(at, "state"))
		xml_problem(rules->problems, at, "state",
			    "only a wire has a state: a station leaves the air by a <path> with "
			    "loss=\"100%%\"");
	if (xml_attr(at, "loop"))
		xml_problem(rules->problems, at, "loop", "only a wire has a loop");
	if (!link->networks[0].ssid)
		xml_problem(rules->problems, at, NULL, "a Wi-Fi link needs an ssid");
	for (i = 0; i < link->n_networks; i++)
		check_ssid(rules, &link->networks[i], i ? opened_at(rules, link, i, at) : at);
	if (link->n_ends > RADIOS_MAX)
		xml_problem(rules->problems, at, NULL, "more than %d radios on one link",
			    RADIOS_MAX);
	for (i = 0; i < link->n_ends; i++)
		check_radio(rules, (size_t)(link - rules->topo->links), i);
	check_paths(rules, link, at);
	if (link->n_ends < 2 && !xml_tainted(at))
		xml_problem(rules->problems, at, NULL,
			    "a Wi-Fi link has at least two ends, not %zu", link->n_ends);
	check_cell(rules, link, at);
}

void rules_wire_end(struct rules *rules, const struct xml_node *end)
{
	static const char *const attrs[] = { "channel", "ssid",     "security", "passphrase",
					     "hidden",  "identity", "password" };

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++)
		if (xml_attr(end, attrs[i]))
			xml_problem(rules->problems, end, attrs[i], "a wire has no %s", attrs[i]);
}

static void check_listener(struct rules *rules, size_t node, size_t index)
{
	const struct iface *nic = iface_of_nic(rules, node, index);
	size_t link = rules->topo->nodes[node].nics[index].link;

	refuse(rules, nic->at, "address", "a radio with monitor=\"yes\" is in no network");
	if (link != SIZE_MAX && rules->topo->links[link].kind != TOPO_LINK_WIFI)
		xml_problem(rules->problems, nic->at, "monitor",
			    "NIC '%s' is on no Wi-Fi link: only a radio listens", nic->name);
	if (iface_above(rules, node, index) != nic)
		xml_problem(rules->problems, nic->at, "monitor",
			    "NIC '%s' is a port of a bridge: it only listens", nic->name);
}

void rules_monitors(struct rules *rules)
{
	for (size_t i = 0; i < rules->topo->n_nodes; i++)
		for (size_t j = 0; j < rules->topo->nodes[i].n_nics; j++)
			if (rules->topo->nodes[i].nics[j].monitor)
				check_listener(rules, i, j);
}
