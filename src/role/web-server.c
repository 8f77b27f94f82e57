/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Web server: nginx with HTTPS, HTTP/2 and a certificate of the lab's own CA; port 80 redirects to
 * it. */
#include "role/web-server.h"

#include <stdlib.h>
#include <string.h>

#include "plan/build.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define NGINX_CONF "/etc/nginx/nginx.conf"
#define WEB_ROOT "/srv/www"
#define SITE_CERT "/etc/nginx/site.crt"
#define SITE_KEY "/etc/nginx/site.key"

/*
 * The last suite is RSA key exchange, as the article tells it: only a client that offers nothing
 * better gets it. %1$s: the host.
 */
static const char nginx_conf[] =
	"user www-data;\n"
	"worker_processes 1;\n"
	"daemon off;\n"
	"pid /run/nginx.pid;\n"
	"error_log stderr;\n"
	"\n"
	"events {\n"
	"\tworker_connections 64;\n"
	"}\n"
	"\n"
	"http {\n"
	"\tinclude /etc/nginx/mime.types;\n"
	"\tdefault_type application/octet-stream;\n"
	"\taccess_log /var/log/nginx/access.log;\n"
	"\tserver_tokens off;\n"
	"\n"
	"\tserver {\n"
	"\t\tlisten 80 default_server;\n"
	"\t\tserver_name %1$s;\n"
	"\t\treturn 301 https://%1$s$request_uri;\n"
	"\t}\n"
	"\n"
	"\tserver {\n"
	"\t\tlisten 443 ssl http2 default_server;\n"
	"\t\tserver_name %1$s;\n"
	"\t\tssl_certificate " SITE_CERT ";\n"
	"\t\tssl_certificate_key " SITE_KEY ";\n"
	"\t\tssl_protocols TLSv1.2 TLSv1.3;\n"
	"\t\tssl_prefer_server_ciphers on;\n"
	"\t\tssl_ciphers "
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256;\n"
	"\t\troot " WEB_ROOT ";\n"
	"\t\tindex index.html;\n"
	"\t}\n"
	"}\n";

/* A host is written without the final dot: in certificates and in the browser. */
static void *load_web_server(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	char *host = load_domain(at, "host");
	size_t len = strlen(host);

	(void)load;
	(void)node;
	if (len)
		host[len - 1] = '\0';
	return host;
}

static void check_web_server(struct rules *rules, size_t node, const void *model,
			     const struct xml_node *at)
{
	auto_free char *name = xasprintf("%s.", (const char *)model);

	rules_need_address(rules, node, at, "web server");
	if (rules_is_long(name))
		xml_problem(rules->problems, at, "host", RULES_TOO_LONG);
}

static void plan_web_server(const struct topo *topo, const struct topo_node *from,
			    const void *model, struct plan_node *node)
{
	const char *host = model;
	auto_str struct str conf = { 0 }, page = { 0 };

	str_addf(&conf, nginx_conf, host);
	plan_add_text(node, NGINX_CONF, 0644, &conf);
	plan_add_secret(node, SITE_CERT, 0644, PLAN_CONTENT_SITE_CERT, host);
	plan_add_secret(node, SITE_KEY, 0600, PLAN_CONTENT_SITE_KEY, host);
	web_page(topo, from, &page);
	plan_add_text(node, WEB_ROOT "/index.html", 0644, &page);
	plan_add_service(node, "nginx", "mkdir -p /var/log/nginx\n", "nginx -c " NGINX_CONF);
	plan_add_check(node, PLAN_READY, NGINX_CONF " " SITE_CERT " " SITE_KEY,
		       xasprintf("answers https://%s/", host),
		       xasprintf("[ \"$(curl -s -o /dev/null -m 30 --http2 --cacert " PLAN_CA_CERT
				 " --resolve %s:443:127.0.0.1 -w '%%{http_code} %%{http_version}' "
				 "https://%s/)\" = '200 2' ]",
				 host, host));
}

const struct topo_role role_web_server = {
	.name = "web-server",
	.sign = "web",
	.load = load_web_server,
	.check = check_web_server,
	.plan = plan_web_server,
	.free = free,
};
