/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page that a web server shows when the topology gives none: where one is, and how one came
 * here. */
#include "plan/build.h"
#include "role/web-server.h"

/* Runs of blanks and line breaks, as a file's indentation leaves them, become one blank. */
static void add_prose(struct str *out, const char *text)
{
	bool blank = false;

	for (; *text; text++) {
		char one[2] = { *text, '\0' };

		if (*text == ' ' || *text == '\n' || *text == '\t' || *text == '\r') {
			blank = true;
			continue;
		}
		if (blank && out->len && out->data[out->len - 1] != '>')
			str_adds(out, " ");
		blank = false;
		str_add_escaped(out, one);
	}
}

static void add_addresses(const struct topo_node *node, struct str *out)
{
	char text[NET_TEXT];
	struct plan_iface iface;
	size_t i;

	for (i = 0; plan_iface(node, i, &iface); i++)
		str_addf(out, "%s%s", i ? "<br>" : "", net_prefix_text(iface.address, text));
	if (!i)
		str_adds(out, topo_asks_dhcp(node) ? "by DHCP" : "none");
}

static void add_nodes(const struct topo *topo, struct str *out)
{
	size_t i;

	str_adds(out, "<table>\n<tr><th>node</th><th>what it is</th><th>address</th></tr>\n");
	for (i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *node = &topo->nodes[i];

		str_adds(out, "<tr><td>");
		str_add_escaped(out, node->name);
		str_adds(out, "</td><td>");
		add_prose(out, node->description ? node->description : "");
		str_adds(out, "</td><td>");
		add_addresses(node, out);
		str_adds(out, "</td></tr>\n");
	}
	str_adds(out, "</table>\n");
}

static const char style[] =
	"<style>\n"
	"body { font-family: sans-serif; max-width: 48em; margin: 2em auto; padding: 0 1em; "
	"color: #202124; line-height: 1.5 }\n"
	"h1 { font-weight: normal }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"th, td { border: 1px solid #dadce0; padding: .3em .6em; text-align: left; "
	"vertical-align: top }\n"
	"th { background: #f1f3f4 }\n"
	"</style>\n";

static const char journey[] =
	"<h2>How this page came to you</h2>\n"
	"<ol>\n"
	"<li>Your machine asked for an address and got it by DHCP, with a gateway and a name "
	"server.</li>\n"
	"<li>It asked that name server for this host's address. The name server asked the root, "
	"the root named the\n"
	"servers of the top-level domain, they named the servers of this domain, and those "
	"knew.</li>\n"
	"<li>It opened a TCP connection to that address. Every router on the way looked at the "
	"destination\n"
	"alone and passed the packet on.</li>\n"
	"<li>Over TCP it spoke TLS: this server showed a certificate, which your machine checked "
	"against the\n"
	"one authority that it trusts, and both agreed on keys that nobody on the way can "
	"know.</li>\n"
	"<li>Inside TLS it asked for this page by HTTP, and here it is.</li>\n"
	"</ol>\n"
	"<p>All of that is in the captures of the run, hop by hop.</p>\n";

void web_page(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	str_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<link rel=\"icon\" href=\"data:,\">\n<title>");
	str_add_escaped(out, web_server_of(from)->sites->host);
	str_addf(out, "</title>\n%s</head>\n<body>\n<h1>", style);
	str_add_escaped(out, web_server_of(from)->sites->host);
	str_adds(out,
		 "</h1>\n<p>This is not the host you may know by that name. You are looking at "
		 "the node <b>");
	str_add_escaped(out, from->name);
	str_adds(out, "</b> of the lab <b>");
	str_add_escaped(out, topo->name);
	str_adds(out, "</b>, a small Internet that lives in one machine and talks to nobody "
		      "outside.</p>\n");
	if (topo->description) {
		str_adds(out, "<p>");
		add_prose(out, topo->description);
		str_adds(out, "</p>\n");
	}
	str_adds(out, journey);
	str_adds(out, "<h2>Who is in this lab</h2>\n");
	add_nodes(topo, out);
	str_adds(out, "</body>\n</html>\n");
}
