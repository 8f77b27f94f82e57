/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that people know from other tools (Kathara, containerlab, GNS3, docker, ip), and ours. */
#include "labctl/args.h"

#include "base/auto.h"

#define COPY                                                                                     \
	"`labctl cp` copies; `labctl ssh-config >lab.conf` is for programs that use ssh, as -F " \
	"lab.conf"
#define ONE_NODE                                                                                \
	"`labctl down` ends the lab, `labctl restart NODE` reboots one node, and `labctl link " \
	"LINK down` cuts one off"
#define LOOK "`labctl capture NODE:NIC` captures live, and `labctl open` opens a run in Wireshark"

const struct foreign_word foreign_words[] = {
	{ "deploy", "up", NULL },
	{ "lstart", "up", NULL },
	{ "create", "up", NULL },
	{ "destroy", "down", NULL },
	{ "lclean", "down", NULL },
	{ "list", "ls", NULL },
	{ "inspect", "status", NULL },
	{ "linfo", "status", NULL },
	{ "show", "status", NULL },
	{ "info", "status", NULL },
	{ "exec", "ssh", NULL },
	{ "connect", "ssh", NULL },
	{ "shell", "ssh", NULL },
	{ "sh", "ssh", NULL },
	{ "attach", "console", NULL },
	{ "reboot", "restart", NULL },
	{ "reload", "restart", NULL },
	{ "lint", "validate", NULL },
	{ "links", "link", NULL },
	{ "scp", "cp", NULL },
	{ "sftp", NULL, COPY },
	{ "rsync", NULL, COPY },
	{ "stop", NULL, ONE_NODE },
	{ "kill", NULL, ONE_NODE },
	{ "rm", NULL, ONE_NODE "; `labctl runs rm RUN` removes a run" },
	{ "delete", NULL, ONE_NODE "; `labctl runs rm RUN` removes a run" },
	{ "remove", NULL, ONE_NODE "; `labctl runs rm RUN` removes a run" },
	{ "pause", NULL, ONE_NODE },
	{ "lrestart", NULL, "`labctl down` and `labctl up TOPOLOGY` bring a lab up again" },
	{ "start", NULL,
	  "`labctl up TOPOLOGY` brings a lab up, and `labctl restart NODE` reboots one node" },
	{ "wipe", NULL, "`labctl down --all` ends all your labs and removes them" },
	{ "prune", NULL, "`labctl runs prune` removes runs, and `labctl image prune` images" },
	{ "ps", NULL,
	  "`labctl ls` lists the labs, `labctl status` the nodes of one, and `labctl ssh NODE ps` "
	  "a "
	  "node's processes" },
	{ "nodes", NULL, "`labctl status` lists the nodes of a lab" },
	{ "top", NULL,
	  "`labctl status` shows how much memory each node uses, and `labctl ssh NODE top` what "
	  "runs on "
	  "one" },
	{ "stats", NULL, "`labctl status` shows how much memory each node uses" },
	{ "ping", NULL, "`labctl ssh NODE ping -c 3 ADDRESS` pings from a node" },
	{ "pingall", NULL, "`labctl status --whole` asks each node for what it should reach" },
	{ "ip", NULL, "`labctl ssh NODE ip address` shows a node's addresses" },
	{ "ifconfig", NULL, "`labctl ssh NODE ip address` shows a node's addresses" },
	{ "route", NULL, "`labctl ssh NODE ip route` shows what a node's kernel knows" },
	{ "birdc", NULL, "`labctl ssh NODE birdc show route` shows what a router knows" },
	{ "vtysh", NULL, "`labctl ssh NODE birdc show route` shows what a router knows" },
	{ "arp", NULL, "`labctl ssh NODE ip neighbour` shows a node's neighbours" },
	{ "traceroute", NULL, "`labctl ssh NODE traceroute ADDRESS` asks from a node" },
	{ "dig", NULL, "`labctl ssh NODE kdig NAME` asks from a node" },
	{ "nslookup", NULL, "`labctl ssh NODE kdig NAME` asks from a node" },
	{ "curl", NULL, "`labctl ssh NODE curl URL` asks from a node" },
	{ "nft", NULL, "`labctl ssh NODE nft list ruleset` shows a node's filters and NAT" },
	{ "iptables", NULL, "`labctl ssh NODE nft list ruleset` shows a node's filters and NAT" },
	{ "tc", NULL, "`labctl link LINK delay=60ms loss=1% rate=10mbit` shapes a link" },
	{ "netem", NULL, "`labctl link LINK delay=60ms loss=1% rate=10mbit` shapes a link" },
	{ "sniff", NULL, LOOK },
	{ "tcpdump", NULL, LOOK },
	{ "wireshark", NULL, LOOK },
	{ "graph", NULL, "`labctl report` makes a page with the map of a run's lab" },
	{ "events", NULL, "`up`, `run` and `restart` report events with --json, one per line" },
	{ "build", NULL, "`labctl image build` builds what the nodes boot from" },
	{ "pull", NULL, "`labctl image build` builds what the nodes boot from" },
	{ "version", NULL, "`labctl --version` prints it" },
	{ "install", NULL, "`labctl doctor` says what this machine lacks" },
};
const size_t foreign_n = ARRAY_SIZE(foreign_words);
