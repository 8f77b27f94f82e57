/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sentences that other parts of labd made in English, in another language: notes, reasons, why an
 * expectation fails. They are recognised by their form, for a run keeps them as they were made.
 * Pure.
 */
#ifndef REPORT_SENTENCES_H
#define REPORT_SENTENCES_H

#include "base/json.h"

/* In that language, or as it is where it is English or there are no words for it; never NULL. */
char *sentences_in(const char *text, const char *lang);
/* Every sentence of the story that has Korean words, with these: {"..": "..", ...}, a new
 * reference. */
json_t *sentences_of(const json_t *story);

#endif
