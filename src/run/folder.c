/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run's folder: its files, its record, its lock. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "run/run.h"

char *run_path(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

bool run_has(const char *dir, const char *name)
{
	auto_free char *path = run_path(dir, name);

	return access(path, F_OK) == 0;
}

int run_open_record(const char *dir, json_t **ret, struct err *err)
{
	auto_free char *path = run_path(dir, RUN_RECORD);

	return json_open(path, ret, err);
}

int run_save_record(const char *dir, const json_t *record, struct err *err)
{
	auto_free char *path = run_path(dir, RUN_RECORD);

	return json_save(record, path, err);
}

int run_lock(const char *dir, bool wait, struct err *err)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "run '%s'", dir);
	if (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0)
		return errno == EWOULDBLOCK
			       ? err_set(err, EBUSY, "run '%s': is in progress; wait for it to end",
					 dir)
			       : io_lock_failed(dir, errno, err);
	return take_fd(&fd);
}
