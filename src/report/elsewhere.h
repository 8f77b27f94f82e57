/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A capture that was made elsewhere, with no lab behind it: its parts are found by what they do.
 * Who leased an address, asked for a name or began a TLS connection is the client; whom it asked is
 * the resolver; where it went by the name that it had asked for is the page. What the capture does
 * not show is a part that it lacks, with the reason.
 */
#ifndef REPORT_ELSEWHERE_H
#define REPORT_ELSEWHERE_H

#include "base/err.h"
#include "base/json.h"

#define ELSEWHERE_PORT "capture:file" /* the one place where its frames were seen */

struct elsewhere {
	const char *file; /* absolute; whatever Wireshark opens */
	const char *sharkd, *cache;
	/* What elsewhere_cast() found, for the caller to free: "roles", sentences; "parameters",
	 * the experiment's choices that the capture shows. */
	json_t *found;
};

/* As experiment_load_cast() asks for it, with a struct elsewhere. -EINVAL: nobody in it does what a
 * client does; else as wireshark_ask(). */
int elsewhere_cast(void *ctx, const char *url, json_t **ret, struct err *err);

#endif
