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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"
#include "trace/sharkd.h"

#define TRACE_FIELDS 8
#define TRACE_FRAMES 8
#define TRACE_VALUE_MAX 1024 /* bytes; a longer value is taken for none */

struct trace_query {
	const char *file;   /* an absolute path, or a place in the folder: run/run.h */
	const char *filter; /* a display filter; "" matches every frame */
	const char *fields[TRACE_FIELDS]; /* to read from the first frame; NULL ends them */
	int64_t after_ns;                 /* only frames later than this count; 0: all do */
	bool nearest;                     /* where no frame counts: which came nearest? */
};

/*
 * The frame that satisfies most parts of a filter "A and B and C" which none satisfies as a whole;
 * of several, the one that satisfies the first parts. One that satisfies less than half of them is
 * not near, nor are many that satisfy just half without the first.
 */
struct trace_near {
	uint64_t frame; /* 0: none */
	size_t differs; /* parts that it does not satisfy; the first of them follows */
	char *field;    /* NULL where that part does not begin with a field */
	char *want;     /* what the filter says of it: "68.85.2.101", "> 3", or the whole part */
	char *have;     /* what the frame has, as a filter would say it; NULL: no such field */
};

struct trace_answer {
	uint64_t count;                /* frames that match and count */
	uint64_t frames[TRACE_FRAMES]; /* the numbers of the first of them, from 1; 0 ends them */
	int64_t first_time_ns;         /* since the epoch; 0: none */
	uint64_t early;                /* the first that matches and comes too early; 0: none */
	/* By the query's fields, from the first frame, as a filter would say them ("..." around
	 * text); where the frame has several, the first. NULL: none. */
	char *values[TRACE_FIELDS];
	struct trace_near near;
	bool cut;        /* the file lacks frames: there may have been more */
	bool hidden;     /* it has frames that nobody can decrypt, and one of them may match */
	char error[256]; /* why this query could not be answered; "" when it was */
};

void trace_answer_free(struct trace_answer *a);

/* The passphrase of a Wi-Fi network (WPA2-PSK): with it, frames of stations whose four-way
 * handshake is in the capture are dissected decrypted. */
struct trace_wifi {
	const char *ssid, *passphrase;
};

/* "PASSPHRASE:SSID" as Wireshark's preference 80211_keys has it for a key of the type wpa-pwd; what
 * is not a letter or a digit is percent-encoded. Appended to out. */
void trace_wifi_key(const struct trace_wifi *wifi, struct str *out);

/* One sharkd that is asked about the captures of one folder. */
struct trace;

/*
 * Starts program ("sharkd": looked up in PATH), which is in use until trace_close. Errors: as
 * trace_ask.
 */
int trace_open(const char *program, const char *dir, const struct trace_wifi *wifi, size_t n_wifi,
	       const struct sharkd_patience *patience, struct trace **ret, struct err *err);
/*
 * Answers n queries; a file is loaded once, and not at all where it is the one that the last call
 * ended with. Returns 0 with answers filled, to be freed one by one; a filter or field that
 * Wireshark does not know and a file that cannot be loaded are an answer's error. Otherwise nothing
 * is left to free: -ENOENT without sharkd, -ETIMEDOUT, -ECANCELED, -EPIPE, -EFBIG, -EPROTO.
 */
int trace_ask(struct trace *trace, const struct trace_query *queries, size_t n,
	      struct trace_answer *answers, struct err *err);
/* Whether Wireshark knows the filter, or the field: no capture is needed. 0, -EINVAL with its
 * words, or as trace_ask. */
int trace_check_filter(struct trace *trace, const char *filter, struct err *err);
int trace_check_field(struct trace *trace, const char *field, struct err *err);
/* NULL is fine. */
void trace_close(struct trace *trace);
static inline void trace_closep(struct trace **trace)
{
	trace_close(*trace);
}
#define auto_trace AUTO(trace_closep)

/* Wireshark's version, e.g. "4.0.17"; "" where sharkd does not say. */
#define TRACE_VERSION 32
void trace_version(const char *sharkd, char ret[TRACE_VERSION]);

#endif
