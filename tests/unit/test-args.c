/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/labctl/args: command lines taken apart, by a table of the test's own. */
#include "labctl/args.h"
#include "lib/tests.h"

static const struct option common_options[] = {
	{ .name = "lab", .letter = 'l', .value = "LAB" },
	{ .name = "json" },
};

static const struct option file_options[] = {
	{ .name = "write", .letter = 'w', .value = "FILE" },
	{ .name = "quiet", .letter = 'q' },
	{ .name = "verbose", .letter = 'v' },
};

static const struct command commands[] = {
	{ .name = "show",
	  .operands = "[FILE]",
	  .max = 1,
	  .options = file_options,
	  .n_options = ARRAY_SIZE(file_options) },
	{ .name = "ssh", .operands = "NODE [COMMAND...]", .min = 1, .max = -1, .verbatim = true },
	{ .name = "all", .operands = "WORD...", .max = -1, .verbatim = true, .hidden = true },
	{ .name = "run", .operands = "NAME", .min = 1, .max = 1, .parameters = true },
};
static const struct command_table table = { commands, ARRAY_SIZE(commands), common_options,
					    ARRAY_SIZE(common_options) };

const struct foreign_word foreign_words[] = {
	{ "display", "show", NULL },
	{ "cp", NULL, "by ssh" },
};
const size_t foreign_n = ARRAY_SIZE(foreign_words);

#define WORDS_MAX 8

/* The line is "command|unknown-word options... :parameters... :operands...", options as name=value.
 */
static const struct row {
	const char *words[WORDS_MAX];
	const char *line; /* NULL: refused */
	const char *why;
} rows[] = {
	{ { NULL }, "-", NULL },
	{ { "show" }, "show", NULL },
	{ { "show", "f" }, "show @f", NULL },
	{ { "display", "f" }, "show @f", NULL },
	{ { "cp", "f" }, "?cp @f", NULL },
	{ { "nix", "f" }, "?nix @f", NULL },
	{ { "-l", "a", "show" }, "show lab=a", NULL },
	{ { "-la", "show" }, "show lab=a", NULL },
	{ { "show", "--lab", "a", "f" }, "show lab=a @f", NULL },
	{ { "show", "--lab=a" }, "show lab=a", NULL },
	{ { "show", "--lab=" }, "show lab=", NULL },
	{ { "show", "-l", "a", "-l", "b" }, "show lab=a lab=b", NULL },
	{ { "show", "-qv" }, "show quiet= verbose=", NULL },
	{ { "show", "-qwf", "g" }, "show quiet= write=f @g", NULL },
	{ { "show", "-qw", "-" }, "show quiet= write=-", NULL },
	{ { "show", "-" }, "show @-", NULL },
	{ { "show", "--", "--quiet" }, "show @--quiet", NULL },
	{ { "show", "-z" }, NULL, "unknown option '-z'" },
	{ { "show", "--nope=1" }, NULL, "unknown option '--nope'" },
	{ { "show", "--writ", "f" }, NULL, "did you mean '--write'?" },
	{ { "show", "--write" }, NULL, "no FILE" },
	{ { "show", "-w" }, NULL, "no FILE" },
	{ { "show", "--quiet=1" }, NULL, "takes no value" },
	{ { "--write", "f", "show" }, NULL, "unknown option '--write'" },
	{ { "ssh", "n", "ls", "-l" }, "ssh @n @ls @-l", NULL },
	{ { "ssh", "--json", "n", "--json" }, "ssh json= @n @--json", NULL },
	{ { "ssh", "n", "--", "x" }, "ssh @n @x", NULL },
	{ { "ssh", "--", "n", "--", "x" }, "ssh @n @x", NULL },
	{ { "ssh", "n", "x", "--", "y" }, "ssh @n @x @-- @y", NULL },
	{ { "all", "--", "y" }, "all @-- @y", NULL },
	{ { "all", "-l", "--json" }, "all @-l @--json", NULL },
	{ { "run", "e", "--tls", "1.2" }, "run :tls=1.2 @e", NULL },
	{ { "run", "--tls=1.2", "e", "--json" }, "run json= :tls=1.2 @e", NULL },
	{ { "run", "e", "--active" }, "run :active @e", NULL },
	{ { "run", "e", "--active", "--json" }, "run json= :active @e", NULL },
	{ { "run", "e", "--tls=-1" }, "run :tls=-1 @e", NULL },
	{ { "run", "e", "-x" }, NULL, "unknown option '-x'" },
	{ { "--tls", "1.2", "run" }, NULL, "unknown option '--tls'" },
};

static char *line_of(const struct args *a)
{
	struct str s = { 0 };

	str_addf(&s, "%s%s",
		 a->command   ? a->command->name
		 : a->unknown ? "?"
			      : "-",
		 a->unknown ? a->unknown : "");
	for (size_t i = 0; i < a->n_options; i++)
		str_addf(&s, " %s=%s", a->options[i].name, a->options[i].value);
	for (size_t i = 0; i < a->n_parameters; i++)
		str_addf(&s, a->parameters[i].value ? " :%s=%s" : " :%s", a->parameters[i].name,
			 a->parameters[i].value);
	for (size_t i = 0; i < a->n_operands; i++)
		str_addf(&s, " @%s", a->operands[i]);
	return str_take(&s);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_args struct args args = { .table = &table };
	char *argv[WORDS_MAX + 1] = { xstrdup("labctl") };
	auto_free char *line = NULL;
	struct err err = ERR_INIT;
	int argc = 1, r;

	for (; argc < WORDS_MAX && row->words[argc - 1]; argc++)
		argv[argc] = xstrdup(row->words[argc - 1]);
	r = args_parse(argc, argv, &args, &err);
	line = line_of(&args);
	if (row->line) {
		assert_int_equal(r, 0);
		assert_string_equal(line, row->line);
	} else {
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(err.msg, row->why));
	}
	for (int i = 0; i < argc; i++)
		free(argv[i]);
}

static void test_last_counts(void **state)
{
	auto_args struct args args = { .table = &table };
	char a[] = "labctl", b[] = "show", c[] = "-la", d[] = "-lb";
	char *argv[] = { a, b, c, d };

	(void)state;
	assert_int_equal(args_parse(4, argv, &args, NULL), 0);
	assert_string_equal(args_get(&args, "lab"), "b");
	assert_null(args_get(&args, "json"));
}

static void test_operands(void **state)
{
	static const struct {
		const char *command;
		size_t n;
		int result;
	} counts[] = { { "show", 0, 0 },      { "show", 1, 0 }, { "show", 2, -EINVAL },
		       { "ssh", 0, -EINVAL }, { "ssh", 1, 0 },  { "ssh", 5, 0 } };
	const char *operands[] = { "a", "b", "c", "d", "e", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct args args = { .command = command_find(&table, counts[i].command),
				     .operands = operands,
				     .n_operands = counts[i].n };

		assert_int_equal(args_check_operands(&args, NULL), counts[i].result);
	}
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(command_nearest(&table, "shwo"), "show");
	assert_null(command_nearest(&table, "xyzzy"));
	assert_null(command_nearest(&table, "al")); /* hidden */
	assert_string_equal(command_advice("cp"), "by ssh");
	assert_null(command_advice("display"));
	assert_null(command_advice("xyzzy"));
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_str struct str name = { 0 };

		str_adds(&name, "labctl");
		for (size_t j = 0; rows[i].words[j]; j++)
			str_addf(&name, " %s", rows[i].words[j]);
		add_test(str_text(&name), test_row, &rows[i]);
	}
	ADD_TEST(test_last_counts);
	ADD_TEST(test_operands);
	ADD_TEST(test_nearest);
	return run_added("options", NULL, NULL);
}
