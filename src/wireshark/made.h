/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which Wireshark it is that answers, found out without starting it: the files that one consisted
 * of when it ran, [[PATH, device, inode, bytes, modified, changed], ...], the program first, then
 * its libraries and plugins. Times are nanoseconds. Of this folder only.
 */
#ifndef WIRESHARK_MADE_H
#define WIRESHARK_MADE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/json.h"

/* Of the process that runs program; NULL where it cannot be known. */
json_t *made_of(pid_t pid, const char *program);
/* Whether program is still that one. */
bool made_same(const json_t *files, const char *program);

#endif
