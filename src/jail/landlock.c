/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landlock (landlock(7)): rights on files that a process gives up for good. The headers of the
 * oldest system that we build on know ABI 2; what later ones added is spelled out here.
 */
#include "jail/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"

#define TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define TCP UINT64_C(3)               /* ABI 4: bind, connect */
#define IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define SCOPES UINT64_C(3)            /* ABI 6: abstract sockets, signals */

#define READ_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
#define OF_FILES (READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEV)

/* struct landlock_ruleset_attr as of ABI 6; an older kernel is given the front of it. */
struct ruleset {
	uint64_t fs, net, scoped;
};

/* All that a kernel of this ABI can forbid. */
static struct ruleset everything(long abi)
{
	struct ruleset all = { .fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1 };

	if (abi >= 2)
		all.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		all.fs |= TRUNCATE;
	if (abi >= 4)
		all.net = TCP;
	if (abi >= 5)
		all.fs |= IOCTL_DEV;
	if (abi >= 6)
		all.scoped = SCOPES;
	return all;
}

static size_t size_for(long abi)
{
	return sizeof(uint64_t) * (abi >= 6 ? 3 : abi >= 4 ? 2 : 1);
}

/* What stays allowed below a path. */
static uint64_t rights(const struct jail_path *path, mode_t mode, uint64_t all)
{
	if (S_ISCHR(mode))
		return all & OF_FILES & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
	if (!S_ISDIR(mode))
		return all & (path->writable ? OF_FILES : READ_FILE);
	return all & (path->writable ? all : READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
}

static int add_path(int ruleset, const struct jail_path *path, uint64_t all, struct err *err)
{
	auto_close int fd = open(path->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "'%s'", path->path);
	rule.allowed_access = rights(path, st.st_mode, all);
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_errno(err, errno, "Landlock: '%s'", path->path);
	return 0;
}

int jail_landlock(const struct jail_path *paths, size_t n, struct err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all = everything(abi);
	auto_close int ruleset = -1;
	int r = 0;

	if (abi < 1)
		return 0; /* not built in, or switched off */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size_for(abi), 0);
	if (ruleset < 0)
		return err_errno(err, errno, "Landlock");
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_path(ruleset, &paths[i], all.fs, err);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = err_errno(err, errno, "Landlock");
	return r;
}
