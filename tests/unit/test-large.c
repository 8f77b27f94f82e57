/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that are large where large files hurt: twice the size costs at most three times the time,
 * whatever it is that there is so much of. Processor time is counted: a busy machine changes
 * nothing.
 * Covers: src/topo/topo.c src/xml/place.c src/xml/problems.c
 */
#include <time.h>

#include "base/clock.h"
#include "experiment/experiment.h"
#include "lib/tests.h"
#include "plan/plan.h"
#include "role/role.h"
#include "topo/topo.h"

#define SIZE ((size_t)256 * 1024) /* and twice that */
#define SLACK_NS (NS_PER_S / 5)

#define NODE "<lab name='a'><node name='n'>"
#define END_NODE "</node></lab>"
#define WIFI "<link name='l' kind='wifi' ssid='x' passphrase='12345678'>"
#define STEPS "<steps><step name='s' node='n' deadline='1'><run>a</run></step></steps>"
#define EXP "<experiment name='e'>"
#define EXP_STEPS EXP STEPS
#define STEP EXP "<steps><step name='s' node='n' deadline='1'><run>a</run>"
#define END_STEP "</step></steps></experiment>"
#define REMARK "<remark name='r' at='n:e' filter='ip'><article>a</article>"

/* item again and again between front and back; a % in it is its number. */
static const struct kind {
	const char *name, *front, *item, *back;
	const char *says; /* in the first finding; NULL: whatever it is */
} kinds[] = {
	{ "attributes", "<lab name='a'", " a%='1'", "/>", "more than 64 attributes" },
	{ "equal attributes", "<lab name='a'", " a='1'", "/>", "more than 64 attributes" },
	{ "namespaces", "<lab name='a'", " xmlns:a%='u'", "/>", "more than 64 attributes" },
	{ "attributes within", "<lab name='a'><node name='n'", " a%='1'", "/></lab>", "more than" },
	{ "attributes of an experiment", "<experiment name='a'", " a%='1'", "/>", "more than" },
	{ "tags in comments", "<lab name='a'><!--", "<a b='1'>", "--></lab>", NULL },
	{ "prefixes", "<lab name='a'>", "<a:b xmlns:a='x%'/>", "</lab>", NULL },
	{ "ends of a wire", "<lab name='a'><node name='n'><nic name='e'/></node><link name='l'>",
	  "<end node='n' nic='e'/>", "</link></lab>", "more than 2500 elements" },
	{ "ends of nodes that are not there", "<lab name='a'><link name='l'>",
	  "<end node='n%' nic='e'/>", "</link></lab>", "more than 2500 elements" },
	{ "ends of the air", NODE "<nic name='e'/></node>" WIFI, "<end node='n' nic='e'/>",
	  "</link></lab>", "more than 2500 elements" },
	{ "many links of many ends", NODE "<nic name='e'/></node>",
	  WIFI "<end node='n' nic='e'/><end node='n' nic='e'/><end node='n' nic='e'/></link>",
	  "</lab>", NULL },
	{ "paths", NODE "<nic name='e'/></node>" WIFI, "<path from='n' to='n'/>", "</link></lab>",
	  "more than 2500 elements" },
	{ "nodes", "<lab name='a'>", "<node name='n%'/>", "</lab>", "more than" },
	{ "equal nodes", "<lab name='a'>", "<node name='n'/>", "</lab>", "more than" },
	{ "networks", "<lab name='a'>", "<network name='n%' prefix='10.0.0.0/8'/>", "</lab>",
	  "more than" },
	{ "all in turn", "<lab name='a'>",
	  "<node name='n%'/><network name='w%' prefix='10.0.0.0/8'/>", "</lab>", "more than" },
	{ "cards", NODE, "<nic name='e%'/>", END_NODE, "more than" },
	{ "ports", NODE "<nic name='e'/><bridge name='b' ports='", "e ", "'/>" END_NODE,
	  "ports has 'e' twice" },
	{ "ports that are not there", NODE "<nic name='e'/><bridge name='b' ports='", "f% ",
	  "'/>" END_NODE, NULL },
	{ "ports behind a long name", NODE "<nic name='e'/><bridge name='", "b",
	  "' ports='e e e e e e'/>" END_NODE, NULL },
	{ "OSPF's cards", NODE "<nic name='e'/><router><ospf nics='", "e ", "'/></router>" END_NODE,
	  NULL },
	{ "routes", NODE, "<route to='10.0.%.0/24' via='1.1.1.1'/>", END_NODE, "more than" },
	{ "files", NODE, "<file path='/f%'>x</file>", END_NODE, "more than" },
	{ "commands", NODE, "<run>x</run>", END_NODE, "more than" },
	{ "lies", NODE "<resolver>", "<block name='a%.' answer='1.1.1.1'/>", "</resolver>" END_NODE,
	  "more than" },
	{ "neighbours", NODE "<router><bgp as='1'>", "<neighbor node='n'/>",
	  "</bgp></router>" END_NODE, "more than" },
	{ "zones", NODE "<name-server>", "<zone name='a%.' ns='b.'/>", "</name-server>" END_NODE,
	  "more than" },
	{ "records", NODE "<name-server><zone name='a.' ns='b.'>",
	  "<record name='a%' type='A' data='1.1.1.1'/>", "</zone></name-server>" END_NODE,
	  "more than" },
	{ "unknown elements", "<lab name='a'>", "<x%/>", "</lab>", "more than" },
	{ "unknown ones of a node", NODE, "<nnic/>", END_NODE, "more than" },
	{ "text", "<lab name='a'>", "a b ", "</lab>", NULL },
	{ "comments", "<lab name='a'>", "<!--a-->", "</lab>", NULL },
	{ "instructions", "<lab name='a'>", "<?a b?>", "</lab>", NULL },
	{ "references", "<lab name='a'><description>", "&lt;", "</description></lab>", NULL },
	{ "CDATA", "<lab name='a'><description>", "<![CDATA[a]]>", "</description></lab>", NULL },
	{ "a long name", "<lab name='", "a", "'/>", NULL },
	{ "wrong values", "<lab name='a'>", "<node name='N%!' memory='x'/>", "</lab>",
	  "more than" },
	{ "steps", EXP "<steps>", "<step name='s%' node='n' deadline='1'><run>a</run></step>",
	  "</steps></experiment>", "more than" },
	{ "outputs", STEP, "<output contains='a'/>", END_STEP, "more than" },
	{ "facts", STEP, "<fact name='f%' matches='a'/>", END_STEP, "more than" },
	{ "terms", EXP "<steps><step name='s' node='n' deadline='1' when='", "p%=a ",
	  "'><run>a</run></step></steps></experiment>", NULL },
	{ "expectations", EXP_STEPS, "<expect name='e%' at='n:e' filter='ip'/>", "</experiment>",
	  "more than" },
	{ "ports of one", EXP_STEPS "<expect name='e' filter='ip' at='", "n:e% ",
	  "'/></experiment>", "more than 256 of <expect>" },
	{ "phases", EXP_STEPS, "<phase name='p%'><title>t</title></phase>", "</experiment>",
	  "more than" },
	{ "titles", EXP_STEPS "<phase name='p'>", "<title>t</title>", "</phase></experiment>",
	  "more than" },
	{ "what the wire shows", EXP_STEPS "<phase name='p'><title>t</title>" REMARK,
	  "<wire>b @{x}</wire>", "</remark></phase></experiment>", "more than" },
	{ "values that were not taken",
	  EXP_STEPS "<phase name='p'><title>t</title>" REMARK "<wire>", "@{a%}",
	  "</wire></remark></phase></experiment>", NULL },
	{ "parameters that are not there", EXP "<steps><step name='s' node='n' deadline='1'><run>",
	  "${a%}", "</run></step></steps></experiment>", NULL },
	{ "a long pattern", STEP "<output matches='", "(", "'/>" END_STEP, "longer than 8192" },
};

static const char *schemas;

static void add_item(struct str *out, const char *item, size_t number)
{
	for (; *item; item++) {
		if (*item == '%')
			str_addf(out, "%zu", number);
		else
			str_add(out, item, 1);
	}
}

static int64_t used_ns(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void load(const struct str *text, struct xml_problems *problems)
{
	auto_experiment struct experiment experiment = { 0 };
	auto_topo struct topo topo = { 0 };
	struct err err = ERR_INIT;

	if (str_prefix(text->data, "<experiment"))
		(void)experiment_load_text(text->data, text->len, "x", schemas, &experiment,
					   problems, &err);
	else
		(void)topo_load_text(text->data, text->len, "x", schemas, role_all, &topo, problems,
				     &err);
}

/* What it costs to load so many bytes of the kind. */
static int64_t cost(const struct kind *kind, size_t size)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 };
	int64_t begin;

	str_adds(&text, kind->front);
	for (size_t i = 0; text.len < size; i++)
		add_item(&text, kind->item, i);
	str_adds(&text, kind->back);
	begin = used_ns();
	load(&text, &problems);
	begin = used_ns() - begin;
	assert_true(problems.n <= XML_PROBLEMS_MAX);
	if (kind->says && (!problems.n || !strstr(problems.items[0].text, kind->says)))
		fail_msg("it says '%s', not '%s'", problems.n ? problems.items[0].text : "",
			 kind->says);
	return begin;
}

static void test_kind(void **state)
{
	const struct kind *kind = *state;
	int64_t once = cost(kind, SIZE), twice = cost(kind, 2 * SIZE);

	if (twice > 3 * once + SLACK_NS)
		fail_msg("%zu bytes take %.2f s, twice as many %.2f s", SIZE,
			 (double)once / NS_PER_S, (double)twice / NS_PER_S);
}

/* As much of everything as a lab may have, in one ring: planned, too. */
static void test_valid(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	int64_t begin = used_ns();
	struct err err = ERR_INIT;

	(void)state;
	str_adds(&text, "<lab name='a'><network name='n' prefix='10.0.0.0/8'/>");
	for (int i = 0; i < 250; i++) {
		str_addf(&text,
			 "<node name='n%d'><nic name='e0' address='10.0.%d.1/24'/><nic name='e1' "
			 "address='10.0.%d.2/24'/><router><ospf nics='e0 e1'/></router>"
			 "<name-server><zone name='%s%.0d' ns='ns.'>",
			 i, i, (i + 1) % 250, i ? "z" : ".", i);
		for (int j = 0; j < 20; j++)
			str_addf(&text, "<record name='r%d' type='A' data='10.0.0.1'/>", j);
		str_adds(&text, "</zone></name-server></node>");
	}
	for (int i = 0; i < 250; i++)
		str_addf(&text,
			 "<link name='l%d'><end node='n%d' nic='e1'/><end node='n%d' nic='e0'/>"
			 "</link>",
			 i, i, (i + 1) % 250);
	str_adds(&text, "</lab>");
	if (topo_load_text(text.data, text.len, "x", schemas, role_all, &topo, &problems, &err) < 0)
		fail_msg("%s", err.msg);
	plan_build(&topo, &plan);
	begin = used_ns() - begin;
	if (begin > 20 * NS_PER_S)
		fail_msg("it takes %.2f s", (double)begin / NS_PER_S);
}

/* What is beyond the limit of findings is counted. */
static void test_counted(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 }, printed = { 0 };

	(void)state;
	str_adds(&text, "<lab name='a'>");
	for (int i = 0; i < XML_PROBLEMS_MAX + 104; i++)
		str_adds(&text, "<nix/>");
	str_adds(&text, "<node name='n'/></lab>");
	load(&text, &problems);
	assert_int_equal(problems.n, XML_PROBLEMS_MAX);
	assert_int_equal(problems.more, 104);
	xml_problems_print(&problems, NULL, &printed);
	assert_non_null(strstr(printed.data, "\n... and 104 more\n"));
}

int main(void)
{
	auto_free char *dir = source_path("topologies");

	schemas = dir;
	ADD_TEST(test_counted);
	ADD_TEST(test_valid);
	ADD_ROWS(kinds, test_kind);
	return run_added("large", NULL, NULL);
}
