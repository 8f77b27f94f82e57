/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that sharkd is: its environment, and who it is. */
#include "wireshark/start.h"

#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/str.h"
#include "wireshark/sharkd.h"

#define COPY_MAX (256 << 20)

bool sharkd_stands_aside(void)
{
	return getuid() == 0 || getgid() == 0;
}

pid_t start_sharkd(const char *program, const char *data, int both, int errors, int copy,
		   struct err *err)
{
	auto_free char *own_data = xasprintf("WIRESHARK_DATA_DIR=%s", data ? data : "");
	const char *const environment[] = { "env",
					    "-i",
					    "PATH=" START_PATH,
					    "LC_ALL=C.UTF-8",
					    "TZ=UTC",
					    "HOME=/nonexistent",
					    "WIRESHARK_CONFIG_DIR=/nonexistent",
					    "XDG_CONFIG_HOME=/nonexistent" };
	const char *const aside[] = { SHARKD_ASIDE };
	const char *argv[ARRAY_SIZE(environment) + 1 + ARRAY_SIZE(aside) + 3];
	size_t n = 0;

	for (; n < ARRAY_SIZE(environment); n++)
		argv[n] = environment[n];
	if (data)
		argv[n++] = own_data;
	for (size_t i = 0; data && sharkd_stands_aside() && i < ARRAY_SIZE(aside); i++)
		argv[n++] = aside[i];
	argv[n++] = program;
	argv[n++] = "-";
	argv[n] = NULL;
	return child_start_with(argv, both, both, errors, copy, err);
}

bool start_hand_over(int fd, int to)
{
	struct stat st;
	off_t at = 0;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size > COPY_MAX)
		return false;
	while (to >= 0 && at < st.st_size)
		if (sendfile(to, fd, &at, (size_t)(st.st_size - at)) <= 0)
			return false;
	return to >= 0;
}
