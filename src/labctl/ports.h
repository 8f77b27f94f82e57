/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lab's status, asked without a word, and the places where it can be captured. */
#ifndef LABCTL_PORTS_H
#define LABCTL_PORTS_H

#include "base/json.h"
#include "sandbox/registry.h"

/* A new reference; NULL when the lab does not answer soon. */
json_t *ports_status(const struct registry_entry *lab);
/* Each "node:nic" on a wire, and "wifi:LINK" for the air of a Wi-Fi link. */
void ports_each(const json_t *status, void (*f)(void *ctx, const char *port), void *ctx);

#endif
