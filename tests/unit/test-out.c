/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/labctl/out and io_read_tail: what may go to a terminal; tables; the end of long files. */
#include "labctl/out.h"
#include "lib/tests.h"

static const struct clean_row {
	const char *name, *text;
	bool lines;
	const char *clean;
} clean_rows[] = {
	{ "plain", "a b", false, "a b" },
	{ "empty", "", false, "" },
	{ "Korean, emoji", "\uad6c\uae00 \U0001f600", false, "\uad6c\uae00 \U0001f600" },
	{ "escape sequence", "\033[2Jx", false, "\\x1b[2Jx" },
	{ "bell, backspace, delete", "a\a\b\x7f", false, "a\\x07\\x08\\x7f" },
	{ "C1 control (CSI in UTF-8)",
	  "\xc2\x9b"
	  "2J",
	  false, "\\u009b2J" },
	{ "C1 control (CSI as a byte)",
	  "\x9b"
	  "2J",
	  false, "\\x9b2J" },
	{ "newline is a line's end", "a\nb", true, "a\nb" },
	{ "newline within a line", "a\nb", false, "a\\x0ab" },
	{ "carriage return goes at a line's end", "a\r\nb\r", true, "a\nb" },
	{ "carriage return elsewhere", "a\rb\r\n", false, "a\\x0db\\x0d\\x0a" },
	{ "carriage return within a line", "a\rb", true, "a\\x0db" },
	{ "tab", "a\tb", false, "a    b" },
	{ "right-to-left override", "a\u202eb", false, "a\\u202eb" },
	{ "isolates", "\u2066a\u2069", false, "\\u2066a\\u2069" },
	{ "marks", "\u200e\u200f\u061c", false, "\\u200e\\u200f\\u061c" },
	{ "line and paragraph separators", "a\u2028b\u2029", true, "a\\u2028b\\u2029" },
	{ "no room at all", "a\u200bb\ufeff", false, "a\\u200bb\\ufeff" },
	{ "tags", "\U000e0041", false, "\\ue0041" },
	{ "Hebrew, as it is", "\u05d0\u05d1", false, "\u05d0\u05d1" },
	{ "cut UTF-8", "a\xea\xb5", false, "a\\xea\\xb5" },
	{ "overlong UTF-8", "\xc0\xaf", false, "\\xc0\\xaf" },
	{ "overlong UTF-8 of three bytes", "\xe0\x80\xaf", false, "\\xe0\\x80\\xaf" },
	{ "overlong newline", "a\xc0\x8a", true, "a\\xc0\\x8a" },
	{ "half a surrogate", "\xed\xa0\x80", false, "\\xed\\xa0\\x80" },
	{ "beyond Unicode", "\xf4\x90\x80\x80", false, "\\xf4\\x90\\x80\\x80" },
	{ "beyond UTF-8", "\xf8\x88\x80\x80\x80", false, "\\xf8\\x88\\x80\\x80\\x80" },
	{ "cleaned before", "\\x1b", false, "\\x1b" },
};

static void test_clean(void **state)
{
	const struct clean_row *row = *state;
	auto_free char *clean = out_clean(row->text, row->lines);

	assert_string_equal(clean, row->clean);
}

static void test_table(void **state)
{
	auto_out_table struct table t = { .columns = 3 };
	char buf[256] = "";
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	(void)state;
	out_table_row(&t, "NAME", "X", "Y");
	out_table_row(&t, "\uad6c", "long one", NULL);
	out_table_row(&t, "c\033", NULL, "z");
	out_table_print(&t, f);
	(void)fclose(f);
	assert_string_equal(buf, "NAME   X         Y\n"
				 "\uad6c      long one\n"
				 "c\\x1b            z\n");
}

static void test_duration(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = { { 0, "0.0 s" },          { 3.14, "3.1 s" },     { 60, "1 min 0 s" },
		     { 250.9, "4 min 10 s" }, { 7500, "2 h 5 min" }, { -1, "-1.0 s" } };
	char buf[24];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		out_duration(buf, rows[i].seconds);
		assert_string_equal(buf, rows[i].text);
	}
}

static void test_tail(void **state)
{
	static const struct {
		const char *text;
		size_t lines;
		const char *tail;
	} rows[] = {
		{ "", 3, "" },
		{ "a\nb\nc\n", 2, "b\nc\n" },
		{ "a\nb\nc", 2, "b\nc" },
		{ "a\nb\n", 9, "a\nb\n" },
		{ "a\n\n\n", 2, "\n\n" },
		{ "a\n", 0, "" },
	};
	char path[] = "/tmp/labd-test-out-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_str struct str out = { 0 };

		assert_int_equal(
			io_write_file(path, rows[i].text, strlen(rows[i].text), 0600, NULL), 0);
		assert_int_equal(io_read_tail(path, rows[i].lines, &out, NULL), 0);
		assert_string_equal(str_text(&out), rows[i].tail);
	}
	(void)unlink(path);
	assert_true(io_read_tail(path, 1, &(struct str){ 0 }, NULL) < 0);
}

int main(void)
{
	ADD_ROWS(clean_rows, test_clean);
	ADD_TEST(test_table);
	ADD_TEST(test_duration);
	ADD_TEST(test_tail);
	return run_added("out", NULL, NULL);
}
