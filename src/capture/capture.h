/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Captures of a lab's ports, as labd sees them: start labd-capture, stop it, finish its files.
 *
 * A capture is a process of its own and outlives its labd; capture_adopt finds it again. Every file
 * is pcapng, one per port, DIR/NODE_NIC.pcapng; times are the host's, in nanoseconds.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct capture_port {
	const char *name;   /* node:nic; letters, digits and _ - . : */
	const char *ifname; /* the tap, in this process's network namespace */
	const char *mac;    /* of the guest's NIC, for the direction of frames; may be NULL */
	bool host; /* the guest never passes on frames of others: all it did not send was sent to it
		    */
};

struct capture_stats {
	uint64_t frames, bytes; /* in the files */
	uint64_t dropped;       /* came by but are in no file; 0 is expected */
};

struct capture;

/*
 * Starts program (labd-capture) on the ports, files into dir, and waits until every tap is open.
 * Only one capture runs in a dir at a time. *ret is ended by capture_stop, or let go of by
 * capture_free.
 */
int capture_start(const char *program, const char *dir, const struct capture_port *ports, size_t n,
		  int64_t deadline, struct capture **ret, struct err *err);
/* Finds the capture that runs in dir, left by an earlier labd; -ESRCH when there is none. */
int capture_adopt(const char *dir, struct capture **ret, struct err *err);
/*
 * Ends it, waits, and reads what it says; *c is gone and NULL afterwards, whatever happened. Past
 * the deadline it is killed: -ETIMEDOUT. -EIO when a port could not be captured to the end (a full
 * disk, at which it ends by itself; an interface that went away), -EPIPE when labd-capture died;
 * total is filled then too, by the files where nothing else tells, and what is in them is good.
 */
int capture_stop(struct capture **c, int64_t deadline, struct capture_stats *total,
		 struct err *err);
/* The same of a capture in dir that has ended already; -ENOENT where none has begun. */
int capture_rescue(const char *dir, struct capture_stats *total, struct err *err);
/* Counts the frames that can be read of one file. */
int capture_count(const char *path, struct capture_stats *ret, struct err *err);
/* A pidfd of its process, for as long as c lives. */
int capture_handle(const struct capture *c);
/* Lets go of the handle; the capture goes on. NULL is fine. */
void capture_free(struct capture *c);

/*
 * Finishes the files of dir after the capture: puts tls_keys (an NSS key log; NULL: none) as
 * decryption secrets in front of each DIR/?*.pcapng, and writes DIR/all.pcapng: all frames in the
 * order of time, one interface per hop, secrets in front. Each file is replaced whole or not at
 * all. A file that ends in the middle of a frame (its capture was killed) is used up to there. May
 * be called again.
 */
int capture_finish(const char *dir, const char *tls_keys, struct err *err);

/*
 * Streams one port to out_fd (which stays the caller's) until SIGTERM or until its reader is gone.
 * *ret is the process, which the caller ends and reaps.
 */
int capture_live(const char *program, const struct capture_port *port, int out_fd, pid_t *ret,
		 struct err *err);

#endif
