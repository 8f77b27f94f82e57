/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as text, for people and golden files: stable, one fact a line, files with their content.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

static bool is_text(const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)data[i]) && data[i] != '\n' && data[i] != '\t')
			return false;
	return true;
}

/* Each line behind "    | ", so that nothing in a file can be taken for the plan's own words. */
static void print_data(const struct plan_file *file, struct str *out)
{
	const char *at = file->data, *end = file->data + file->len;

	if (!is_text(file->data, file->len)) {
		str_addf(out, "    (%zu bytes that are no text)\n", file->len);
		return;
	}
	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((eol ? eol : end) - at);

		str_addf(out, "    |%s%.*s\n", len ? " " : "", (int)len, at);
		at += len + 1;
		if (!eol)
			str_adds(out, "    (no line break at the end)\n");
	}
}

static void print_file(const struct plan_file *file, struct str *out)
{
	str_addf(out, "  file %s %04o", file->path, (unsigned int)file->mode);
	switch (file->content) {
	case PLAN_CONTENT_DATA:
		str_adds(out, "\n");
		print_data(file, out);
		break;
	case PLAN_CONTENT_CA_CERT:
		str_adds(out, ": certificate of the lab's CA\n");
		break;
	case PLAN_CONTENT_SITE_CERT:
		str_addf(out, ": certificate for %s%s%s\n", file->subject, file->fault ? ", " : "",
			 file->fault ? file->fault : "");
		break;
	case PLAN_CONTENT_SITE_KEY:
		str_addf(out, ": private key of the certificate for %s\n", file->subject);
		break;
	case PLAN_CONTENT_ZONE_KEY:
		str_addf(out, ": private key %s\n", file->subject);
		break;
	case PLAN_CONTENT_ZONE_DS:
		str_addf(out, ": DS record of key %s\n", file->subject);
		break;
	}
}

static void print_nic(const struct plan *plan, const struct plan_nic *nic, struct str *out)
{
	char mac[NET_TEXT];

	str_addf(out, "  nic %s %s, ", nic->name, net_mac_text(nic->mac, mac));
	plan_print_end(plan, nic, out);
}

/* A command of several lines goes on behind the same mark as a file's. */
static void print_command(const char *what, const char *command, struct str *out)
{
	str_addf(out, "  %s: ", what);
	for (; *command; command++) {
		str_add(out, command, 1);
		if (*command == '\n')
			str_adds(out, "    | ");
	}
	str_adds(out, "\n");
}

static void print_node(const struct plan *plan, const struct plan_node *node, struct str *out)
{
	size_t i;

	str_addf(out, "\nnode %s\n  memory %u MiB\n  cmdline %s\n", node->name, node->memory_mib,
		 node->cmdline);
	for (i = 0; i < node->n_nics; i++)
		print_nic(plan, &node->nics[i], out);
	for (i = 0; i < node->n_files; i++)
		print_file(&node->files[i], out);
	for (i = 0; i < node->n_services; i++)
		str_addf(out, "  service %s\n", node->services[i]);
	for (i = 0; i < node->n_runs; i++)
		print_command("run", node->runs[i], out);
	for (i = 0; i < node->n_checks; i++) {
		auto_free char *what = xasprintf("%s %s", plan_scope_name(node->checks[i].scope),
						 node->checks[i].name);

		print_command(what, node->checks[i].command, out);
	}
	for (i = 0; i < node->n_tables; i++) {
		auto_free char *what = xasprintf("table %s", node->tables[i].kind);

		print_command(what, node->tables[i].command, out);
	}
}

void plan_print(const struct plan *plan, struct str *out)
{
	size_t i;

	str_addf(out, "lab %s\n", plan->lab);
	if (plan->packages)
		str_addf(out, "packages %s\n", plan->packages);
	if (plan->n_links)
		str_adds(out, "\n");
	plan_print_links(plan, out);
	for (i = 0; i < plan->n_nodes; i++)
		print_node(plan, &plan->nodes[i], out);
}
