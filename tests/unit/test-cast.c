/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Experiments find their nodes by what these are: in the shipped labs, in one with nothing of the
 * school's, and in labs that are drawn. Whatever a lab has, what fetch.xml becomes for it names
 * only nodes and ports of that lab, and what is left out is what the lab lacks.
 * Covers: src/experiment/cast.c src/experiment/fill.c src/role/cast.c src/role/cast-block.c src/role/cast-dns.c
 * Covers: src/role/cast-lease.c src/role/cast-path.c src/role/cast-way.c
 */
#include <glob.h>

#include "experiment/experiment.h"
#include "lib/plan-labs.h"
#include "lib/tests.h"
#include "role/cast.h"
#include "role/role.h"

static void load_lab(const char *file, struct topo *ret)
{
	auto_free char *path = source_path("%s", file);
	auto_free char *schemas = source_path("topologies");
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (topo_load(path, schemas, role_all, ret, &problems, &err) < 0)
		fail_msg("%s", err.msg);
}

static json_t *cast(const struct topo *topo, const char *client, const char *url)
{
	struct cast_wish wish = { topo, client, url };
	struct err err = ERR_INIT;
	json_t *parts = NULL;

	if (cast_lab(&wish, "https://www.google.com/", &parts, &err) < 0)
		fail_msg("%s", err.msg);
	return parts;
}

/* --- parts of labs that are known --- */

#define FOREIGN "tests/e2e/labs/foreign.xml"
#define SCHOOL "topologies/school.xml"
#define ISP "topologies/school-isp.xml"
#define SMALL "topologies/small.xml"

static const struct row {
	const char *name, *lab, *part, *word, *value; /* value NULL: lacks it */
} rows[] = {
	{ "the laptop", SCHOOL, "client", "node", "client" },
	{ "its air", SCHOOL, "client", "port", "wifi:client-ap" },
	{ "its address", SCHOOL, "client", "address", NULL },
	{ "its MAC", SCHOOL, "client", "mac", "00:16:d3:23:68:8a" },
	{ "its access point", SCHOOL, "access-point", "port", "ap:eth0" },
	{ "what it offers", SCHOOL, "dhcp-server", "offers", "dhcp.ip.your == 68.85.2.101" },
	{ "rebinding", SCHOOL, "dhcp-server", "rebinding", "3150" },
	{ "the gateway", SCHOOL, "gateway", "address", "68.85.2.1" },
	{ "the way to the root", SCHOOL, "resolver-gateway", "out", "router:eth1" },
	{ "the root", SCHOOL, "root", "address", "198.51.100.53" },
	{ "the root refers", SCHOOL, "root", "refers", "com" },
	{ "the TLD's glue", SCHOOL, "tld", "glue", "172.217.10.53" },
	{ "the answer's life", SCHOOL, "authority", "ttl", "300" },
	{ "the sea, there and back", SCHOOL, "web", "rtt", "0.12" },
	{ "and in the small lab", SMALL, "web", "rtt", "0.04" },
	{ "as it is seen there", SMALL, "web", "hears", "ip.src == @{offered}" },
	{ "who sends to HTTPS", SMALL, "redirect", "node", "www" },
	{ "not the school's client", FOREIGN, "client", "node", "desk" },
	{ "on a wire", FOREIGN, "client", "port", "desk:lan" },
	{ "with an address", FOREIGN, "client", "address", "192.0.2.10" },
	{ "without Wi-Fi", FOREIGN, "access-point", NULL, NULL },
	{ "without DHCP", FOREIGN, "dhcp-server", NULL, NULL },
	{ "a DNS server far away", FOREIGN, "local-resolver", NULL, NULL },
	{ "whom its gateway leads to", FOREIGN, "resolver", "next-address", "192.0.2.1" },
	{ "whose gateway", FOREIGN, "resolver-gateway", "out", "isp-a:eth2" },
	{ "no TLD", FOREIGN, "tld", NULL, NULL },
	{ "the root refers to the shop", FOREIGN, "root", "refers", "shop.example" },
	{ "without an address: it is elsewhere", FOREIGN, "authority", "zone", "shop.example" },
	{ "another page", FOREIGN, "web", "url", "https://www.shop.example/" },
	{ "nor one of KT's", SCHOOL, "far-resolver", NULL, NULL },
	{ "which tells no lies", SCHOOL, "blocked", NULL, NULL },
	{ "nor needs one who doubts", SCHOOL, "validator", NULL, NULL },
	{ "far away", FOREIGN, "far-resolver", "address", "198.51.100.53" },
	{ "KT's DNS server", ISP, "far-resolver", "node", "kt-dns" },
	{ "a name that it lies about", ISP, "blocked", "host", "blocked.google.com" },
	{ "whom the lie leads to", ISP, "blocked", "node", "warning" },
	{ "whose certificate", ISP, "blocked", "owner", "warning.or.kr" },
	{ "and the truth", ISP, "blocked", "truth", "172.217.25.228" },
	{ "who doubts it", ISP, "validator", "node", "validator" },
	{ "and the root there", ISP, "root", "node", "root-dns" },
	{ "IPv6 alone is no client", "topologies/gallery/ring.xml", "client", NULL, NULL },
};

static void test_part(void **state)
{
	const struct row *row = *state;
	auto_topo struct topo topo = { 0 };
	auto_json json_t *parts = NULL;
	auto_free char *key =
		row->word ? xasprintf("%s.%s", row->part, row->word) : xstrdup(row->part);
	const json_t *part;

	load_lab(row->lab, &topo);
	parts = cast(&topo, NULL, NULL);
	part = json_object_get(parts, row->part);
	if (!row->value && !json_get_text(json_object_get(parts, "lacks"), key, NULL))
		fail_msg("it is not said why there is no '%s'", key);
	if (!row->value && row->word ? !!json_object_get(part, row->word) : !row->value && part)
		fail_msg("there is '%s'", key);
	if (row->value)
		assert_string_equal(json_get_text(part, row->word, "-"), row->value);
}

/* --- what the user says --- */

static const struct wished {
	const char *name, *lab, *client, *url, *says; /* says NULL: it is taken */
} wishes[] = {
	{ "a client", SCHOOL, "client", NULL, NULL },
	{ "no node", SCHOOL, "laptop", NULL,
	  "--client 'laptop': the lab has no such node; clients are 'client'" },
	{ "no client", SCHOOL, "www", NULL,
	  "--client 'www': this node is no client with IPv4; clients are 'client'" },
	{ "a page", SCHOOL, NULL, "https://warning.or.kr/", NULL },
	{ "its path", SCHOOL, NULL, "https://www.google.com/a/b.html", NULL },
	{ "no page", SCHOOL, NULL, "https://www.example.com/",
	  "--url 'https://www.example.com/': the lab has no such page, or nobody knows its name; "
	  "it "
	  "has https://warning.or.kr/, https://www.google.com/" },
	{ "not encrypted", FOREIGN, NULL, "http://www.shop.example/",
	  "--url 'http://www.shop.example/': is not https://HOST/PATH of letters, digits and "
	  "-._~; it has https://www.shop.example/" },
	{ "for a shell", FOREIGN, NULL, "https://www.shop.example/$(reboot)",
	  "--url 'https://www.shop.example/$(reboot)': is not https://HOST/PATH of letters, "
	  "digits and -._~; it has https://www.shop.example/" },
};

static void test_wish(void **state)
{
	const struct wished *row = *state;
	auto_topo struct topo topo = { 0 };
	auto_json json_t *parts = NULL;
	struct cast_wish wish = { &topo, row->client, row->url };
	struct err err = ERR_INIT;

	load_lab(row->lab, &topo);
	if (row->says) {
		assert_int_equal(cast_lab(&wish, NULL, &parts, &err), -EINVAL);
		assert_string_equal(err.msg, row->says);
		return;
	}
	parts = cast(&topo, row->client, row->url);
	if (row->client)
		assert_string_equal(json_get_text(json_object_get(parts, "client"), "node", ""),
				    row->client);
	if (row->url)
		assert_string_equal(json_get_text(json_object_get(parts, "web"), "url", ""),
				    row->url);
}

/* --- fetch.xml in a lab --- */

static void load_fetch(struct topo *topo, struct experiment *ret)
{
	auto_free char *path = source_path("topologies/experiments/fetch.xml");
	auto_free char *schemas = source_path("topologies");
	auto_xml_problems struct xml_problems problems = { 0 };
	struct cast_wish wish = { .topo = topo };
	struct err err = ERR_INIT;

	if (experiment_load_cast(path, schemas, cast_lab, &wish, ret, &problems, &err) < 0 ||
	    experiment_check(ret, topo_has_port, topo_has_link, topo, &problems, &err) < 0)
		fail_msg("%s", err.msg);
}

/* What a run keeps is of no lab any more, and the same. */
static void check_kept(const struct experiment *experiment)
{
	auto_free char *schemas = source_path("topologies");
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment again = { 0 };
	struct err err = ERR_INIT;

	if (experiment_load_text(experiment->flat, strlen(experiment->flat), "kept", schemas,
				 &again, &problems, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(again.flat, experiment->flat);
	assert_int_equal(again.n_expects, experiment->n_expects);
	assert_int_equal(again.n_left_out, experiment->n_left_out);
}

/* Whether something of that kind and name is said to be left out. */
static bool is_told(const struct experiment *experiment, const char *what)
{
	for (size_t i = 0; i < experiment->n_left_out; i++)
		if (strstr(experiment->left_out[i].what, what))
			return true;
	return false;
}

static const struct experiment_phase *phase_of(const struct experiment *experiment,
					       const char *name)
{
	for (size_t i = 0; i < experiment->n_phases; i++)
		if (str_eq(experiment->phases[i].name, name))
			return &experiment->phases[i];
	return NULL;
}

static void test_school(void **state)
{
	static const char *const labs[] = { SCHOOL, SMALL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labs); i++) {
		auto_experiment struct experiment fetch = { 0 };
		auto_topo struct topo topo = { 0 };

		load_lab(labs[i], &topo);
		load_fetch(&topo, &fetch);
		assert_int_equal(fetch.n_left_out, 0);
		assert_null(strstr(fetch.flat, "${client"));
		check_kept(&fetch);
	}
}

/* Files that are no lab, or an impossible one on purpose, are passed over. */
static void try_clients(const char *file, size_t *n_fit, size_t *n_refused)
{
	auto_free char *path = source_path("topologies/experiments/fetch.xml");
	auto_free char *schemas = source_path("topologies");
	auto_problems struct topo_problems lab_problems = { 0 };
	auto_topo struct topo topo = { 0 };

	if (topo_load(file, schemas, role_all, &topo, &lab_problems, NULL) < 0)
		return;
	for (size_t i = 0; i < topo.n_nodes; i++) {
		struct cast_wish wish = { &topo, topo.nodes[i].name, NULL };
		auto_xml_problems struct xml_problems problems = { 0 };
		auto_experiment struct experiment fetch = { 0 };
		struct err err = ERR_INIT;

		if (experiment_load_cast(path, schemas, cast_lab, &wish, &fetch, &problems, &err) <
		    0) {
			assert_true(*err.msg);
			(*n_refused)++;
			continue;
		}
		if (experiment_check(&fetch, topo_has_port, topo_has_link, &topo, &problems, &err) <
		    0)
			fail_msg("%s, client %s: %s", file, wish.client, err.msg);
		check_kept(&fetch);
		(*n_fit)++;
	}
}

/* Every lab that is shipped, as each of its nodes that may be the client sees it: fetch.xml fits,
 * or one sentence says why not. */
static void test_shipped(void **state)
{
	static const char *const folders[] = { "topologies/*.xml", "topologies/gallery/*.xml",
					       "tests/e2e/labs/*.xml" };
	size_t n_fit = 0, n_refused = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		auto_free char *pattern = source_path("%s", folders[i]);
		glob_t files;

		assert_int_equal(glob(pattern, 0, NULL, &files), 0);
		for (size_t j = 0; j < files.gl_pathc; j++)
			try_clients(files.gl_pathv[j], &n_fit, &n_refused);
		globfree(&files);
	}
	assert_true(n_fit >= 3);
	assert_true(n_refused >= 10);
}

/* A word that no lab has is told once for each place, with those that there are. */
static void test_unknown(void **state)
{
	static const char text[] =
		"<experiment name='x'><actor name='client'/><actor name='moon' optional='yes'/>\n"
		"<steps><step name='s' node='${client}' deadline='1'><run>ping "
		"${client.adress}</run>"
		"</step></steps>\n"
		"<expect name='e' at='${client.port} ${client.prt} ${client.prt}' filter='icmp'/>\n"
		"</experiment>";
	auto_free char *path = xasprintf("%s/x.xml", folder);
	auto_free char *schemas = source_path("topologies");
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment experiment = { 0 };
	auto_str struct str found = { 0 };
	auto_topo struct topo topo = { 0 };
	struct cast_wish wish = { .topo = &topo };
	struct err err = ERR_INIT;

	(void)state;
	load_lab(FOREIGN, &topo);
	assert_int_equal(io_write_file(path, text, sizeof(text) - 1, 0600, &err), 0);
	assert_int_equal(
		experiment_load_cast(path, schemas, cast_lab, &wish, &experiment, &problems, &err),
		-EINVAL);
	xml_problems_print(&problems, NULL, &found);
	assert_non_null(strstr(str_text(&found), "no lab has a part of this name"));
	assert_non_null(strstr(str_text(&found), "actor 'client' has no 'adress'; it has node, "));
	assert_non_null(strstr(str_text(&found), "actor 'client' has no 'prt'"));
}

/* --- labs that are drawn --- */

struct drawn {
	bool wifi, dhcp, local, tld;
	unsigned int routers; /* between the client's network and the servers' */
	struct str text;
};

static unsigned int draw(uint64_t *seed, unsigned int n)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned int)(*seed >> 33) % n;
}

static void add_link(struct str *out, const char *a, const char *a_nic, const char *b,
		     const char *b_nic)
{
	str_addf(out,
		 "<link name='%s-%s'><end node='%s' nic='%s'/><end node='%s' nic='%s'/></link>", a,
		 b, a, a_nic, b, b_nic);
}

/* The client, and the box through which it comes in: a bridge of its radio or port 'in' and one to
 * the rest. */
static void add_home(struct drawn *d)
{
	str_addf(&d->text, "<node name='user'%s><nic name='n0'%s/>%s<client nic='n0'/></node>",
		 d->dhcp    ? ""
		 : d->local ? " dns='10.0.0.53'"
			    : " dns='10.9.0.53'",
		 d->dhcp ? "" : " address='10.0.0.7/24'",
		 d->dhcp ? "" : "<route to='0.0.0.0/0' via='10.0.0.1'/>");
	str_addf(&d->text,
		 "<node name='box'><nic name='in'/><nic name='up'/><nic name='side'/>"
		 "<bridge name='br' ports='in up side' address='10.0.0.2/24'/>%s",
		 d->wifi ? "<access-point nic='in'/>" : "");
	if (d->dhcp)
		str_addf(&d->text,
			 "<dhcp-server on='br' first='10.0.0.100' last='10.0.0.120' lease='600' "
			 "router='10.0.0.1' dns='%s'/>",
			 d->local ? "10.0.0.53" : "10.9.0.53");
	str_adds(&d->text, "</node>");
	if (d->wifi)
		str_adds(&d->text, "<link name='air' kind='wifi' ssid='drawn' channel='3' "
				   "passphrase='0123456789'><end node='user' nic='n0'/>"
				   "<end node='box' nic='in'/></link>");
	else
		add_link(&d->text, "user", "n0", "box", "in");
	add_link(&d->text, "box", "up", "hop0", "in");
}

/* hop0 to hopN, static routes in both directions. */
static void add_routers(struct drawn *d)
{
	for (unsigned int i = 0; i < d->routers; i++) {
		bool last = i + 1 == d->routers;

		str_addf(&d->text, "<node name='hop%u'><nic name='in' address='%s'/>", i,
			 i ? "" : "10.0.0.1/24");
		if (i) {
			d->text.len -= strlen("<nic name='in' address=''/>");
			str_addf(&d->text, "<nic name='in' address='10.1.%u.2/30'/>", i);
		}
		if (!last)
			str_addf(&d->text,
				 "<nic name='out' address='10.1.%u.1/30'/>"
				 "<route to='10.9.0.0/24' via='10.1.%u.2'/>",
				 i + 1, i + 1);
		else
			str_adds(&d->text, "<nic name='out' address='10.9.0.1/24'/>");
		if (i)
			str_addf(&d->text, "<route to='10.0.0.0/24' via='10.1.%u.1'/>", i);
		str_adds(&d->text, "<router/></node>");
		if (!last) {
			auto_free char *a = xasprintf("hop%u", i), *b = xasprintf("hop%u", i + 1);

			add_link(&d->text, a, "out", b, "in");
		} else {
			auto_free char *a = xasprintf("hop%u", i);

			add_link(&d->text, a, "out", "rack", "p0");
		}
	}
}

static void add_server(struct drawn *d, unsigned int port, const char *name, unsigned int host,
		       const char *role)
{
	auto_free char *nic = xasprintf("p%u", port);

	str_addf(&d->text,
		 "<node name='%s'><nic name='eth0' address='10.9.0.%u/24'/>"
		 "<route to='0.0.0.0/0' via='10.9.0.1'/>%s</node>",
		 name, host, role);
	add_link(&d->text, "rack", nic, name, "eth0");
}

static void add_servers(struct drawn *d)
{
	str_adds(&d->text, "<node name='rack'>");
	for (unsigned int i = 0; i < 6; i++)
		str_addf(&d->text, "<nic name='p%u'/>", i);
	str_adds(&d->text, "<bridge name='br' ports='p0 p1 p2 p3 p4 p5'/></node>");
	add_server(d, 1, "top", 2, "<name-server><zone name='.' ns='a.top.'/></name-server>");
	add_server(d, 2, "own", 3,
		   "<name-server><zone name='site.test.' ns='ns.site.test.' ttl='77'><record "
		   "name='w' type='A' data='10.9.0.80'/></zone></name-server>");
	add_server(d, 3, "page", 80, "<web-server host='w.site.test'/>");
	if (d->tld)
		add_server(d, 4, "mid", 4,
			   "<name-server><zone name='test.' ns='ns.test.'/></name-server>");
	if (!d->local) {
		add_server(d, 5, "cache", 53, "<resolver/>");
		return;
	}
	str_adds(&d->text, "<node name='cache'><nic name='eth0' address='10.0.0.53/24'/><route "
			   "to='0.0.0.0/0' via='10.0.0.1'/><resolver/></node>");
	add_link(&d->text, "box", "side", "cache", "eth0");
}

static void expect_phase(const struct experiment *fetch, const char *name, bool there)
{
	const struct experiment_phase *phase = phase_of(fetch, name);
	auto_free char *what = xasprintf("phase '%s'", name);

	if (!phase || !!phase->lacks == there || is_told(fetch, what) == there)
		fail_msg("phase '%s' is %sleft out", name, there ? "" : "not ");
}

static void test_drawn(void **state)
{
	const uint64_t *of = *state;
	uint64_t seed = *of;
	struct drawn d = { .wifi = draw(&seed, 2),
			   .dhcp = draw(&seed, 2),
			   .local = draw(&seed, 2),
			   .tld = draw(&seed, 2),
			   .routers = 1 + draw(&seed, 3) };
	auto_experiment struct experiment fetch = { 0 };
	auto_topo struct topo topo = { 0 };

	str_adds(&d.text, "<network name='all' prefix='10.0.0.0/8'/>");
	add_home(&d);
	add_routers(&d);
	add_servers(&d);
	make_lab(str_text(&d.text), &topo);
	load_fetch(&topo, &fetch);
	check_kept(&fetch);
	expect_phase(&fetch, "join", d.wifi);
	expect_phase(&fetch, "lease", d.dhcp);
	expect_phase(&fetch, "tld", d.tld);
	/* The way to the server is told in either case, and only in one. */
	assert_int_equal(!!phase_of(&fetch, "arp-router"), !d.local);
	if (d.local)
		expect_phase(&fetch, "arp", true);
	expect_phase(&fetch, "authoritative", true);
	expect_phase(&fetch, "http", true);
	for (size_t i = 0; i < fetch.n_actors; i++)
		if (str_eq(fetch.actors[i].name, "client"))
			assert_string_equal(fetch.actors[i].node, "user");
	str_free(&d.text);
}

int main(void)
{
	static uint64_t seeds[48];

	ADD_ROWS(rows, test_part);
	ADD_ROWS(wishes, test_wish);
	ADD_TEST(test_school);
	ADD_TEST(test_shipped);
	ADD_TEST(test_unknown);
	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		auto_free char *name = xasprintf("a lab that is drawn, %zu", i);

		seeds[i] = i;
		add_test(name, test_drawn, &seeds[i]);
	}
	return run_added("cast", make_folder, remove_folder);
}
