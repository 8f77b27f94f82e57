/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies in a run's folder, as a story needs it: opened once, with a note for each part that is
 * missing, damaged, changed or of another version.
 */
#ifndef REPORT_READING_H
#define REPORT_READING_H

#include "base/auto.h"
#include "report/ports.h"
#include "report/story.h"
#include "topo/topo.h"
#include "wireshark/wireshark.h"

/* A reading_open()ed one is freed by reading_free(). */
struct reading {
	const char *dir;
	const struct story_options *options;
	json_t *record; /* run.json; NULL: there is none */
	json_t *tables; /* tables.json; NULL: there is none */
	bool running;   /* it is in progress */
	json_t *notes;
	struct topo topo;
	bool has_topo;
	struct experiment kept;              /* the folder's own */
	const struct experiment *experiment; /* that judges; NULL: none */
	bool unjudged;                       /* what the phases say is no verdict on this run */
	bool cut;                            /* the run was ended from outside */
	struct ports ports;                  /* where there is a topology */
	struct net_mac *macs;
	size_t n_macs;
	struct wireshark *ws;
	bool answered; /* by sharkd, which has not failed since */
};

/* ret->dir and ret->options are given and outlive it. As story_read(): fails where there is nothing
 * to tell. */
int reading_open(struct reading *ret, struct err *err);

/* Adds a sentence to the story's notes, without what a terminal would obey. */
void reading_note(struct reading *reading, const char *text);

void reading_free(struct reading *reading);

AUTO_DEFINE(reading_auto, struct reading, reading_free)
#define auto_reading AUTO(reading_autop)

#endif
