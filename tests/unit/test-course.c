/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a student draws, and the lab that comes of it.
 * Covers: src/course/draw.c src/course/variant.c src/pki/hmac.c src/topo/vary.c src/xml/rewrite.c
 */
#include "course/variant.h"
#include "lib/tests.h"
#include "plan/plan.h"
#include "role/role.h"

#define STUDENTS 1000

static const unsigned char secret[HMAC_LEN] = "a secret of a course, 32 bytes..";

/* RFC 4231, section 4.3. */
static void test_hmac(void **state)
{
	static const unsigned char want[HMAC_LEN] = {
		0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
		0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
		0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
	};
	const char *text = "what do ya want for nothing?";
	unsigned char got[HMAC_LEN], other[HMAC_LEN];

	(void)state;
	assert_int_equal(hmac_bytes("Jefe", 4, text, strlen(text), got, NULL), 0);
	assert_memory_equal(got, want, HMAC_LEN);
	assert_int_equal(hmac_key(got, NULL), 0);
	assert_int_equal(hmac_key(other, NULL), 0);
	assert_memory_not_equal(got, other, HMAC_LEN);
}

/* --- numbers --- */

static void test_same_again(void **state)
{
	struct draw one, again, other;
	uint64_t a, b, c, same = 0;

	(void)state;
	assert_int_equal(draw_open(secret, "net101", "gateway", "kim", &one, NULL), 0);
	assert_int_equal(draw_open(secret, "net101", "gateway", "kim", &again, NULL), 0);
	assert_int_equal(draw_open(secret, "net101", "gateway", "lee", &other, NULL), 0);
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(draw_below(&one, "x", i, 1000, &a, NULL), 0);
		assert_int_equal(draw_below(&again, "x", i, 1000, &b, NULL), 0);
		assert_int_equal(draw_below(&other, "x", i, 1000, &c, NULL), 0);
		assert_int_equal(a, b);
		assert_true(a < 1000);
		same += a == c;
	}
	assert_true(same < 10);
}

/* Each of six as often as the others: 6000 times, 1000 each, give or take five standard deviations.
 */
static void test_even(void **state)
{
	unsigned int seen[6] = { 0 };
	struct draw draw;
	uint64_t at;

	(void)state;
	assert_int_equal(draw_open(secret, "net101", "gateway", "kim", &draw, NULL), 0);
	for (unsigned int i = 0; i < 6000; i++) {
		assert_int_equal(draw_below(&draw, "die", i, 6, &at, NULL), 0);
		seen[at]++;
	}
	for (size_t i = 0; i < 6; i++)
		assert_in_range(seen[i], 850, 1150);
}

static const struct name_row {
	const char *name, *text;
	bool good;
} name_rows[] = {
	{ "a name", "kim", true },
	{ "an address", "kim.minji+1@school.example", true },
	{ "a number", "20261128", true },
	{ "empty", "", false },
	{ "two parts", "net101|gateway", false },
	{ "a folder", "a/b", false },
	{ "the folder above", "..", false },
	{ "an option", "-x", false },
	{ "a blank", "kim minji", false },
	{ "too long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

static void test_name(void **state)
{
	const struct name_row *row = *state;
	struct draw draw;

	assert_int_equal(draw_is_name(row->text), row->good);
	assert_int_equal(draw_open(secret, "c", "a", row->text, &draw, NULL),
			 row->good ? 0 : -EINVAL);
}

/* --- values --- */

static const struct variant_swap swaps[] = {
	{ .what = TOPO_VARY_NETWORK,
	  .from = (char[]){ "192.0.2.0/24" },
	  .to = (char[]){ "10.7.8.0/24" },
	  .old = { { NET_IPV4, { 192, 0, 2 } }, 24 },
	  .new = { { NET_IPV4, { 10, 7, 8 } }, 24 } },
	{ .what = TOPO_VARY_NETWORK,
	  .from = (char[]){ "10.7.8.0/24" },
	  .to = (char[]){ "10.9.9.0/24" },
	  .old = { { NET_IPV4, { 10, 7, 8 } }, 24 },
	  .new = { { NET_IPV4, { 10, 9, 9 } }, 24 } },
	{ .what = TOPO_VARY_MAC,
	  .from = (char[]){ "00:16:d3:23:68:8a" },
	  .to = (char[]){ "00:16:d3:aa:bb:cc" } },
	{ .what = TOPO_VARY_AS, .from = (char[]){ "64501" }, .to = (char[]){ "65001" } },
	{ .what = TOPO_VARY_WORD, .from = (char[]){ "pc" }, .to = (char[]){ "www" } },
	{ .what = TOPO_VARY_WORD, .from = (char[]){ "www" }, .to = (char[]){ "pc" } },
};
static const struct variant fixed = { (struct variant_swap *)(uintptr_t)swaps, ARRAY_SIZE(swaps) };

static const struct text_row {
	const char *name, *from, *to;
} text_rows[] = {
	{ "an address", "192.0.2.77", "10.7.8.77" },
	{ "with its prefix", "via 192.0.2.1/24", "via 10.7.8.1/24" },
	{ "at the end of a sentence", "It is 192.0.2.1.", "It is 10.7.8.1." },
	{ "Korean behind it", "192.0.2.1은", "10.7.8.1은" },
	{ "no chain", "10.7.8.1 192.0.2.1", "10.9.9.1 10.7.8.1" },
	{ "another network", "192.0.20.1 1192.0.2.1", "192.0.20.1 1192.0.2.1" },
	{ "no address in it", "192.0.2.1.5 8.192.0.2.1", "192.0.2.1.5 8.192.0.2.1" },
	{ "a port behind it", "192.0.2.1:80", "10.7.8.1:80" },
	{ "a MAC address", "eth.src == 00:16:D3:23:68:8A", "eth.src == 00:16:d3:aa:bb:cc" },
	{ "an AS number", "64501:100 645010 164501", "65001:100 645010 164501" },
	{ "a word", "pc:eth0 www.example pc-2 PC upc", "www:eth0 pc.example pc-2 PC upc" },
	{ "swapped", "pc www", "www pc" },
	{ "empty", "", "" },
};

static void test_text(void **state)
{
	const struct text_row *row = *state;
	auto_str struct str out = { 0 };

	variant_text(&fixed, row->from, &out);
	assert_string_equal(str_text(&out), row->to);
}

static void test_xml(void **state)
{
	const char *xml = "<lab a='pc' pc='x'><vary what='word' value='pc'/><pc>pc &amp; www</pc>"
			  "<file encoding='base64'>pc</file><!-- pc --></lab>";
	auto_str struct str out = { 0 };

	(void)state;
	assert_int_equal(variant_xml(&fixed, xml, "test", &out, NULL), 0);
	assert_non_null(strstr(str_text(&out),
			       "<lab a=\"www\" pc=\"x\"><pc>www &amp; pc</pc>"
			       "<file encoding=\"base64\">pc</file><!-- pc --></lab>"));
	assert_int_equal(variant_xml(&fixed, "<lab", "test", &out, NULL), -EINVAL);
}

/* --- what a topology says --- */

static const struct vary_row {
	const char *name, *vary, *problem;
} vary_rows[] = {
	{ "all is well", "<vary what='network' value='192.0.2.0/24'/>", NULL },
	{ "a pool", "<vary what='as' value='64501' pool='65000-65100'/>", NULL },
	{ "host bits", "<vary what='network' value='192.0.2.1/24'/>", "is no IPv4 network" },
	{ "a pool that is too small",
	  "<vary what='network' value='192.0.2.0/24' pool='10.0.0.0/25'/>",
	  "'10.0.0.0/25': is smaller" },
	{ "a pool of nothing", "<vary what='network' value='192.0.2.0/24' pool='ten'/>",
	  "'ten': is no IPv4 network" },
	{ "no MAC address", "<vary what='mac' value='00:16'/>", "is no MAC address" },
	{ "a pool of MAC addresses",
	  "<vary what='mac' value='00:16:d3:23:68:8a' pool='00:16:d3:23:68:8b'/>",
	  "needs no pool" },
	{ "no AS number", "<vary what='as' value='AS1'/>", "is no AS number" },
	{ "a range the wrong way round", "<vary what='as' value='64501' pool='9-8'/>",
	  "is no single range" },
	{ "two ranges", "<vary what='as' value='64501' pool='1-2 3-4'/>", "is no single range" },
	{ "a word without a pool", "<vary what='word' value='pc'/>", "a word needs a pool" },
	{ "twice",
	  "<vary what='word' value='pc' pool='aa'/><vary what='word' value='pc' pool='bb'/>",
	  "varies already" },
	{ "something else", "<vary what='colour' value='red'/>", "not one of 'network'" },
};

static int load_text(const char *text, const char *name, struct topo *ret, struct str *said)
{
	auto_free char *schema = source_path("topologies");
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;
	int r = topo_load_text(text, strlen(text), name, schema, role_all, ret, &problems, &err);

	xml_problems_print(&problems, NULL, said);
	return r;
}

static char *lab_with(const char *varies)
{
	return xasprintf("<lab name='x'><network name='n' prefix='192.0.2.0/24'/>%s"
			 "<node name='pc'><nic name='eth0' address='192.0.2.1/24'/></node></lab>",
			 varies);
}

static void test_vary(void **state)
{
	const struct vary_row *row = *state;
	auto_free char *text = lab_with(row->vary);
	auto_topo struct topo topo = { 0 };
	auto_str struct str said = { 0 };

	assert_int_equal(load_text(text, "lab.xml", &topo, &said), row->problem ? -EINVAL : 0);
	if (row->problem && !strstr(str_text(&said), row->problem))
		fail_msg("%s", str_text(&said));
}

static void test_pool_is_empty(void **state)
{
	auto_free char *text = lab_with("<vary what='word' value='aa' pool='xx'/>"
					"<vary what='word' value='bb' pool='xx'/>");
	auto_variant struct variant variant = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_str struct str said = { 0 };
	struct err err = ERR_INIT;
	struct draw draw;

	(void)state;
	assert_int_equal(load_text(text, "lab.xml", &topo, &said), 0);
	assert_int_equal(draw_open(secret, "c", "a", "kim", &draw, NULL), 0);
	assert_int_equal(variant_draw(&topo, &draw, &variant, &err), -ERANGE);
	assert_non_null(strstr(err.msg, "'bb'"));
}

/* --- a thousand students --- */

static void open_lab(const char *name, struct topo *topo)
{
	auto_free char *schema = source_path("topologies");
	auto_free char *path = source_path("topologies/assignments/labs/%s.xml", name);
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (topo_load(path, schema, role_all, topo, &problems, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(topo->n_varies > 0);
}

/* Loads and plans what the student gets. */
static void assert_plans(const struct topo *topo, const char *student, struct str *text)
{
	auto_variant struct variant variant = { 0 };
	auto_topo struct topo own = { 0 };
	auto_plan struct plan plan = { 0 };
	auto_str struct str said = { 0 };
	struct draw draw;

	assert_int_equal(draw_open(secret, "net101", topo->name, student, &draw, NULL), 0);
	assert_int_equal(variant_draw(topo, &draw, &variant, NULL), 0);
	assert_int_equal(variant.n, topo->n_varies);
	assert_int_equal(variant_xml(&variant, topo->flat, student, text, NULL), 0);
	if (load_text(str_text(text), student, &own, &said) < 0)
		fail_msg("%s\n%s", str_text(&said), str_text(text));
	assert_int_equal(own.n_varies, 0);
	plan_build(&own, &plan);
	assert_int_equal(plan.n_nodes, topo->n_nodes);
	for (size_t i = 0; i < variant.n; i++)
		assert_non_null(strstr(str_text(text), variant.swaps[i].to));
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(str_text(a), str_text(b));
}

static void test_students(void **state)
{
	struct str *texts = xcalloc(STUDENTS, sizeof(*texts));
	auto_topo struct topo topo = { 0 };

	open_lab(*state, &topo);
	for (size_t i = 0; i < STUDENTS; i++) {
		auto_free char *student = xasprintf("student-%zu", i);

		assert_plans(&topo, student, &texts[i]);
	}
	/* No two have the same lab. */
	qsort(texts, STUDENTS, sizeof(*texts), compare_texts);
	for (size_t i = 1; i < STUDENTS; i++)
		assert_string_not_equal(str_text(&texts[i - 1]), str_text(&texts[i]));
	for (size_t i = 0; i < STUDENTS; i++)
		str_free(&texts[i]);
	free(texts);
}

int main(void)
{
	ADD_TEST(test_hmac);
	ADD_TEST(test_same_again);
	ADD_TEST(test_even);
	ADD_ROWS(name_rows, test_name);
	ADD_ROWS(text_rows, test_text);
	ADD_TEST(test_xml);
	ADD_ROWS(vary_rows, test_vary);
	ADD_TEST(test_pool_is_empty);
	add_files("topologies/assignments/labs", test_students);
	return run_added("course", NULL, NULL);
}
