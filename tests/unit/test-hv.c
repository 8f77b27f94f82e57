/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/hv: domain XML that libvirt's own schema and our promises hold for.
 * Covers: src/hv/domain-xml.c
 */
#include "base/child.h"
#include "hv/domain-xml.h"
#include "lib/tests.h"

static const struct hv_nic nics[] = { { "t0.0", "00:16:d3:23:68:8a", false },
				      { "t0.1", "02:00:00:00:00:01", false } };

static struct hv_guest example(void)
{
	return (struct hv_guest){
		.name = "client",
		.memory_mib = 160,
		.emulator = "/usr/libexec/labd/labd-jail",
		.kernel = "/image/vmlinux",
		.initrd = "/run/labd/initrd",
		.cmdline = "console=ttyS0 labd.node=client",
		.root = "/home/o'neil & <sons>/root.erofs",
		.ssh_socket = "/run/labd/n/0.ssh",
		.clone_socket = "/run/labd/n/0.id",
		.radio_socket = "/run/labd/n/0.air/hub",
		.console_socket = "/run/labd/n/0.tty",
		.console_log = "/run/labd/n/0.log",
		.nics = nics,
		.n_nics = ARRAY_SIZE(nics),
	};
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

static void test_domain(void **state)
{
	static const struct {
		const char *text;
		size_t times;
	} rows[] = {
		{ "<domain type='qemu' ", 1 },
		{ "<memory unit='MiB'>160</memory>", 1 },
		{ "managed='no'", 2 },
		{ "csum='off'", 4 },
		{ "<tb-cache", 1 },
		{ "o&#39;neil &amp; &lt;sons&gt;", 2 },
		{ "name='org.labd.ssh'", 1 },
		{ "name='org.labd.clone'", 1 },
		{ "path='/run/labd/n/0.id'/>", 1 },
		{ "<qemu:del capability='cpu-unavailable-features'/>", 1 },
		{ "name='org.labd.radio'", 1 },
		{ "<source mode='connect' path='/run/labd/n/0.air/hub'>", 1 },
		{ "<reconnect enabled='yes' timeout='1'/>", 1 },
		{ "<readonly/>", 1 },
		{ "<emulator>/usr/libexec/labd/labd-jail</emulator>", 1 },
		{ "<qemu:env name='LABD_VIEW_", 4 },
		{ "name='LABD_VIEW_0' value='/image/vmlinux'/>", 1 },
		{ "name='LABD_VIEW_2' value='/home/o&#39;neil &amp; &lt;sons&gt;/root.erofs'/>",
		  1 },
		{ "name='LABD_VIEW_3' value='/run/labd/n/0.air'/>", 1 },
		{ "/dev/kvm", 0 },
		{ "type='network'", 0 },
		{ "type='bridge'", 0 },
		/* Either would punch holes into the file that a clone's memory is. */
		{ "<memballoon model='none'/>", 1 },
		{ "discard", 0 },
		{ "<genid/>", 1 },
		/* What each guest has stands where it stands in a template. */
		{ "<controller type='virtio-serial' index='0'><address type='pci' domain='0' "
		  "bus='0' slot='3' function='0'/>",
		  1 },
		{ "type='pci'", 3 },
		/* And what a template has not, the radio's port, is at another controller. */
		{ "<address type='virtio-serial' controller='1' bus='0' port='1'/>", 1 },
		{ "LABD_MEMORY", 0 },
	};
	struct hv_guest guest = example();
	auto_str struct str xml = { 0 }, kvm = { 0 };

	(void)state;
	domain_xml_guest(&xml, &guest);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (count(xml.data, rows[i].text) != rows[i].times)
			fail_msg("%s: %zu times", rows[i].text, count(xml.data, rows[i].text));
	guest.kvm = true;
	domain_xml_guest(&kvm, &guest);
	assert_int_equal(count(kvm.data, "<domain type='kvm' "), 1);
	assert_int_equal(count(kvm.data, "<tb-cache"), 0);
	assert_int_equal(count(kvm.data, "name='LABD_VIEW_3' value='/dev/kvm'/>"), 1);
	guest.radio_socket = NULL;
	guest.memory = "/run/labd/t/0.ram";
	str_free(&kvm);
	domain_xml_guest(&kvm, &guest);
	assert_int_equal(count(kvm.data, "org.labd.radio"), 0);
	assert_int_equal(count(kvm.data, "virtio-serial' index='1'"), 0);
	assert_int_equal(
		count(kvm.data, "<qemu:env name='LABD_MEMORY' value='/run/labd/t/0.ram'/>"), 1);
}

static void test_schema(void **state)
{
	char path[] = "/tmp/test-hv.XXXXXX";
	int fd = mkstemp(path);
	const char *argv[] = { "xmllint",   "--noout",
			       "--relaxng", "/usr/share/libvirt/schemas/domain.rng",
			       path,        NULL };
	struct hv_guest guest = example();
	auto_str struct str xml = { 0 }, out = { 0 };
	struct err err = ERR_INIT;
	int r;

	(void)state;
	if (access(argv[3], R_OK) < 0) {
		(void)close(fd);
		(void)unlink(path);
		skip_test("libvirt's schemas are not installed");
	}
	domain_xml_guest(&xml, &guest);
	assert_int_equal(io_write_all(fd, xml.data, xml.len), 0);
	(void)close(fd);
	r = child_run(argv, NULL, &out, &err);
	(void)unlink(path);
	if (r)
		fail_msg("%s", err.msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
