/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Radios: the agent that carries a radio's frames to the lab's medium, and at a station
 * wpa_supplicant; what opens a cell is a role.
 *
 * IEEE 802.11g without QoS: legacy rates are what a capture can tell, and the frames stay readable.
 * The beacon interval is the usual 100 TU; with longer ones a passive scan, which stays 111 ms on a
 * channel, misses beacons.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

#define SUPPLICANT_CONF "/etc/wpa_supplicant.conf"
#define CHANNEL_MAX 11

/* Center frequency in MHz of a 2.4 GHz channel (IEEE 802.11 15.4.4.3). */
static unsigned int frequency(unsigned int channel)
{
	return 2407 + 5 * channel;
}

const struct topo_end *plan_end_of(const struct topo *topo, const struct topo_node *node,
				   size_t nic)
{
	const struct topo_link *link = plan_wifi_of(topo, &node->nics[nic]);

	for (size_t i = 0; link && i < link->n_ends; i++)
		if (&topo->nodes[link->ends[i].node] == node)
			return &link->ends[i];
	return NULL;
}

char *plan_eap_server(const struct topo *topo, const struct topo_link *link, size_t network)
{
	for (size_t i = 0; i < link->n_ends; i++) {
		const struct topo_end *end = &link->ends[i];

		if (end->network == network && topo->nodes[end->node].nics[end->nic].access_point)
			return xasprintf("%s.wifi.test", topo->nodes[end->node].name);
	}
	return xstrdup("wifi.test");
}

/* The three channels that do not overlap, and where this link's access points are. */
static void add_frequencies(const struct topo_link *link, const char *name, struct str *out)
{
	bool wanted[CHANNEL_MAX + 1] = { [1] = true, [6] = true, [11] = true };
	unsigned int channel;
	size_t i;

	if (link->channel <= CHANNEL_MAX)
		wanted[link->channel] = true;
	for (i = 0; i < link->n_ends; i++)
		if (link->ends[i].channel && link->ends[i].channel <= CHANNEL_MAX)
			wanted[link->ends[i].channel] = true;
	str_addf(out, "\t%s=", name);
	for (channel = 1; channel <= CHANNEL_MAX; channel++)
		if (wanted[channel])
			str_addf(out, "%s%u", channel > 1 ? " " : "", frequency(channel));
	str_adds(out, "\n");
}

/* What the station brings: what the network asks for, or what it insists on itself. */
static void add_security(const struct topo *topo, const struct topo_link *link,
			 const struct topo_end *end, struct str *out)
{
	static const char *const key_mgmt[] = {
		[TOPO_WPA2] = "WPA-PSK",
		[TOPO_OPEN] = "NONE",
		[TOPO_WPA3] = "SAE\n\tieee80211w=2",
		[TOPO_WPA2_WPA3] = "WPA-PSK SAE\n\tieee80211w=1",
		[TOPO_ENTERPRISE] = "WPA-EAP",
	};
	const char *passphrase = link->networks[end->network].passphrase;
	auto_free char *server = NULL;

	if (end->security == TOPO_OPEN) {
		str_adds(out, "\tkey_mgmt=NONE\n");
		return;
	}
	if (end->security == TOPO_ENTERPRISE) {
		server = plan_eap_server(topo, link, end->network);
		str_addf(out,
			 "\teap=PEAP\n"
			 "\tidentity=\"%s\"\n"
			 "\tpassword=\"%s\"\n"
			 "\tphase2=\"auth=MSCHAPV2\"\n"
			 "\t# Without these two it would tell its password to anybody.\n"
			 "\tca_cert=\"" PLAN_CA_CERT "\"\n"
			 "\tdomain_match=\"%s\"\n",
			 end->identity, end->password, server);
	} else {
		str_addf(out, "\tpsk=\"%s\"\n", passphrase);
	}
	str_addf(out,
		 "\tproto=RSN\n"
		 "\tkey_mgmt=%s\n"
		 "\tpairwise=CCMP\n"
		 "\tgroup=CCMP\n",
		 key_mgmt[end->security]);
}

/* In quotes, for people; in hexadecimal digits where wpa_supplicant would take a '#' behind a '"'
 * for a comment. */
static void add_ssid(const char *ssid, struct str *out)
{
	if (!strchr(ssid, '"'))
		str_addf(out, "\"%s\"", ssid);
	else
		for (; *ssid; ssid++)
			str_addf(out, "%02x", (unsigned char)*ssid);
}

/* Access points that a station would take for its network's, whosever they are. */
static size_t count_named(const struct topo *topo, const struct topo_link *link, const char *ssid)
{
	size_t n = 0;

	for (size_t i = 0; i < link->n_networks; i++)
		if (str_eq(link->networks[i].ssid, ssid))
			n += topo_access_points(topo, link, i);
	return n;
}

/*
 * A guest that a busy machine is slow to run answers message 1 of the handshake too late. Its
 * supplicant takes that for a wrong key and leaves the network alone (TEMP-DISABLED), for ten
 * seconds or up to 15 minutes; it has also been seen to stay disconnected for good. Either way it
 * is told to go on. `enable_network` alone does nothing: to the supplicant it is enabled. Where
 * that does not help it begins anew.
 */
static void add_join(const char *nic, struct plan_node *node)
{
	auto_str struct str script = { 0 };

	str_addf(&script,
		 "#!/bin/sh\n"
		 "# Join the network by %s, and wait until it has.\n"
		 "w='wpa_cli -i %s' n=0\n"
		 "$w reconnect >/dev/null\n"
		 "until status=$($w status); echo \"$status\" | grep -qx wpa_state=COMPLETED; do\n"
		 "\tsleep 0.2\n"
		 "\tn=$((n + 1))\n"
		 "\tif $w list_networks | grep -q TEMP-DISABLED ||\n"
		 "\t\t{ [ $((n %% 50)) = 0 ] && echo \"$status\" | grep -qx "
		 "wpa_state=DISCONNECTED; }; then\n"
		 "\t\t{ $w disable_network all; $w enable_network all; $w reconnect; } >/dev/null\n"
		 "\tfi\n"
		 "\t[ $((n %% 120)) != 0 ] || sv restart wpa_supplicant >/dev/null\n"
		 "done\n",
		 nic, nic);
	plan_add_text(node, PLAN_LIB "/join", 0755, &script);
}

static void add_station(const struct topo *topo, const struct topo_link *link,
			const struct topo_end *end, const struct topo_node *from,
			struct plan_node *node)
{
	const char *nic = from->nics[end->nic].name;
	auto_free char *command =
		xasprintf("wpa_supplicant -i %s -D nl80211 -c " SUPPLICANT_CONF, nic);
	const struct topo_ssid *network = &link->networks[end->network];
	auto_str struct str conf = { 0 }, ssid = { 0 };

	add_ssid(network->ssid, &ssid);
	str_addf(&conf,
		 "ctrl_interface=/run/wpa_supplicant\n"
		 "# Listen for beacons; ask nobody.\n"
		 "passive_scan=1\n"
		 "network={\n"
		 "\tssid=%s\n",
		 str_text(&ssid));
	if (network->hidden)
		str_adds(&conf, "\t# It is not named in beacons: asked for.\n\tscan_ssid=1\n");
	add_security(topo, link, end, &conf);
	add_frequencies(link, "scan_freq", &conf);
	add_frequencies(link, "freq_list", &conf);
	if (count_named(topo, link, network->ssid) > 1)
		str_adds(&conf,
			 "\t# Below -70 dBm look every 20 s for an access point that is heard "
			 "better.\n\tbgscan=\"simple:20:-70:600\"\n");
	str_adds(&conf, "}\n");
	plan_add_text(node, SUPPLICANT_CONF, 0600, &conf);
	plan_add_service(node, "wpa_supplicant", "", command);
	add_join(nic, node);
	/* A scan that missed the beacon is repeated after 1 s, not after 5; for what comes then,
	 * see add_join. */
	plan_add_check(node, PLAN_SETTLED, SUPPLICANT_CONF,
		       xasprintf("%s has joined '%s'", nic, network->ssid),
		       xasprintf("w='wpa_cli -i %s'\n"
				 "$w scan_interval 1 | grep -qx OK && "
				 "$w status | grep -qx wpa_state=COMPLETED || {\n"
				 "! $w list_networks | grep -q TEMP-DISABLED ||\n"
				 "{ $w disable_network all; $w enable_network all; } >/dev/null\n"
				 "false\n}",
				 nic));
}

/* It listens on one channel to all that is in the air, as a capture sees it. */
static void add_monitor(const struct topo_link *link, const struct topo_end *end, const char *nic,
			struct plan_node *node)
{
	unsigned int channel = end->channel ? end->channel : link->channel;
	auto_free char *lines = xasprintf("iw dev %s set type monitor\n"
					  "ip link set dev %s up\n"
					  "iw dev %s set channel %u\n",
					  nic, nic, nic, channel);

	plan_add_lines(node, PLAN_SETUP, lines);
	plan_add_check(node, PLAN_READY, NULL, xasprintf("%s listens on channel %u", nic, channel),
		       xasprintf("iw dev %s info | grep -q 'channel %u '", nic, channel));
}

void plan_radio(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	char mac[NET_TEXT];

	for (size_t i = 0; i < from->n_nics; i++) {
		const struct topo_end *end = plan_end_of(topo, from, i);
		auto_free char *command = NULL;

		if (!end)
			continue;
		assert(end->nic == i); /* one radio a node */
		command = xasprintf(PLAN_LIB "/labd-radio run %s",
				    net_mac_text(from->nics[i].mac, mac));
		plan_add_service(node, "radio", "", command);
		if (from->nics[i].monitor)
			add_monitor(plan_wifi_of(topo, &from->nics[i]), end, from->nics[i].name,
				    node);
		else if (!from->nics[i].access_point)
			add_station(topo, plan_wifi_of(topo, &from->nics[i]), end, from, node);
	}
}
