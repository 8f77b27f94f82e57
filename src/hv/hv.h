/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guests as libvirt domains, through libvirt's embedded QEMU driver (qemu:///embed).
 * The driver lives in this process: one struct hv per process, opened once, for life.
 * Guests survive the death of the process; the next hv_open of the same root finds them again.
 * Thread safe after hv_open.
 */
#ifndef HV_HV_H
#define HV_HV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct hv;

struct hv_nic {
	const char *tap; /* exists already, made with IFF_VNET_HDR */
	const char *mac; /* "00:16:d3:23:68:8a" */
	bool down;       /* the guest starts without a carrier there */
};

/* Everything about a guest that QEMU needs; paths are absolute. */
struct hv_guest {
	const char *name;
	unsigned int memory_mib;
	const char *emulator; /* labd-jail, which puts QEMU into a jail */
	const char *kernel, *initrd, *cmdline;
	const char *root;         /* raw read-only root, shared by all guests: /dev/vda */
	const char *ssh_socket;   /* unix socket of the virtio-serial port org.labd.ssh */
	const char *clone_socket; /* and of org.labd.clone (guest/clone.h) */
	/* Where the virtio-serial port org.labd.radio connects to, again and again, in a folder of
	 * its own; NULL: no radio. */
	const char *radio_socket;
	const char *console_socket; /* unix socket of ttyS0 */
	const char *console_log;    /* everything ttyS0 printed */
	const struct hv_nic *nics;
	size_t n_nics;
	bool kvm;
	const char *memory; /* of hv_restore: what its memory begins with (view.h); NULL: zeros */
};

/* root: the driver's folder, short (socket paths end at 108 bytes); cache: where probed
 * capabilities are kept, for each QEMU that was installed here. */
int hv_open(const char *root, const char *cache, struct hv **ret, struct err *err);

/* "9.0.0" and "7.2.19" in buffers of 24 bytes; "" where libvirt does not tell. */
void hv_versions(struct hv *hv, char libvirt[24], char qemu[24]);

int hv_start(struct hv *hv, const struct hv_guest *guest, struct err *err);
/* All that decides what a guest that is booted becomes, but for its files: appended as text. A
 * saved guest can be restored where this is the same. */
void hv_describe(struct hv *hv, const struct hv_guest *guest, struct str *out);
/*
 * Writes the running guest, as it is, to file (stream.h reads it), and ends it. Nobody may be
 * connected to its sockets, or it will wait for them when it is restored.
 */
int hv_save(struct hv *hv, const char *name, const char *file, struct err *err);
/*
 * Starts the guest as the one that was saved, with guest->memory and the stream over it: at the
 * moment of the save, running or paused, and with NICs and a radio that it does not know of yet. It
 * must have the size of memory, kernel, initrd and command line of the one that was saved. scratch:
 * a file for the meantime.
 */
int hv_restore(struct hv *hv, const struct hv_guest *guest, const char *stream, const char *scratch,
	       bool paused, struct err *err);
/* The guest stands still; and goes on, 1 if it had stood still. Both are fine where it does so
 * already. */
int hv_pause(struct hv *hv, const char *name, struct err *err);
int hv_resume(struct hv *hv, const char *name, struct err *err);
/* As hv_save, of a guest that stands still: it is not ended. */
int hv_picture(struct hv *hv, const char *name, const char *file, struct err *err);
/* Ends the guest at once; one that is gone already is fine. */
int hv_destroy(struct hv *hv, const char *name, struct err *err);
/* 1 running, 0 not; pid: QEMU's (not labd-jail's, its parent), as this process sees it, 0
 * when unknown. */
int hv_running(struct hv *hv, const char *name, pid_t *pid, struct err *err);
/* How a guest ended: by itself (power-off, reboot, panic), or because its QEMU did. */
enum hv_end { HV_END_SHUTDOWN, HV_END_DIED };
/*
 * From now on ended is called when a guest ends, but for hv_destroy; by a thread of libvirt's, from
 * which nothing of hv may be called. Once a struct hv.
 */
typedef void hv_ended_fn(void *ctx, const char *name, enum hv_end how);
int hv_watch(struct hv *hv, hv_ended_fn *ended, void *ctx, struct err *err);
/* The guest's NIC loses or regains its carrier. */
int hv_set_carrier(struct hv *hv, const char *name, const struct hv_nic *nic, bool up,
		   struct err *err);

#endif
