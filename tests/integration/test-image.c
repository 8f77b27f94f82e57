/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding and building images with a stand-in for the build script, and the queue of the relay.
 * Covers: src/image/damage.c src/image/image.c src/image/kvm.c src/image/prune.c
 * Covers: src/image/transfer.c
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../../images/guest/pump.h"
#include "image/image.h"
#include "image/kvm.h"
#include "lib/tests.h"

#define KEY "0123456789abcdef"
#define X                         \
	"{\"size\":2,\"sha256\":" \
	"\"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac\"}"
#define FILES "\"files\":{\"vmlinux\":" X ",\"initrd\":" X ",\"root.erofs\":" X "}"
#define MANIFEST "{" FILES "}"

static char *share, *cache;

#define FROM(from, to) (&(const struct image_source){ (from), (from), (to), NULL })

/* What the stand-in does for --out; DIR is $2. It counts its builds in GUESTBINDIR, $3. */
static const char good[] = "mkdir -p \"$2\"; echo built >>\"$3/count\"; echo step one >&2\n"
			   "for f in vmlinux initrd root.erofs; do echo x >\"$2/$f\"; done\n"
			   "echo '" MANIFEST "' >\"$2/manifest.json\"\n";

static void write_script(const char *key_part, const char *out_part)
{
	auto_str struct str text = { 0 };
	auto_free char *path = xasprintf("%s/images/build", share);

	str_addf(&text, "#!/bin/sh\nif [ \"$1\" = --key ]; then\n%s\nelse\n%s\nfi\n", key_part,
		 out_part);
	assert_int_equal(io_write_file(path, text.data, text.len, 0755, NULL), 0);
}

static size_t builds(void)
{
	auto_free char *path = xasprintf("%s/count", share);
	auto_str struct str text = { 0 };

	return io_read_file(path, 4096, &text, NULL) < 0 ? 0 : text.len / strlen("built\n");
}

static const struct image_options plain = { .progress_fd = -1 };
static const struct image_options forced = { .force = true, .progress_fd = -1 };

static int setup(void **state)
{
	auto_free char *images = NULL;

	assert_int_equal(make_folder(state), 0);
	share = xasprintf("%s/share", folder);
	cache = xasprintf("%s/cache", folder);
	images = xasprintf("%s/images", share);
	assert_int_equal(io_mkdirs(images, 0755, NULL), 0);
	write_script("echo " KEY, good);
	return 0;
}

static int teardown(void **state)
{
	free(share);
	free(cache);
	return remove_folder(state);
}

/* A lab's packages: in the key, in the command that is missing, in what is carried elsewhere. */
static void packages_have_their_own(void **state)
{
	static const char key[] =
		"if [ \"$2\" = --with ]; then echo fedcba9876543210; else echo " KEY "; fi";
	const struct image_source lab = { share, share, cache, "scapy" };
	auto_free char *elsewhere = xasprintf("%s/elsewhere", folder);
	auto_free char *file = xasprintf("%s/lab.img", folder);
	const struct image_source there = { share, share, elsewhere, NULL };
	auto_image struct image image = { 0 }, other = { 0 };
	struct image_pruned pruned = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	write_script(
		key,
		"mkdir -p \"$2\"; for f in vmlinux initrd root.erofs; do echo x >\"$2/$f\"; done\n"
		"echo '{\"base\":\"" KEY "\",\"with\":[\"scapy\"]," FILES
		"}' >\"$2/manifest.json\"\n");
	assert_int_equal(image_locate(&lab, &image, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "(scapy): labctl image build --for"));
	assert_int_equal(image_build(&lab, &plain, &image, NULL), 1);
	assert_string_equal(image.key, "fedcba9876543210");
	assert_int_equal(image_prune(FROM(share, cache), &pruned, NULL), 0);
	assert_int_equal(pruned.removed, 0);
	assert_int_equal(image_export(&image, file, NULL), 0);
	assert_int_equal(image_import(&there, file, &other, &err), 0);
	assert_string_equal(other.key, image.key);
	write_script("echo " KEY, good);
}

static void missing_names_the_command(void **state)
{
	auto_image struct image image = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(image_locate(FROM(share, cache), &image, &err), -ENOENT);
	assert_non_null(strstr(err.msg, KEY));
	assert_non_null(strstr(err.msg, "labctl image build"));
	assert_null(image.key);
}

static void build_makes_it_once(void **state)
{
	auto_image struct image first = { 0 }, again = { 0 }, found = { 0 };
	auto_str struct str manifest = { 0 };

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &first, NULL), 1);
	assert_int_equal(image_build(FROM(share, cache), &plain, &again, NULL), 0);
	assert_int_equal(builds(), 1);
	assert_int_equal(image_locate(FROM(share, cache), &found, NULL), 0);
	assert_string_equal(found.key, KEY);
	assert_string_equal(found.root, again.root);
	assert_int_equal(image_manifest(&found, &manifest, NULL), 0);
	assert_string_equal(manifest.data, MANIFEST "\n");
}

static void force_builds_again(void **state)
{
	auto_image struct image first = { 0 }, again = { 0 };

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &first, NULL), 1);
	assert_int_equal(image_build(FROM(share, cache), &forced, &again, NULL), 1);
	assert_int_equal(builds(), 2);
}

static void damaged_image_is_built_again(void **state)
{
	auto_image struct image first = { 0 }, again = { 0 }, third = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &first, NULL), 1);
	assert_int_equal(truncate(first.initrd, 1), 0);
	assert_int_equal(image_locate(FROM(share, cache), &again, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "initrd': is damaged: 1 bytes, and 2 in its manifest"));
	assert_non_null(strstr(err.msg, "labctl image build"));
	assert_int_equal(image_build(FROM(share, cache), &plain, &again, NULL), 1);
	assert_int_equal(io_write_file(again.root, "y\n", 2, 0644, NULL), 0);
	assert_int_equal(image_locate(FROM(share, cache), &third, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "root.erofs': is damaged: its SHA-256 is not the one"));
	assert_int_equal(image_build(FROM(share, cache), &plain, &third, NULL), 1);
}

static void other_version_is_told(void **state)
{
	auto_image struct image first = { 0 }, again = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &first, NULL), 1);
	write_script("echo fedcba9876543210", good);
	assert_int_equal(image_locate(FROM(share, cache), &again, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "only 1 of other versions"));
	assert_non_null(strstr(err.msg, "labctl image build"));
}

static void progress_goes_where_it_is_told(void **state)
{
	auto_image struct image image = { 0 };
	struct image_options told = { 0 };
	char line[64] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	told.progress_fd = fds[1];
	assert_int_equal(image_build(FROM(share, cache), &told, &image, NULL), 1);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	assert_string_equal(line, "step one\n");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* --locked builds although there is an image: whether it is of those packages is not known. */
static void locked_is_passed_on(void **state)
{
	const struct image_options locked = { .locked = true,
					      .packages = "kept",
					      .progress_fd = -1 };
	auto_image struct image first = { 0 }, again = { 0 };
	auto_free char *said = xasprintf("%s/said", folder);
	auto_free char *out = xasprintf("echo \"$*\" >%s\n", said);
	auto_str struct str text = { 0 };

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &first, NULL), 1);
	write_script("echo " KEY, out);
	assert_int_equal(image_build(FROM(share, cache), &locked, &again, NULL), 1);
	assert_int_equal(io_read_file(said, 4096, &text, NULL), 0);
	assert_non_null(strstr(str_text(&text), "/images/" KEY " --packages kept --locked /"));
}

static void leftovers_of_killed_builds_go(void **state)
{
	auto_free char *leftover = xasprintf("%s/images/feedfeedfeedfeed.tmp.Ab12Cd/tree", cache);
	auto_image struct image image = { 0 };

	(void)state;
	assert_int_equal(io_mkdirs(leftover, 0755, NULL), 0);
	assert_int_equal(image_build(FROM(share, cache), &plain, &image, NULL), 1);
	assert_int_equal(access(leftover, F_OK), -1);
}

static void the_image_travels(void **state)
{
	auto_free char *file = xasprintf("%s/class", folder),
		       *there = xasprintf("%s/there", folder);
	auto_image struct image here = { 0 }, found = { 0 }, again = { 0 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &here, NULL), 1);
	assert_int_equal(image_export(&here, file, &err), 0);
	assert_int_equal(image_import(FROM(share, there), file, &found, &err), 0);
	assert_int_equal(io_read_file(found.root, 100, &text, NULL), 0);
	assert_string_equal(str_text(&text), "x\n");
	/* Over one that is there, even one that somebody emptied. */
	assert_int_equal(truncate(found.root, 0), 0);
	assert_int_equal(image_import(FROM(share, there), file, &again, &err), 0);
	image_free(&found);
	assert_int_equal(image_locate(FROM(share, there), &found, &err), 0);
}

/* What an import refuses leaves no image, and nothing half made. */
static void what_does_not_fit_is_refused(void **state)
{
	auto_free char *file = xasprintf("%s/class", folder),
		       *there = xasprintf("%s/there", folder);
	auto_free char *images = xasprintf("%s/images/lock", there);
	auto_image struct image here = { 0 }, found = { 0 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &here, NULL), 1);
	assert_int_equal(image_export(&here, file, &err), 0);
	assert_int_equal(image_export(&here, file, &err), -EEXIST);
	write_script("echo fedcba9876543210", good);
	assert_int_equal(image_import(FROM(share, there), file, &found, &err), -EXDEV);
	assert_non_null(strstr(err.msg, "needs image 'fedcba9876543210'"));
	write_script("echo " KEY, good);
	assert_int_equal(io_read_file(file, 1 << 20, &text, NULL), 0);
	assert_int_equal(truncate(file, (off_t)text.len / 2), 0);
	assert_int_equal(image_import(FROM(share, there), file, &found, &err), -EBADMSG);
	assert_int_equal(image_locate(FROM(share, there), &found, &err), -ENOENT);
	(void)unlink(images);
	(void)unlink(file);
	*strrchr(images, '/') = '\0';
	assert_true(rmdir(images) == 0 || errno == ENOENT);
}

static void older_images_are_pruned(void **state)
{
	static const char *const old[] = { "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb" };
	auto_image struct image today = { 0 }, found = { 0 };
	struct image_pruned pruned = { 0 };
	struct err err = ERR_INIT;
	auto_close int held = -1;

	(void)state;
	assert_int_equal(image_build(FROM(share, cache), &plain, &today, NULL), 1);
	for (size_t i = 0; i < 2; i++) {
		auto_free char *dir = xasprintf("%s/images/%s", cache, old[i]);
		auto_free char *root = xasprintf("%s/root.erofs", dir);

		assert_int_equal(io_mkdirs(dir, 0755, NULL), 0);
		assert_int_equal(io_write_file(root, "12345", 5, 0644, NULL), 0);
		if (i == 0)
			held = image_hold(dir, cache, &err);
	}
	assert_true(held >= 0);
	assert_int_equal(image_prune(FROM(share, cache), &pruned, &err), 0);
	assert_int_equal(pruned.removed, 1);
	assert_int_equal(pruned.used, 1);
	assert_int_equal(pruned.bytes, 5);
	(void)close(held);
	held = -1;
	assert_int_equal(image_prune(FROM(share, cache), &pruned, &err), 0);
	assert_int_equal(pruned.removed, 1);
	assert_int_equal(pruned.used, 0);
	assert_int_equal(image_locate(FROM(share, cache), &found, &err), 0);
}

/* One that came with labd is used where the user has none of his own, or a damaged one, and is
 * never changed. */
static void the_shipped_one_serves_all(void **state)
{
	auto_free char *old = xasprintf("%s/images/aaaaaaaaaaaaaaaa", share);
	auto_image struct image own = { 0 }, shipped = { 0 }, found = { 0 };
	struct image_pruned pruned = { 0 };
	struct err err = ERR_INIT;
	auto_close int held = -1, other = -1;

	(void)state;
	assert_int_equal(image_build(FROM(share, share), &plain, &own, NULL), 1);
	assert_int_equal(image_locate(FROM(share, cache), &shipped, &err), 0);
	assert_true(shipped.shipped);
	assert_string_equal(shipped.dir, own.dir);
	assert_int_equal(io_mkdirs(old, 0755, NULL), 0);
	assert_int_equal(image_prune(FROM(share, cache), &pruned, &err), 0);
	assert_int_equal(pruned.removed, 0);
	assert_int_equal(access(old, F_OK), 0);
	/* Nobody can keep another from using it. */
	other = open(shipped.dir, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(other, LOCK_EX), 0);
	held = image_hold(shipped.dir, cache, &err);
	assert_true(held >= 0);
	image_free(&own);
	assert_int_equal(image_build(FROM(share, cache), &plain, &own, NULL), 0);
	assert_true(own.shipped);
	image_free(&own);
	assert_int_equal(image_build(FROM(share, cache), &forced, &own, NULL), 1);
	assert_int_equal(image_locate(FROM(share, cache), &found, &err), 0);
	assert_false(found.shipped);
	image_free(&found);
	assert_int_equal(truncate(own.root, 0), 0);
	assert_int_equal(image_locate(FROM(share, cache), &found, &err), 0);
	assert_true(found.shipped);
	image_free(&found);
	assert_int_equal(truncate(shipped.root, 0), 0);
	assert_int_equal(image_locate(FROM(share, cache), &found, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, own.root));
	assert_int_equal(io_remove_tree(own.dir, NULL), 0);
	assert_int_equal(image_locate(FROM(share, cache), &found, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, shipped.dir));
	assert_non_null(strstr(err.msg, "labctl image build"));
}

/* Scripts that do wrong: what labd says of them. */
static void failures_are_explained(void **state)
{
	static const struct {
		const char *name, *key_part, *out_part, *says;
		int code;
	} rows[] = {
		{ "key fails", "echo 'no strip' >&2; exit 1", "true", "no strip", -EIO },
		{ "key is no key", "echo 0123456789ABCDEF", "true", "gave no key", -EIO },
		{ "key is too long", "echo " KEY "0", "true", "gave no key", -EIO },
		{ "key is two lines", "echo " KEY "; echo more", "true", "gave no key", -EIO },
		{ "build fails", "echo " KEY, "exit 3", "failed with status 3", -EIO },
		{ "build leaves files out", "echo " KEY, "mkdir -p \"$2\"", "left files out",
		  -EIO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_image struct image image = { 0 };
		struct err err = ERR_INIT;
		int r;

		write_script(rows[i].key_part, rows[i].out_part);
		r = image_build(FROM(share, cache), &plain, &image, &err);
		print_message("  %s: %s\n", rows[i].name, err.msg);
		assert_int_equal(r, rows[i].code);
		assert_non_null(strstr(err.msg, rows[i].says));
		assert_null(image.key);
	}
}

/* ---- the relay's queue ---- */

static void pair(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
}

static void pump_passes_bytes_in_order(void **state)
{
	static struct pump pump;
	uint8_t next_in = 0, next_out = 0;
	size_t sent = 0, got = 0;
	int from[2], to[2];

	(void)state;
	pump_reset(&pump);
	pair(from);
	pair(to);
	while (got < 1000 * 1000) {
		uint8_t chunk[777], back[4096];
		ssize_t n;

		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = (uint8_t)(next_in + i);
		n = write(from[0], chunk, sizeof(chunk));
		if (n > 0) {
			next_in = (uint8_t)(next_in + n);
			sent += (size_t)n;
		}
		(void)pump_fill(&pump, from[1]);
		(void)pump_drain(&pump, to[0]);
		n = read(to[1], back, sizeof(back));
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(back[i], next_out++);
		got += n > 0 ? (size_t)n : 0;
		assert_true(got <= sent);
	}
	for (int i = 0; i < 2; i++) {
		(void)close(from[i]);
		(void)close(to[i]);
	}
}

static void pump_is_bounded(void **state)
{
	static struct pump pump;
	static const char much[PUMP_SIZE + 5000];
	int from[2];
	ssize_t sent = 0;
	int left = 0;

	(void)state;
	pump_reset(&pump);
	pair(from);
	while (sent < (ssize_t)sizeof(much)) {
		ssize_t n = write(from[0], much, sizeof(much) - (size_t)sent);

		assert_true(n > 0);
		sent += n;
	}
	while (pump_fill(&pump, from[1]) == PUMP_MOVED)
		;
	assert_int_equal(pump.end - pump.start, PUMP_SIZE);
	assert_int_equal(pump_room(&pump), 0);
	assert_false(pump.eof);
	while (read(from[1], (char[1024]){ 0 }, 1024) > 0)
		left++;
	assert_true(left > 0);
	(void)close(from[0]);
	(void)close(from[1]);
}

static void pump_tells_the_end(void **state)
{
	static struct pump pump;
	int from[2], to[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	pump_reset(&pump);
	pair(from);
	pair(to);
	assert_int_equal(pump_fill(&pump, from[1]), PUMP_BLOCKED);
	assert_int_equal(pump_drain(&pump, to[0]), PUMP_BLOCKED);
	assert_int_equal(write(from[0], "last", 4), 4);
	(void)close(from[0]);
	assert_int_equal(pump_fill(&pump, from[1]), PUMP_MOVED);
	assert_int_equal(pump_fill(&pump, from[1]), PUMP_END);
	assert_true(pump.eof);
	assert_false(pump_empty(&pump));
	(void)close(to[1]);
	assert_int_equal(pump_drain(&pump, to[0]), PUMP_END);
	(void)close(from[1]);
	(void)close(to[0]);
}

/* --- KVM --- */

/* A device that does not open is not tried; a kernel that does not come up is no KVM, and this is
 * kept. */
static void kvm_is_tried(void **state)
{
	char own[] = "/tmp/labd-test-kvm.XXXXXX", why[IMAGE_KVM_WHY], again[IMAGE_KVM_WHY];
	bool opens = access("/dev/kvm", R_OK | W_OK) == 0;
	auto_free char *record = NULL;

	(void)state;
	assert_non_null(mkdtemp(own));
	record = xasprintf("%s/kvm.json", own);
	assert_false(image_kvm("/nonexistent/vmlinux", own, why));
	assert_non_null(strstr(why, opens ? "no kernel comes up" : "/dev/kvm "));
	assert_int_equal(access(record, F_OK) == 0, opens);
	assert_false(image_kvm("/nonexistent/vmlinux", own, again));
	assert_string_equal(why, again);
	(void)unlink(record);
	assert_int_equal(rmdir(own), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packages_have_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_names_the_command, setup, teardown),
		cmocka_unit_test_setup_teardown(build_makes_it_once, setup, teardown),
		cmocka_unit_test_setup_teardown(force_builds_again, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_image_is_built_again, setup, teardown),
		cmocka_unit_test_setup_teardown(other_version_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(progress_goes_where_it_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(locked_is_passed_on, setup, teardown),
		cmocka_unit_test_setup_teardown(leftovers_of_killed_builds_go, setup, teardown),
		cmocka_unit_test_setup_teardown(the_image_travels, setup, teardown),
		cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(older_images_are_pruned, setup, teardown),
		cmocka_unit_test_setup_teardown(the_shipped_one_serves_all, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_are_explained, setup, teardown),
		cmocka_unit_test(pump_passes_bytes_in_order),
		cmocka_unit_test(pump_is_bounded),
		cmocka_unit_test(pump_tells_the_end),
		cmocka_unit_test(kvm_is_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
