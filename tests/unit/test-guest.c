/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/guest: the archives that guests are fed, and the lab's keys.
 * Covers: src/guest/cpio.c src/guest/keys.c src/guest/tar.c
 */
#include <sys/stat.h>

#include "base/child.h"
#include "guest/cpio.h"
#include "guest/keys.h"
#include "guest/tar.h"
#include "lib/tests.h"

static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

/* GNU tar must read what we write. */
static void test_tar(void **state)
{
	char deep[240];
	auto_free char *archive = in_dir("a.tar");
	auto_free char *script = in_dir("x/etc/script");
	auto_free char *x = in_dir("x");
	auto_free char *nested = NULL;
	const char *argv[] = { "tar", "-xpf", archive, "-C", x, NULL };
	auto_str struct str out = { 0 }, text = { 0 };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	(void)snprintf(deep, sizeof(deep), "/%090d/%090d/end", 0, 0);
	nested = xasprintf("%s%s", x, deep);
	assert_int_equal(tar_add(&out, "/etc/script", 0755, "#!/bin/sh\n", 10, &err), 0);
	assert_int_equal(tar_add(&out, "/empty", 0644, NULL, 0, &err), 0);
	assert_int_equal(tar_add(&out, deep, 0600, "deep", 4, &err), 0);
	memset(deep, 'n', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(tar_add(&out, deep, 0600, "", 0, &err), -ENAMETOOLONG);
	tar_end(&out);
	assert_int_equal(io_write_file(archive, out.data, out.len, 0600, &err), 0);
	assert_int_equal(mkdir(x, 0700), 0);
	assert_int_equal(child_run(argv, NULL, &text, &err), 0);
	assert_int_equal(io_read_file(script, 100, &text, &err), 0);
	assert_string_equal(text.data, "#!/bin/sh\n");
	assert_int_equal(stat(script, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(io_read_file(nested, 100, &text, &err), 0);
	assert_string_equal(text.data, "#!/bin/sh\ndeep");
}

/* cpio(1) must read what the kernel will. */
static void test_keys(void **state)
{
	auto_free char *keys_dir = in_dir("keys");
	auto_free char *base = in_dir("base");
	auto_free char *initrd = in_dir("initrd");
	auto_free char *key_file = in_dir("keys/id_ed25519");
	auto_free char *command = NULL;
	struct guest_keys *keys = NULL, *again = NULL;
	auto_str struct str archive = { 0 }, names = { 0 };
	struct err err = ERR_INIT;
	struct stat st;
	const char *argv[] = { "sh", "-c", NULL, NULL };

	(void)state;
	cpio_add(&archive, "init", 0100755, "#!", 2);
	cpio_end(&archive);
	str_add(&archive, "\0", 1);
	assert_int_equal(io_write_file(base, archive.data, archive.len, 0600, &err), 0);
	assert_int_equal(guest_keys_open(keys_dir, &keys, &err), 0);
	assert_int_equal(guest_keys_initrd(keys, base, initrd, &err), 0);
	assert_int_equal(stat(key_file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* A second daemon on the same lab finds the same keys. */
	assert_int_equal(guest_keys_open(keys_dir, &again, &err), 0);
	command = xasprintf("tail -c +%zu '%s' | cpio -t --quiet", (archive.len + 3) / 4 * 4 + 1,
			    initrd);
	argv[2] = command;
	assert_int_equal(child_run(argv, NULL, &names, &err), 0);
	assert_string_equal(names.data, "labd\nlabd/ssh_host_ed25519_key\n"
					"labd/ssh_host_ed25519_key.pub\nlabd/authorized_keys\n");
	guest_keys_free(keys);
	guest_keys_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tar),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
