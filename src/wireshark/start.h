/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sharkd's process. Of this folder only. */
#ifndef WIRESHARK_START_H
#define WIRESHARK_START_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define START_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define START_COPY "/proc/self/fd/3" /* what sharkd calls the file that it was handed */

/* Its stdin and stdout are both, its 3 is copy; sharkd.h says the rest. */
pid_t start_sharkd(const char *program, const char *data, int both, int errors, int copy,
		   struct err *err);
/* Copies the capture, for a sharkd that may not open it itself; false: it is too large for that. */
bool start_hand_over(int fd, int to);

#endif
