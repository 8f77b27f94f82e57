/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One direction of a cable, without any I/O: when does a frame that arrives now leave at the other
 * end?
 *
 *   arrives -> waits for the line (rate; a full queue drops it) -> is on the line (len * 8 / rate)
 *           -> may be lost, or damaged, or doubled -> travels (delay +- jitter, never overtaking)
 *           -> may be held back until some later ones are out -> is due
 */
#ifndef WIRE_CABLE_QUEUE_H
#define WIRE_CABLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/shape.h"

/* A frame waits for the line at most this long, or for 16 full frames if they take longer. */
#define CABLE_WAIT_MAX_NS INT64_C(250000000)
#define CABLE_WAIT_FRAMES 16
/* A frame that is held back lets that many by, or waits that long for them. */
#define CABLE_HELD_BY 3
#define CABLE_HELD_NS INT64_C(100000000)
/* Bounds on all that is in one direction, waiting or travelling. */
#define CABLE_FRAMES_MAX 65536
#define CABLE_BYTES_MAX (64u << 20)

/* The largest thing that a tap hands over: 64 KiB unsegmented, and Ethernet and VLAN headers. */
#define CABLE_FRAME_MAX (65536 + 18)
/* A struct virtio_net_hdr goes before each frame: what the sender left undone in it. */
#define CABLE_PREFIX 10

struct cable_frame {
	struct cable_frame *next;
	int64_t off_line; /* moment when its last bit was sent */
	int64_t due;      /* moment when it comes out */
	uint64_t number;  /* of those that are not held back; held back: of the last it lets by */
	int32_t draw;     /* its share of the jitter, in millionths, -1000000 to 1000000 */
	uint32_t len;     /* bytes of the frame, without the prefix */
	bool damaged;
	unsigned char prefix[CABLE_PREFIX];
	unsigned char data[];
};

/* In the order in which they come out. */
struct cable_list {
	struct cable_frame *head, *tail;
};

struct cable_queue {
	struct net_shape shape;
	uint64_t random;   /* state of the generator */
	int64_t line_free; /* when the line has sent all that it was given */
	int64_t last_due;  /* of the last frame that was added to way, and to held */
	int64_t last_held;
	struct cable_list way, held;
	struct cable_frame *waiting; /* the first held back that not all are by; NULL: none */
	uint64_t numbered, out;      /* the last number given, and the last that is out */
	size_t frames, bytes;        /* in here now */
	/* Of all so far. reordered: came out behind one that was sent later. */
	uint64_t lost, tail_drops, duplicated, reordered, corrupted;
};

enum cable_verdict { CABLE_QUEUED, CABLE_LOST, CABLE_TAIL_DROP };

/* The same seed, frames and moments give the same losses and delays. */
void cable_queue_init(struct cable_queue *queue, const struct net_shape *shape, uint64_t seed);
/* Takes the frame over only when it answers CABLE_QUEUED. now: CLOCK_MONOTONIC. */
enum cable_verdict cable_queue_add(struct cable_queue *queue, struct cable_frame *frame,
				   int64_t now);
/* Changes the shape; frames in here are judged anew by it, but none is lost and none overtakes. */
void cable_queue_reshape(struct cable_queue *queue, const struct net_shape *shape, int64_t now);
/* When the next frame is due; INT64_MAX: there is none. */
int64_t cable_queue_next(const struct cable_queue *queue);
/* The next frame that is due by now, the caller's from here; NULL: none. INT64_MAX: any. */
struct cable_frame *cable_queue_take(struct cable_queue *queue, int64_t now);
void cable_queue_clear(struct cable_queue *queue);

#endif
