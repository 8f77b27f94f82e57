/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A saved guest: the file that virDomainSave writes (libvirt's header, the domain's XML, QEMU's
 * migration stream), without the memory that a template of it has already.
 *
 * The guest's memory is QEMU's block pc.ram. In a template it is a file of its own, which QEMU maps
 * privately as the memory of each guest that is made from it; a stream over it has those pages only
 * that differ. Other blocks (firmware, video) stay in the stream.
 *
 * What is read is believed in nothing: a file that is damaged, cut short or of a kind that we do
 * not know is -EBADMSG, and err says at which byte.
 */
#ifndef HV_STREAM_H
#define HV_STREAM_H

#include <stdio.h>

#include "base/err.h"

/*
 * Takes saved apart: its memory goes to the empty file ram (zeros are holes), all else to stream.
 */
int stream_split(FILE *saved, int ram, FILE *stream, struct err *err);
/*
 * The same saved guest over ram, the memory that it will begin with: pages that are equal there are
 * left out. -EINVAL: ram has another size than its memory.
 */
int stream_delta(FILE *saved, int ram, FILE *stream, struct err *err);
/* The same for another domain: with this XML in the place of its own. */
int stream_dress(FILE *saved, const char *xml, FILE *stream, struct err *err);

#endif
