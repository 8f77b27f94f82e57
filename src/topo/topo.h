/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab as written: networks, nodes with their roles, and links. */
#ifndef TOPO_TOPO_H
#define TOPO_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/mac.h"
#include "net/shape.h"
#include "xml/xml.h"

/* <network name= prefix=> */
struct topo_network {
	char *name;
	struct net_prefix prefix; /* host bits are zero */
};

/*
 * <nic name= mac= address=> : a virtio NIC, at most 15 bytes of name (IFNAMSIZ).
 * The mac is never all zero after topo_load: one that the file does not give is derived
 * from the names of node and NIC, locally administered (x2), the same in every lab.
 */
struct topo_nic {
	char *name;
	struct net_mac mac;
	bool mac_given;
	struct net_prefix address; /* len 0: none */
	bool dhcp;                 /* <client> without an address here: it asks for one */
	size_t link;               /* index into topo.links; SIZE_MAX: not connected */
};

/* <bridge name= ports="eth0 eth1" mac= address=> : a learning bridge (IEEE 802.1D, no STP) */
struct topo_bridge {
	char *name;
	struct net_mac mac; /* all zero: the kernel's choice */
	struct net_prefix address;
	size_t *ports; /* indexes into the node's nics */
	size_t n_ports;
};

/* <route to="0.0.0.0/0" via="68.85.2.1"> */
struct topo_route {
	struct net_prefix to;
	struct net_addr via;
};

/* <client nic=> : stub resolver and curl; DHCP client (RFC 2131) where the NIC has no address. */
struct topo_client {
	size_t nic; /* SIZE_MAX: no client role */
};

/* <access-point nic= > : hostapd on a NIC whose link is a medium. */
struct topo_access_point {
	size_t nic; /* SIZE_MAX: none */
};

/* <dhcp-server on= first= last= lease= router= dns=> : pool, lease in seconds, options 3 and 6 */
struct topo_dhcp_server {
	char *on; /* interface name (NIC or bridge); NULL: no such role */
	struct net_addr first, last, router, dns;
	unsigned int lease_s;
};

/*
 * <ospf nics="eth0 eth1" static="yes"> : area 0 (RFC 2328) on those NICs. The node's addresses are
 * announced, <originate> is not; its static routes (<route>, other than the default route) are with
 * static="yes".
 */
struct topo_ospf {
	bool enabled;
	bool statics; /* static="yes": redistribute <route> */
	size_t *nics;
	size_t n_nics;
};

/* <neighbor node=> : a BGP session to the adjacent (eBGP) or any (iBGP) node that speaks BGP */
struct topo_bgp {
	uint32_t as;       /* 0: no BGP */
	size_t *neighbors; /* indexes of nodes */
	size_t n_neighbors;
	size_t *originate; /* indexes of networks that this AS announces (RFC 4271) */
	size_t n_originate;
};

/* <router> : forwards IPv4; holds <ospf> and <bgp> */
struct topo_router {
	bool enabled;
	struct topo_ospf ospf;
	struct topo_bgp bgp;
};

/* <block name= answer=> in <resolver> : the resolver lies about this name */
struct topo_block {
	char *name;
	struct net_addr answer;
};

/* <resolver> : recursive resolver with a cache that starts from the root (RFC 1034, 4.3.1) */
struct topo_resolver {
	bool enabled;
	struct topo_block *blocks;
	size_t n_blocks;
};

/*
 * <record name= type= data= ttl=> : one resource record in presentation format; name relative to
 * its zone, lower case, "@" the apex. ttl is the zone's where the file gives none.
 */
struct topo_record {
	char *name, *type, *data;
	unsigned int ttl;
};

/*
 * <zone name="com." ns="a.gtld-servers.net." ttl=> in <name-server>: this node is authoritative for
 * the zone. SOA, NS, delegations to child zones of this topology, and their glue are derived by
 * plan.
 */
struct topo_zone {
	char *name; /* absolute, lower case, with the final dot; "." is the root */
	char *ns;   /* the server's own name, absolute */
	unsigned int ttl;
	struct topo_record *records;
	size_t n_records;
};

/*
 * <web-server host= > : HTTPS with HTTP/2 and a certificate of the lab's own CA; port 80 redirects
 */
struct topo_web_server {
	char *host; /* NULL: no such role */
};

/*
 * <file path= mode=> inline text, encoding="base64", or source= beside the topology (read by
 * topo_load, 1 MiB at most)
 */
struct topo_file {
	char *path; /* absolute in the guest */
	mode_t mode;
	char *data;
	size_t len;
};

struct topo_node {
	char *name;
	unsigned int line;                  /* where it stands in the file */
	char *description, *description_ko; /* may be NULL */
	unsigned int memory_mib;
	struct topo_nic *nics;
	size_t n_nics;
	struct topo_bridge *bridges;
	size_t n_bridges;
	struct topo_route *routes;
	size_t n_routes;
	struct net_addr dns; /* resolver that a node without DHCP uses */
	struct topo_client client;
	struct topo_access_point access_point;
	struct topo_dhcp_server dhcp_server;
	struct topo_router router;
	struct topo_resolver resolver;
	struct topo_zone *zones; /* non-empty: authoritative name server */
	size_t n_zones;
	struct topo_web_server web;
	struct topo_file *files;
	size_t n_files;
	char **runs; /* <run> commands, given to the guest's sh -c after the roles are up */
	size_t n_runs;
};

enum topo_link_kind { TOPO_LINK_WIRE, TOPO_LINK_WIFI };
const char *topo_link_kind_name(enum topo_link_kind kind);

/* One end of a link. */
struct topo_end {
	size_t node, nic;     /* indexes */
	unsigned int channel; /* of an access point that is not on the link's; else 0 */
};

/* <path from= to= signal="-75" loss="10%"> : what lies between two radios, both ways. */
struct topo_path {
	size_t a, b;       /* indexes of the link's ends; SIZE_MAX where the file is wrong */
	int signal;        /* dBm, negative */
	uint32_t loss_ppm; /* 1000000: out of range of one another */
};
#define TOPO_SIGNAL (-50) /* dBm between radios of which nothing is said */

/*
 * <link name= kind="wire" delay= jitter= loss= rate=> <end node= nic=/> <end .../> </link>
 * <link name= kind="wifi" ssid= passphrase= channel=> two or more ends, some paths </link>
 */
struct topo_link {
	char *name;
	enum topo_link_kind kind;
	struct topo_end *ends;
	size_t n_ends;
	struct net_shape shape;  /* wire */
	char *ssid, *passphrase; /* wifi */
	unsigned int channel;    /* wifi, 1..11 */
	struct topo_path *paths; /* wifi */
	size_t n_paths;
};

struct topo {
	char *name; /* [a-z0-9-], 1..32, no hyphen at either end */
	char *description;
	struct topo_network *networks;
	size_t n_networks;
	struct topo_node *nodes;
	size_t n_nodes;
	struct topo_link *links;
	size_t n_links;
	struct xml_problems notes; /* what is not wrong and hardly meant */
	/*
	 * The document after XInclude, with every <file source=> made inline (base64): loading this
	 * text again gives the same topology without any other file.
	 */
	char *flat;
};

/* Findings about a file are src/xml's; these are their older names. */
#define topo_problem xml_problem
#define topo_problems xml_problems
#define topo_problems_free xml_problems_free
#define auto_problems auto_xml_problems

/*
 * Loads and checks a file. schema_dir holds topology.rng. Returns 0 with *ret filled, or -EINVAL
 * with every problem of the file listed (err: the first one and how many), or another code when the
 * file cannot be read at all.
 */
int topo_load(const char *path, const char *schema_dir, struct topo *ret,
	      struct topo_problems *problems, struct err *err);
/*
 * The same from text (topo.flat); name stands for the file in messages; no file is read but the
 * schema.
 */
int topo_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
		   struct topo *ret, struct topo_problems *problems, struct err *err);
void topo_free(struct topo *topo);
AUTO_DEFINE(topo_auto, struct topo, topo_free)
#define auto_topo AUTO(topo_autop)

/* Index of the node, or SIZE_MAX. */
size_t topo_find_node(const struct topo *topo, const char *name);
size_t topo_find_nic(const struct topo_node *node, const char *name);
/* Whether frames can be captured there: at a node's NIC on a wire, or, of node "wifi", on the Wi-Fi
 * link nic. With nic NULL: whether there is such a node, or any Wi-Fi link. */
bool topo_has_port(const struct topo *topo, const char *node, const char *nic);

#endif
