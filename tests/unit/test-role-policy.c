/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies of BGP: how far a prefix is said to come; and, drawn at random, that bird reads what is
 * made of them, where this machine has bird (LABD_BIRD names another than /usr/sbin/bird).
 * Covers: src/role/router-policy.c src/role/router-session.c src/role/router-bgp-rules.c
 */
#include "base/child.h"
#include "lib/plan-labs.h"
#include "lib/tests.h"
#include "plan/plan.h"
#include "role/router.h"

/* a (AS 1) - b (AS 2) - c (AS 2) - d (AS 2) - e (AS 3) in a row; %s: what b and c say of their
 * neighbours behind, and what e announces. */
static const char row[] =
	"<network name='n' prefix='10.0.0.0/8'/><network name='far' prefix='192.0.2.0/24'/>"
	"<node name='a'><nic name='eth0' address='10.0.0.1/30'/><nic name='eth1'/>"
	"<router><bgp as='1'><neighbor node='b'/></bgp></router></node>"
	"<node name='b'><nic name='eth0' address='10.0.0.2/30'/>"
	"<nic name='eth1' address='10.0.0.5/30'/>"
	"<router><bgp as='2'><neighbor node='a'/><neighbor node='c'>%s</neighbor></bgp></router>"
	"</node>"
	"<node name='c'><nic name='eth0' address='10.0.0.6/30'/>"
	"<nic name='eth1' address='10.0.0.9/30'/>"
	"<router><bgp as='2'><neighbor node='b' %s/><neighbor node='d'/></bgp></router></node>"
	"<node name='d'><nic name='eth0' address='10.0.0.10/30'/>"
	"<nic name='eth1' address='10.0.0.13/30'/>"
	"<router><bgp as='2'><neighbor node='c'/><neighbor node='e'>%s</neighbor></bgp></router>"
	"</node>"
	"<node name='e'><nic name='eth0' address='10.0.0.14/30'/>"
	"<nic name='eth1' address='192.0.2.1/24'/>"
	"<router><bgp as='3'><neighbor node='d'/><originate network='far'/></bgp></router></node>"
	"<link name='ab'><end node='a' nic='eth0'/><end node='b' nic='eth0'/></link>"
	"<link name='bc'><end node='b' nic='eth1'/><end node='c' nic='eth0'/></link>"
	"<link name='cd'><end node='c' nic='eth1'/><end node='d' nic='eth0'/></link>"
	"<link name='de'><end node='d' nic='eth1'/><end node='e' nic='eth0'/></link>";

static const struct reach_row {
	const char *name, *b, *c, *d, *heard; /* heard: the nodes to which e's prefix comes */
} rows[] = {
	{ "within an AS it is told once", "", "", "", "cde" },
	{ "but by a reflector", "", "reflector-client='yes'", "", "abcde" },
	{ "a filter in", "<import><deny prefix='192.0.2.0/24'/></import>", "reflector-client='yes'",
	  "", "cde" },
	{ "of another prefix", "<import><deny prefix='198.51.100.0/24' le='32'/></import>",
	  "reflector-client='yes'", "", "abcde" },
	{ "longer ones only", "", "",
	  "<import else='deny'><accept prefix='192.0.0.0/16' ge='25'/></import>", "e" },
	{ "as long", "", "", "<import else='deny'><accept prefix='192.0.0.0/16' le='24'/></import>",
	  "cde" },
	{ "the first that fits", "", "", "<import><accept prefix='192.0.2.0/24'/><deny/></import>",
	  "cde" },
	{ "by the path: not certain", "", "", "<import><deny as='7'/></import>", "e" },
	{ "by a community: not certain", "", "",
	  "<import else='deny'><accept community='1:2'/></import>", "e" },
	{ "accepted whatever the path is", "", "",
	  "<import><accept as='7' local-preference='7'/></import>", "cde" },
	{ "no-export", "<import add-community='no-export'/>", "reflector-client='yes'", "",
	  "bcde" },
};

static void test_reach(void **state)
{
	const struct reach_row *of = *state;
	auto_free char *text = xasprintf(row, of->b, of->c, of->d);
	auto_topo struct topo topo = { 0 };
	auto_str struct str heard = { 0 };

	make_lab(text, &topo);
	for (size_t i = 0; i < topo.n_nodes; i++) {
		struct router_heard *at = router_heard_new(&topo, &topo.nodes[i], NET_IPV4);

		if (router_heard_of(at, topo.nodes[4].nics[1].addresses.list[0].addr))
			str_adds(&heard, topo.nodes[i].name);
		router_heard_free(at);
	}
	assert_string_equal(str_text(&heard), of->heard);
}

/* --- at random --- */

static unsigned int seed;

static unsigned int draw(unsigned int below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % below;
}

static void add_marks(struct str *out, bool import)
{
	if (draw(3) == 0)
		str_addf(out, " med='%u'", draw(1000));
	if (draw(3) == 0 && !import)
		str_addf(out, " prepend='%u'", 1 + draw(16));
	if (draw(3) == 0 && import)
		str_addf(out, " local-preference='%u'", draw(1000));
	if (draw(3) == 0)
		str_adds(out, draw(2) ? " add-community='no-export'" : " add-community='1:0'");
}

static void add_policy(struct str *out, bool import)
{
	const char *name = import ? "import" : "export";
	unsigned int n = draw(4);

	str_addf(out, "<%s else='%s'", name, draw(2) ? "accept" : "deny");
	add_marks(out, import);
	str_adds(out, ">");
	for (unsigned int i = 0; i < n; i++) {
		unsigned int len = draw(33), least = len + draw(33 - len);
		bool accept = draw(2);

		str_addf(out, "<%s prefix='0.0.0.0/0' ge='%u' le='%u'", accept ? "accept" : "deny",
			 least, least + draw(33 - least));
		if (draw(2))
			str_addf(out, " as='%u'", 1 + draw(4000000));
		if (draw(2))
			str_addf(out, " community='%u:%u'", 1 + draw(65535), draw(65536));
		if (accept)
			add_marks(out, import);
		str_adds(out, "/>");
	}
	str_addf(out, "</%s>", name);
}

/* Two routers, each with OSPF, RIP and BGP; what they say is drawn. */
static void draw_lab(struct str *out)
{
	static const char *const from[] = { "static", "static rip", "bgp connected", "rip bgp" };

	str_adds(out, "<network name='n' prefix='10.0.0.0/8'/>");
	for (unsigned int i = 0; i < 2; i++) {
		str_addf(out,
			 "<node name='r%u'><nic name='eth0' address='10.0.0.%u/30'/>"
			 "<nic name='eth1' address='10.%u.0.1/24'/>"
			 "<nic name='eth2' address='10.%u.1.1/24'/>"
			 "<loopback address='10.255.0.%u/32'/>"
			 "<route to='0.0.0.0/0' via='10.0.0.%u'/>"
			 "<route to='10.7.0.0/16' type='%s'/><router ecmp='%s'>"
			 "<ospf nics='eth0' redistribute='%s' default='%s'>"
			 "<area id='%u' nics='eth1' stub='%s'/><cost nic='eth0' value='%u'/></ospf>"
			 "<rip nics='eth2' redistribute='ospf static' default='%s'>"
			 "<cost nic='eth2' value='%u'/></rip>"
			 "<bgp as='%u' redistribute='static ospf'><neighbor node='r%u'>",
			 i, i + 1, i + 1, i + 1, i + 1, 2 - i, draw(2) ? "blackhole" : "prohibit",
			 draw(2) ? "yes" : "no", from[draw(4)], draw(2) ? "yes" : "no",
			 1 + draw(4000000), draw(2) ? "total" : "yes", 1 + draw(65535),
			 draw(2) ? "yes" : "no", 1 + draw(15), i + 1, 1 - i);
		add_policy(out, true);
		add_policy(out, false);
		str_adds(out,
			 "</neighbor><originate prefix='10.128.0.0/9'/></bgp></router></node>");
	}
	str_adds(out,
		 "<link name='l'><end node='r0' nic='eth0'/><end node='r1' nic='eth0'/></link>");
}

static int ask_bird(const char *bird, const struct plan_node *node, const char *path)
{
	const char *argv[] = { bird, "-p", "-c", path, NULL };
	struct child_opts opts = { .stderr_fd = -1 };
	auto_str struct str out = { 0 };
	int rc = -EINVAL;

	for (size_t i = 0; i < node->n_files; i++) {
		const struct plan_file *file = &node->files[i];

		if (!str_eq(file->path, BIRD_CONF))
			continue;
		assert_int_equal(io_write_file(path, file->data, file->len, 0644, NULL), 0);
		rc = child_run(argv, &opts, &out, NULL);
		if (rc && rc != -ENOENT)
			print_error("%s\n%s", str_text(&out), file->data);
	}
	return rc;
}

static void test_random(void **state)
{
	char path[] = "/tmp/test-policy.XXXXXX";
	auto_close int fd = mkstemp(path);
	const char *bird = getenv("LABD_BIRD");
	int rc = 0;

	(void)state;
	assert_true(fd >= 0);
	for (unsigned int i = 0; i < 40 && rc == 0; i++) {
		auto_topo struct topo topo = { 0 };
		auto_plan struct plan plan = { 0 };
		auto_str struct str text = { 0 };

		seed = i;
		draw_lab(&text);
		make_lab(text.data, &topo);
		plan_build(&topo, &plan);
		for (size_t j = 0; j < plan.n_nodes && rc == 0; j++)
			rc = ask_bird(bird ? bird : "/usr/sbin/bird", &plan.nodes[j], path);
	}
	(void)unlink(path);
	if (rc == -ENOENT) {
		print_message("there is no bird here that could read them\n");
		skip();
	}
	assert_int_equal(rc, 0);
}

int main(void)
{
	const struct CMUnitTest fixed[] = { cmocka_unit_test(test_random) };

	ADD_ROWS(rows, test_reach);
	ADD_TESTS(fixed);
	return run_added("policies", NULL, NULL);
}
