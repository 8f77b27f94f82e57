/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the frames of 802.11 itself are, in words. Pure. */
#ifndef REPORT_AIR_H
#define REPORT_AIR_H

#include "base/json.h"

/*
 * A text in both languages of what Wireshark's Info column says of a frame ("Beacon frame, SN=0,
 * FN=0, Flags=........, BI=100, SSID="iptime01""): its kind, what that is for, and whose network.
 * A new reference; NULL: it is no frame of which there is more to say.
 */
json_t *air_words(const char *info);

#endif
