/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What captures show: Wireshark display filters, each evaluated in the capture of its own hop (in a
 * merged file Wireshark takes the frames of one conversation at several hops for retransmissions).
 *
 * Names and types of fields are those of the installed Wireshark; TLS secrets come from the file
 * itself.
 */
#ifndef WIRESHARK_WIRESHARK_H
#define WIRESHARK_WIRESHARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "net/mac.h"
#include "wireshark/sharkd.h"

#define WIRESHARK_FIELDS 8
#define WIRESHARK_FRAMES 8
#define WIRESHARK_VALUE_MAX 1024 /* bytes; a longer value is taken for none */

struct wireshark_query {
	const char *file;   /* an absolute path, or a place in the folder: run/run.h */
	const char *filter; /* a display filter; "" matches every frame */
	const char *fields[WIRESHARK_FIELDS]; /* to read from the first frame; NULL ends them */
	int64_t after_ns;                     /* only frames later than this count; 0: all do */
	bool nearest;                         /* where no frame counts: which came nearest? */
	int64_t since_ns; /* with nearest: what is asked for has hardly come earlier; 0: not known
			   */
};

/*
 * The frame that satisfies most parts of a filter "A and B and C" which none satisfies as a whole;
 * of several, the one that satisfies the first parts. One that satisfies less than half of them is
 * not near, nor are many that satisfy just half without the first. One that comes too early to
 * count is nearest only where none behind it is near; of others that are equally near, one before
 * since_ns only where there is none behind.
 */
struct wireshark_near {
	uint64_t frame; /* 0: none */
	size_t differs; /* parts that it does not satisfy; the first of them follows */
	char *field;    /* NULL where that part does not begin with a field */
	char *want;     /* what the filter says of it: "68.85.2.101", "> 3", or the whole part */
	char *have;     /* what the frame has, as a filter would say it; NULL: no such field */
};

struct wireshark_answer {
	uint64_t count;                    /* frames that match and count */
	uint64_t frames[WIRESHARK_FRAMES]; /* the numbers of the first of them, from 1; 0 ends them
					    */
	int64_t first_time_ns;             /* since the epoch; 0: none */
	uint64_t early;                    /* the first that matches and comes too early; 0: none */
	/* By the query's fields, from the first frame, as a filter would say them ("..." around
	 * text); where the frame has several, the first. NULL: none. */
	char *values[WIRESHARK_FIELDS];
	struct wireshark_near near;
	bool cut;        /* the file lacks frames: there may have been more */
	bool hidden;     /* it has frames that nobody can decrypt, and one of them may match */
	char error[256]; /* why this query could not be answered; "" when it was */
};

void wireshark_answer_free(struct wireshark_answer *a);

/*
 * The passphrase of a Wi-Fi network (WPA2-PSK), or the pairwise master key of one association
 * (WPA3, IEEE 802.1X): with it, frames of stations whose four-way handshake is in the capture are
 * dissected decrypted.
 */
#define WIRESHARK_PMK_DIGITS 64
struct wireshark_wifi {
	const char *ssid, *passphrase;
	char pmk[WIRESHARK_PMK_DIGITS + 1]; /* hexadecimal; "": it is a passphrase */
};

/* A record of Wireshark's preference 80211_keys: "wpa-pwd","PASSPHRASE:SSID", in which what is not
 * a letter or a digit is percent-encoded, or "wpa-psk","PMK". Appended to out. */
void wireshark_wifi_key(const struct wireshark_wifi *wifi, struct str *out);
/* The master keys in the tables of a run (tables.json) of kind "wifi-keys", each once, behind those
 * in *list. */
void wireshark_wifi_from_tables(const json_t *tables, struct wireshark_wifi **list, size_t *n);

/* How captures are looked at. All is borrowed. */
struct wireshark_setup {
	const char *sharkd; /* a path, or a name to look up in PATH */
	const char *cache; /* this user's folder of what can be made again; NULL: nothing is kept */
	const struct wireshark_wifi *wifi; /* the keys to what was in the air */
	size_t n_wifi;
	const struct net_mac *macs; /* the lab's cards, whose makers Wireshark names */
	size_t n_macs;
	const struct sharkd_patience *patience; /* must outlive what is opened with it */
};

/* Questions about the captures of one folder, to one sharkd. */
struct wireshark;

/* sharkd is started when the first question is asked that has no answer yet (wireshark/keep.h). */
void wireshark_open(const struct wireshark_setup *setup, const char *dir, struct wireshark **ret);
/*
 * Answers n queries; a file is loaded once, and not at all where it is the one that the last call
 * ended with. Returns 0 with answers filled, to be freed one by one; a filter or field that
 * Wireshark does not know and a file that cannot be loaded are an answer's error. Otherwise nothing
 * is left to free: -ENOENT without sharkd, -ETIMEDOUT, -ECANCELED, -EPIPE, -EFBIG, -EPROTO.
 */
int wireshark_ask(struct wireshark *ws, const struct wireshark_query *queries, size_t n,
		  struct wireshark_answer *answers, struct err *err);
/* Whether Wireshark knows the filter, or the field: no capture is needed. 0, -EINVAL with its
 * words, or as wireshark_ask. */
int wireshark_check_filter(struct wireshark *ws, const char *filter, struct err *err);
int wireshark_check_field(struct wireshark *ws, const char *field, struct err *err);
/* NULL is fine. */
void wireshark_close(struct wireshark *ws);
static inline void wireshark_closep(struct wireshark **ws)
{
	wireshark_close(*ws);
}
#define auto_wireshark AUTO(wireshark_closep)

/* Wireshark's version, e.g. "4.0.17"; "" where sharkd does not say. */
#define WIRESHARK_VERSION 32
void wireshark_version(const char *sharkd, char ret[WIRESHARK_VERSION]);

#endif
