/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The air that radios share, as labd sees it: a process of its own, labd-medium, that outlives a
 * labd that dies and is found again by its control socket.
 *
 * Requests at the control socket (base/control.h):
 *   capture NAME        with a descriptor: a pcapng file that gets all frames from now on
 *   stop NAME           ok FRAMES BYTES DROPPED
 *   follow              every frame from now on as a datagram: struct medium_frame, then the frame
 *   range RADIO in|out  takes a radio out of everybody's range, or back
 *   path RADIO RADIO SIGNAL LOSS_PPM
 *   stats RADIO         ok THERE AWAY SENT HEARD UNACKED MALFORMED DROPPED
 */
#ifndef MEDIUM_MEDIUM_H
#define MEDIUM_MEDIUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct medium_frame {
	uint64_t time_ns; /* CLOCK_REALTIME */
	uint64_t missed;  /* frames before this one that the reader was too slow for */
};

struct medium_radio {
	const char *name;   /* of the node */
	const char *mac;    /* "00:16:d3:23:68:8a" */
	const char *socket; /* made here; the guest's QEMU connects to it */
};

struct medium_path {
	const char *a, *b; /* radios */
	int signal;        /* dBm */
	uint32_t loss_ppm; /* 1000000: out of range of one another */
};

struct medium_opts {
	const char *program; /* of labd-medium */
	const char *name;
	const char *control; /* the control socket, made by the program */
	const struct medium_radio *radios;
	size_t n_radios;
	const struct medium_path *paths; /* of pairs about which there is something to say */
	size_t n_paths;
};

struct medium_stats {
	uint64_t frames, bytes, dropped;
};

struct medium_radio_stats {
	bool there, away;
	uint64_t sent, heard, unacked, malformed, dropped;
};

/* Returns when every socket is there: a pidfd of its process, see child_serve(). */
int medium_start(const struct medium_opts *opts, struct err *err);
/* A pidfd of the medium that an earlier labd has started. */
int medium_find(const char *control, struct err *err);
/* Captures into a new file at path, until medium_capture_stop of that name. */
int medium_capture_start(const char *control, const char *name, const char *path, struct err *err);
int medium_capture_stop(const char *control, const char *name, struct medium_stats *ret,
			struct err *err);
/* Writes a pcapng stream to out until its reader is gone or stop is readable. */
int medium_capture_live(const char *control, const char *iface, int out, int stop, struct err *err);
int medium_set_range(const char *control, const char *radio, bool in, struct err *err);
int medium_set_path(const char *control, const struct medium_path *path, struct err *err);
int medium_get_stats(const char *control, const char *radio, struct medium_radio_stats *ret,
		     struct err *err);

#endif
