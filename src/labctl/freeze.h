/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezing a lab, for more than one command. */
#ifndef LABCTL_FREEZE_H
#define LABCTL_FREEZE_H

#include "ctl/message.h"
#include "labctl/labctl.h"

/* One call of CTL_FREEZE or CTL_RESET, whose notes are printed; as client_call. args is stolen. */
int freeze_call(struct labctl *l, struct ctl *ctl, enum ctl_command command, json_t *args,
		int signals, json_t **reply, struct err *err);

#endif
