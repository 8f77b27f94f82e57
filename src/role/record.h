/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The data of a resource record, in presentation format (RFC 1035, section 5; any type, RFC 3597).
 * What a name server takes is asked of knot's own parser, libzscanner.
 */
#ifndef ROLE_RECORD_H
#define ROLE_RECORD_H

#include <stdbool.h>

#include "base/str.h"

/* Is there a type of that name, such as "HTTPS" or "TYPE65280"? */
bool record_is_type(const char *type);
/*
 * Would a name server take the data? If not, why has how "data of type MX is '99999 mail'" goes on:
 * what it should have been, or what is wrong with it.
 */
bool record_is_good(const char *type, const char *data, struct str *why);
/* How many strings the data of a TXT record is; what is not in quotes ends at a blank. */
size_t record_count_strings(const char *data);
/*
 * The data as it may stand in a zone file, appended: a string of TXT that is longer than the 255
 * bytes that one may have (RFC 1035, section 3.3) becomes several, which readers put together.
 */
void record_add_data(const char *type, const char *data, struct str *out);

#endif
