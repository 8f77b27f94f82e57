/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/ctl/paths: where things are, by environment and by where the program lies. */
#include "ctl/paths.h"
#include "lib/tests.h"

static const struct row {
	const char *name;
	struct paths_from from;
	int result;
	struct paths expected; /* NULL: not looked at */
} rows[] = {
	{ "installed",
	  { .home = "/home/u", .program = BINDIR "/labctl", .build = ABS_BUILDDIR },
	  0,
	  { .share = PKGDATADIR,
	    .libexec = PKGLIBEXECDIR,
	    .guest_bin = PKGLIBEXECDIR "/guest",
	    .labd = SBINDIR "/labd",
	    .state = "/home/u/.local/state/labd",
	    .cache = "/home/u/.cache/labd",
	    .data = "/home/u/.local/share/labd" } },
	{ "build tree",
	  { .home = "/home/u", .program = ABS_BUILDDIR "/labctl", .build = ABS_BUILDDIR },
	  0,
	  { .share = ABS_SRCDIR,
	    .libexec = ABS_BUILDDIR,
	    .guest_bin = ABS_BUILDDIR "/guest",
	    .labd = ABS_BUILDDIR "/labd" } },
	{ "build tree by another name",
	  { .home = "/home/u", .program = "/mnt/b/labctl", .build = "/mnt/b" },
	  0,
	  { .share = ABS_SRCDIR, .labd = ABS_BUILDDIR "/labd" } },
	{ "below the build tree is not in it",
	  { .home = "/home/u", .program = "/b/sub/labctl", .build = "/b" },
	  0,
	  { .share = PKGDATADIR } },
	{ "a name that begins like the build tree's",
	  { .home = "/home/u", .program = "/build-2/labctl", .build = "/build" },
	  0,
	  { .share = PKGDATADIR } },
	{ "no build tree",
	  { .home = "/home/u", .program = ABS_BUILDDIR "/labctl" },
	  0,
	  { .share = PKGDATADIR } },
	{ "unknown program",
	  { .home = "/home/u", .build = ABS_BUILDDIR },
	  0,
	  { .share = PKGDATADIR } },
	{ "XDG",
	  { .home = "/home/u", .xdg_state = "/s", .xdg_cache = "/c", .xdg_data = "/d" },
	  0,
	  { .state = "/s/labd", .cache = "/c/labd", .data = "/d/labd" } },
	{ "XDG, empty and relative values do not count",
	  { .home = "/home/u", .xdg_state = "", .xdg_cache = "here" },
	  0,
	  { .state = "/home/u/.local/state/labd", .cache = "/home/u/.cache/labd" } },
	{ "XDG without HOME",
	  { .xdg_state = "/s", .xdg_cache = "/c", .xdg_data = "/d" },
	  0,
	  { .state = "/s/labd" } },
	{ "no HOME", { .xdg_state = "/s", .xdg_cache = "/c" }, -ENOENT, { 0 } },
	{ "relative HOME", { .home = "u" }, -ENOENT, { 0 } },
	{ "LABD_SHARE",
	  { .home = "/home/u",
	    .share = "/x",
	    .program = ABS_BUILDDIR "/labctl",
	    .build = ABS_BUILDDIR },
	  0,
	  { .share = "/x", .libexec = ABS_BUILDDIR } },
	{ "LABD_LIBEXEC",
	  { .home = "/home/u", .libexec = "/x" },
	  0,
	  { .share = PKGDATADIR, .libexec = "/x", .guest_bin = "/x/guest" } },
	{ "LABD_DAEMON", { .home = "/home/u", .labd = "/x/labd" }, 0, { .labd = "/x/labd" } },
	{ "relative LABD_SHARE", { .home = "/home/u", .share = "x" }, -EINVAL, { 0 } },
	{ "relative LABD_LIBEXEC", { .home = "/home/u", .libexec = "x" }, -EINVAL, { 0 } },
	{ "a line break", { .home = "/home/u", .xdg_cache = "/a\nb" }, -EINVAL, { 0 } },
	{ "relative LABD_DAEMON", { .home = "/home/u", .labd = "labd" }, -EINVAL, { 0 } },
};

static void compare(const char *expected, const char *found)
{
	if (expected)
		assert_string_equal(found, expected);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_paths struct paths p = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(paths_build(&row->from, &p, &err), row->result);
	if (row->result < 0) {
		assert_null(p.share);
		assert_true(err.msg[0]);
		return;
	}
	compare(row->expected.share, p.share);
	compare(row->expected.libexec, p.libexec);
	compare(row->expected.guest_bin, p.guest_bin);
	compare(row->expected.labd, p.labd);
	compare(row->expected.state, p.state);
	compare(row->expected.cache, p.cache);
	compare(row->expected.data, p.data);
}

/* This machine, whatever its HOME. */
static void test_find(void **state)
{
	auto_paths struct paths p = { 0 };

	(void)state;
	assert_int_equal(setenv("HOME", "/home/u", 1), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", "/s", 1), 0);
	assert_int_equal(setenv("LABD_SHARE", "/x", 1), 0);
	assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
	assert_int_equal(paths_find(&p, NULL), 0);
	assert_string_equal(p.state, "/s/labd");
	assert_string_equal(p.cache, "/home/u/.cache/labd");
	assert_string_equal(p.share, "/x");
}

int main(void)
{
	ADD_ROWS(rows, test_row);
	ADD_TEST(test_find);
	return run_added("paths", NULL, NULL);
}
