/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering namespaces: unshare, id maps, capabilities. */
#include "sandbox/enter.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"
#include "jail/privilege.h"

/* The init mounts and empties the bounding set; the other two are what labd gets. */
#define LABD_CAPS (PRIVILEGE_CAP(CAP_NET_ADMIN) | PRIVILEGE_CAP(CAP_NET_RAW))
#define INIT_CAPS (LABD_CAPS | PRIVILEGE_CAP(CAP_SYS_ADMIN) | PRIVILEGE_CAP(CAP_SETPCAP))

/* Whose uid is not 0 loses capabilities at exec, but for the ambient ones. */
static int keep_caps(uint64_t caps, struct err *err)
{
	int r = privilege_set_caps(caps, err);

	for (unsigned int cap = 0; r == 0 && cap < 64; cap++)
		if ((caps & PRIVILEGE_CAP(cap)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			r = err_errno(err, errno, "ambient capability %u", cap);
	return r;
}

int sandbox_enter(struct err *err)
{
	bool root = geteuid() == 0;
	int r = privilege_make_namespaces(root ? SANDBOX_ROOT_ID : geteuid(),
					  root ? SANDBOX_ROOT_ID : getegid(), err);

	return r < 0 ? r : keep_caps(INIT_CAPS, err);
}

int sandbox_drop_caps(struct err *err)
{
	return privilege_limit(LABD_CAPS, err);
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
