/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run's folder: what the files in it are called, and who is at it.
 *
 * A place is "node:nic", "wifi:link" for the air, or "all" for every hop together.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

/* The format of run.json and of what lies beside it; docs/story.md tells what each number is. */
#define RUN_FORMAT 3
#define RUN_FORMAT_WHOLE 2 /* the first that keeps the lab and the experiment with it */

#define RUN_RECORD "run.json" /* the last: a folder without it is a run that did not end */
#define RUN_TOPOLOGY "topology.xml"
#define RUN_EXPERIMENT "experiment.xml"
#define RUN_TABLES "tables.json"
#define RUN_COUNTS "capture.json"
#define RUN_ALL "all.pcapng"

/* "DIR/NAME", to be freed, and whether there is such a file. */
char *run_path(const char *dir, const char *name);
bool run_has(const char *dir, const char *name);

/* What the run says of itself, RUN_RECORD. Errors: as json_open and json_save. */
int run_open_record(const char *dir, json_t **ret, struct err *err);
int run_save_record(const char *dir, const json_t *record, struct err *err);

/*
 * Opens the folder and locks it (flock(2)): nobody else is at it while the descriptor is open.
 * Where somebody is, it waits, or, without wait, says -EBUSY: the run is in progress.
 */
int run_lock(const char *dir, bool wait, struct err *err);

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
