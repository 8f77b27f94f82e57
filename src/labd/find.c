/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding things in the lab, and their names. */
#include "labd/lab.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "labd/said.h"

const char *lab_stage_name(enum lab_stage stage)
{
	static const char *const names[] = { "waiting", "boot",  "ssh",    "provision",
					     "check",   "ready", "failed", "dead" };

	return names[stage];
}

const char *lab_state_name(enum lab_state state)
{
	static const char *const names[] = { "new", "starting", "up", "failed" };

	return names[state];
}

struct lab_node *lab_find_node(struct lab *lab, const char *name, struct err *err)
{
	auto_free const char **names = xcalloc(lab->plan.n_nodes, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		if (str_eq(lab->nodes[i].plan->name, name))
			return &lab->nodes[i];
		names[i] = lab->nodes[i].plan->name;
	}
	near = str_nearest(name, names, lab->plan.n_nodes);
	(void)err_set(err, ENOENT, "node '%s': not in lab '%s'%s%s%s", name, lab->options.name,
		      near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

struct lab_node *lab_find_port(struct lab *lab, const char *port, size_t *nic, struct err *err)
{
	const char *colon = strchr(port, ':');
	auto_free char *name = xstrndup(port, colon ? (size_t)(colon - port) : strlen(port));
	auto_str struct str nics = { 0 };
	struct lab_node *node;

	if (!colon) {
		(void)err_set(err, EINVAL, "port '%s': a port is NODE:NIC", port);
		return NULL;
	}
	node = lab_find_node(lab, name, err);
	if (!node)
		return NULL;
	for (size_t i = 0; i < node->plan->n_nics; i++) {
		if (str_eq(node->plan->nics[i].name, colon + 1)) {
			*nic = i;
			return node;
		}
		str_addf(&nics, " %s", node->plan->nics[i].name);
	}
	(void)err_set(err, ENOENT, "port '%s': node '%s' has only these NICs:%s", port, name,
		      str_text(&nics));
	return NULL;
}

void lab_console_tail(const struct lab_node *node, size_t lines, struct str *out)
{
	auto_str struct str text = { 0 };

	if (io_read_tail(node->console_log, lines, &text, NULL) == 0)
		said_console(str_text(&text), text.len, out);
}
