/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <web-server host=>: HTTPS with HTTP/2 and a certificate of the lab's own CA; port 80 redirects.
 */
#ifndef ROLE_WEB_SERVER_H
#define ROLE_WEB_SERVER_H

#include "topo/topo.h"

/* The host's name, without the final dot; NULL where the node is no web server. */
static inline const char *web_server_host(const struct topo_node *node)
{
	return topo_model(node, "web-server");
}

/* web-page.c: the page that it shows, appended to out. */
void web_page(const struct topo *topo, const struct topo_node *from, struct str *out);

#endif
