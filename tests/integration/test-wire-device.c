/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taps and bridges as a lab makes them; the test holds the taps as QEMU does.
 * Covers: src/wire/device.c src/wire/netlink.c
 */
#include <net/if.h>

#include "lib/tests.h"
#include "lib/wire-bench.h"

static void test_tap(void **state)
{
	struct bench *bench = *state;
	auto_str struct str addresses = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(flags_of("tapa") & (IFF_UP | IFF_NOARP | IFF_MULTICAST),
			 IFF_UP | IFF_NOARP);
	wait_running("tapc", false); /* nobody holds it */
	(void)io_read_file("/proc/net/if_inet6", 65536, &addresses, NULL);
	assert_string_equal(str_text(&addresses), "");
	assert_int_equal(wire_tap_add(bench->wire, "tapa", &err), -EEXIST);
	assert_non_null(strstr(err.msg, "'tapa'"));
	assert_true(wire_exists(bench->wire, "tapc"));
	assert_int_equal(wire_del(bench->wire, "tapc", NULL), 0);
	assert_false(wire_exists(bench->wire, "tapc"));
	assert_int_equal(wire_del(bench->wire, "tapc", NULL), 0);
}

static void test_bridge(void **state)
{
	struct bench *bench = *state;
	struct err err = ERR_INIT;

	assert_int_equal(wire_bridge_add(bench->wire, "br0", &err), 0);
	assert_int_equal(wire_bridge_add(bench->wire, "br0", &err), -EEXIST);
	assert_string_equal(err.msg, "bridge 'br0': File exists");
	assert_int_equal(flags_of("br0") & (IFF_UP | IFF_NOARP), IFF_UP | IFF_NOARP);
	assert_int_equal(wire_bridge_attach(bench->wire, "br0", "tapa", NULL), 0);
	assert_int_equal(wire_bridge_attach(bench->wire, "br0", "tapa", NULL), 0);
	assert_int_equal(wire_bridge_detach(bench->wire, "tapa", NULL), 0);
	assert_int_equal(wire_bridge_detach(bench->wire, "tapa", NULL), 0);
	assert_int_equal(wire_bridge_attach(bench->wire, "br0", "nothere", &err), -ENODEV);
	assert_non_null(strstr(err.msg, "'nothere'"));
	assert_int_equal(wire_bridge_attach(bench->wire, "nothere", "tapa", &err), -ENODEV);
}

struct name_row {
	const char *title, *name;
};

static const struct name_row name_rows[] = {
	{ "name: empty", "" },  { "name: 16 bytes", "abcdefghijklmnop" },  { "name: slash", "a/b" },
	{ "name: dots", ".." }, { "name: format of the kernel", "tap%d" }, { "name: space", "a b" },
};

static void test_bad_name(void **state)
{
	const struct name_row *row = *state;
	auto_wire struct wire *wire = open_wire();

	assert_int_equal(wire_tap_add(wire, row->name, NULL), -EINVAL);
	assert_int_equal(wire_bridge_add(wire, row->name, NULL), -EINVAL);
}

static int run_all(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_tap),
		BENCH(test_bridge),
	};

	ADD_TESTS(tests);
	ADD_ROWS(name_rows, test_bad_name);
	return run_added("wire-device", NULL, NULL);
}

int main(void)
{
	return run_bench(run_all);
}
