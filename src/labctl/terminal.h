/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's terminal made raw for a session, and put back whatever happens. */
#ifndef LABCTL_TERMINAL_H
#define LABCTL_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

#include "base/auto.h"

struct terminal {
	int fd;
	bool raw;
	struct termios before;
};

/* Makes fd raw, if it is a terminal; restored by terminal_restore. */
void terminal_raw(struct terminal *t, int fd);
void terminal_restore(struct terminal *t);
AUTO_DEFINE(terminal_auto, struct terminal, terminal_restore)
#define auto_terminal AUTO(terminal_autop)

#endif
