/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's terminal made raw for a session. */
#include "labctl/terminal.h"

void terminal_raw(struct terminal *t, int fd)
{
	struct termios raw;

	t->fd = fd;
	if (tcgetattr(fd, &t->before) < 0)
		return;
	raw = t->before;
	cfmakeraw(&raw);
	t->raw = tcsetattr(fd, TCSADRAIN, &raw) == 0;
}

void terminal_restore(struct terminal *t)
{
	if (t->raw)
		(void)tcsetattr(t->fd, TCSADRAIN, &t->before);
	t->raw = false;
}
