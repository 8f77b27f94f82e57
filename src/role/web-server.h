/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <web-server host=> and its <site host=>s: HTTPS with HTTP/2 and certificates of the lab's own CA,
 * HTTP, or both. */
#ifndef ROLE_WEB_SERVER_H
#define ROLE_WEB_SERVER_H

#include <stdint.h>

#include "topo/topo.h"

/* host= https= http= certificate= root= */
struct role_site {
	char *host; /* without the final dot */
	bool https;
	bool http, redirect; /* port 80: the pages themselves, or where they are */
	const char *fault;   /* of its certificate: plan_file's */
	char *root;          /* the folder with its pages */
};

struct role_web_server {
	struct role_site *sites; /* the server's own is the first */
	size_t n_sites;
};

static inline const struct role_web_server *web_server_of(const struct topo_node *node)
{
	return topo_model(node, "web-server");
}

/* web-page.c: the page that it shows, appended to out. */
void web_page(const struct topo *topo, const struct topo_node *from, struct str *out);

#endif
