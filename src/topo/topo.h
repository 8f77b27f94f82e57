/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab as written: networks, nodes, and links. What a node does is its roles' (topo/role.h). */
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

/* address="192.0.2.1/24 192.0.2.9/24" : the first is the one that an interface speaks from. */
struct topo_addresses {
	struct net_prefix *list; /* owned */
	size_t n;
	bool duplicate; /* duplicate="yes": others on the wire may have them too */
};

/*
 * <nic name= mac= address= mtu=> : a virtio NIC, at most 15 bytes of name (IFNAMSIZ).
 * The mac is never all zero after topo_load: one that the file does not give is derived
 * from the names of node and NIC, locally administered (x2), the same in every lab.
 */
struct topo_nic {
	char *name;
	struct net_mac mac;
	bool mac_given;
	struct topo_addresses addresses;
	unsigned int mtu; /* 0: its link's */
	bool slaac; /* it makes itself an IPv6 address of what a router advertises (RFC 4862) */
	bool dhcp;  /* dhcp="yes", or a role says so: it asks for an address */
	/* What the node's roles say of it: */
	bool station;      /* somebody uses the network through it */
	bool access_point; /* a radio: it opens a cell (IEEE 802.11) instead of joining one */
	bool monitor;      /* monitor="yes": a radio that listens to the air, and joins nobody */
	size_t link;       /* index into topo.links; SIZE_MAX: not connected */
	size_t domain;     /* see struct topo_iface */
};

/*
 * <port nic= vlan="10"/>, <port nic= trunk="10 20" native="1"/>, or only its name in ports= :
 * VLANs are IDs of IEEE 802.1Q, 1 to 4094.
 */
struct topo_port {
	size_t nic;      /* index into the node's nics */
	uint16_t vlan;   /* that frames without a tag belong to; 0: none */
	uint16_t *trunk; /* those with a tag; owned */
	size_t n_trunk;
	unsigned int cost, priority; /* of spanning tree; cost 0: by the port's speed */
};

/* <bridge name= ports="eth0 eth1" mac= address=> <port .../> : a learning bridge (IEEE 802.1D);
 * with stp="yes" priority="4096" one with spanning tree */
struct topo_bridge {
	char *name;
	struct net_mac mac; /* all zero: the kernel's choice */
	struct topo_addresses addresses;
	struct topo_port *ports;
	size_t n_ports;
	bool vlans; /* some port names one: the others, and the bridge itself, are in VLAN 1 */
	bool stp;
	unsigned int priority; /* of spanning tree: the lowest becomes the root */
	unsigned int mtu;      /* 0: the least of its ports' */
	bool dhcp;             /* it asks for an address */
	size_t domain;
};

/* <vlan name= on= id= address=> : a device for one VLAN (IEEE 802.1Q) of a NIC or a bridge */
struct topo_vlan {
	char *name;
	size_t nic, bridge; /* below it, an index of one of them; else SIZE_MAX */
	uint16_t id;        /* 0: none, which was said */
	unsigned int mtu;   /* 0: that of what is below it */
	struct topo_addresses addresses;
	size_t domain;
};

/* What becomes of packets there; all but VIA throw them away, silently or with an ICMP error. */
enum topo_route_kind {
	TOPO_ROUTE_VIA,
	TOPO_ROUTE_BLACKHOLE,
	TOPO_ROUTE_UNREACHABLE,
	TOPO_ROUTE_PROHIBIT
};
/* As `ip route` and bird have it: "blackhole". */
const char *topo_route_kind_name(enum topo_route_kind kind);

/* <route to="0.0.0.0/0" via="68.85.2.1"> or <route to="10.0.0.0/8" type="blackhole"> */
struct topo_route {
	struct net_prefix to;
	enum topo_route_kind kind;
	struct net_addr via;
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

/* <check name= deadline=> : a command of the author's that holds in a whole lab, seconds. */
struct topo_check {
	char *name, *command;
	unsigned int deadline_s;
};

/* A role that the node plays. */
struct topo_part {
	const struct topo_role *role;
	void *model; /* the role's own; may be NULL */
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
	struct topo_vlan *vlans;
	size_t n_vlans;
	struct topo_addresses loopback; /* <loopback address=> : more addresses of lo */
	size_t loopback_domain;
	struct topo_route *routes;
	size_t n_routes;
	struct net_addr dns;     /* resolver that a node without DHCP uses */
	struct topo_part *parts; /* the order of topo.roles */
	size_t n_parts;
	bool forwards; /* a role of it passes on packets that are not for it */
	/* Of one that translates addresses: the interface that hides what is behind the others, a
	 * string of its role's; NULL: it hides nothing. */
	const char *outside;
	/* Interfaces where it answers who asks for an address by DHCP, or carries the question to
	 * who does: strings of its roles'. */
	const char **dhcp_on;
	size_t n_dhcp_on;
	/* Interfaces where it advertises itself as a router, and what it says there beyond
	 * prefixes. */
	struct topo_ra {
		const char *on; /* a string of its role's */
		enum {
			TOPO_RA_NAMES = 1,   /* who is asked for names, and in which domain */
			TOPO_RA_MANAGED = 2, /* DHCPv6 has addresses, and the rest */
			TOPO_RA_OTHER = 4,   /* it has the rest */
			TOPO_RA_ASK = TOPO_RA_MANAGED | TOPO_RA_OTHER
		} says;
	} * ra;
	size_t n_ra;
	bool routed; /* a routing daemon keeps its table: <route>s are that one's to set */
	struct topo_file *files;
	size_t n_files;
	struct topo_check *checks;
	size_t n_checks;
	char **runs; /* <run> commands, given to the guest's sh -c after the roles are up */
	size_t n_runs;
};

enum topo_link_kind { TOPO_LINK_WIRE, TOPO_LINK_WIFI };
const char *topo_link_kind_name(enum topo_link_kind kind);

/* security=, in this order in the schema's words; the first is meant where nothing is said. */
enum topo_security {
	TOPO_WPA2,       /* with a passphrase */
	TOPO_OPEN,       /* no key, nothing is encrypted */
	TOPO_WPA3,       /* SAE with a passphrase; management frames are protected */
	TOPO_WPA2_WPA3,  /* both: each station takes what it can */
	TOPO_ENTERPRISE, /* IEEE 802.1X: an identity and a password a station */
};
const char *topo_security_name(enum topo_security security);

/* A network of a Wi-Fi link: that of <link>, or one that an <end> opens beside it. */
struct topo_ssid {
	char *ssid;       /* UTF-8, 1 to 32 bytes; NULL where the file is wrong */
	char *passphrase; /* NULL: it has none */
	enum topo_security security;
	bool hidden; /* beacons do not name it */
};

/* One end of a link. */
struct topo_end {
	size_t node, nic;     /* indexes */
	unsigned int channel; /* of a radio that is not on the link's; else 0 */
	/* Wi-Fi: */
	size_t network; /* index into the link's networks; SIZE_MAX: there is none such */
	enum topo_security security; /* the network's, or what this station insists on */
	char *identity, *password;   /* of a station, TOPO_ENTERPRISE; else NULL */
	struct net_shape shape;      /* of a wire: what it does to what this end sends */
};

/* <path from= to= signal="-75" loss="10%"> : what lies between two radios, both ways. */
struct topo_path {
	size_t a, b;       /* indexes of the link's ends; SIZE_MAX where the file is wrong */
	int signal;        /* dBm, negative */
	uint32_t loss_ppm; /* 1000000: out of range of one another */
};
#define TOPO_SIGNAL (-50) /* dBm between radios of which nothing is said */

/*
 * <link name= kind="wire" state= delay= jitter= loss= duplicate= reorder= corrupt= rate= mtu=>
 *   <end node= nic= delay= .../> <end .../> </link>
 * <link name= kind="wifi" ssid= security= passphrase= hidden= channel=> two or more ends, some
 * paths </link>
 */
struct topo_link {
	char *name;
	enum topo_link_kind kind;
	struct topo_end *ends;
	size_t n_ends;
	bool down;                  /* wire: unplugged until somebody plugs it in */
	struct net_shape shape;     /* wire: of both ways where an end has none of its own */
	bool loop;                  /* loop="yes": it may close a ring of bridges */
	struct topo_ssid *networks; /* wifi: first its own, then those of access points' ends */
	size_t n_networks;
	unsigned int channel;    /* wifi, 1..11 */
	struct topo_path *paths; /* wifi */
	size_t n_paths;
};

/*
 * <vary what= value= pool=> : what each student of a class gets another of, wherever it stands.
 * Here it is as written; what is drawn is src/course's.
 */
enum topo_vary_what { TOPO_VARY_NETWORK, TOPO_VARY_MAC, TOPO_VARY_AS, TOPO_VARY_WORD };
struct topo_vary {
	enum topo_vary_what what;
	char *value;
	struct net_prefix network;   /* NETWORK: the value; IPv4 */
	struct net_prefix *prefixes; /* NETWORK: the pool, each at least as large as it */
	size_t n_prefixes;
	unsigned long first, last; /* AS: the pool */
	char **words;              /* WORD: the pool; '@' is any letter, '#' any digit */
	size_t n_words;
};
/* "network", "mac", "as", "word" */
const char *topo_vary_name(enum topo_vary_what what);

struct topo_role;

struct topo {
	const struct topo_role *const *roles; /* that topo_load was handed */
	char *name;                           /* [a-z0-9-], 1..32, no hyphen at either end */
	bool whole; /* whole="yes": it has failed where not all holds that one expects */
	char *description;
	char *packages; /* <package name=>: of Debian, beyond the image's; a blank between; or NULL
			 */
	struct topo_network *networks;
	size_t n_networks;
	struct topo_node *nodes;
	size_t n_nodes;
	struct topo_link *links;
	size_t n_links;
	struct topo_vary *varies;
	size_t n_varies;
	struct xml_problems notes; /* what is not wrong and hardly meant */
	/*
	 * The document after XInclude, with every <file source=> made inline (base64): loading this
	 * text again gives the same topology without any other file.
	 */
	char *flat; /* at most TOPO_FLAT_MAX bytes */
};
#define TOPO_FLAT_MAX ((size_t)48 * 1024 * 1024)

/* Findings about a file are src/xml's; these are their older names. */
#define topo_problem xml_problem
#define topo_problems xml_problems
#define topo_problems_free xml_problems_free
#define auto_problems auto_xml_problems

/*
 * Loads and checks a file. schema_dir holds topology.rng; roles is the table of what nodes can do,
 * with NULL behind the last, and outlives the topology. Returns 0 with *ret filled, or -EINVAL
 * with every problem of the file listed (err: the first one and how many), or another code when the
 * file cannot be read at all.
 */
int topo_load(const char *path, const char *schema_dir, const struct topo_role *const *roles,
	      struct topo *ret, struct topo_problems *problems, struct err *err);
/*
 * The same from text (topo.flat); name stands for the file in messages; no file is read but the
 * schema.
 */
int topo_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
		   const struct topo_role *const *roles, struct topo *ret,
		   struct topo_problems *problems, struct err *err);
void topo_free(struct topo *topo);
AUTO_DEFINE(topo_auto, struct topo, topo_free)
#define auto_topo AUTO(topo_autop)

/* An interface of a node, whatever its kind; what it points to is the node's. */
enum topo_iface_kind { TOPO_IFACE_NIC, TOPO_IFACE_BRIDGE, TOPO_IFACE_VLAN, TOPO_IFACE_LOOPBACK };
struct topo_iface {
	enum topo_iface_kind kind;
	size_t index; /* among those of its kind */
	const char *name;
	struct net_mac mac; /* all zero: the kernel's choice, or none */
	const struct topo_addresses *addresses;
	/* Broadcast domain, a wire's or a VLAN's: a frame to all that it sends reaches those of all
	 * nodes that have the same number. lo is alone in one. */
	size_t domain;
};

/* Interface i of the node: its NICs, its bridges, its VLANs, then lo where <loopback> names
 * addresses for it; false past the last. */
bool topo_iface(const struct topo_node *node, size_t i, struct topo_iface *ret);
/* The MACs of all interfaces that have one, behind those in *list. */
void topo_macs(const struct topo *topo, struct net_mac **list, size_t *n);
/* Its name; "" past the last. */
const char *topo_iface_name(const struct topo_node *node, size_t i);
/* The element's name. */
const char *topo_iface_kind_name(enum topo_iface_kind kind);

bool topo_has_family(const struct topo_addresses *addresses, enum net_family family);
/* Whether the interface has an IPv6 address, or will make itself one. */
bool topo_iface_speaks_ipv6(const struct topo_node *node, const struct topo_iface *iface);
/* Whether any of its interfaces does. */
bool topo_speaks_ipv6(const struct topo_node *node);

/* What the node advertises on the interface of that name beyond prefixes: TOPO_RA_*. */
unsigned int topo_ra_says(const struct topo_node *node, const char *name);
/* The NIC makes itself addresses of what routers advertise, and one of these says more. */
bool topo_nic_is_told(const struct topo *topo, const struct topo_nic *nic);

/* How large packets may be there: by mtu=, by the link, or by what is below it. */
unsigned int topo_nic_mtu(const struct topo *topo, const struct topo_nic *nic);
unsigned int topo_iface_mtu(const struct topo *topo, const struct topo_node *node,
			    const struct topo_iface *iface);

/* Index of the node, or SIZE_MAX. */
size_t topo_find_node(const struct topo *topo, const char *name);
size_t topo_find_nic(const struct topo_node *node, const char *name);
/* The model of the role with this name; NULL where the node does not play it. */
const void *topo_model(const struct topo_node *node, const char *role);
/* The interface asks for an address by DHCP. */
bool topo_iface_asks_dhcp(const struct topo_node *node, const struct topo_iface *iface);
/* One of its addresses comes by DHCP: its subnet is known only when it has got one. */
bool topo_asks_dhcp(const struct topo_node *node);
/* Its passphrase is all that is needed to read what a station sent whose handshake was seen. */
bool topo_passphrase_opens(const struct topo_ssid *network);
/* How many of a link's ends are access points of that network; SIZE_MAX: of any. */
size_t topo_access_points(const struct topo *topo, const struct topo_link *link, size_t network);
/* Whether two of a link's ends hear each other's broadcasts: on a wire, or in one network. */
bool topo_together(const struct topo_link *link, const struct topo_end *a,
		   const struct topo_end *b);

/* Where frames can be captured: at each node's NIC that is no radio, "node:nic"; and, as one, in
 * the air of each Wi-Fi link, "wifi:link". */
struct topo_point {
	char *name;
	size_t node, nic; /* indexes; SIZE_MAX: a link's air */
	size_t link;      /* index; SIZE_MAX: the NIC is not connected */
};
struct topo_points {
	struct topo_point *list;
	size_t n;
};

/* All of them: those of nodes first. The one list: who captures, completes or tells walks it. */
void topo_points(const struct topo *topo, struct topo_points *ret);
void topo_points_free(struct topo_points *points);
AUTO_DEFINE(topo_points_auto, struct topo_points, topo_points_free)
#define auto_points AUTO(topo_points_autop)
/* NULL: there is none of that name. */
const struct topo_point *topo_find_point(const struct topo_points *points, const char *name);
/* Whether there is the point "node:nic", nic the link's name where node is "wifi". With nic NULL:
 * whether there is such a node, or the air of any link. topo: a struct topo, without its type for
 * those who ask without knowing what a lab is (experiment_check). */
bool topo_has_port(const void *topo, const char *node, const char *nic);
bool topo_has_link(const void *topo, const char *name);

#endif
