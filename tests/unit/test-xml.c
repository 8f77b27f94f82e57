/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Documents: places, values, what is refused, and what the schema's findings say.
 * Covers: src/xml/check.c src/xml/grammar.c src/xml/include.c src/xml/node.c src/xml/place.c
 * Covers: src/xml/problems.c src/xml/read.c src/xml/rng.c src/xml/typed.c src/xml/value.c src/xml/xml.c
 */
#include "lib/tests.h"
#include "xml/xml.h"

static const char schema[] =
	"<grammar xmlns='http://relaxng.org/ns/structure/1.0'"
	" xmlns:a='http://relaxng.org/ns/compatibility/annotations/1.0'"
	" datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>"
	"<start><element name='menu'>"
	" <optional><attribute name='day'><ref name='day'/></attribute></optional>"
	" <oneOrMore><element name='dish'>"
	"  <attribute name='name'><ref name='name'/></attribute>"
	"  <optional><attribute name='price'><data type='unsignedInt'>"
	"   <param name='minInclusive'>1</param><param "
	"name='maxInclusive'>99</param></data></attribute></optional>"
	"  <choice><element name='hot'><empty/></element><element "
	"name='cold'><empty/></element></choice>"
	"  <optional><element name='note'><optional><attribute name='xml:lang'>"
	"   <choice><value>en</value><value>ko</value></choice></attribute></optional>"
	"   <text/></element></optional>"
	" </element></oneOrMore>"
	"</element></start>"
	"<define name='day'><choice><value>monday</value><value>friday</value></choice></define>"
	"<define name='name'><a:documentation>a name in small letters</a:documentation>"
	" <data type='string'><param name='pattern'>[a-z ]+</param></data></define>"
	"</grammar>";

static char *put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", folder, name);
	struct err err = ERR_INIT;

	if (io_write_file(path, text, strlen(text), 0600, &err) < 0)
		fail_msg("%s", err.msg);
	return path;
}

static char *menu;

static int setup(void **state)
{
	if (make_folder(state) < 0)
		return -1;
	menu = put("menu.rng", schema);
	return 0;
}

static int teardown(void **state)
{
	free(menu);
	return remove_folder(state);
}

static struct xml_doc *open_text(const char *text)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	struct xml_doc *doc = NULL;
	struct err err = ERR_INIT;

	if (xml_open_text(text, strlen(text), "text", NULL, &doc, &problems, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(problems.n, 0);
	return doc;
}

static void test_places(void **state)
{
	auto_xml_doc struct xml_doc *doc = open_text("<?xml version='1.0'?>\n"
						     "<!-- <not-me> -->\n"
						     "<a>\n"
						     "\t<b x='1'\n"
						     "\t   y = \"&lt;2>\"/>é<c/><b/>\n"
						     "<![CDATA[<no>]]><d>text</d>\n"
						     "</a>\n");
	auto_xml_problems struct xml_problems problems = { 0 };
	const struct xml_node *a = xml_root(doc), *b = xml_child(a, "b"), *c = xml_next(b, NULL);

	(void)state;
	assert_int_equal(xml_line(a), 3);
	assert_int_equal(xml_column(a), 1);
	assert_int_equal(xml_line(b), 4);
	assert_int_equal(xml_column(b), 2);
	assert_true(xml_is(c, "c"));
	assert_int_equal(xml_line(c), 5);
	assert_int_equal(xml_column(c), 20); /* é is one character */
	assert_string_equal(xml_attr(b, "y"), "<2>");
	assert_null(xml_attr(b, "z"));
	assert_ptr_equal(xml_child_at(a, "b", 1), xml_next(b, "b"));
	assert_null(xml_child_at(a, "b", 2));
	assert_ptr_equal(xml_parent(b), a);
	assert_null(xml_parent(a));
	assert_int_equal(xml_line(xml_child(a, "d")), 6);
	assert_int_equal(xml_column(xml_child(a, "d")), 17);
	xml_problem(&problems, b, "y", "one");
	xml_problem(&problems, b, "z", "two");
	assert_int_equal(problems.items[0].line, 5);
	assert_int_equal(problems.items[0].column, 5);
	assert_int_equal(problems.items[1].line, 4);
	assert_int_equal(problems.items[1].column, 2);
	assert_true(xml_has_problem(&problems, b, "y"));
	assert_false(xml_has_problem(&problems, b, "x"));
}

static void test_values(void **state)
{
	auto_xml_doc struct xml_doc *doc =
		open_text("<a n='7' big='99999999999999999999' neg='-1' none='' yes='yes'"
			  " no='no' odd='perhaps'>  one\n <b>two</b>\tthree </a>");
	auto_xml_problems struct xml_problems problems = { 0 };
	const struct xml_node *a = xml_root(doc);
	auto_free char *text = xml_text(a);
	auto_free char *prose = xml_prose(a);

	(void)state;
	assert_string_equal(text, "  one\n two\tthree ");
	assert_string_equal(prose, "one two three");
	assert_int_equal(xml_attr_unsigned(&problems, a, "n", 1, 7, 5), 7);
	assert_int_equal(xml_attr_unsigned(&problems, a, "absent", 1, 7, 5), 5);
	assert_true(xml_attr_flag(&problems, a, "yes", false));
	assert_false(xml_attr_flag(&problems, a, "no", true));
	assert_true(xml_attr_flag(&problems, a, "absent", true));
	assert_int_equal(problems.n, 0);
	assert_int_equal(xml_attr_unsigned(&problems, a, "n", 1, 6, 5), 5);
	assert_int_equal(xml_attr_unsigned(&problems, a, "big", 0, UINT32_MAX, 5), 5);
	assert_int_equal(xml_attr_unsigned(&problems, a, "neg", 0, 9, 5), 5);
	assert_int_equal(xml_attr_unsigned(&problems, a, "none", 0, 9, 5), 5);
	assert_true(xml_attr_flag(&problems, a, "odd", true));
	assert_int_equal(problems.n, 5);
	/* One finding a place. */
	assert_true(xml_attr_flag(&problems, a, "odd", true));
	assert_int_equal(problems.n, 5);
	assert_string_equal(problems.items[0].text, "n is '7', not a whole number from 1 to 6");
	assert_string_equal(problems.items[4].text, "odd is 'perhaps', neither 'yes' nor 'no'");
}

static void test_changes(void **state)
{
	auto_xml_doc struct xml_doc *doc = open_text("<a><b x='1'>old</b></a>");
	struct xml_node *b = xml_child(xml_root(doc), "b");
	auto_str struct str text = { 0 };

	(void)state;
	xml_set_attr(b, "x", NULL);
	xml_set_attr(b, "y", "<\"&'>");
	xml_set_text(b, "<&amp;>");
	assert_null(xml_attr(b, "x"));
	assert_string_equal(xml_attr(b, "y"), "<\"&'>");
	xml_dump(doc, &text);
	assert_string_equal(str_text(&text),
			    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			    "<a><b y=\"&lt;&quot;&amp;'&gt;\">&lt;&amp;amp;&gt;</b></a>\n");
}

static void test_copy(void **state)
{
	auto_xml_doc struct xml_doc *doc = open_text("<a><b x='1'>old</b><c/></a>");
	struct xml_node *b = xml_child(xml_root(doc), "b"), *copy = xml_add_copy(b);
	auto_str struct str text = { 0 };

	(void)state;
	assert_ptr_equal(xml_next(b, NULL), copy);
	assert_int_equal(xml_column(copy), xml_column(b));
	xml_set_attr(copy, "x", "2");
	xml_dump(doc, &text);
	assert_non_null(strstr(str_text(&text), "<a><b x=\"1\">old</b><b x=\"2\"/><c/></a>"));
}

/* Texts that no document comes of, and the only finding. */
struct refusal {
	const char *name, *text, *problem;
};

static const struct refusal refusals[] = {
	{ "empty", "", "the file is empty" },
	{ "blank", " \n", "the file is empty" },
	{ "no XML", "{}", "not an XML file in UTF-8: it does not begin with '<'" },
	{ "open", "<a>", "not well-formed XML: Premature end of data in tag a line 1" },
	{ "two roots", "<a/><b/>",
	  "not well-formed XML: Extra content at the end of the document" },
	{ "one attribute twice", "<a b='1' b='2'/>", "not well-formed XML: Attribute b redefined" },
	{ "undeclared prefix", "<x:a/>",
	  "not well-formed XML: Namespace prefix x on a is not defined" },
	{ "entity", "<a>&b;</a>", "not well-formed XML: Entity 'b' not defined" },
	{ "DOCTYPE", "<!DOCTYPE a><a/>",
	  "a DOCTYPE does not belong here: labs and experiments have neither DTD nor entities; "
	  "take it out" },
	{ "DOCTYPE from outside", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
	  "a DOCTYPE does not belong here: labs and experiments have neither DTD nor entities; "
	  "take it out" },
	{ "bytes that are no UTF-8", "<a>\xff</a>", NULL },
	{ "another encoding", "<?xml version='1.0' encoding='UTF-16'?><a/>", NULL },
	{ "include without a file",
	  "<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='b'/></a>",
	  "include: 'b': a text that is not a file cannot refer to other files" },
};

static void test_refusal(void **state)
{
	const struct refusal *row = *state;
	auto_xml_problems struct xml_problems problems = { 0 };
	struct xml_doc *doc = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(
		xml_open_text(row->text, strlen(row->text), "text", NULL, &doc, &problems, &err),
		-EINVAL);
	assert_null(doc);
	assert_int_equal(problems.n, 1);
	assert_int_equal(err.code, -EINVAL);
	assert_non_null(strstr(err.msg, problems.items[0].text));
	if (row->problem)
		assert_string_equal(problems.items[0].text, row->problem);
}

static void test_depth(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 };
	struct xml_doc *doc = NULL;
	int levels, i;

	(void)state;
	for (levels = XML_DEPTH_MAX; levels <= XML_DEPTH_MAX + 1; levels++) {
		str_free(&text);
		for (i = 0; i < levels; i++)
			str_adds(&text, "<a>\n");
		for (i = 0; i < levels; i++)
			str_adds(&text, "</a>");
		if (levels <= XML_DEPTH_MAX) {
			assert_int_equal(xml_open_text(text.data, text.len, "text", NULL, &doc,
						       &problems, NULL),
					 0);
			xml_close(doc);
			continue;
		}
		assert_int_equal(
			xml_open_text(text.data, text.len, "text", NULL, &doc, &problems, NULL),
			-EINVAL);
		assert_string_equal(problems.items[0].text, "nested deeper than 64 levels");
		assert_int_equal(problems.items[0].line, 65);
	}
}

/* Blanks make a document of any size. */
static void test_size(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 };
	struct xml_doc *doc = NULL;
	struct err err = ERR_INIT;
	auto_free char *path = NULL;

	(void)state;
	str_adds(&text, "<a/>");
	while (text.len < XML_SIZE_MAX)
		str_adds(&text, "\n");
	path = put("large.xml", text.data);
	assert_int_equal(xml_open(path, NULL, &doc, &problems, &err), 0);
	xml_close(doc);
	doc = NULL;
	str_adds(&text, "\n");
	assert_int_equal(xml_open_text(text.data, text.len, "text", NULL, &doc, &problems, &err),
			 -EFBIG);
	free(take_ptr(path));
	path = put("large.xml", text.data);
	assert_int_equal(xml_open(path, NULL, &doc, &problems, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "larger than 1048576 bytes"));
	assert_int_equal(problems.n, 0);
}

/* Files that include each other many times over: the sum counts. */
static void test_includes_add_up(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 };
	struct xml_doc *doc = NULL;
	auto_free char *path = NULL;
	int level, i;

	(void)state;
	for (level = 0; level < 8; level++) {
		auto_free char *name = xasprintf("bomb%d.xml", level);

		str_adds(&text, "<a xmlns:xi='http://www.w3.org/2001/XInclude'>");
		for (i = 0; i < 10 && level; i++)
			str_addf(&text, "<xi:include href='bomb%d.xml'/>", level - 1);
		str_adds(&text, "</a>");
		free(path);
		path = put(name, text.data);
		str_free(&text);
	}
	assert_int_equal(xml_open(path, NULL, &doc, &problems, NULL), -EINVAL);
	assert_non_null(strstr(problems.items[0].text, "too large"));
}

static void test_include(void **state)
{
	auto_free char *inner =
		put("inner.xml", "<!-- x -->\n  <menu><dish name='a'/><dish name='b'/></menu>\n");
	auto_free char *outer =
		put("outer.xml", "<menu xmlns:xi='http://www.w3.org/2001/XInclude'>"
				 "<xi:include href='inner.xml' xpointer='xpointer(/menu/dish)'/>"
				 "<xi:include href='none.xml'><xi:fallback>"
				 "<xi:include href='inner.xml'/></xi:fallback></xi:include>"
				 "<t><xi:include href='inner.xml' parse='text'/></t></menu>");
	auto_free char *name = xasprintf("%s/inner.xml", folder);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_xml_doc struct xml_doc *doc = NULL;
	auto_str struct str dump = { 0 };
	struct err err = ERR_INIT;
	const struct xml_node *b;

	(void)state;
	assert_non_null(inner);
	if (xml_open(outer, NULL, &doc, &problems, &err) < 0)
		fail_msg("%s", err.msg);
	b = xml_child_at(xml_root(doc), "dish", 1);
	assert_string_equal(xml_attr(b, "name"), "b");
	assert_string_equal(xml_file(b), name);
	assert_int_equal(xml_line(b), 2);
	assert_int_equal(xml_column(b), 25);
	assert_string_equal(xml_file(xml_root(doc)), outer);
	assert_non_null(xml_child(xml_root(doc), "menu"));
	xml_dump(doc, &dump);
	assert_non_null(strstr(dump.data, "<t>&lt;!-- x --&gt;\n  &lt;menu&gt;"));
	assert_null(strstr(dump.data, "include "));
}

/* What the schema's findings say; a row's findings are joined by '|'. */
static const struct refusal findings[] = {
	{ "right",
	  "<menu day='friday'><dish name='soup' price='5'><hot/><note>x</note></dish></menu>", "" },
	{ "a language", "<menu><dish name='a'><hot/><note xml:lang='ko'>x</note></dish></menu>",
	  "" },
	{ "another language",
	  "<menu><dish name='a'><hot/><note xml:lang='kr'>x</note></dish></menu>",
	  "1:34 dish 'a': note: xml:lang is 'kr', not one of 'en', 'ko'" },
	{ "a language where there is none, and another name of XML's",
	  "<menu xml:lang='ko'><dish name='a' xml:space='preserve'><hot/></dish></menu>",
	  "1:7 unknown attribute 'xml:lang'|1:21 dish 'a': unknown attribute 'space'" },
	{ "root", "<menus/>", "1:1 the root element is 'menus', not 'menu'" },
	{ "missing child", "<menu/>", "1:1 element 'dish' is missing" },
	{ "near", "<menu><dihs/></menu>", "1:7 unknown element 'dihs' — did you mean 'dish'?" },
	{ "elsewhere", "<menu><hot/><dish name='a'><hot/></dish></menu>",
	  "1:7 element 'hot' belongs in 'dish', not here" },
	{ "attributes", "<menu dya='friday'><dish nmae='a' x='1'><hot/></dish></menu>",
	  "1:7 unknown attribute 'dya' — did you mean 'day'?|"
	  "1:26 dish: unknown attribute 'nmae' — did you mean 'name'?|1:35 dish: unknown attribute "
	  "'x'" },
	{ "missing attribute", "<menu><dish><hot/></dish></menu>",
	  "1:7 dish: attribute 'name' is missing" },
	{ "choice of values", "<menu day='fridya'><dish name='a'><hot/></dish></menu>",
	  "1:7 day is 'fridya', not one of 'monday', 'friday' — did you mean 'friday'?" },
	{ "documented value", "<menu><dish name='A'><hot/></dish></menu>",
	  "1:13 dish 'A': name is 'A', not a name in small letters" },
	{ "number", "<menu><dish name='a' price='100'><hot/></dish></menu>",
	  "1:22 dish 'a': price is '100', not a whole number from 1 to 99" },
	{ "one too many", "<menu><dish name='a'><hot/><note>a</note><note>b</note></dish></menu>",
	  "1:42 dish 'a': a second 'note': only one may be here" },
	{ "text", "<menu><dish name='a'><hot/>and salt</dish></menu>",
	  "1:7 dish 'a': the text 'and salt' does not belong here" },
	{ "several", "<menu day=''><dish name='a' price='x'><hto/></dish></menu>",
	  "1:7 day is '', not one of 'monday', 'friday'|"
	  "1:29 dish 'a': price is 'x', not a whole number from 1 to 99|"
	  "1:39 dish 'a': unknown element 'hto' — did you mean 'hot'?" },
	/* Only RELAX NG itself knows: a choice has been made twice, or not at all. */
	{ "both of a choice", "<menu><dish name='a'><hot/><cold/></dish></menu>", "?" },
	{ "none of a choice", "<menu><dish name='a'/></menu>", "?" },
};

static void test_finding(void **state)
{
	const struct refusal *row = *state;
	const struct xml_options options = { .schema = menu };
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_xml_doc struct xml_doc *doc = NULL;
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;
	size_t i;

	assert_int_equal(xml_open_text(row->text, strlen(row->text), "text", &options, &doc,
				       &problems, &err),
			 0);
	assert_non_null(doc);
	for (i = 0; i < problems.n; i++)
		str_addf(&text, "%s%u:%u %s", i ? "|" : "", problems.items[i].line,
			 problems.items[i].column, problems.items[i].text);
	if (str_eq(row->problem, "?"))
		assert_non_null(strstr(str_text(&text), "not as the schema wants it"));
	else
		assert_string_equal(str_text(&text), row->problem);
	assert_int_equal(xml_problems_err(&problems, &err), problems.n ? -EINVAL : 0);
}

static void test_sort(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_str struct str text = { 0 };

	(void)state;
	xml_problem_at(&problems, "b.xml", 1, 1, "five");
	xml_problem_at(&problems, "main.xml", 10, 1, "three");
	xml_problem_at(&problems, "main.xml", 2, 9, "two");
	xml_problem_at(&problems, "a.xml", 0, 0, "four");
	xml_problem_at(&problems, "main.xml", 2, 9, "and two");
	xml_problem_at(&problems, "main.xml", 2, 0, "one");
	xml_problems_sort(&problems, "main.xml");
	xml_problems_print(&problems, NULL, &text);
	assert_string_equal(str_text(&text),
			    "main.xml:2: one\nmain.xml:2:9: two\nmain.xml:2:9: and two\n"
			    "main.xml:10:1: three\na.xml: four\nb.xml:1:1: five\n");
}

static void test_bad_schema(void **state)
{
	static const char *const schemas[] = {
		"<grammar",
		"<html/>",
		("<grammar xmlns='http://relaxng.org/ns/structure/1.0'>"
		 "<start><ref name='nowhere'/></start></grammar>"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(schemas); i++) {
		auto_free char *path = put("bad.rng", schemas[i]);
		const struct xml_options options = { .schema = path };
		auto_xml_problems struct xml_problems problems = { 0 };
		struct xml_doc *doc = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(xml_open_text("<a/>", 4, "text", &options, &doc, &problems, &err),
				 -EINVAL);
		assert_null(doc);
		assert_non_null(strstr(err.msg, "bad.rng"));
	}
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_includes_add_up),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_bad_schema),
	};

	ADD_TESTS(fixed);
	ADD_ROWS(refusals, test_refusal);
	ADD_ROWS(findings, test_finding);
	return run_added("xml", setup, teardown);
}
