/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An access point: hostapd on a NIC whose link is a medium.
 *
 * IEEE 802.11g without QoS: legacy rates are what a capture can tell, and the frames stay readable.
 * The beacon interval is the usual 100 TU; with longer ones a passive scan, which stays 111 ms on a
 * channel, misses beacons.
 */
#include <stdint.h>
#include <stdlib.h>

#include "plan/build.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define HOSTAPD_CONF "/etc/hostapd.conf"
#define USERS "/etc/hostapd.users"
#define SERVER_CERT "/etc/hostapd.crt"
#define SERVER_KEY "/etc/hostapd.key"

/* <access-point nic=> */
struct role_access_point {
	size_t nic; /* SIZE_MAX: there is no such NIC, which was said */
};

static void *load_access_point(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_access_point *point = xcalloc(1, sizeof(*point));

	point->nic = load_nic_ref(load, node, at, "nic", xml_tainted(xml_parent(at)));
	if (point->nic != SIZE_MAX)
		node->nics[point->nic].access_point = true;
	return point;
}

static void check_access_point(struct rules *rules, size_t node, const void *model,
			       const struct xml_node *at)
{
	const struct role_access_point *point = model;
	const struct topo_nic *nic;

	if (point->nic == SIZE_MAX)
		return;
	nic = &rules->topo->nodes[node].nics[point->nic];
	if (nic->link == SIZE_MAX || rules->topo->links[nic->link].kind != TOPO_LINK_WIFI)
		xml_problem(rules->problems, at, "nic", "NIC '%s' is on no Wi-Fi link", nic->name);
}

static const char *bridge_of(const struct topo_node *node, size_t nic)
{
	size_t i, j;

	for (i = 0; i < node->n_bridges; i++)
		for (j = 0; j < node->bridges[i].n_ports; j++)
			if (node->bridges[i].ports[j].nic == nic)
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
static void add_roaming(const char *nic, struct str *conf, struct str *before,
			struct plan_node *node)
{
	str_adds(
		conf,
		"# Its stations' frames go through the bridge, also those to one another: it knows "
		"who has gone over\n# to another access point.\nap_isolate=1\n");
	/* Each hostapd, also one that a supervisor starts again, makes the radio a new port. Two
	 * minutes are for one that is slow, and not for one that never comes up. */
	str_addf(before,
		 "( (n=0; until [ $((n += 1)) -gt 240 ] || { hostapd_cli -i %s status | grep -qx "
		 "state=ENABLED && bridge link set dev %s hairpin on; }; do sleep 0.5; done) "
		 "2>/dev/null & )\n",
		 nic, nic);
	plan_add_check(node, PLAN_READY, HOSTAPD_CONF,
		       xasprintf("%s gives back what the bridge sends to its stations", nic),
		       xasprintf("bridge -d link show dev %s | grep -q 'hairpin on'", nic));
}

/* hostapd is its own authentication server (RFC 3748, RFC 2759 within PEAP). */
static void add_enterprise(const struct topo *topo, const struct topo_link *link, size_t network,
			   struct str *conf, struct plan_node *node)
{
	auto_free char *server = plan_eap_server(topo, link, network);
	auto_str struct str users = { 0 };

	str_adds(conf, "ieee8021x=1\n"
		       "eap_server=1\n"
		       "eap_user_file=" USERS "\n"
		       "ca_cert=" PLAN_CA_CERT "\n"
		       "server_cert=" SERVER_CERT "\n"
		       "private_key=" SERVER_KEY "\n");
	str_adds(&users, "# Who may join: first through TLS, then by name and password.\n* PEAP\n");
	for (size_t i = 0; i < link->n_ends; i++)
		if (link->ends[i].network == network && link->ends[i].identity)
			str_addf(&users, "\"%s\" MSCHAPV2 \"%s\" [2]\n", link->ends[i].identity,
				 link->ends[i].password);
	plan_add_text(node, USERS, 0600, &users);
	plan_add_secret(node, SERVER_CERT, 0644, PLAN_CONTENT_SITE_CERT, server, NULL);
	plan_add_secret(node, SERVER_KEY, 0600, PLAN_CONTENT_SITE_KEY, server, NULL);
}

/* The master keys of the stations that are joined: where no passphrase gives them, they are what
 * opens a capture. */
static void add_keys(const char *nic, struct plan_node *node)
{
	auto_free char *command = xasprintf("for s in $(hostapd_cli -i %s list_sta); do\n"
					    "echo \"$s $(hostapd_cli -i %s raw GET_PMK $s)\"\n"
					    "done",
					    nic, nic);

	plan_add_table(node, "wifi-keys", command);
}

static void add_security(const struct topo *topo, const struct topo_link *link, size_t index,
			 const char *nic, struct str *conf, struct plan_node *node)
{
	static const struct {
		const char *about, *key_mgmt;
	} kinds[] = {
		[TOPO_WPA2] = { "WPA2 with a passphrase: CCMP for all.", "WPA-PSK" },
		[TOPO_WPA3] = { "WPA3 with a passphrase: SAE, and management frames are protected.",
				"SAE\nieee80211w=2" },
		[TOPO_WPA2_WPA3] = { "WPA2 and WPA3 with a passphrase: who can do SAE does.",
				     "WPA-PSK SAE\nieee80211w=1\nsae_require_mfp=1" },
		[TOPO_ENTERPRISE] = { "WPA2 with IEEE 802.1X: everybody has a key of their own.",
				      "WPA-EAP" },
		[TOPO_OPEN] = { NULL, NULL },
	};
	const struct topo_ssid *network = &link->networks[index];

	if (network->security == TOPO_OPEN) {
		str_adds(conf, "# Open: no key, nothing is encrypted.\nauth_algs=1\nwpa=0\n");
		return;
	}
	str_addf(conf,
		 "# %s\n"
		 "auth_algs=1\n"
		 "wpa=2\n"
		 "wpa_key_mgmt=%s\n"
		 "rsn_pairwise=CCMP\n"
		 "# Message 3 is sent once, and its answer waited for 4 s: not again after 0.1 s,\n"
		 "# which a station on a busy machine needs at times.\n"
		 "wpa_disable_eapol_key_retries=1\n"
		 "# Message 1 is sent for 7 s, not for 3, which such a station needs as well.\n"
		 "wpa_pairwise_update_count=8\n",
		 kinds[network->security].about, kinds[network->security].key_mgmt);
	if (!topo_passphrase_opens(network) || network->security == TOPO_WPA2_WPA3)
		add_keys(nic, node);
	if (network->security == TOPO_ENTERPRISE)
		add_enterprise(topo, link, index, conf, node);
	else
		str_addf(conf, "wpa_passphrase=%s\n", network->passphrase);
}

static bool is_ascii(const char *text)
{
	while (*text && !(*text & 0x80))
		text++;
	return !*text;
}

static void add_access_point(const struct topo *topo, const struct topo_link *link,
			     const struct topo_end *end, const struct topo_node *from,
			     struct plan_node *node)
{
	const char *nic = from->nics[end->nic].name;
	const char *bridge = bridge_of(from, end->nic);
	const struct topo_ssid *network = &link->networks[end->network];
	auto_str struct str conf = { 0 }, before = { 0 };

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
		 "wmm_enabled=0\n",
		 network->ssid, end->channel ? end->channel : link->channel);
	if (!is_ascii(network->ssid))
		str_adds(&conf, "utf8_ssid=1\n");
	if (network->hidden)
		str_adds(&conf, "# Beacons do not name the network; who asks by its name is "
				"answered.\nignore_broadcast_ssid=1\n");
	add_security(topo, link, end->network, nic, &conf, node);
	if (bridge && topo_access_points(topo, link, end->network) > 1)
		add_roaming(nic, &conf, &before, node);
	plan_add_text(node, HOSTAPD_CONF, 0600, &conf);
	plan_add_service(node, "hostapd", str_text(&before), "hostapd " HOSTAPD_CONF);
	plan_add_check(node, PLAN_READY, HOSTAPD_CONF, xasprintf("%s is an access point", nic),
		       xasprintf("hostapd_cli -i %s status | grep -qx "
				 "state=ENABLED",
				 nic));
}

static void plan_access_point(const struct topo *topo, const struct topo_node *from,
			      const void *model, struct plan_node *node)
{
	const struct role_access_point *point = model;

	add_access_point(topo, plan_wifi_of(topo, &from->nics[point->nic]),
			 plan_end_of(topo, from, point->nic), from, node);
}

const struct topo_role role_access_point = {
	.name = "access-point",
	.load = load_access_point,
	.check = check_access_point,
	.plan = plan_access_point,
	.free = free,
};
