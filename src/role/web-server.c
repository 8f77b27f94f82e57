/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Web server: nginx, a server block a site, each with a certificate of the lab's own CA. */
#include "role/web-server.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plan/build.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define NGINX_CONF "/etc/nginx/nginx.conf"
#define WEB_ROOT "/srv/www"
#define ROOT_MAX 80 /* and "/index.html", in a tar's header */
#define HOST_MAX 90 /* its certificate, the same */

static const char nginx_head[] = "user www-data;\n"
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
				 "\tserver_tokens off;\n";

/* %1$s: the host; %2$s: " default_server" or nothing. */
static const char nginx_redirect[] = "\n"
				     "\tserver {\n"
				     "\t\tlisten 80%2$s;\n"
				     "\t\tserver_name %1$s;\n"
				     "\t\treturn 301 https://%1$s$request_uri;\n"
				     "\t}\n";

/* %3$s: where its pages are. */
static const char nginx_pages[] = "\n"
				  "\tserver {\n"
				  "\t\tlisten 80%2$s;\n"
				  "\t\tserver_name %1$s;\n"
				  "\t\troot %3$s;\n"
				  "\t\tindex index.html;\n"
				  "\t}\n";

/*
 * The last suite is RSA key exchange, as the article tells it: only a client that offers nothing
 * better gets it. %4$s: the name of certificate and key.
 */
static const char nginx_https[] =
	"\n"
	"\tserver {\n"
	"\t\tlisten 443 ssl http2%2$s;\n"
	"\t\tserver_name %1$s;\n"
	"\t\tssl_certificate %4$s.crt;\n"
	"\t\tssl_certificate_key %4$s.key;\n"
	"\t\tssl_protocols TLSv1.2 TLSv1.3;\n"
	"\t\tssl_prefer_server_ciphers on;\n"
	"\t\tssl_ciphers "
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256;\n"
	"\t\troot %3$s;\n"
	"\t\tindex index.html;\n"
	"\t}\n";

/* What certificate= says, to PLAN_FILE's fault; "valid" is none of them. */
static const char *const faults[] = { "expired", "wrong-name", "self-signed" };

/* A host is written without the final dot: in certificates and in the browser. */
static void load_site(struct load *load, struct role_web_server *server, const struct xml_node *at)
{
	struct role_site *site = array_add(server->sites, server->n_sites);
	const char *http = xml_attr(at, "http");
	size_t len;

	site->host = load_domain(at, "host");
	len = strlen(site->host);
	if (len)
		site->host[len - 1] = '\0';
	site->https = xml_attr_flag(load->problems, at, "https", true);
	site->http = http ? str_eq(http, "pages") : !site->https;
	site->redirect = http ? str_eq(http, "redirect") : site->https;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (str_eq(xml_attr(at, "certificate"), faults[i]))
			site->fault = faults[i];
	if (xml_attr(at, "root"))
		site->root = load_name(at, "root");
	else
		site->root =
			server->n_sites == 1 ? xstrdup(WEB_ROOT) : xasprintf("/srv/%s", site->host);
}

static void *load_web_server(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_web_server *server = xcalloc(1, sizeof(*server));
	struct xml_node *it;

	(void)node;
	load_site(load, server, at);
	xml_for_each(it, at, "site")
		load_site(load, server, it);
	return server;
}

static void free_web_server(void *model)
{
	struct role_web_server *server = model;

	for (size_t i = 0; i < server->n_sites; i++) {
		free(server->sites[i].host);
		free(server->sites[i].root);
	}
	free(server->sites);
	free(server);
}

/* As it can stand in nginx's configuration, and hold a page that is put there. */
static bool is_plain(const char *root)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";

	return strlen(root) > 1 && strlen(root) <= ROOT_MAX &&
	       strspn(root, plain) == strlen(root) && !strstr(root, "//") && !strstr(root, "..") &&
	       root[strlen(root) - 1] != '/' && !str_prefix(root, "/proc/") &&
	       !str_prefix(root, "/sys/") && !str_prefix(root, "/dev/");
}

static void check_site(struct rules *rules, const struct role_web_server *server, size_t i,
		       const struct xml_node *at)
{
	const struct role_site *site = &server->sites[i];
	auto_free char *name = xasprintf("%s.", site->host);

	if (rules_is_long(name))
		xml_problem(rules->problems, at, "host", RULES_TOO_LONG);
	else if (strlen(site->host) > HOST_MAX)
		xml_problem(rules->problems, at, "host",
			    "the name of a site is at most %d characters long here", HOST_MAX);
	if (*site->host && !is_plain(site->root))
		xml_problem(rules->problems, at, "root",
			    "'%.100s': not a folder below / of plain names (letters, digits, '.', "
			    "'_', '-'), "
			    "80 bytes at most",
			    site->root);
	for (size_t j = 0; j < i; j++)
		if (*site->host && strcasecmp(server->sites[j].host, site->host) == 0)
			xml_problem(rules->problems, at, "host", "a second site '%s' in the node",
				    site->host);
	if (site->https)
		return;
	if (!site->http)
		xml_problem(rules->problems, at, "http",
			    "without HTTPS a site has its pages over HTTP: http=\"pages\"");
	if (site->fault)
		xml_problem(rules->problems, at, "certificate",
			    "a site without HTTPS has no certificate");
}

static void check_web_server(struct rules *rules, size_t node, const void *model,
			     const struct xml_node *at)
{
	const struct role_web_server *server = model;
	struct xml_node *it;
	size_t i = 0;

	rules_need_address(rules, node, at, "web server");
	check_site(rules, server, i, at);
	xml_for_each(it, at, "site")
		check_site(rules, server, ++i, it);
}

/* The name, without .crt and .key, of what the i-th site shows. */
static char *certificate_of(const struct role_web_server *server, size_t i)
{
	return i ? xasprintf("/etc/nginx/sites/%s", server->sites[i].host)
		 : xstrdup("/etc/nginx/site");
}

/* Behind "listen PORT": the same once more where the node speaks IPv6. */
static char *listen_words(bool first, const char *port, bool ipv6)
{
	const char *rest = first ? " default_server" : "";

	return ipv6 ? xasprintf("%s;\n\t\tlisten [::]:%s%s", rest, port, rest) : xstrdup(rest);
}

static void add_conf(const struct role_web_server *server, bool ipv6, struct str *conf)
{
	bool on_80 = false, on_443 = false; /* somebody is the default there */

	str_adds(conf, nginx_head);
	/* Of several, names are looked up in a table, whose rows are as long as the longest. */
	if (server->n_sites > 1)
		str_adds(conf, "\tserver_names_hash_bucket_size 512;\n");
	for (size_t i = 0; i < server->n_sites; i++) {
		const struct role_site *site = &server->sites[i];
		auto_free char *name = certificate_of(server, i);
		auto_free char *http = listen_words(!on_80, "80", ipv6);
		auto_free char *https = listen_words(!on_443, "443 ssl http2", ipv6);

		if (site->redirect || site->http)
			str_addf(conf, site->redirect ? nginx_redirect : nginx_pages, site->host,
				 http, site->root);
		on_80 |= site->redirect || site->http;
		if (site->https)
			str_addf(conf, nginx_https, site->host, https, site->root, name);
		on_443 |= site->https;
	}
	str_adds(conf, "}\n");
}

/* A certificate that is wrong on purpose is not what is asked for here. */
static void add_check(const struct role_site *site, const char *certificate, struct plan_node *node)
{
	auto_free char *reads = xasprintf(NGINX_CONF " %s.crt %s.key", certificate, certificate);

	if (!site->https) {
		plan_add_check(
			node, PLAN_READY, NGINX_CONF, xasprintf("answers http://%s/", site->host),
			xasprintf("[ \"$(curl -s -o /dev/null -m 30 --resolve %s:80:127.0.0.1 "
				  "-w '%%{http_code}' http://%s/)\" = 200 ]",
				  site->host, site->host));
		return;
	}
	plan_add_check(node, PLAN_READY, reads, xasprintf("answers https://%s/", site->host),
		       xasprintf("[ \"$(curl -s -o /dev/null -m 30 --http2 %s"
				 " --resolve %s:443:127.0.0.1 -w '%%{http_code} %%{http_version}' "
				 "https://%s/)\" = '200 2' ]",
				 site->fault ? "-k" : "--cacert " PLAN_CA_CERT, site->host,
				 site->host));
}

static void plan_site(const struct role_web_server *server, size_t i, const struct str *page,
		      struct plan_node *node)
{
	const struct role_site *site = &server->sites[i];
	auto_free char *name = certificate_of(server, i);
	auto_free char *cert = xasprintf("%s.crt", name), *key = xasprintf("%s.key", name);
	auto_free char *index = xasprintf("%s/index.html", site->root);

	if (site->https) {
		plan_add_secret(node, cert, 0644, PLAN_CONTENT_SITE_CERT, site->host, site->fault);
		plan_add_secret(node, key, 0600, PLAN_CONTENT_SITE_KEY, site->host, site->fault);
	}
	plan_add_file(node, index, 0644, page->data, page->len);
	add_check(site, name, node);
}

static void plan_web_server(const struct topo *topo, const struct topo_node *from,
			    const void *model, struct plan_node *node)
{
	const struct role_web_server *server = model;
	auto_str struct str conf = { 0 }, page = { 0 };

	add_conf(server, topo_speaks_ipv6(from), &conf);
	plan_add_text(node, NGINX_CONF, 0644, &conf);
	web_page(topo, from, &page);
	for (size_t i = 0; i < server->n_sites; i++)
		plan_site(server, i, &page, node);
	plan_add_service(node, "nginx", "mkdir -p /var/log/nginx\n", "nginx -c " NGINX_CONF);
}

static const struct xml_bound bounds[] = { { "web-server", "site", 100, 0 } };

const struct topo_role role_web_server = {
	.name = "web-server",
	.sign = "web",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_web_server,
	.check = check_web_server,
	.plan = plan_web_server,
	.free = free_web_server,
};
