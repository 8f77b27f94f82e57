/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that labd answers: names and descriptors. */
#include "ctl/commands.h"

#include <string.h>

static const struct {
	const char *name;
	size_t fds;
} commands[CTL_COMMANDS] = {
	[CTL_HELLO] = { "hello", 0 },     [CTL_UP] = { "up", 0 },
	[CTL_STATUS] = { "status", 0 },   [CTL_RUN] = { "run", 0 },
	[CTL_EXEC] = { "exec", 3 },       [CTL_CONSOLE] = { "console", 2 },
	[CTL_CAPTURE] = { "capture", 1 }, [CTL_LINK] = { "link", 0 },
	[CTL_LOGS] = { "logs", 0 },       [CTL_RESTART] = { "restart", 0 },
	[CTL_FREEZE] = { "freeze", 0 },   [CTL_RESET] = { "reset", 0 },
	[CTL_DOWN] = { "down", 0 },
};

const char *ctl_command_name(enum ctl_command command)
{
	return commands[command].name;
}

size_t ctl_command_fds(enum ctl_command command)
{
	return commands[command].fds;
}

int ctl_command_find(const char *name)
{
	for (int i = 0; i < CTL_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return i;
	return -1;
}
