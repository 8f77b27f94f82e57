/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a name server: knot. In a node that is a resolver, too, unbound answers on port 53,
 * also what is asked by other resolvers: it has the zones from knot, which is behind it on an
 * address of the node's own. Zones that nobody transfers never change, and so need no
 * journal. One that has secondaries keeps its changes, so that these are told and get what is new
 * (NOTIFY, RFC 1996; IXFR, RFC 1995); a secondary keeps the zone in a file.
 */
#include <string.h>

#include "plan/build.h"
#include "role/name-server.h"
#include "role/resolver.h"

#define KNOT_CONF "/etc/knot/knot.conf"
/* Of a key, when a signature of two weeks was made that is no longer good. */
#define SIGNED_FOR_S (14 * 24 * 60 * 60) /* knot's own choice */
#define SIGNED_AGO_S "5184000"           /* 60 days */
#define LONG_AGO " created=-90d publish=-90d ready=-90d active=-90d"

/* Knot reserves 500 MiB and more of address space for each of its databases unless told otherwise.
 */
static const char knot_options[] = "    user: knot:knot\n"
				   "    rundir: /run/knot\n"
				   "    identity: \"\"\n"
				   "    version: \"\"\n"
				   "    udp-workers: 1\n"
				   "    tcp-workers: 1\n"
				   "    background-workers: 1\n"
				   "\n"
				   "log:\n"
				   "  - target: stderr\n"
				   "    any: info\n"
				   "\n"
				   "database:\n"
				   "    storage: /run/knot\n"
				   "    journal-db-max-size: 1M\n"
				   "    kasp-db-max-size: 5M\n"
				   "    timer-db-max-size: 1M\n"
				   "    catalog-db-max-size: 5M\n"
				   "\n"
				   "template:\n"
				   "  - id: default\n"
				   "    storage: /etc/knot\n"
				   "    zonefile-load: whole\n"
				   "    zonefile-sync: -1\n"
				   "    journal-content: none\n"
				   "\n";

static void add_listen(const struct topo_node *from, struct str *out)
{
	char ip[NET_TEXT];
	struct plan_iface iface;
	size_t i;

	str_addf(out, "server:\n    listen: [ %s@53", name_server_inside(from));
	for (i = 0; !resolver_of(from) && plan_iface(from, i, &iface); i++)
		str_addf(out, ", %s@53", net_addr_text(iface.address.addr, ip));
	for (i = 0; !resolver_of(from) && plan_iface_ipv6(from, i, &iface); i++)
		str_addf(out, ", %s@53", net_addr_text(iface.address.addr, ip));
	str_adds(out, " ]\n");
}

/* "root.zone", "com.zone", "google.com.zone"; a zone that is called root beside "." is "root..zone"
 */
static char *zone_file_name(const struct role_zone *zone)
{
	size_t len = strlen(zone->name);

	if (str_eq(zone->name, "."))
		return xstrdup("root.zone");
	return xasprintf("%.*s.zone", (int)(str_eq(zone->name, "root.") ? len : len - 1),
			 zone->name);
}

/* Calls add for each other node that the zone goes to, or comes from. */
static void for_peers(const struct topo *topo, const struct role_zone *zone,
		      void (*add)(const struct topo_node *peer, struct str *out), struct str *out)
{
	const struct role_zone *other;
	struct zone_walk walk = { 0 };

	while ((other = zone_next(topo, &walk)))
		if (zone_is_transferred(zone, other))
			add(walk.node, out);
}

static void add_name(const struct topo_node *peer, struct str *out)
{
	str_addf(out, "%s%s", out->len ? ", " : "", peer->name);
}

/* Where it is asked, and from where it may ask: once, however many zones they share. */
static void add_remote(const struct topo_node *peer, struct str *out)
{
	auto_free char *head = xasprintf("  - id: %s\n", peer->name);
	char ip[NET_TEXT];

	if (!strstr(str_text(out), head))
		str_addf(out, "%s    address: %s@53\n", head,
			 net_addr_text(plan_address(peer), ip));
}

static void add_acl(const struct topo_node *peer, struct str *out)
{
	auto_free char *head = xasprintf("  - id: %s\n", peer->name);
	char ip[NET_TEXT];
	struct plan_iface iface;
	size_t n = 0;

	if (strstr(str_text(out), head))
		return;
	str_addf(out, "%s    address: [ ", head);
	for (size_t i = 0; plan_iface(peer, i, &iface); i++)
		str_addf(out, "%s%s", n++ ? ", " : "", net_addr_text(iface.address.addr, ip));
	for (size_t i = 0; plan_iface_ipv6(peer, i, &iface); i++)
		str_addf(out, "%s%s", n++ ? ", " : "", net_addr_text(iface.address.addr, ip));
	str_adds(out, " ]\n    action: [ transfer, notify ]\n");
}

static void add_peers(const struct topo *topo, const struct topo_node *from, struct str *conf)
{
	const struct role_name_server *server = name_server_of(from);
	auto_str struct str remotes = { 0 }, acls = { 0 };

	for (size_t i = 0; i < server->n_zones; i++) {
		for_peers(topo, &server->zones[i], add_remote, &remotes);
		for_peers(topo, &server->zones[i], add_acl, &acls);
	}
	if (resolver_of(from)) {
		str_adds(&remotes, "  - id: own_resolver\n    address: 127.0.0.1@53\n");
		str_adds(&acls, "  - id: own_resolver\n    address: 127.0.0.0/8\n"
				"    action: transfer\n");
	}
	if (remotes.len)
		str_addf(conf, "remote:\n%s\nacl:\n%s\n", str_text(&remotes), str_text(&acls));
}

/* Its primary may come up, or be reached, long after it. */
static void add_secondary(const struct role_zone *zone, const char *file, const char *peers,
			  struct str *conf, struct plan_node *node)
{
	str_addf(conf,
		 "  - domain: %s\n    storage: /run/knot\n    file: %s\n    zonefile-sync: 0\n"
		 "    retry-max-interval: 5\n"
		 "    master: [ %s ]\n    acl: [ %s ]\n",
		 zone->name, file, peers, peers);
	plan_add_check(
		node, PLAN_WHOLE, KNOT_CONF, xasprintf("has %s from %s", zone->name, peers),
		xasprintf("kdig @127.0.0.1 +short +retry=0 +timeout=3 +norec %s SOA | grep -q .",
			  zone->name));
}

/* The DS records of those that it delegates, as labd makes the keys. */
static void add_children(const struct topo *topo, const struct role_zone *zone, struct str *text,
			 struct plan_node *node)
{
	const struct role_zone *child;
	struct zone_walk walk = { 0 };

	while ((child = zone_next(topo, &walk))) {
		const struct role_zone *above = zone_above(topo, child->name);
		auto_free char *file = zone_file_name(child), *key = zone_ds_key(child);
		auto_free char *path = xasprintf("/etc/knot/%s.ds", file);
		auto_free char *line = xasprintf("$INCLUDE %s.ds\n", file);

		if (!child->dnssec || child->lies || child->ds == ROLE_DS_NONE || !above ||
		    !str_eq(above->name, zone->name) || strstr(str_text(text), line))
			continue;
		str_adds(text, line);
		plan_add_secret(node, path, 0644, PLAN_CONTENT_ZONE_DS, key, NULL);
	}
}

/*
 * Keys are the lab's, not knot's own, so that the parent and the resolvers know them; knot signs,
 * and signs again before a signature expires. KSK and ZSK, as most zones have them. Where the
 * signatures have expired, the keys are of that time, and what they signed then is all there is.
 */
static void add_keys(const struct role_zone *zone, const char *file, struct str *keys,
		     struct plan_node *node)
{
	static const char *const kinds[] = { "ksk", "zsk" };

	plan_lends(node, SIGNED_FOR_S);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		auto_free char *path = xasprintf("/etc/knot/%s.%s", file, kinds[i]);
		auto_free char *key = xasprintf("%s.%s", kinds[i], zone->name);

		plan_add_secret(node, path, 0600, PLAN_CONTENT_ZONE_KEY, key, NULL);
		str_addf(keys,
			 "\tkeymgr -c " KNOT_CONF " %s import-pem %s "
			 "algorithm=ecdsap256sha256 ksk=%s zsk=%s%s &&\n",
			 zone->name, path, i ? "no" : "yes", i ? "yes" : "no",
			 zone->expired ? LONG_AGO : "");
	}
	if (zone->expired)
		str_addf(keys,
			 "\tkzonesign -c " KNOT_CONF " -t $(($(date +%%s) - " SIGNED_AGO_S
			 ")) -o /run/knot %s &&\n"
			 "\tcat /run/knot/%s >/etc/knot/%s &&\n",
			 zone->name, file, file);
}

static void add_zone(const struct topo *topo, const struct topo_node *from,
		     const struct role_zone *zone, struct str *conf, struct str *keys,
		     struct plan_node *node)
{
	const char *inside = name_server_inside(from);
	auto_free char *name = zone_file_name(zone);
	auto_free char *path = xasprintf("/etc/knot/%s", name);
	auto_str struct str text = { 0 }, peers = { 0 };

	for_peers(topo, zone, add_name, &peers);
	if (zone->secondary) {
		add_secondary(zone, name, str_text(&peers), conf, node);
		return;
	}
	zone_file(topo, zone, &text);
	add_children(topo, zone, &text, node);
	plan_add_text(node, path, 0644, &text);
	str_addf(conf, "  - domain: %s\n    file: %s\n", zone->name, name);
	if (zone->dnssec) {
		str_addf(conf, "    dnssec-signing: %s\n    dnssec-policy: lab\n",
			 zone->expired ? "off" : "on");
		add_keys(zone, name, keys, node);
	}
	if (resolver_of(from))
		str_adds(conf, "    notify: [ own_resolver ]\n    acl: [ own_resolver ]\n");
	else if (peers.len)
		str_addf(conf,
			 "    zonefile-load: difference-no-serial\n    journal-content: all\n"
			 "    notify: [ %s ]\n    acl: [ %s ]\n",
			 str_text(&peers), str_text(&peers));
	plan_add_check(node, PLAN_READY, KNOT_CONF, xasprintf("serves %s", zone->name),
		       xasprintf("kdig @%s +short +retry=0 +timeout=3 +norec %s SOA | grep -q .",
				 inside, zone->name));
}

void knot_plan(const struct topo *topo, const struct topo_node *from, const void *model,
	       struct plan_node *node)
{
	const struct role_name_server *server = model;
	auto_str struct str conf = { 0 }, zones = { 0 }, keys = { 0 }, before = { 0 };

	add_listen(from, &conf);
	str_adds(&conf, knot_options);
	add_peers(topo, from, &conf);
	for (size_t i = 0; i < server->n_zones; i++)
		add_zone(topo, from, &server->zones[i], &zones, &keys, node);
	if (keys.len)
		str_adds(&conf, "policy:\n  - id: lab\n    manual: on\n\n");
	str_adds(&before, "mkdir -p /run/knot\nchown knot:knot /run/knot\n");
	if (keys.len) /* keymgr is knot, too, while it reads them */
		str_addf(&before,
			 "[ -e /run/knot/keys/done ] || {\n"
			 "\tchown knot:knot /etc/knot/*.ksk /etc/knot/*.zsk\n"
			 "%s\ttouch /run/knot/keys/done || exit 1\n}\n",
			 str_text(&keys));
	str_addf(&conf, "zone:\n%s", str_text(&zones));
	plan_add_text(node, KNOT_CONF, 0644, &conf);
	plan_add_service(node, "knot", str_text(&before), "knotd -m 1 -c " KNOT_CONF);
	if (server->zones[0].secondary) /* and so are all others: nothing else says so */
		plan_add_check(node, PLAN_READY, KNOT_CONF, xstrdup("name server runs"),
			       xstrdup("knotc -c " KNOT_CONF " status >/dev/null"));
}
