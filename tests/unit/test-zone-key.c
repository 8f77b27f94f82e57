/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of DNS zones: kept, and the DS record of RFC 6605, section 6.1.
 * Covers: src/pki/key.c src/pki/zone-key.c
 */
#include "pki/zone-key.h"

#include <sys/stat.h>

#include "lib/tests.h"

static const char rfc6605[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGU6SnQ/Ou+xC5Rum\n"
			      "uIUIuJZteXT2z0O/ok1s38Et6mShRANCAAQaiMiGFdQ3+7i/nhlCoZKfKFYnBq5s\n"
			      "K9OZ57G/ttHp51uStKpCkXrhxhtwHvA1w/574wCcuv5aL3ExbJAtzw0A\n"
			      "-----END PRIVATE KEY-----\n";

static void test_ds(void **state)
{
	auto_str struct str ds = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(zone_key_ds(rfc6605, "example.net.", &ds, &err), 0);
	assert_string_equal(str_text(&ds),
			    "example.net. IN DS 55648 13 2 "
			    "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17\n");
	str_free(&ds);
	assert_int_equal(zone_key_ds(rfc6605, ".", &ds, &err), 0);
	assert_int_equal(strncmp(str_text(&ds), ". IN DS 55648 13 2 ", 19), 0);
}

static void test_refused(void **state)
{
	static const char *const names[] = {
		"a", "a..", ".a.",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	};
	auto_str struct str ds = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (zone_key_ds(rfc6605, names[i], &ds, &err) != -EINVAL)
			fail_msg("'%s' is taken", names[i]);
	assert_int_equal(zone_key_ds("no key", "a.", &ds, &err), -EIO);
	assert_string_equal(str_text(&ds), "");
}

/* The same key again, of 0600; another path, another key. */
static void test_kept(void **state)
{
	auto_free char *path = xasprintf("%s/one", folder), *other = xasprintf("%s/two", folder);
	auto_str struct str a = { 0 }, b = { 0 }, c = { 0 }, ds = { 0 };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(zone_key_open(path, &a, &err), 0);
	assert_int_equal(zone_key_open(path, &b, &err), 0);
	assert_int_equal(zone_key_open(other, &c, &err), 0);
	assert_string_equal(str_text(&a), str_text(&b));
	assert_string_not_equal(str_text(&a), str_text(&c));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(zone_key_ds(str_text(&a), "a.", &ds, &err), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests_name("zone-key", tests, make_folder, remove_folder);
}
