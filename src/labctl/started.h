/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which assignment a lab was started for: DATA/assignments/LAB.json, {"assignment": the file,
 * "hints": how many were taken}. It stays when the lab ends; the next start of that name begins
 * anew.
 */
#ifndef LABCTL_STARTED_H
#define LABCTL_STARTED_H

#include "base/json.h"
#include "labctl/labctl.h"

int started_save(const struct labctl *l, const char *lab, const json_t *value, struct err *err);
/* -ENOENT: the lab was started for none. */
int started_open(const struct labctl *l, const char *lab, json_t **ret, struct err *err);
/* The path of a new folder for what breaks the lab, apart from the student's runs; to be freed. */
int started_aside(const struct labctl *l, const char *lab, char **ret, struct err *err);

#endif
