/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a lab: the client, who gives it an address, whom it asks, what it opens. */
#include "role/cast.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plan/build.h"
#include "role/cast-way.h"
#include "role/name-server.h"
#include "role/resolver.h"
#include "role/web-server.h"

#define HTTPS "https://"

/* --- the client --- */

/* The NIC by which the node uses the network; SIZE_MAX: it is no client, or not by IPv4. */
static size_t station_of(const struct topo_node *node)
{
	for (size_t i = 0; i < node->n_nics; i++)
		if (node->nics[i].station && node->nics[i].link != SIZE_MAX &&
		    (node->nics[i].dhcp || topo_has_family(&node->nics[i].addresses, NET_IPV4)))
			return i;
	return SIZE_MAX;
}

/* All of them but the given: "'pc', 'tablet'". */
static size_t add_clients(const struct topo *topo, size_t but, struct str *out)
{
	size_t n = 0;

	for (size_t i = 0; i < topo->n_nodes; i++)
		if (i != but && station_of(&topo->nodes[i]) != SIZE_MAX)
			str_addf(out, "%s'%s'", n++ ? ", " : "", topo->nodes[i].name);
	return n;
}

static int wished_client(const struct topo *topo, const char *name, size_t *ret, struct err *err)
{
	auto_str struct str list = { 0 };
	size_t i = topo_find_node(topo, name);

	if (i != SIZE_MAX && station_of(&topo->nodes[i]) != SIZE_MAX) {
		*ret = i;
		return 0;
	}
	(void)add_clients(topo, SIZE_MAX, &list);
	return err_set(err, EINVAL, "--client '%s': %s; clients are %s", name,
		       i == SIZE_MAX ? "the lab has no such node"
				     : "this node is no client with IPv4",
		       list.len ? list.data : "none of this lab");
}

static int find_client(struct cast *c, const char *wished, struct err *err)
{
	auto_str struct str others = { 0 };
	size_t i = 0;

	if (wished)
		return wished_client(c->topo, wished, &c->client, err);
	while (i < c->topo->n_nodes && station_of(&c->topo->nodes[i]) == SIZE_MAX)
		i++;
	c->client = i < c->topo->n_nodes ? i : SIZE_MAX;
	if (c->client != SIZE_MAX && add_clients(c->topo, i, &others))
		(void)json_array_append_new(
			c->notes, json_sprintf("'%s' is the client; --client takes another: %s",
					       cast_client(c)->name, others.data));
	return 0;
}

static void put_client(struct cast *c)
{
	struct cast_spot spot = { .node = c->client };
	const struct topo_addresses *own;
	char text[NET_TEXT];
	bool air;

	c->nic = station_of(cast_client(c));
	(void)topo_iface(cast_client(c), c->nic, &spot.iface);
	c->domain = spot.iface.domain;
	own = spot.iface.addresses;
	for (size_t i = 0; i < own->n && !cast_client(c)->nics[c->nic].dhcp; i++)
		if (!c->subnet.addr.family && own->list[i].addr.family == NET_IPV4)
			c->subnet = own->list[i];
	air = plan_wifi_of(c->topo, &cast_client(c)->nics[c->nic]);
	cast_put_spot(c, "client", &spot, c->subnet.addr);
	cast_put(c, "client", "nic", "%s", spot.iface.name);
	if (air)
		cast_put(c, "client", "up", "wlan.fc.tods == 1");
	else
		cast_put(c, "client", "up", "eth.src == %s", net_mac_text(spot.iface.mac, text));
	cast_put(c, "client", "src", air ? "wlan.sa" : "eth.src");
	cast_put(c, "client", "dst", air ? "wlan.da" : "eth.dst");
}

/* --- what it opens --- */

/* The node that answers for that host by HTTPS, where its name leads; SIZE_MAX: none. */
static size_t web_of(const struct topo *topo, const char *host, struct net_addr *address)
{
	auto_free char *name = xasprintf("%s.", host);
	struct cast_spot spot;
	const struct role_web_server *server;

	if (!zone_resolve(topo, name, address) || !cast_find(topo, *address, SIZE_MAX, &spot))
		return SIZE_MAX;
	server = web_server_of(&topo->nodes[spot.node]);
	for (size_t i = 0; server && i < server->n_sites; i++)
		if (server->sites[i].https && strcasecmp(server->sites[i].host, host) == 0)
			return spot.node;
	return SIZE_MAX;
}

/* Every page that can be opened, but the given: "https://a/, https://b/". */
static size_t add_pages(const struct topo *topo, const char *but, struct str *out)
{
	struct net_addr address;
	size_t n = 0;

	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct role_web_server *server = web_server_of(&topo->nodes[i]);

		for (size_t j = 0; server && j < server->n_sites; j++)
			if (web_of(topo, server->sites[j].host, &address) == i &&
			    !(but && strcasecmp(but, server->sites[j].host) == 0))
				str_addf(out, "%s" HTTPS "%s/", n++ ? ", " : "",
					 server->sites[j].host);
	}
	return n;
}

/* "https://HOST/PATH", of letters that no shell and no filter takes for its own. The host, a new
 * string; NULL: it is none such. */
static char *host_in(const char *url)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	size_t len;

	if (!str_prefix(url, HTTPS) || url[strlen(HTTPS)] == '/')
		return NULL;
	url += strlen(HTTPS);
	len = strcspn(url, "/");
	return strspn(url, letters) == strlen(url) && len <= 253 ? xstrndup(url, len) : NULL;
}

/* Its port 80 says that the page is at port 443. */
static bool redirects(const struct topo_node *node, const char *host)
{
	const struct role_web_server *server = web_server_of(node);

	for (size_t i = 0; i < server->n_sites; i++)
		if (strcasecmp(server->sites[i].host, host) == 0)
			return server->sites[i].redirect;
	return false;
}

static void put_page(struct cast *c, const char *host, const char *path)
{
	struct cast_spot spot;

	c->host = xasprintf("%s.", host);
	(void)cast_find(c->topo, c->address, SIZE_MAX, &spot);
	cast_put_spot(c, "web", &spot, c->address);
	cast_put(c, "web", "host", "%s", host);
	cast_put(c, "web", "path", "%s", path);
	cast_put(c, "web", "url", HTTPS "%s%s", host, path);
	if (redirects(&c->topo->nodes[c->web], host))
		cast_put(c, "redirect", "node", "%s", c->topo->nodes[c->web].name);
	else
		cast_lack(c, "redirect", NULL, "port 80 of '%s' leads to no page of HTTPS", host);
}

static int find_page(struct cast *c, const char *wished, const char *usual, struct err *err)
{
	const char *url = wished ? wished : usual ? usual : "";
	auto_free char *host = host_in(url);
	auto_str struct str pages = { 0 };
	size_t n = 0;

	c->web = host ? web_of(c->topo, host, &c->address) : SIZE_MAX;
	if (c->web == SIZE_MAX || !wished)
		n = add_pages(c->topo, c->web == SIZE_MAX ? NULL : host, &pages);
	if (wished && c->web == SIZE_MAX)
		return err_set(err, EINVAL, "--url '%s': %s; it has %s", wished,
			       host ? "the lab has no such page, or nobody knows its name"
				    : "is not https://HOST/PATH of letters, digits and -._~",
			       n ? pages.data : "none");
	if (c->web == SIZE_MAX && n) {
		free(host);
		host = xstrndup(pages.data + strlen(HTTPS),
				strcspn(pages.data + strlen(HTTPS), "/"));
		c->web = web_of(c->topo, host, &c->address);
		str_free(&pages);
		n = add_pages(c->topo, host, &pages);
		url = "";
	}
	if (c->web == SIZE_MAX) {
		cast_lack(c, "web", NULL, "no name leads to a web server with HTTPS");
		cast_lack(c, "redirect", NULL, "nothing is opened");
		return 0;
	}
	url += *url ? strlen(HTTPS) + strlen(host) : 0;
	put_page(c, host, *url ? url : "/");
	if (n && !(usual && !wished && *url))
		(void)json_array_append_new(
			c->notes, json_sprintf(HTTPS "%s/ is opened; --url takes another: %s", host,
					       pages.data));
	return 0;
}

/* --- whom it asks --- */

/* Who is next on the way of the resolver's questions to the root. */
static void put_resolver_way(struct cast *c, const struct cast_spot *resolver)
{
	const json_t *root = json_object_get(c->parts, "root");
	auto_cast_way struct cast_way way = { 0 };
	struct net_addr to = { 0 }, next;
	struct cast_spot spot;

	cast_lack(c, "resolver-gateway", NULL,
		  "who passes the DNS server's questions on is not in the topology");
	if (!root || net_addr_parse(json_get_text(root, "address", ""), &to) < 0)
		return;
	next = cast_next_hop(c, c->resolver, to);
	if (net_addr_equal(next, to) || !cast_find(c->topo, next, resolver->iface.domain, &spot))
		return;
	cast_put_spot(c, "resolver-gateway", &spot, next);
	cast_lack(c, "resolver-gateway", "out", "routers choose which way the questions take");
	cast_find_way(c->topo, spot.node, topo_find_node(c->topo, json_get_text(root, "node", "")),
		      &way);
	if (way.n > 1)
		cast_put(c, "resolver-gateway", "out", "%s:%s", c->topo->nodes[spot.node].name,
			 c->topo->nodes[spot.node].nics[way.out[0]->nic].name);
}

static void put_resolver(struct cast *c)
{
	auto_cast_way struct cast_way way = { 0 };
	struct cast_spot spot;
	char text[NET_TEXT];

	c->resolver = SIZE_MAX;
	if (!c->dns.family) {
		cast_lack(c, "resolver", NULL, "nobody tells '%s' of a DNS server",
			  cast_client(c)->name);
		return;
	}
	if (!cast_find(c->topo, c->dns, SIZE_MAX, &spot) ||
	    !resolver_of(&c->topo->nodes[spot.node])) {
		cast_lack(c, "resolver", NULL, "%s, which '%s' asks, is no resolver of the lab",
			  net_addr_text(c->dns, text), cast_client(c)->name);
		return;
	}
	c->resolver = spot.node;
	cast_put_spot(c, "resolver", &spot, c->dns);
	cast_find_way(c->topo, c->client, c->resolver, &way);
	cast_put_seen(c, "resolver", &way);
	cast_put_next(c, "resolver", c->dns);
	if (spot.iface.domain == c->domain) {
		cast_put(c, "local-resolver", "node", "%s", c->topo->nodes[spot.node].name);
		cast_lack(c, "far-resolver", NULL, "the DNS server is in the client's network");
	} else {
		cast_put_spot(c, "far-resolver", &spot, c->dns);
		cast_lack(c, "local-resolver", NULL,
			  "the DNS server is not in the client's network");
	}
}

static void put_names(struct cast *c)
{
	static const char *const parts[] = { "root", "tld", "authority", "resolver-gateway" };
	struct cast_spot spot;

	if (c->resolver == SIZE_MAX || c->web == SIZE_MAX) {
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			cast_lack(c, parts[i], NULL, "nothing is asked for");
		return;
	}
	cast_names(c);
	(void)cast_find(c->topo, c->dns, SIZE_MAX, &spot);
	put_resolver_way(c, &spot);
}

/* --- the whole --- */

static const char *const all[] = {
	"client",         "access-point",     "wpa2",      "dhcp-server", "gateway",   "resolver",
	"local-resolver", "resolver-gateway", "root",      "tld",         "authority", "web",
	"far-resolver",   "blocked",          "validator", "redirect"
};

static int cast_all(struct cast *c, const struct cast_wish *wish, const char *usual,
		    struct err *err)
{
	int r = find_client(c, wish->client, err);

	if (r == 0)
		r = find_page(c, wish->url, usual, err);
	if (r < 0)
		return r;
	if (c->client == SIZE_MAX) {
		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			cast_lack(c, all[i], NULL, "no node of the lab is a client with IPv4");
		json_object_clear(c->parts);
		return 0;
	}
	put_client(c);
	cast_wifi(c);
	cast_lease(c);
	put_resolver(c);
	cast_blocked(c);
	put_names(c);
	if (c->web != SIZE_MAX)
		cast_web_way(c);
	else
		cast_lack(c, "gateway", NULL, "nothing is opened");
	return 0;
}

int cast_lab(void *ctx, const char *url, json_t **ret, struct err *err)
{
	const struct cast_wish *wish = ctx;
	auto_json json_t *parts = json_object();
	struct cast c = { .topo = wish->topo,
			  .parts = parts,
			  .lacks = json_object(),
			  .notes = json_array(),
			  .client = SIZE_MAX,
			  .resolver = SIZE_MAX,
			  .web = SIZE_MAX };
	int r = cast_all(&c, wish, url, err);

	(void)json_object_set_new(parts, "lacks", c.lacks);
	(void)json_object_set_new(parts, "notes", c.notes);
	free(c.host);
	if (r == 0)
		*ret = json_incref(parts);
	return r;
}
