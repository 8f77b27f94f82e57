/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as JSON: all of it. Out of memory aborts, as everywhere; a json_t here is never NULL. */
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "plan/build.h"

static const char *content_name(enum plan_content content)
{
	switch (content) {
	case PLAN_CONTENT_DATA:
		return "data";
	case PLAN_CONTENT_CA_CERT:
		return "ca-cert";
	case PLAN_CONTENT_SITE_CERT:
		return "site-cert";
	case PLAN_CONTENT_SITE_KEY:
		return "site-key";
	case PLAN_CONTENT_ZONE_KEY:
		return "zone-key";
	case PLAN_CONTENT_ZONE_DS:
		return "zone-ds";
	}
	return "?";
}

/* Takes value, which is new; a text that is no UTF-8 gives none, and is then written byte by byte
 * as base64. */
static void set(json_t *obj, const char *key, json_t *value)
{
	if (json_object_set_new(obj, key, value) < 0)
		abort();
}

static void append(json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) < 0)
		abort();
}

static void set_text(json_t *obj, const char *key, const char *text, size_t len)
{
	json_t *value = json_stringn(text, len);
	auto_free char *other = NULL;
	auto_str struct str base64 = { 0 };

	if (value) {
		set(obj, key, value);
		return;
	}
	other = xasprintf("%s_base64", key);
	str_add_base64(&base64, text, len);
	set(obj, other, json_string(str_text(&base64)));
}

/* Strings of which each is text of the topology's XML, and so UTF-8. */
static json_t *strings(char *const *items, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		append(list, json_string(items[i]));
	return list;
}

static json_t *nic_json(const struct plan *plan, const struct plan_nic *nic)
{
	json_t *obj = json_object();
	char mac[NET_TEXT];

	set(obj, "name", json_string(nic->name));
	set(obj, "mac", json_string(net_mac_text(nic->mac, mac)));
	set(obj, "tap", *nic->tap ? json_string(nic->tap) : json_null());
	plan_end_to_json(plan, nic, obj);
	return obj;
}

static json_t *file_json(const struct plan_file *file)
{
	json_t *obj = json_object();
	char mode[16];

	(void)snprintf(mode, sizeof(mode), "%04o", (unsigned int)file->mode);
	set(obj, "path", json_string(file->path));
	set(obj, "mode", json_string(mode));
	set(obj, "content", json_string(content_name(file->content)));
	if (file->subject)
		set(obj, "subject", json_string(file->subject));
	if (file->fault)
		set(obj, "fault", json_string(file->fault));
	if (file->content == PLAN_CONTENT_DATA)
		set_text(obj, "data", file->data, file->len);
	return obj;
}

static json_t *check_json(const struct plan_check *check)
{
	json_t *obj = json_object();

	set(obj, "scope", json_string(plan_scope_name(check->scope)));
	set(obj, "name", json_string(check->name));
	set(obj, "command", json_string(check->command));
	set(obj, "deadline_s", check->deadline_s ? json_integer(check->deadline_s) : json_null());
	return obj;
}

static json_t *table_json(const struct plan_table *table)
{
	json_t *obj = json_object();

	set(obj, "kind", json_string(table->kind));
	set(obj, "command", json_string(table->command));
	return obj;
}

static json_t *node_json(const struct plan *plan, const struct plan_node *node)
{
	json_t *obj = json_object(), *nics = json_array(), *files = json_array(),
	       *checks = json_array(), *tables = json_array();
	size_t i;

	for (i = 0; i < node->n_nics; i++)
		append(nics, nic_json(plan, &node->nics[i]));
	for (i = 0; i < node->n_files; i++)
		append(files, file_json(&node->files[i]));
	for (i = 0; i < node->n_checks; i++)
		append(checks, check_json(&node->checks[i]));
	for (i = 0; i < node->n_tables; i++)
		append(tables, table_json(&node->tables[i]));
	set(obj, "name", json_string(node->name));
	set(obj, "memory_mib", json_integer(node->memory_mib));
	set(obj, "cmdline", json_string(node->cmdline));
	set(obj, "nics", nics);
	set(obj, "files", files);
	set(obj, "services", strings(node->services, node->n_services));
	set(obj, "runs", strings(node->runs, node->n_runs));
	set(obj, "checks", checks);
	set(obj, "tables", tables);
	return obj;
}

json_t *plan_to_json(const struct plan *plan)
{
	json_t *obj = json_object(), *nodes = json_array();
	size_t i;

	for (i = 0; i < plan->n_nodes; i++)
		append(nodes, node_json(plan, &plan->nodes[i]));
	set(obj, "lab", json_string(plan->lab));
	if (plan->packages)
		set(obj, "packages", json_string(plan->packages));
	set(obj, "nodes", nodes);
	plan_links_to_json(plan, obj);
	return obj;
}
