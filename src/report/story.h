/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The story of a run, out of its folder alone: no lab need run.
 *
 * A story is a JSON value, which docs/story.md describes; text.h tells it to people, normal.h takes
 * out what differs from run to run.
 */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "experiment/experiment.h"

#define STORY_FORMAT 1

struct story_options {
	const char *sharkd;  /* a path, or a name to look up in PATH */
	const char *cache;   /* this user's, for what sharkd has answered; NULL: it is asked */
	const char *schemas; /* the folder with topology.rng and experiment.rng */
	/* Judges instead of the one in the folder, and the file that it is from; NULL: none. */
	const struct experiment *experiment;
	const char *judge;
	/* With its parameters' defaults, and not what the run says that it chose. */
	bool defaults;
	/* A file, an absolute path, that was captured elsewhere: there is no run, dir only names
	 * it, and experiment, parameters and roles are what elsewhere_cast() found; NULL: it is a
	 * run. */
	const char *capture;
	const json_t *found;
	/* The verdicts as the run recorded them, and no names of packets: sharkd is only needed for
	 * what is encrypted in the air. */
	bool recorded;
};

/*
 * Reads the run in dir: judges its captures again, finds the journeys. What is missing, damaged or
 * of another version costs what it would have told, and is a sentence in "notes". Fails only where
 * there is nothing to tell: -ENOENT, -EINVAL for what is no run. *ret is a new reference.
 */
int story_read(const char *dir, const struct story_options *options, json_t **ret, struct err *err);

#endif
