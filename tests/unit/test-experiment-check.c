/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a lab has what an experiment names; and the shipped ones, whose labs have it. */
#include "lib/fake-lab.h"
#include "lib/tests.h"

static bool topology_has(const void *ctx, const char *node, const char *nic)
{
	struct xml_node *root = xml_root((struct xml_doc *)(uintptr_t)ctx), *it, *port;

	xml_for_each(it, root, "link") {
		if (str_eq(node, "wifi") && str_eq(xml_attr(it, "kind"), "wifi") &&
		    (!nic || str_eq(xml_attr(it, "name"), nic)))
			return true;
	}
	xml_for_each(it, root, "node") {
		if (!str_eq(xml_attr(it, "name"), node))
			continue;
		if (!nic)
			return true;
		xml_for_each(port, it, "nic")
			if (str_eq(xml_attr(port, "name"), nic))
				return true;
	}
	return false;
}

static bool has_one_link(const void *ctx, const char *link)
{
	(void)ctx;
	return str_eq(link, "a-b");
}

static bool topology_has_link(const void *ctx, const char *link)
{
	struct xml_node *it;

	xml_for_each(it, xml_root((struct xml_doc *)(uintptr_t)ctx), "link")
		if (str_eq(xml_attr(it, "name"), link))
			return true;
	return false;
}

/* What is shipped runs in this topology, with every choice of its parameters. */
static const struct fit {
	const char *lab, *shipped[9]; /* NULL at the end */
} fits[] = {
	{ "small",
	  { "fetch", "cached", "http", "tls", "traceroute", "arp", "wifi-scan",
	    "wifi-wrong-key" } },
	{ "school",
	  { "fetch", "cached", "http", "tls", "traceroute", "arp", "wifi-scan",
	    "wifi-wrong-key" } },
	{ "school-isp", { "fetch", "cached", "isp-dns", "blocked" } },
	{ "lease", { "lease" } },
	{ "school-routes", { "routing", "wifi-scan", "wifi-wrong-key" } },
};

static void test_fits(void **state)
{
	const struct fit *fit = *state;
	auto_free char *path = source_path("topologies/%s.xml", fit->lab);
	const char *const *shipped = fit->shipped;
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_xml_doc struct xml_doc *topology = NULL;
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;
	int rc;

	assert_int_equal(xml_open(path, NULL, &topology, &problems, &err), 0);
	for (size_t i = 0; shipped[i]; i++) {
		auto_experiment struct experiment experiment = { 0 };

		load_shipped(shipped[i], fit->lab, &experiment);
		rc = experiment_check(&experiment, topology_has, topology_has_link, topology,
				      &problems, &err);
		xml_problems_print(&problems, NULL, &found);
		if (rc)
			fail_msg("%s: %s\n%s", shipped[i], err.msg, str_text(&found));
	}
}

static bool has_nothing(const void *ctx, const char *node, const char *nic)
{
	(void)ctx;
	return str_eq(node, "n") && !nic;
}

static void test_check(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment experiment = { 0 };
	auto_str struct str found = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	load_experiment(
		"<experiment name='x'>\n<prepare><step name='p' node='*' "
		"deadline='1'><run>p</run></step></prepare>\n"
		"<steps>\n<step name='a' node='gone' deadline='1'><run>a</run></step>"
		"<link name='a-b' state='up'/><link name='b-c' state='up'/><restart node='gone'/>"
		"</steps>\n"
		"<collect node='away' path='/p' as='p'/>\n" EXPECT "</experiment>",
		&experiment);
	assert_int_equal(
		experiment_check(&experiment, has_nothing, has_one_link, NULL, &problems, &err),
		-EINVAL);
	xml_problems_print(&problems, NULL, &found);
	assert_string_equal(
		str_text(&found),
		"test:4:1: step 'a': the lab has no node 'gone'\n"
		"test:4:89: the lab has no link 'b-c'\n"
		"test:4:118: step 'restart gone': the lab has no node 'gone'\n"
		"test:5:1: file 'p': the lab has no node 'away'\n"
		"test:6:1: expectation 'e': node 'n' of the lab has no NIC 'a' on a wire\n"
		"test:6:1: expectation 'e': the lab has no node 'm'\n");
}

int main(void)
{
	add_test("check", test_check, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(fits); i++)
		add_test(fits[i].lab, test_fits, &fits[i]);
	return run_added("check", NULL, NULL);
}
