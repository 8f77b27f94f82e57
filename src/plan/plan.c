/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a topology to a plan: the links, and node by node what it and each of its roles needs. */
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "plan/build.h"
#include "topo/role.h"

/*
 * A serial console; a panic ends the guest. no_timer_check: on a busy host
 * an emulated guest counts too few ticks of its timer while it boots, and the kernel's test of the
 * timer would panic. acpi=noirq saves 0.1 s of emulated CPU for each device.
 */
#define CMDLINE                                                              \
	"console=ttyS0 quiet net.ifnames=0 %s cryptomgr.notests acpi=noirq " \
	"no_timer_check "                                                    \
	"panic=-1 labd.node=%s"
/* Programs on a node that cannot speak IPv6 should not try. Where some interface does, each is
 * silent until the setup script gives it the word. */
#define NO_IPV6 "ipv6.disable=1"
#define SILENT_IPV6 "ipv6.disable_ipv6=1"

static void add_nics(const struct topo_node *from, struct plan *plan, struct plan_node *node)
{
	size_t i;

	for (i = 0; i < from->n_nics; i++) {
		struct plan_nic *nic = array_add(node->nics, node->n_nics);

		nic->name = xstrdup(from->nics[i].name);
		nic->mac = from->nics[i].mac;
		nic->link = from->nics[i].link < plan->n_links ? from->nics[i].link : SIZE_MAX;
		if (plan_has_tap(plan, nic))
			(void)snprintf(nic->tap, sizeof(nic->tap), "t%u.%u",
				       (unsigned int)(plan->n_nodes - 1), (unsigned int)i);
	}
}

const struct plan_nic *plan_radio_of(const struct plan_node *node)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++)
		if (!*node->nics[i].tap)
			return &node->nics[i];
	return NULL;
}

/*
 * The user's files come last, and replace what a role wrote. Whether a service takes a
 * configuration that is not its role's is known when it has run for ten seconds.
 */
static void add_users_own(const struct topo_node *from, struct plan_node *node)
{
	bool unproven = false;
	size_t i;

	for (i = 0; i < from->n_files; i++) {
		plan_add_file(node, from->files[i].path, from->files[i].mode, from->files[i].data,
			      from->files[i].len);
		unproven |= plan_drop_checks(node, from->files[i].path);
	}
	if (unproven)
		(void)plan_add_check(node, PLAN_READY, NULL, xstrdup("services keep running"),
				     xstrdup("! sv status /etc/service/* | grep -vE '^run:.*\\) "
					     "[0-9]{2,}s|, normally up$' | head -n 1 | grep ."));
	for (i = 0; i < from->n_checks; i++)
		plan_add_check(node, PLAN_WHOLE, NULL, xstrdup(from->checks[i].name),
			       xstrdup(from->checks[i].command))
			->deadline_s = from->checks[i].deadline_s;
	for (i = 0; i < from->n_runs; i++)
		*array_add(node->runs, node->n_runs) = xstrdup(from->runs[i]);
}

static void add_node(const struct topo *topo, size_t index, struct plan *plan)
{
	const struct topo_node *from = &topo->nodes[index];
	struct plan_node *node = array_add(plan->nodes, plan->n_nodes);
	size_t i;

	node->name = xstrdup(from->name);
	node->memory_mib = from->memory_mib;
	node->cmdline =
		xasprintf(CMDLINE, topo_speaks_ipv6(from) ? SILENT_IPV6 : NO_IPV6, from->name);
	add_nics(from, plan, node);
	plan_add_secret(node, PLAN_CA_CERT, 0644, PLAN_CONTENT_CA_CERT, NULL, NULL);
	plan_interfaces(topo, from, node);
	plan_radio(topo, from, node);
	plan_dhcp_clients(from, node);
	plan_dhcpcd(topo, from, node);
	for (i = 0; i < from->n_parts; i++)
		from->parts[i].role->plan(topo, from, from->parts[i].model, node);
	add_users_own(from, node);
}

void plan_build(const struct topo *topo, struct plan *ret)
{
	struct plan plan = { 0 };
	size_t i;

	plan.lab = xstrdup(topo->name);
	plan.packages = topo->packages ? xstrdup(topo->packages) : NULL;
	plan.whole = topo->whole;
	for (i = 0; i < topo->n_links; i++)
		plan_add_link(topo, i, &plan);
	for (i = 0; i < topo->n_nodes; i++)
		add_node(topo, i, &plan);
	*ret = plan;
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_nodes; i++)
		plan_node_free(&plan->nodes[i]);
	for (i = 0; i < plan->n_links; i++)
		plan_link_free(&plan->links[i]);
	free(plan->nodes);
	free(plan->links);
	free(plan->lab);
	free(plan->packages);
	*plan = (struct plan){ 0 };
}
