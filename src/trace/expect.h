/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What captures show: Wireshark display filters, each evaluated in the capture of its own hop (in a
 * merged file Wireshark takes the frames of one conversation at several hops for retransmissions).
 *
 * Names and types of fields are those of the installed Wireshark; TLS secrets come from the file
 * itself.
 */
#ifndef TRACE_EXPECT_H
#define TRACE_EXPECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define TRACE_FIELDS 8

struct trace_query {
	const char *file;                 /* a capture */
	const char *filter;               /* a display filter; "" matches every frame */
	const char *fields[TRACE_FIELDS]; /* to read from the first frame that matches; NULL ends
					     them */
};

/* The passphrase of a Wi-Fi network (WPA2-PSK): with it, frames of stations whose four-way
 * handshake is in the capture are dissected decrypted. */
struct trace_wifi {
	const char *ssid, *passphrase;
};

struct trace_answer {
	uint64_t count;        /* frames that match */
	uint64_t first_frame;  /* number of the first, from 1; 0: none */
	int64_t first_time_ns; /* its time since the epoch; 0: none */
	/* By the query's fields, as Wireshark prints them; several in one frame are joined by ",";
	 * NULL: none. */
	char *values[TRACE_FIELDS];
	char error[256]; /* why this query could not be answered; "" when it was */
};

void trace_answer_free(struct trace_answer *a);

/* "PASSPHRASE:SSID" as Wireshark's preference 80211_keys has it for a key of the type wpa-pwd; what
 * is not a letter or a digit is percent-encoded. Appended to out. */
void trace_wifi_key(const struct trace_wifi *wifi, struct str *out);

/*
 * Answers n queries with one sharkd (a path, or a name to look up in PATH); each file is loaded
 * once. Returns 0 with answers filled, to be freed one by one. Otherwise the first error, and
 * nothing to free: -EINVAL for a filter or field that Wireshark does not know (named in err),
 * -ENOENT without sharkd, -EIO for a file that cannot be loaded, -ETIMEDOUT, -EPIPE, -EFBIG,
 * -EPROTO. After -EINVAL and -EIO, all queries were tried and answers[i].error names each that is
 * at fault; the counts of the others are good.
 */
int trace_check(const char *sharkd, const struct trace_wifi *wifi, size_t n_wifi,
		const struct trace_query *queries, size_t n, int64_t deadline,
		struct trace_answer *answers, struct err *err);

/* Wireshark's version, e.g. "4.0.17"; "" where sharkd does not say. */
#define TRACE_VERSION 32
void trace_version(const char *sharkd, char ret[TRACE_VERSION]);

/* Whether Wireshark knows the filter: 0, or -EINVAL with its reason. */
int trace_check_filter(const char *sharkd, const char *filter, int64_t deadline, struct err *err);

#endif
