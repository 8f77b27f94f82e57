/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packs: what goes in comes out, and what nobody of us has packed is refused and leaves nothing
 * outside.
 * Covers: src/pack/read.c src/pack/write.c src/pki/digest.c
 */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <sys/stat.h>

#include "lib/tests.h"
#include "pack/pack.h"
#include "pki/digest.h"

static char *file, *out;

static const struct pack_limits limits = { .files = 4, .bytes = 1 << 20 };

static int setup(void **state)
{
	assert_int_equal(make_folder(state), 0);
	file = xasprintf("%s/p.tar.gz", folder);
	out = xasprintf("%s/a/out", folder);
	assert_int_equal(io_mkdirs(out, 0755, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	free(file);
	free(out);
	return remove_folder(state);
}

static int unpack(const char *kind, struct err *err)
{
	auto_pack struct pack *pack = NULL;
	int r = pack_open(file, kind, &limits, &pack, err);

	return r < 0 ? r : pack_unpack(pack, out, err);
}

static void expect_file(const char *name, const char *text)
{
	auto_free char *path = xasprintf("%s/%s", out, name);
	auto_str struct str found = { 0 };

	assert_int_equal(io_read_file(path, 4096, &found, NULL), 0);
	assert_string_equal(str_text(&found), text);
}

/* Nobody else may look into it, whatever the umask; modified: -1: at any time. */
static void expect_own(const char *name, mode_t mode, time_t modified)
{
	auto_free char *path = xasprintf("%s/%s", out, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, mode);
	if (modified >= 0) {
		assert_int_equal(st.st_mtim.tv_sec, modified);
		assert_int_equal(st.st_mtim.tv_nsec, 0);
	}
}

static void write_good(void)
{
	const struct pack_file files[] = {
		{ .name = "run.json", .data = "{}", .len = 2 },
		{ .name = "steps/one.txt", .data = "first\n", .len = 6, .modified = 1700000000 },
		{ .name = "wifi:client-ap.pcapng", .data = "", .len = 0 },
	};
	auto_json json_t *about = json_pack("{s:s}", "name", "the run");
	struct err err = ERR_INIT;

	if (pack_write(file, 0600, "run", about, files, ARRAY_SIZE(files), &err) < 0)
		fail_msg("%s", err.msg);
}

static void what_goes_in_comes_out(void **state)
{
	auto_pack struct pack *pack = NULL;
	struct err err = ERR_INIT;
	struct stat st;
	mode_t mask;

	(void)state;
	write_good();
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	if (pack_open(file, "run", &limits, &pack, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(json_get_text(pack_contents(pack), "name", ""), "the run");
	mask = umask(0);
	if (pack_unpack(pack, out, &err) < 0)
		fail_msg("%s", err.msg);
	(void)umask(mask);
	expect_file("run.json", "{}");
	expect_file("steps/one.txt", "first\n");
	expect_file("wifi_client-ap.pcapng", "");
	expect_own("steps", S_IFDIR | 0700, -1);
	expect_own("steps/one.txt", S_IFREG | 0600, 1700000000);
	expect_own("run.json", S_IFREG | 0600, 0);
}

static void nothing_is_written_over(void **state)
{
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(io_write_file(file, "mine", 4, 0644, NULL), 0);
	assert_int_equal(pack_write(file, 0600, "run", NULL, NULL, 0, &err), -EEXIST);
	assert_non_null(strstr(err.msg, "exists already"));
	assert_int_equal(io_read_file(file, 100, &text, NULL), 0);
	assert_string_equal(str_text(&text), "mine");
}

static void a_file_that_fails_leaves_no_pack(void **state)
{
	const struct pack_file missing = { .name = "x", .path = "/nonexistent/x" };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(pack_write(file, 0600, "run", NULL, &missing, 1, &err), -ENOENT);
	assert_int_equal(access(file, F_OK), -1);
}

static void names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "run.json", true },     { "steps/x.txt", true },  { "wifi:a-b.pcapng", true },
		{ "a/b/c/d/e", true },    { "a/b/c/d/e/f", false }, { "", false },
		{ "/etc/passwd", false }, { "../x", false },        { "a/../x", false },
		{ "a/..", false },        { ".", false },           { "a/./b", false },
		{ "a//b", false },        { "a/", false },          { ".hidden", false },
		{ "a/.hidden", false },   { "a b", false },         { "a\nb", false },
		{ "a\\b", false },        { "\xc3\xa4", false },    { "a\x7f", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (pack_is_name(rows[i].name) != rows[i].good)
			fail_msg("'%s' is %s name", rows[i].name, rows[i].good ? "a good" : "no");
}

/* --- packs that others have made --- */

struct member {
	const char *name;
	const char *text;
	unsigned int type; /* AE_IF...; 0: a regular file */
	const char *link;  /* its target */
	bool hard, sparse;
};

struct hostile {
	const char *says;
	const char *contents; /* of labd.json; NULL: no such member */
	struct member members[5];
};

static void add_member(struct archive *a, const struct member *m)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = m->text ? strlen(m->text) : 0;

	archive_entry_set_pathname(entry, m->name);
	archive_entry_set_filetype(entry, m->type ? m->type : (unsigned int)AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (m->hard)
		archive_entry_set_hardlink(entry, m->link);
	else if (m->link)
		archive_entry_set_symlink(entry, m->link);
	if (m->sparse) {
		archive_entry_set_size(entry, 1 << 30);
		archive_entry_sparse_add_entry(entry, 0, 4096);
	}
	(void)archive_write_header(a, entry);
	if (len)
		(void)archive_write_data(a, m->text, len);
	archive_entry_free(entry);
}

static void write_hostile(const struct hostile *h)
{
	const struct member contents = { .name = "labd.json", .text = h->contents };
	struct archive *a = archive_write_new();

	(void)unlink(file);
	(void)archive_write_add_filter_gzip(a);
	(void)archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_filename(a, file), ARCHIVE_OK);
	if (h->contents)
		add_member(a, &contents);
	for (size_t i = 0; i < ARRAY_SIZE(h->members) && h->members[i].name; i++)
		add_member(a, &h->members[i]);
	(void)archive_write_close(a);
	archive_write_free(a);
}

#define HEAD "{\"format\":1,\"kind\":\"run\",\"labd\":\"0.1.0\",\"files\":["
/* SHA-256 of "x" */
#define HASH "\"sha256\":\"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\""
#define FILE_X(name) "{\"name\":\"" name "\",\"size\":1," HASH "}"

#define IN(member, content)                         \
	{                                           \
		.name = (member), .text = (content) \
	}
#define ODD(member, kind)                        \
	{                                        \
		.name = (member), .type = (kind) \
	}

static const struct hostile hostiles[] = {
	{ "is not a labctl run", NULL, { IN("../escape", "x") } },
	{ "is not a labctl run", NULL, { IN("a.txt", "x"), IN("labd.json", HEAD "]}") } },
	{ "is not a labctl run", "{}", { IN(NULL, NULL) } },
	{ "is damaged", "no JSON", { IN(NULL, NULL) } },
	{ "is damaged", HEAD, { IN(NULL, NULL) } },
	{ "reads format 1",
	  "{\"format\":2,\"kind\":\"run\",\"labd\":\"9.0\"}",
	  { IN(NULL, NULL) } },
	{ "is of kind 'image'",
	  "{\"format\":1,\"kind\":\"image\",\"files\":[]}",
	  { IN(NULL, NULL) } },
	{ "more files than", "{\"format\":1,\"kind\":\"run\",\"files\":{}}", { IN(NULL, NULL) } },
	{ "more files than", HEAD "1,2,3,4,5]}", { IN(NULL, NULL) } },
	{ "its list of files is wrong", HEAD "1]}", { IN(NULL, NULL) } },
	{ "its list of files is wrong", HEAD FILE_X("../escape") "]}", { IN("../escape", "x") } },
	{ "its list of files is wrong",
	  HEAD FILE_X("/tmp/test-pack-escape") "]}",
	  { IN(NULL, NULL) } },
	{ "its list of files is wrong",
	  HEAD "{\"name\":\"a\",\"size\":1,\"sha256\":\"2d\"}]}",
	  { IN(NULL, NULL) } },
	{ "larger than the 1 MiB",
	  HEAD "{\"name\":\"a\",\"size\":1048577," HASH "}]}",
	  { IN(NULL, NULL) } },
	{ "larger than the 1 MiB",
	  HEAD "{\"name\":\"a\",\"size\":1048576," HASH "}," FILE_X("b") "]}",
	  { IN(NULL, NULL) } },
	{ "larger than the 1 MiB",
	  HEAD "{\"name\":\"a\",\"size\":-1," HASH "}]}",
	  { IN(NULL, NULL) } },
	{ "a name that labctl does not give", HEAD FILE_X("a") "]}", { IN("../escape", "x") } },
	{ "a name that labctl does not give",
	  HEAD FILE_X("a") "]}",
	  { IN("/tmp/test-pack-escape", "x") } },
	{ "a name that labctl does not give",
	  HEAD FILE_X("a") "]}",
	  { IN("a/../../escape", "x") } },
	{ "is not as its list says", HEAD FILE_X("a") "]}", { IN("b", "x") } },
	{ "is not as its list says", HEAD FILE_X("a") "]}", { IN("a", "xx") } },
	{ "has different content", HEAD FILE_X("a") "]}", { IN("a", "y") } },
	{ "is in it twice", HEAD FILE_X("a") "," FILE_X("b") "]}", { IN("a", "x"), IN("a", "x") } },
	{ "1 of its files are missing", HEAD FILE_X("a") "," FILE_X("b") "]}", { IN("a", "x") } },
	{ "'a' is not a plain file",
	  HEAD FILE_X("a") "]}",
	  { { .name = "a", .type = AE_IFLNK, .link = "../escape" } } },
	{ "'a/' is not a plain file", HEAD FILE_X("a") "]}", { ODD("a", AE_IFDIR) } },
	{ "'a' is not a plain file", HEAD FILE_X("a") "]}", { ODD("a", AE_IFIFO) } },
	{ "'a' is not a plain file", HEAD FILE_X("a") "]}", { ODD("a", AE_IFCHR) } },
	{ "'b' is not a plain file",
	  HEAD FILE_X("a") "," FILE_X("b") "]}",
	  { IN("a", "x"), { .name = "b", .link = "/etc/passwd", .hard = true } } },
	{ "'a' is not a plain file",
	  HEAD FILE_X("a") "]}",
	  { { .name = "a", .text = "x", .sparse = true } } },
	{ "'a' is not a plain file",
	  HEAD FILE_X("a/b") "]}",
	  { { .name = "a", .type = AE_IFLNK, .link = ".." }, IN("a/b", "x") } },
	{ "Not a directory",
	  HEAD FILE_X("a") "," FILE_X("a/b") "]}",
	  { IN("a", "x"), IN("a/b", "x") } },
};

/* Nothing but the pack and the folder that was named. */
static void expect_nothing_outside(void)
{
	auto_free char *above = xasprintf("%s/a", folder);
	const char *const dirs[] = { folder, above };

	for (size_t i = 0; i < 2; i++) {
		DIR *dir = opendir(dirs[i]);
		const struct dirent *entry;

		assert_non_null(dir);
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.' && strcmp(entry->d_name, "a") != 0 &&
			    strcmp(entry->d_name, "out") != 0 &&
			    strcmp(entry->d_name, "p.tar.gz") != 0)
				fail_msg("'%s/%s' was made", dirs[i], entry->d_name);
		(void)closedir(dir);
	}
	assert_int_equal(access("/tmp/test-pack-escape", F_OK), -1);
}

static void hostile_packs_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostiles); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(io_remove_tree(out, NULL), 0);
		assert_int_equal(mkdir(out, 0755), 0);
		write_hostile(&hostiles[i]);
		if (unpack("run", &err) >= 0)
			fail_msg("row %zu ('%s') was unpacked", i, hostiles[i].says);
		if (!strstr(err.msg, hostiles[i].says))
			fail_msg("row %zu: '%s' is not in: %s", i, hostiles[i].says, err.msg);
		expect_nothing_outside();
	}
}

static void what_is_no_pack_at_all(void **state)
{
	static const char *const texts[] = { "", "hello", "\x1f\x8b\x08 no gzip after all" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(io_write_file(file, texts[i], strlen(texts[i]), 0644, NULL), 0);
		assert_int_equal(unpack("run", &err), -EBADMSG);
		assert_non_null(strstr(err.msg, "is not a labctl run"));
	}
}

/* Each byte turned over, and each length: refused, or what comes out is what went in. */
static void damage_never_passes(void **state)
{
	auto_str struct str good = { 0 };
	size_t refused = 0;

	(void)state;
	write_good();
	assert_int_equal(io_read_file(file, 1 << 20, &good, NULL), 0);
	for (size_t i = 0; i < 2 * good.len; i++) {
		struct err err = ERR_INIT;
		auto_str struct str bad = { 0 };

		assert_int_equal(io_remove_tree(out, NULL), 0);
		assert_int_equal(mkdir(out, 0755), 0);
		str_add(&bad, good.data, i < good.len ? good.len : i - good.len);
		if (i < good.len)
			bad.data[i] = (char)~bad.data[i];
		assert_int_equal(io_write_file(file, str_text(&bad), bad.len, 0644, NULL), 0);
		if (unpack("run", &err) < 0) {
			assert_true(err.msg[0] != '\0');
			refused++;
			continue;
		}
		expect_file("run.json", "{}");
		expect_file("steps/one.txt", "first\n");
		expect_file("wifi_client-ap.pcapng", "");
	}
	print_message("%zu of %zu refused\n", refused, 2 * good.len);
	assert_true(refused > good.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_goes_in_comes_out, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_written_over, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_fails_leaves_no_pack, setup, teardown),
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(hostile_packs_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_pack_at_all, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_never_passes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
