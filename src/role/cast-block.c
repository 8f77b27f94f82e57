/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A name that the client's DNS server lies about, where the lie leads, and who does not believe it.
 */
#include <stdint.h>
#include <string.h>

#include "plan/build.h"
#include "role/cast-way.h"
#include "role/name-server.h"
#include "role/resolver.h"
#include "role/web-server.h"

/* The site that an unknown host gets there: with its pages on port 80, and with HTTPS. */
static const struct role_site *site_at(const struct topo_node *node)
{
	const struct role_web_server *server = web_server_of(node);
	const struct role_site *first = server ? &server->sites[0] : NULL;

	return first && first->https && first->http && !first->redirect ? first : NULL;
}

/* Asks the liar about that name, and checks what it says. */
static bool doubts(const struct cast *c, const struct topo_node *node, const char *name)
{
	const struct role_resolver *resolver = resolver_of(node);
	const struct role_forward *forward = resolver ? resolver_forward(resolver, name) : NULL;
	const struct topo_node *to = forward ? resolver_at(c->topo, forward->to) : NULL;

	return to == &c->topo->nodes[c->resolver] && resolver->validate;
}

static void put_validator(struct cast *c, const char *name)
{
	const struct role_zone *zone = zone_of(c->topo, name);
	struct net_addr address;
	struct cast_spot spot;

	cast_lack(c, "validator", NULL, "no resolver checks what '%s' says of '%s'",
		  c->topo->nodes[c->resolver].name, name);
	if (!zone || !zone->dnssec || zone_trust(c->topo, zone) != ZONE_SECURE)
		return;
	for (size_t i = 0; i < c->topo->n_nodes; i++) {
		address = plan_address_of(&c->topo->nodes[i], NET_IPV4);
		if (!doubts(c, &c->topo->nodes[i], name) ||
		    !cast_find(c->topo, address, SIZE_MAX, &spot))
			continue;
		cast_put_spot(c, "validator", &spot, address);
		return;
	}
}

void cast_blocked(struct cast *c)
{
	const struct role_resolver *resolver =
		c->resolver == SIZE_MAX ? NULL : resolver_of(&c->topo->nodes[c->resolver]);
	const struct role_block *block =
		resolver && resolver->n_blocks ? &resolver->blocks[0] : NULL;
	const struct role_site *site;
	struct cast_spot spot;
	struct net_addr truth;
	char text[NET_TEXT];

	cast_lack(c, "blocked", NULL, "no name that the DNS server lies about leads to a web page");
	cast_lack(c, "validator", NULL, "the DNS server lies about no name");
	if (!block || !cast_find(c->topo, block->answer, SIZE_MAX, &spot))
		return;
	put_validator(c, block->name);
	site = site_at(&c->topo->nodes[spot.node]);
	if (!site)
		return;
	cast_put_spot(c, "blocked", &spot, block->answer);
	cast_put(c, "blocked", "host", "%.*s", (int)strlen(block->name) - 1, block->name);
	cast_put(c, "blocked", "owner", "%s", site->host);
	if (zone_resolve(c->topo, block->name, &truth))
		cast_put(c, "blocked", "truth", "%s", net_addr_text(truth, text));
	else
		cast_lack(c, "blocked", "truth", "nobody else knows the name");
}
