/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The laptop: a DHCP client that gives its lease back when told to, a stub resolver, and curl.
 *
 * busybox's udhcpc stays in the foreground under its supervisor. SIGUSR2 makes it release and fall
 * silent, SIGUSR1 makes it start over with DISCOVER. Both end in a call of udhcpc.script, which
 * says so in a FIFO: whoever asked for the one or the other waits there and needs no clock.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "plan/build.h"
#include "role/nat.h"
#include "role/role.h"
#include "role/web-server.h"
#include "topo/load.h"
#include "topo/rules.h"

/* <client nic= dhcp=> : stub resolver and curl; DHCP client (RFC 2131) where the NIC has no address
 * and makes itself none, or with dhcp="yes". */
struct role_client {
	size_t nic; /* SIZE_MAX: there is no such NIC, which was said */
};

static void *load_client(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_client *client = xcalloc(1, sizeof(*client));

	client->nic = load_nic_ref(load, node, at, "nic", xml_tainted(xml_parent(at)));
	if (client->nic != SIZE_MAX) {
		struct topo_nic *nic = &node->nics[client->nic];

		nic->station = true;
		nic->dhcp |=
			xml_attr_flag(load->problems, at, "dhcp", !nic->addresses.n && !nic->slaac);
	}
	return client;
}

static void check_client(struct rules *rules, size_t node, const void *model,
			 const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct role_client *client = model;
	const struct topo_nic *from;
	const struct iface *nic;

	if (client->nic == SIZE_MAX)
		return;
	from = &of->nics[client->nic];
	nic = iface_of_nic(rules, node, client->nic);
	if (from->link == SIZE_MAX)
		xml_problem(rules->problems, at, "nic", "NIC '%s' is on no link", from->name);
	if (iface_above(rules, node, client->nic) != nic)
		xml_problem(rules->problems, at, "nic", "NIC '%s' is a port of a bridge",
			    nic->name);
	/* Without a link there is nobody at all, which has been said. */
	if (from->dhcp && from->link != SIZE_MAX && rules_are_whole(rules) &&
	    !iface_hears_dhcp(rules, nic))
		xml_problem(rules->problems, at, "nic",
			    "no dhcp-server hears the broadcasts of NIC '%s'", nic->name);
}

#define LEASE "/run/labd/lease"
#define EVENT "/run/labd/lease.event"
#define WAIT_S "60" /* for the client's script, which a busy emulated guest runs in seconds */
#define UDHCPC_RUN "mkdir -p /run/labd\n[ -p " EVENT " ] || mkfifo " EVENT "\n"

static const char udhcpc_script[] =
	"#!/bin/sh\n"
	"# What udhcpc calls when a lease is won, renewed or lost.\n"
	"case $1 in\n"
	"deconfig)\n"
	"\t: >" LEASE "\n"
	"\t: >/etc/resolv.conf\n"
	"\tip -batch - <<-END\n"
	"\t\taddress flush dev $interface\n"
	"\t\tlink set dev $interface up\n"
	"\tEND\n"
	"\t;;\n"
	"bound|renew)\n"
	"\tip -batch - <<-END\n"
	"\t\taddress replace $ip/$mask broadcast + dev $interface\n"
	"\t\t${router:+route replace default via ${router%% *} dev $interface" PLAN_RTO "}\n"
	"\tEND\n"
	"\tfor server in $dns; do\n"
	"\t\techo \"nameserver $server\"\n"
	"\tdone >/etc/resolv.conf\n"
	"\techo \"$interface $ip/$mask server $serverid router ${router%% *} dns $dns lease "
	"$lease\" >" LEASE "\n"
	"\t;;\n"
	"esac\n"
	"# Read and write: opening does not wait for a reader, and without one the word is lost, "
	"as it should be.\n"
	"echo \"$1\" 1<>" EVENT "\n";

/* %s: what it does; what comes first; the signal; the word that ends the wait; what else does. read
 * -t is busybox's, not POSIX's. */
static const char lease_command[] =
	"#!/bin/busybox sh\n"
	"# %s\n"
	"exec 3<>" EVENT "\n"
	"%ssv %s udhcpc >/dev/null || exit 1\n"
	"while read -r -t " WAIT_S " word <&3; do\n"
	"\tcase $word in %s) exit 0 ;; esac\n"
	"%s"
	"done\n"
	"echo \"$0: no answer from udhcpc within " WAIT_S " s; see /var/log/udhcpc.log\" >&2\n"
	"exit 1\n";

/* udhcpc itself never gives up: a round is five DISCOVERs, in 16 s. */
static const char enough_rounds[] =
	"\t[ $word != leasefail ] || n=$((n + 1))\n"
	"\t[ \"$n\" != 4 ] || { echo \"$0: no DHCP server answers\" >&2; exit 1; }\n";

/*
 * The RELEASE is sent to the server alone and the address goes at once; a MAC that is still being
 * asked for then takes the RELEASE with it. So the server's MAC is learned first.
 */
static const char learn_server[] =
	"if [ -s " LEASE " ] && read -r _ _ _ server _ <" LEASE "; then\n"
	"\tping -q -c 1 -w 10 \"$server\" >/dev/null\n"
	"fi\n";

static void add_dhcp(const char *nic, struct plan_node *node)
{
	auto_free char *command = xasprintf(
		"busybox udhcpc -f -i %s -s " PLAN_LIB "/udhcpc.script -t 5 -T 3 -A 1", nic);
	auto_str struct str script = { 0 }, release = { 0 }, renew = { 0 };

	str_adds(&script, udhcpc_script);
	plan_add_text(node, PLAN_LIB "/udhcpc.script", 0755, &script);
	str_addf(&release, lease_command, "Give the lease back (DHCPRELEASE) and fall silent.",
		 learn_server, "2", "deconfig", "");
	plan_add_text(node, PLAN_LIB "/release", 0755, &release);
	str_addf(&renew, lease_command, "Get a lease, from DISCOVER on if there is none.", "n=0\n",
		 "1", "bound|renew", enough_rounds);
	plan_add_text(node, PLAN_LIB "/renew", 0755, &renew);
	plan_add_service(node, "udhcpc", UDHCPC_RUN, command);
	plan_add_check(node, PLAN_SETTLED, NULL, xasprintf("%s has a lease", nic),
		       xstrdup("[ -s " LEASE " ]"));
}

/* Asked on its own port: whether a ping is answered is another matter. */
static void add_reach_check(const struct topo_node *server, struct net_addr at, unsigned int port,
			    struct plan_node *node)
{
	char ip[NET_TEXT];

	(void)net_addr_text(at, ip);
	plan_add_check(
		node, PLAN_WHOLE, NULL,
		xasprintf("reaches %s%s", server->name, at.family == NET_IPV6 ? " by IPv6" : ""),
		xasprintf("timeout 10 bash -c ':</dev/tcp/%s/%u' || {\n"
			  "[ $? != 124 ] || echo 'no answer from %s, port %u, within 10 s'\n"
			  "false\n}",
			  ip, port, ip, port));
}

static void add_reach_checks(const struct topo *topo, const struct topo_node *from,
			     struct plan_node *node)
{
	struct plan_iface iface;
	bool ipv4 = topo_asks_dhcp(from) || plan_iface(from, 0, &iface);

	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *to = &topo->nodes[i];
		const struct role_web_server *server = web_server_of(to);
		struct net_addr at = plan_address_of(to, NET_IPV4);
		struct net_addr ipv6 = plan_address_of(to, NET_IPV6);
		unsigned int port = server && server->sites->https ? 443 : 80;

		if (server && topo_speaks_ipv6(from) && ipv6.family)
			add_reach_check(to, ipv6, port, node);
		if (server && ipv4 && at.family && nat_way(topo, from, to, false, &at, &port) &&
		    !(net_addr_equal(at, plan_address(to)) && plan_is_hidden(from, to)))
			add_reach_check(to, at, port, node);
	}
}

static void plan_client(const struct topo *topo, const struct topo_node *from, const void *model,
			struct plan_node *node)
{
	const struct role_client *client = model;
	static const char curlrc[] =
		"# The lab's own authority is the only one this machine knows.\n"
		"cacert = " PLAN_CA_CERT "\n";

	assert(client->nic < from->n_nics);
	plan_add_file(node, "/root/.curlrc", 0644, curlrc, sizeof(curlrc) - 1);
	if (from->nics[client->nic].dhcp)
		add_dhcp(from->nics[client->nic].name, node);
	add_reach_checks(topo, from, node);
}

const struct topo_role role_client = {
	.name = "client",
	.sign = "laptop",
	.person = true,
	.load = load_client,
	.check = check_client,
	.plan = plan_client,
	.free = free,
};
