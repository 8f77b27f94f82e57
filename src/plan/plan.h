/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan: everything that will be done for a topology, decided before anything is done.
 * Pure: the same topology gives the same plan; no key, no clock, no file of the host.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/json.h"
#include "topo/topo.h"

/* What a file's content is: text decided here, or a secret of the lab that labd fills in. */
enum plan_content {
	PLAN_CONTENT_DATA,
	PLAN_CONTENT_CA_CERT,   /* the lab's CA certificate, PEM */
	PLAN_CONTENT_SITE_CERT, /* a certificate for subject, PEM, with the CA's behind it */
	PLAN_CONTENT_SITE_KEY,  /* its private key, PEM */
	PLAN_CONTENT_ZONE_KEY,  /* the private key of that name that signs a DNS zone, PEM */
	PLAN_CONTENT_ZONE_DS,   /* the DS record of the zone that this key signs */
};

struct plan_file {
	char *path; /* absolute in the guest */
	mode_t mode;
	enum plan_content content;
	/* Host name of PLAN_CONTENT_SITE_*; a key's name of PLAN_CONTENT_ZONE_*, which is any word,
	 * a dot, and the zone: "ksk.example.com."; else NULL. */
	char *subject;
	/* What is wrong with that certificate, on purpose: "expired", "wrong-name", "self-signed";
	 * NULL: nothing; static. */
	const char *fault;
	char *data; /* PLAN_CONTENT_DATA */
	size_t len;
};

/* What a check is about, and with it when it is asked. */
/* Prints what spanning tree made of the node's bridges; where one has it. */
#define PLAN_TREE "/usr/lib/labd/spanning-tree"

enum plan_scope {
	PLAN_READY,   /* the node alone: without it the node is not ready */
	PLAN_SETTLED, /* what it finds in the network: neighbours, a cell, a lease */
	PLAN_WHOLE,   /* what one expects of a whole lab: asked once the node has settled */
};
const char *plan_scope_name(enum plan_scope scope);

/*
 * A command for the guest's sh; it holds when it exits 0, and else says why in its last line. The
 * name is what a person waits for.
 */
struct plan_check {
	enum plan_scope scope;
	char *name;
	char *command;
	unsigned int deadline_s; /* the author's own patience; 0: the scope's */
	char *reads;             /* paths, a blank between, of files that it goes by; NULL: none */
};

/* In a node: with a service's name behind it, a file with a line for each time that it was started.
 */
#define PLAN_STARTS "/run/started."

/* In a node: a program that has routers know the neighbours that they speak with; may be missing.
 */
#define PLAN_LIB "/usr/lib/labd"
#define PLAN_MEET PLAN_LIB "/meet"

/* What a node knows, to be shown before and after a run. The command neither changes that nor sends
 * a frame. */
struct plan_table {
	/* "arp", "neighbours", "routes", "routes-ipv6", "switch", "stp", "dns-cache", "leases",
	 * "wifi-keys"; static */
	const char *kind;
	char *command; /* for the guest's sh */
};

struct plan_nic {
	char *name; /* in the guest, as the topology names it */
	struct net_mac mac;
	char tap[16]; /* host side, unique in the lab: "t<node>.<nic>" by index; "" for a radio */
	size_t link;  /* index into plan.links; SIZE_MAX: not connected */
};

/*
 * One guest. Provisioning is: write files, run /etc/labd/setup (a file among files; /bin/sh, brings
 * interfaces, bridges, addresses, sysctls up; it makes the radio and names NICs by their MACs), run
 * /usr/lib/labd/start-services (every services[i] is /etc/service/<name>/run among files), then the
 * runs.
 */
struct plan_node {
	char *name;
	unsigned int memory_mib;
	char *cmdline; /* of the kernel */
	struct plan_nic *nics;
	size_t n_nics;
	struct plan_file *files;
	size_t n_files;
	char **services;
	size_t n_services;
	char **runs;
	size_t n_runs;
	struct plan_check *checks; /* by scope */
	size_t n_checks;
	struct plan_table *tables;
	size_t n_tables;
	/* What it lends or signs is good for so long, and renewed at half of it; the shortest. 0:
	 * nothing of the kind. */
	unsigned int lends_s;
};

/* One end of a link. */
struct plan_end {
	size_t node, nic;       /* indexes */
	size_t network;         /* Wi-Fi: index into the link's networks */
	struct net_shape shape; /* of a wire: what it does to what this end sends */
};

struct plan_link {
	char *name; /* in the topology */
	enum topo_link_kind kind;
	struct plan_end *ends; /* the topology's order */
	size_t n_ends;
	/* A wire: its ends' two taps in a bridge, or in a cable when a shape is not plain. */
	char bridge[16]; /* "br<index>" */
	bool down;       /* unplugged until somebody plugs it in */
	/* Wi-Fi: the air between its ends, each the one radio of its node. */
	struct topo_ssid *networks; /* the link's own first */
	size_t n_networks;
	struct topo_path *paths; /* a and b: indexes of ends */
	size_t n_paths;
};

struct plan {
	char *lab;
	char *packages; /* of Debian, for the image; a blank between; NULL: none beyond ours */
	bool whole;     /* a lab that is not whole has failed to come up */
	struct plan_node *nodes; /* the order of the topology */
	size_t n_nodes;
	struct plan_link *links; /* the order of the topology */
	size_t n_links;
};

/* The node's radio among its NICs, NULL when it has none. */
const struct plan_nic *plan_radio_of(const struct plan_node *node);

/*
 * Cannot fail: the rules of topo let nothing pass that cannot be planned. To be freed by plan_free;
 * no text in it is the topology's.
 */
void plan_build(const struct topo *topo, struct plan *ret);
void plan_free(struct plan *plan);
AUTO_DEFINE(plan_auto, struct plan, plan_free)
#define auto_plan AUTO(plan_autop)

/* For people and golden files; and for machines (a new reference). */
void plan_print(const struct plan *plan, struct str *out);
json_t *plan_to_json(const struct plan *plan);

#endif
