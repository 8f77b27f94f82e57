/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wireshark's extcap interface: the ports of running labs among Wireshark's own interfaces. */
#ifndef LABCTL_EXTCAP_H
#define LABCTL_EXTCAP_H

#include "labctl/labctl.h"

#define EXTCAP_NAME "labd-extcap" /* by which labctl is called then */

/* Does what Wireshark asks for; returns the exit code. */
int extcap_run(struct labctl *l, int argc, char **argv);

#endif
