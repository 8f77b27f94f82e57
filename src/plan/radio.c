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

static void add_station(const struct topo *topo, const struct topo_link *link,
			const struct topo_end *end, const struct topo_node *from,
			struct plan_node *node)
{
	const char *nic = from->nics[end->nic].name;
	auto_free char *command =
		xasprintf("wpa_supplicant -i %s -D nl80211 -c " SUPPLICANT_CONF, nic);
	auto_str struct str conf = { 0 }, ssid = { 0 };

	add_ssid(link->ssid, &ssid);
	str_addf(&conf,
		 "ctrl_interface=/run/wpa_supplicant\n"
		 "# Listen for beacons; ask nobody.\n"
		 "passive_scan=1\n"
		 "network={\n"
		 "\tssid=%s\n"
		 "\tpsk=\"%s\"\n"
		 "\tproto=RSN\n"
		 "\tkey_mgmt=WPA-PSK\n"
		 "\tpairwise=CCMP\n"
		 "\tgroup=CCMP\n",
		 str_text(&ssid), link->passphrase);
	add_frequencies(link, "scan_freq", &conf);
	add_frequencies(link, "freq_list", &conf);
	if (topo_access_points(topo, link) > 1)
		str_adds(&conf,
			 "\t# Below -70 dBm look every 20 s for an access point that is heard "
			 "better.\n\tbgscan=\"simple:20:-70:600\"\n");
	str_adds(&conf, "}\n");
	plan_add_text(node, SUPPLICANT_CONF, 0600, &conf);
	plan_add_service(node, "wpa_supplicant", "", command);
	/*
	 * A scan that missed the beacon is repeated after 1 s, not after 5. A guest that is slow to
	 * tell its supplicant what it has associated with is taken for one with a wrong key, and
	 * the network is left alone for up to 15 minutes: it is enabled again.
	 */
	plan_add_check(node, PLAN_SETTLED, SUPPLICANT_CONF,
		       xasprintf("%s has joined '%s'", nic, link->ssid),
		       xasprintf("wpa_cli -i %s scan_interval 1 | grep -qx OK && wpa_cli -i %s "
				 "status | grep -qx wpa_state=COMPLETED || {\n"
				 "! wpa_cli -i %s list_networks | grep -q TEMP-DISABLED ||\n"
				 "wpa_cli -i %s enable_network all >/dev/null\n"
				 "false\n}",
				 nic, nic, nic, nic));
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
		if (!from->nics[i].access_point)
			add_station(topo, plan_wifi_of(topo, &from->nics[i]), end, from, node);
	}
}
