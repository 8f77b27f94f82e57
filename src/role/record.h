/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data of a resource record, in presentation format (RFC 1035, section 5). */
#ifndef ROLE_RECORD_H
#define ROLE_RECORD_H

#include "base/str.h"

/* NULL, or what the data of that type should have been: "an IPv4 address such as ...". Static. */
const char *record_problem(const char *type, const char *data);
/* How many strings the data of a TXT record is; what is not in quotes ends at a blank. */
size_t record_count_strings(const char *data);
/*
 * The data as it may stand in a zone file, appended: a string of TXT that is longer than the 255
 * bytes that one may have (RFC 1035, section 3.3) becomes several, which readers put together.
 */
void record_add_data(const char *type, const char *data, struct str *out);

#endif
