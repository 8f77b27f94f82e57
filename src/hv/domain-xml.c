/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest as libvirt domain XML. Pure. */
#include "hv/domain-xml.h"

#include <string.h>

#include "base/qemu.h"
#include "hv/view.h"

enum slot { SLOT_SERIAL = 3, SLOT_DISK, SLOT_RNG };

/* format with one %s, which is filled with text, escaped. */
static void add_with(struct str *out, const char *before, const char *text, const char *after)
{
	str_adds(out, before);
	str_add_escaped(out, text);
	str_adds(out, after);
}

void domain_xml_nic(struct str *out, const struct hv_nic *nic, bool up)
{
	str_adds(out, "    <interface type='ethernet'>\n");
	add_with(out, "      <mac address='", nic->mac, "'/>\n");
	add_with(out, "      <target dev='", nic->tap, "' managed='no'/>\n");
	/* Every offload is off: a capture at the tap then shows frames as a cable would carry them.
	 */
	str_adds(out,
		 "      <model type='virtio'/>\n"
		 "      <driver>\n"
		 "        <host csum='off' gso='off' tso4='off' tso6='off' ecn='off' ufo='off'/>\n"
		 "        <guest csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/>\n"
		 "      </driver>\n");
	str_addf(out, "      <link state='%s'/>\n", up ? "up" : "down");
	str_adds(out, "      <rom enabled='no'/>\n    </interface>\n");
}

static void add_os(struct str *out, const struct hv_guest *guest)
{
	str_adds(out, "  <os>\n    <type arch='x86_64' machine='" QEMU_MACHINE "'>hvm</type>\n");
	add_with(out, "    <kernel>", guest->kernel, "</kernel>\n");
	add_with(out, "    <initrd>", guest->initrd, "</initrd>\n");
	add_with(out, "    <cmdline>", guest->cmdline, "</cmdline>\n  </os>\n");
	str_adds(out, "  <features>\n    <acpi/>\n");
	/* QEMU's default translation buffer grows to 1 GiB; a guest of ours never needs that. */
	if (!guest->kvm)
		str_adds(out, "    <tcg><tb-cache unit='MiB'>48</tb-cache></tcg>\n");
	str_adds(out, "  </features>\n"
		      "  <cpu mode='custom' match='exact' check='none'>"
		      "<model fallback='forbid'>" QEMU_CPU "</model></cpu>\n"
		      "  <clock offset='utc'/>\n"
		      "  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>destroy</on_reboot>\n"
		      "  <on_crash>destroy</on_crash>\n");
}

/*
 * What every guest has stands at a place of its own, and NICs and the radio's controller come
 * behind it: a guest that is restored from a template has the template's devices where they were
 * (stream.h), and finds what is its own when it looks for new ones.
 */
static void add_slot(struct str *out, int slot)
{
	str_addf(out, "<address type='pci' domain='0' bus='0' slot='%d' function='0'/>", slot);
}

/* A virtio-serial port at whose socket QEMU listens. */
static void add_port(struct str *out, const char *socket, const char *name)
{
	add_with(out, "    <channel type='unix'>\n      <source mode='bind' path='", socket,
		 "'/>\n      <target type='virtio' name='");
	add_with(out, "", name, "'/>\n    </channel>\n");
}

static void add_serial(struct str *out, const struct hv_guest *guest)
{
	add_with(out, "    <serial type='unix'>\n      <source mode='bind' path='",
		 guest->console_socket, "'/>\n");
	add_with(out, "      <log file='", guest->console_log,
		 "' append='off'/>\n      <target port='0'/>\n    </serial>\n");
	str_adds(out, "    <controller type='virtio-serial' index='0'>");
	add_slot(out, SLOT_SERIAL);
	str_adds(out, "</controller>\n");
	if (guest->radio_socket)
		str_adds(out, "    <controller type='virtio-serial' index='1'/>\n");
	add_port(out, guest->ssh_socket, "org.labd.ssh");
	add_port(out, guest->clone_socket, "org.labd.clone");
	if (guest->radio_socket)
		add_with(out, "    <channel type='unix'>\n      <source mode='connect' path='",
			 guest->radio_socket,
			 "'>\n        <reconnect enabled='yes' timeout='1'/>\n      </source>\n"
			 "      <target type='virtio' name='org.labd.radio'/>\n"
			 "      <address type='virtio-serial' controller='1' bus='0' port='1'/>\n"
			 "    </channel>\n");
}

/* What this QEMU opens by path: all else it has of libvirt as descriptors. */
static void add_view(struct str *out, const struct hv_guest *guest)
{
	const char *slash = guest->radio_socket ? strrchr(guest->radio_socket, '/') : NULL;
	/* The folder: who listens there may be another one day, at a new socket. */
	auto_free char *radio =
		slash ? xstrndup(guest->radio_socket, (size_t)(slash - guest->radio_socket)) : NULL;
	const char *const paths[] = { guest->kernel, guest->initrd, guest->root,
				      guest->kvm ? "/dev/kvm" : NULL, radio };
	int n = 0;

	str_adds(out, "  <qemu:commandline>\n");
	if (guest->memory)
		add_with(out, "    <qemu:env name='" VIEW_MEMORY "' value='", guest->memory,
			 "'/>\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (!paths[i])
			continue;
		str_addf(out, "    <qemu:env name='" VIEW_PREFIX "%d' value='", n++);
		add_with(out, "", paths[i], "'/>\n");
	}
	/* libvirt would read what it shows of the processor value by value, half a second long. */
	str_adds(out, "  </qemu:commandline>\n  <qemu:capabilities>\n"
		      "    <qemu:del capability='cpu-unavailable-features'/>\n"
		      "  </qemu:capabilities>\n");
}

void domain_xml_guest(struct str *out, const struct hv_guest *guest)
{
	str_addf(out,
		 "<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n",
		 guest->kvm ? "kvm" : "qemu");
	add_with(out, "  <name>", guest->name, "</name>\n");
	/* A new one at each start: the kernel of a restored guest then has other random numbers. */
	str_addf(out, "  <genid/>\n  <memory unit='MiB'>%u</memory>\n  <vcpu>1</vcpu>\n",
		 guest->memory_mib);
	add_os(out, guest);
	add_with(out, "  <devices>\n    <emulator>", guest->emulator, "</emulator>\n");
	add_with(out,
		 "    <disk type='file' device='disk'>\n"
		 "      <driver name='qemu' type='raw'/>\n      <source file='",
		 guest->root,
		 "'/>\n      <target dev='vda' bus='virtio'/>\n"
		 "      <readonly/>\n      <shareable/>\n      ");
	add_slot(out, SLOT_DISK);
	str_adds(out, "\n    </disk>\n    <controller type='usb' model='none'/>\n");
	for (size_t i = 0; i < guest->n_nics; i++)
		domain_xml_nic(out, &guest->nics[i], !guest->nics[i].down);
	add_serial(out, guest);
	/* Without it a guest's random numbers are late by seconds under emulation. */
	str_adds(out, "    <rng model='virtio'>"
		      "<backend model='random'>/dev/urandom</backend>");
	add_slot(out, SLOT_RNG);
	str_adds(out, "</rng>\n");
	str_adds(out, "    <memballoon model='none'/>\n  </devices>\n");
	add_view(out, guest);
	str_adds(out, "</domain>\n");
}
