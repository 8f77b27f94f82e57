/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KVM, tried with the image's own kernel. */
#include "image/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/qemu.h"

/* A kernel without a root ends so, when all of it has come up. */
#define END_OF_KERNEL "Unable to mount root"
#define OPENS_NOT "may not be opened by this user (the group kvm may)"

static const char *opens(void)
{
	auto_close int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return NULL;
	if (errno == ENOENT)
		return "is not on this machine";
	return errno == EACCES || errno == EPERM ? OPENS_NOT : "does not open";
}

/* As the guests are started, but for their disk and NICs. */
static bool comes_up(const char *kernel)
{
	const char *const argv[] = { "qemu-system-x86_64",
				     "-nodefaults",
				     "-no-user-config",
				     "-display",
				     "none",
				     "-machine",
				     QEMU_MACHINE ",accel=kvm",
				     "-cpu",
				     QEMU_CPU,
				     "-m",
				     "128",
				     "-no-reboot",
				     "-serial",
				     "stdio",
				     "-kernel",
				     kernel,
				     "-append",
				     "console=ttyS0 quiet panic=-1",
				     NULL };
	const struct child_opts opts = { .stderr_fd = -1, .deadline_ms = IMAGE_KVM_SECONDS * 1000 };
	auto_str struct str output = { 0 };

	(void)child_run(argv, &opts, &output, NULL);
	return strstr(str_text(&output), END_OF_KERNEL);
}

/* Of the machine since it was started, and of the kernel tried. */
static char *trial_key(const char *kernel)
{
	auto_str struct str boot = { 0 };

	(void)io_read_file("/proc/sys/kernel/random/boot_id", 64, &boot, NULL);
	return xasprintf("%.36s %s", str_text(&boot), kernel);
}

bool image_kvm(const char *kernel, const char *cache, char why[IMAGE_KVM_WHY])
{
	auto_free char *path = xasprintf("%s/kvm.json", cache);
	auto_free char *key = trial_key(kernel);
	auto_json json_t *record = NULL;
	const char *closed = opens();
	bool works;

	if (closed) {
		(void)snprintf(why, IMAGE_KVM_WHY, "/dev/kvm %s", closed);
		return false;
	}
	if (json_open(path, &record, NULL) == 0 &&
	    str_eq(json_get_text(record, "trial", NULL), key)) {
		works = json_is_true(json_object_get(record, "works"));
	} else {
		works = comes_up(kernel);
		json_decref(record);
		record = json_pack("{s:s, s:b}", "trial", key, "works", works);
		/* Where nothing can be kept, the next one tries again. */
		(void)json_save(record, path, NULL);
	}
	(void)snprintf(why, IMAGE_KVM_WHY,
		       works ? "/dev/kvm opens" : "/dev/kvm opens, but no kernel comes up in it");
	return works;
}
