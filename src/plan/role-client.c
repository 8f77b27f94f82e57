/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The laptop: a DHCP client that gives its lease back when told to, a stub resolver, and curl.
 *
 * busybox's udhcpc stays in the foreground under its supervisor. SIGUSR2 makes it release and fall
 * silent, SIGUSR1 makes it start over with DISCOVER. Both end in a call of udhcpc.script, which
 * says so in a FIFO: whoever asked for the one or the other waits there and needs no clock.
 */
#include <assert.h>

#include "base/str.h"
#include "plan/build.h"

#define EVENT "/run/labd/lease.event"
#define WAIT_S "60" /* for the client's script, which a busy emulated guest runs in seconds */
#define UDHCPC_RUN "mkdir -p /run/labd\n[ -p " EVENT " ] || mkfifo " EVENT "\n"

static const char udhcpc_script[] =
	"#!/bin/sh\n"
	"# What udhcpc calls when a lease is won, renewed or lost.\n"
	"case $1 in\n"
	"deconfig)\n"
	"\t: >" PLAN_LEASE "\n"
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
	"$lease\" >" PLAN_LEASE "\n"
	"\t;;\n"
	"esac\n"
	"# Read and write: opening does not wait for a reader, and without one the word is lost, "
	"as it should be.\n"
	"echo \"$1\" 1<>" EVENT "\n";

/* %s: what it does; the signal; the word that ends the wait. read -t is busybox's, not POSIX's. */
static const char lease_command[] =
	"#!/bin/busybox sh\n"
	"# %s\n"
	"exec 3<>" EVENT "\n"
	"%ssv %s udhcpc >/dev/null || exit 1\n"
	"while read -r -t " WAIT_S " word <&3; do\n"
	"\tcase $word in %s) exit 0 ;; esac\n"
	"done\n"
	"echo \"$0: no answer from udhcpc within " WAIT_S " s; see /var/log/udhcpc.log\" >&2\n"
	"exit 1\n";

/*
 * The RELEASE is sent to the server alone and the address goes at once; a MAC that is still being
 * asked for then takes the RELEASE with it. So the server's MAC is learned first.
 */
static const char learn_server[] =
	"if [ -s " PLAN_LEASE " ] && read -r _ _ _ server _ <" PLAN_LEASE "; then\n"
	"\tping -q -c 1 -w 10 \"$server\" >/dev/null\n"
	"fi\n";

static void add_dhcp(const struct topo_node *from, struct plan_node *node)
{
	auto_free char *command =
		xasprintf("busybox udhcpc -f -i %s -s " PLAN_LIB "/udhcpc.script -t 5 -T 3 -A 1",
			  from->nics[from->client.nic].name);
	auto_str struct str script = { 0 }, release = { 0 }, renew = { 0 };

	str_adds(&script, udhcpc_script);
	plan_add_text(node, PLAN_LIB "/udhcpc.script", 0755, &script);
	str_addf(&release, lease_command, "Give the lease back (DHCPRELEASE) and fall silent.",
		 learn_server, "2", "deconfig");
	plan_add_text(node, PLAN_LIB "/release", 0755, &release);
	str_addf(&renew, lease_command, "Get a lease, from DISCOVER on if there is none.", "", "1",
		 "bound|renew");
	plan_add_text(node, PLAN_LIB "/renew", 0755, &renew);
	plan_add_service(node, "udhcpc", UDHCPC_RUN, command);
	plan_add_check(node, xasprintf("%s has a lease", from->nics[from->client.nic].name),
		       xstrdup("[ -s " PLAN_LEASE " ]"));
}

static void add_reach_checks(const struct topo *topo, struct plan_node *node)
{
	for (size_t i = 0; i < topo->n_nodes; i++)
		if (topo->nodes[i].web.host)
			plan_add_reach_check(node, &topo->nodes[i]);
}

void plan_role_client(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	static const char curlrc[] =
		"# The lab's own authority is the only one this machine knows.\n"
		"cacert = " PLAN_CA_CERT "\n";

	if (from->client.nic == SIZE_MAX)
		return;
	assert(from->client.nic < from->n_nics);
	plan_add_file(node, "/root/.curlrc", 0644, curlrc, sizeof(curlrc) - 1);
	if (plan_asks_dhcp(from))
		add_dhcp(from, node);
	add_reach_checks(topo, node);
}
