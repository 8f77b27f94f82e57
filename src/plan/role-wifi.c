/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Radios: hostapd at an access point, wpa_supplicant at a client, and under both the agent that
 * carries the radio's frames to the lab's medium.
 *
 * IEEE 802.11g without QoS: legacy rates are what a capture can tell, and the frames stay readable.
 * The beacon interval is the usual 100 TU; with longer ones a passive scan, which stays 111 ms on a
 * channel, misses beacons.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

#define HOSTAPD_CONF "/etc/hostapd.conf"
#define SUPPLICANT_CONF "/etc/wpa_supplicant.conf"
#define CHANNEL_MAX 11

/* Center frequency in MHz of a 2.4 GHz channel (IEEE 802.11 15.4.4.3). */
static unsigned int frequency(unsigned int channel)
{
	return 2407 + 5 * channel;
}

static size_t access_points(const struct topo *topo, const struct topo_link *link)
{
	size_t n = 0, i;

	for (i = 0; i < link->n_ends; i++)
		n += topo->nodes[link->ends[i].node].access_point.nic == link->ends[i].nic;
	return n;
}

static const struct topo_end *end_of(const struct topo_link *link, const struct topo *topo,
				     const struct topo_node *node)
{
	size_t i;

	for (i = 0; i < link->n_ends; i++)
		if (&topo->nodes[link->ends[i].node] == node)
			return &link->ends[i];
	return NULL;
}

static const char *bridge_of(const struct topo_node *node, size_t nic)
{
	size_t i, j;

	for (i = 0; i < node->n_bridges; i++)
		for (j = 0; j < node->bridges[i].n_ports; j++)
			if (node->bridges[i].ports[j] == nic)
				return node->bridges[i].name;
	return NULL;
}

/*
 * A station that has gone over to another access point is still in the list of the one before,
 * which would hand it the frames of its own stations through the air, in vain, for minutes. So the
 * bridge decides: it has learned the station's new place from the frame by which the new one's
 * kernel speaks for it. Frames between two stations of one access point leave by the port they came
 * from.
 */
static void add_roaming(const char *nic, struct str *conf, struct plan_node *node)
{
	str_adds(
		conf,
		"# Its stations' frames go through the bridge, also those to one another: it knows "
		"who has gone over\n# to another access point.\nap_isolate=1\n");
	plan_add_check(node, xasprintf("%s gives back what the bridge sends to its stations", nic),
		       xasprintf("bridge link set dev %s hairpin on", nic));
}

static void add_access_point(const struct topo *topo, const struct topo_link *link,
			     const struct topo_end *end, const struct topo_node *from,
			     struct plan_node *node)
{
	const char *nic = from->nics[end->nic].name;
	const char *bridge = bridge_of(from, end->nic);
	auto_str struct str conf = { 0 };

	str_addf(&conf, "interface=%s\ndriver=nl80211\nctrl_interface=/run/hostapd\n", nic);
	if (bridge)
		str_addf(&conf,
			 "# The radio is a port of the bridge as soon as it is an access "
			 "point.\nbridge=%s\n",
			 bridge);
	str_addf(&conf,
		 "ssid=%s\n"
		 "hw_mode=g\n"
		 "channel=%u\n"
		 "beacon_int=100\n"
		 "wmm_enabled=0\n"
		 "# WPA2 with a passphrase: CCMP for all.\n"
		 "auth_algs=1\n"
		 "wpa=2\n"
		 "wpa_key_mgmt=WPA-PSK\n"
		 "rsn_pairwise=CCMP\n"
		 "# Message 3 is sent once, and its answer waited for 4 s: not again after 0.1 s,\n"
		 "# which a station on a busy machine needs at times.\n"
		 "wpa_disable_eapol_key_retries=1\n"
		 "wpa_passphrase=%s\n",
		 link->ssid, end->channel ? end->channel : link->channel, link->passphrase);
	if (bridge && access_points(topo, link) > 1)
		add_roaming(nic, &conf, node);
	plan_add_text(node, HOSTAPD_CONF, 0600, &conf);
	plan_add_service(node, "hostapd", "", "hostapd " HOSTAPD_CONF);
	plan_add_check(node, xasprintf("%s is an access point", nic),
		       xasprintf("hostapd_cli -i %s status | grep -qx "
				 "state=ENABLED",
				 nic));
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

static void add_client(const struct topo *topo, const struct topo_link *link,
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
	if (access_points(topo, link) > 1)
		str_adds(&conf,
			 "\t# Below -70 dBm look every 20 s for an access point that is heard "
			 "better.\n\tbgscan=\"simple:20:-70:600\"\n");
	str_adds(&conf, "}\n");
	plan_add_text(node, SUPPLICANT_CONF, 0600, &conf);
	plan_add_service(node, "wpa_supplicant", "", command);
	/* A scan that missed the beacon is repeated after 1 s, not after 5. */
	plan_add_check(node, xasprintf("%s has joined '%s'", nic, link->ssid),
		       xasprintf("wpa_cli -i %s scan_interval 1 | grep -qx OK && wpa_cli -i %s "
				 "status | grep -qx wpa_state=COMPLETED",
				 nic, nic));
}

void plan_role_wifi(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	size_t i;

	for (i = 0; i < from->n_nics; i++) {
		const struct topo_link *link = plan_wifi_of(topo, &from->nics[i]);
		const struct topo_end *end = link ? end_of(link, topo, from) : NULL;
		auto_free char *command = NULL;
		char mac[NET_TEXT];

		if (!end)
			continue;
		assert(end->nic == i); /* one radio a node */
		command = xasprintf(PLAN_LIB "/labd-radio run %s",
				    net_mac_text(from->nics[i].mac, mac));
		plan_add_service(node, "radio", "", command);
		if (i == from->access_point.nic)
			add_access_point(topo, link, end, from, node);
		else
			add_client(topo, link, end, from, node);
	}
}
