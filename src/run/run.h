/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of a run's folder are called.
 *
 * A place is "node:nic", "wifi:link" for the air, or "all" for every hop together.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>

/* The format of run.json and of what lies beside it; docs/story.md tells what each number is. */
#define RUN_FORMAT 3
#define RUN_FORMAT_WHOLE 2 /* the first that keeps the lab and the experiment with it */

/* The name of a place's capture: "client_eth0.pcapng", "wifi_client-ap.pcapng". To be freed. */
char *run_capture_name(const char *place);
/*
 * The path of a place's capture in a run's folder; before format 3 it is called
 * "client:eth0.pcapng". Never a file outside of dir. To be freed.
 */
char *run_capture_path(const char *dir, const char *place);
/* Whether labd itself writes a file of that name into the folder, or beside it into a bundle; case
 * is ignored. */
bool run_is_own(const char *name);

#endif
