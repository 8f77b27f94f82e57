/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/report/page.c: the story in the page, whatever packets say. */
#include "lib/tests.h"
#include "report/page.h"

static const char evil[] = "</script><script>alert(1)</script><!--<script>&\"'\\\xe2\x80\xa8";

static char *page_of(const json_t *story, const char *lang)
{
	auto_str struct str out = { 0 };

	page_write(story, lang, &out);
	return str_take(&out);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
		n++;
	return n;
}

/* What stands between the script element that holds the story and its end is the same story. */
static void test_whole(void **state)
{
	auto_json json_t *story = json_pack("{s:s, s:[s]}", "experiment", "fetch", "notes", evil);
	auto_free char *page = page_of(story, NULL);
	auto_free char *plain = page_of(json_null(), NULL);
	const char *from = strstr(page, "id=\"story\">");
	auto_json json_t *back = NULL;
	auto_free char *text = NULL;

	(void)state;
	assert_non_null(from);
	from += strlen("id=\"story\">");
	text = xstrndup(from, (size_t)(strstr(from, "</script>") - from));
	back = json_loads(text, 0, NULL);
	assert_true(json_equal(back, story));
	assert_int_equal(count(page, "</script>"), count(plain, "</script>"));
	assert_int_equal(count(page, "<!--"), count(plain, "<!--"));
}

static void test_title(void **state)
{
	auto_json json_t *story =
		json_pack("{s:s, s:s}", "experiment", "</title>&", "lab", "school");
	auto_free char *english = page_of(story, NULL), *korean = page_of(story, "ko");

	(void)state;
	assert_non_null(strstr(english, "<title>&lt;/title&gt;&amp; · school</title>"));
	assert_non_null(strstr(english, "<html lang=\"\">"));
	assert_non_null(strstr(korean, "<html lang=\"ko\">"));
}

/* The build left nothing to fill in; nothing is loaded from elsewhere. */
static void test_self_contained(void **state)
{
	auto_free char *page = page_of(json_null(), NULL);
	static const char *const marks[] = { "@LANG@",  "@TITLE@", "@STORY@", "@CSS@",
					     "@JS@",    " src=",   "@import", "url(",
					     "import(", "fetch(",  "https://" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (strstr(page, marks[i]))
			fail_msg("the page has '%s'", marks[i]);
	/* The name of a namespace, which is no address. */
	assert_int_equal(count(page, "http://"), count(page, "http://www.w3.org/2000/svg"));
	assert_int_equal(count(page, "href=\"data:,\""), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_title),
		cmocka_unit_test(test_self_contained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
