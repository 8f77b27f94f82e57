/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the domain XML tells labd-jail, which libvirt starts in QEMU's place. */
#ifndef HV_VIEW_H
#define HV_VIEW_H

#define VIEW_QEMU "/usr/bin/qemu-system-x86_64"
/* Environment variables with this prefix and a number from 0 on: a path that this QEMU needs. */
#define VIEW_PREFIX "LABD_VIEW_"
/* A file that the guest's memory begins with, and QEMU never writes. */
#define VIEW_MEMORY "LABD_MEMORY"
/* In the same folder: labd-memory.so, or a link to it. The folder's path is one that the loader
 * takes: without blanks and colons. */
#define VIEW_PRELOAD "memory.so"

#endif
