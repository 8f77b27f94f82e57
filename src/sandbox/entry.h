/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside sandbox: one lab's entry.json, and whether what it names still lives. */
#ifndef SANDBOX_ENTRY_H
#define SANDBOX_ENTRY_H

#include "sandbox/registry.h"

enum entry_state {
	ENTRY_LIVE,
	ENTRY_STALE,   /* its process is gone, the machine was booted again, or it cannot be read */
	ENTRY_FOREIGN, /* of another machine or container that shares this folder */
};

/* The folder of a lab: STATE_DIR/labs/NAME. The caller frees it. */
char *entry_dir(const char *state_dir, const char *name);
/* Reads a lab's entry. ret is filled, and to be freed, unless the answer is ENTRY_STALE. */
enum entry_state entry_load(const char *state_dir, const char *name, struct registry_entry *ret);
/* Writes it whole or not at all; fills entry->start_time from its pid. */
int entry_save(struct registry_entry *entry, struct err *err);

#endif
