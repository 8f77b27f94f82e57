/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What labd-capture does once it knows its arguments: taps in, files or one live stream out. */
#ifndef CAPTURE_RECORDER_H
#define CAPTURE_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "capture/tap.h"
#include "pcapng/pcapng.h"

struct recorder_port {
	struct tap_port port;
	struct tap *tap;
	bool lost;  /* the interface went away */
	char *path; /* NULL when live */
	int fd;
	struct pcapng_writer *writer; /* live: the same for all */
	bool full;                    /* the writer failed; what comes is only counted */
	uint32_t iface;
	char error[512];
};

struct recorder {
	const char *dir; /* NULL: live */
	struct tap_opts tap;
	uint64_t limit; /* bytes in all files, at which the capture ends */
	struct recorder_port *ports;
	size_t n;
	int signals;
	int report;  /* DIR/capture.json */
	bool closed; /* the reader of a live stream went away */
	struct pcapng_writer *live;
};

/*
 * Captures until SIGTERM or SIGINT, in a jail that has only dir; 0, or why it could not begin or
 * report. What went wrong with one port stands in its error and has been printed. Needs dir
 * (absolute), tap and ports (their port) filled. Returns in another process (jail_fork()).
 */
int recorder_run(struct recorder *r, struct err *err);
void recorder_free(struct recorder *r);

/*
 * DIR/capture.json. Opening takes a lock that tells others of the capture and its process, and the
 * room that the report will need, so that a full disk can still be reported. Returns the
 * descriptor.
 */
int report_open(const char *dir, const struct recorder_port *ports, size_t n, struct err *err);
int report_close(int fd, struct recorder_port *ports, size_t n, struct err *err);

#endif
