/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that labd answers. docs/protocol.md has their arguments and results. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include <stddef.h>

enum ctl_command {
	CTL_HELLO,   /* who are you: version, lab, protocol, state */
	CTL_UP,      /* boot and provision; events while it goes on */
	CTL_STATUS,  /* nodes and links as they are */
	CTL_RUN,     /* run an experiment; events while it goes on */
	CTL_EXEC,    /* a command or shell on a node; takes stdin, stdout, stderr */
	CTL_CONSOLE, /* a node's serial console; takes input, output */
	CTL_CAPTURE, /* live pcapng of one NIC; takes output; until cancelled */
	CTL_LINK,    /* change or show a link */
	CTL_LOGS,    /* the end of labd's log, or of a node's console */
	CTL_RESTART, /* a node's guest anew; events while it comes up */
	CTL_FREEZE,  /* keep the lab as it is, for the next `up`; events while it goes on */
	CTL_RESET,   /* nodes, or all, as they were when the lab was frozen */
	CTL_DOWN,    /* stop the guests and end */
	CTL_COMMANDS /* how many */
};

const char *ctl_command_name(enum ctl_command command);
/* How many descriptors go with the request. */
size_t ctl_command_fds(enum ctl_command command);
/* The command called name, or -1. */
int ctl_command_find(const char *name);

#endif
