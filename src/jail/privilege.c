/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Id maps, capability sets, no_new_privs. */
#include "jail/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"

int privilege_write(const char *path, const char *text, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, errno, "'%s'", path);
	return 0;
}

static int map_ids(uid_t uid, gid_t gid, uid_t inner_uid, gid_t inner_gid, struct err *err)
{
	char map[64];
	int r;

	/* Without CAP_SETGID outside, a gid may be mapped only by who gives setgroups(2) up. */
	r = privilege_write("/proc/self/setgroups", "deny", err);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "%u %u 1", inner_uid, uid);
	r = privilege_write("/proc/self/uid_map", map, err);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "%u %u 1", inner_gid, gid);
	return privilege_write("/proc/self/gid_map", map, err);
}

int privilege_make_namespaces(uid_t inner_uid, gid_t inner_gid, struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		    CLONE_NEWUTS) < 0)
		return err_errno(err, errno, "making namespaces");
	return map_ids(uid, gid, inner_uid, inner_gid, err);
}

int privilege_set_caps(uint64_t caps, struct err *err)
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

int privilege_limit(uint64_t caps, struct err *err)
{
	/* The kernel knows which capability is its last: past it the call fails. */
	for (unsigned int cap = 0; cap < 64; cap++)
		if (!(caps & PRIVILEGE_CAP(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, errno, "no_new_privs");
	return privilege_set_caps(caps, err);
}
