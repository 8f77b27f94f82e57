/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lab's mount and network namespaces look like before labd starts. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "sandbox/enter.h"
#include "sandbox/sandbox.h"

struct mount_step {
	const char *what, *where, *type, *options;
	unsigned long flags;
};

static const struct mount_step steps[] = {
	/*
	 * Slave, not private: nothing done here reaches the host, yet what the host unmounts goes
	 * here too, so that a lab never keeps a disk busy.
	 */
	{ "none", "/", NULL, NULL, MS_REC | MS_SLAVE },
	{ "proc", "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "tmpfs", "/run", "tmpfs", "mode=0755,size=1g,nr_inodes=65536", MS_NOSUID | MS_NODEV },
};

static const char *const folders[] = {
	SANDBOX_RUN,           SANDBOX_RUN "/home", SANDBOX_RUN "/run", SANDBOX_RUN "/cache",
	SANDBOX_RUN "/config", SANDBOX_RUN "/data", SANDBOX_RUN "/tmp",
};

/*
 * Taps and bridges made later must send nothing of their own, and a bridge must not show frames to
 * the host kernel's packet filter. Each file may be missing: that kernel lacks the feature.
 */
static const struct {
	const char *path, *value;
} sysctls[] = {
	{ "/proc/sys/net/ipv6/conf/all/disable_ipv6", "1" },
	{ "/proc/sys/net/ipv6/conf/default/disable_ipv6", "1" },
	{ "/proc/sys/net/ipv4/igmp_link_local_mcast_reports", "0" },
	{ "/proc/sys/net/bridge/bridge-nf-call-iptables", "0" },
	{ "/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0" },
	{ "/proc/sys/net/bridge/bridge-nf-call-arptables", "0" },
};

static int set_sysctl(const char *path, const char *value, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return err_errno(err, errno, "'%s'", path);
	return 0;
}

int sandbox_mount(struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (mount(steps[i].what, steps[i].where, steps[i].type, steps[i].flags,
			  steps[i].options) < 0)
			return err_errno(err, errno, "mounting '%s' on '%s' in the lab",
					 steps[i].what, steps[i].where);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (mkdir(folders[i], 0700) < 0)
			return err_errno(err, errno, "folder '%s'", folders[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sysctls); i++)
		r = set_sysctl(sysctls[i].path, sysctls[i].value, err);
	return r;
}
