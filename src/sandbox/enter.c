/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering namespaces: unshare, id maps, capabilities. */
#include "sandbox/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"

#define CAP_BIT(cap) (UINT64_C(1) << (cap))
/* The init mounts and empties the bounding set; the other two are what labd gets. */
#define LABD_CAPS (CAP_BIT(CAP_NET_ADMIN) | CAP_BIT(CAP_NET_RAW))
#define INIT_CAPS (LABD_CAPS | CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_SETPCAP))

/* A proc file takes one write, and opening must not create it where /proc is missing. */
static int write_proc(const char *path, const char *text, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, errno, "'%s'", path);
	return 0;
}

static int map_ids(uid_t uid, gid_t gid, struct err *err)
{
	uid_t inner_uid = uid ? uid : SANDBOX_ROOT_ID;
	gid_t inner_gid = uid ? gid : SANDBOX_ROOT_ID;
	char map[64];
	int r;

	/* Without CAP_SETGID outside, a gid may be mapped only by who gives setgroups(2) up. */
	r = write_proc("/proc/self/setgroups", "deny", err);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "%u %u 1", inner_uid, uid);
	r = write_proc("/proc/self/uid_map", map, err);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "%u %u 1", inner_gid, gid);
	return write_proc("/proc/self/gid_map", map, err);
}

/* Makes caps the permitted, effective and inheritable set, and the bound of the ambient one. */
static int set_caps(uint64_t caps, struct err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(caps >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = data[i].permitted;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return err_errno(err, errno, "capset");
	return 0;
}

/* Whose uid is not 0 loses capabilities at exec, but for the ambient ones. */
static int keep_caps(uint64_t caps, struct err *err)
{
	int r = set_caps(caps, err);

	for (unsigned int cap = 0; r == 0 && cap < 64; cap++)
		if ((caps & CAP_BIT(cap)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			r = err_errno(err, errno, "ambient capability %u", cap);
	return r;
}

int sandbox_enter(struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		    CLONE_NEWUTS) < 0)
		return err_errno(err, errno, "making namespaces");
	r = map_ids(uid, gid, err);
	return r < 0 ? r : keep_caps(INIT_CAPS, err);
}

int sandbox_drop_caps(struct err *err)
{
	/* The kernel knows which capability is its last: past it the call fails. */
	for (unsigned int cap = 0; cap < 64; cap++)
		if (!(LABD_CAPS & CAP_BIT(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, errno, "no_new_privs");
	return set_caps(LABD_CAPS, err);
}

/* The number in a sysctl, or fallback where this kernel has none. */
static long sysctl_value(const char *path, long fallback)
{
	auto_str struct str text = { 0 };

	if (io_read_file(path, 64, &text, NULL) < 0)
		return fallback;
	return strtol(str_text(&text), NULL, 10);
}

int sandbox_explain(struct err *err)
{
	int code = err->code;
	bool limit = code == -ENOSPC || code == -EUSERS;
	bool forbidden = code == -EPERM || code == -EACCES;
	const char *advice = NULL;

	if ((limit || forbidden) && sysctl_value("/proc/sys/user/max_user_namespaces", 1) == 0)
		advice = "allow it: sudo sysctl -w user.max_user_namespaces=10000";
	else if (limit)
		advice = "the limit is reached: raise sysctl user.max_user_namespaces (and "
			 "max_net_namespaces, "
			 "max_pid_namespaces, max_mnt_namespaces)";
	else if (code == -EINVAL || code == -ENOSYS)
		advice = "this kernel was built without user namespaces";
	else if (!forbidden)
		return code;
	else if (sysctl_value("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		advice = "allow it: sudo sysctl -w kernel.unprivileged_userns_clone=1";
	else if (sysctl_value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
		advice = "AppArmor forbids it to ordinary programs; allow it: "
			 "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
	else
		advice = "the container or sandbox around this program forbids it";
	return err_advise(err, advice);
}
