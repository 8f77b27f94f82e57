/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys by which one journey is found to answer, repeat or belong to another. */
#ifndef JOURNEY_KEYS_H
#define JOURNEY_KEYS_H

#include "journey/frame.h"

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

/* p: the 28 bytes of ARP for IPv4. */
void journey_keys_arp(const uint8_t *p, struct journey_frame *f);
/* p: an IPv4 packet, its header and its end; not a later fragment. f->keys.content is set. */
void journey_keys_ipv4(const uint8_t *p, size_t head, size_t total, struct journey_frame *f);
/* p: an IPv6 packet, its headers and its end; the same. */
void journey_keys_ipv6(const uint8_t *p, size_t head, size_t total, struct journey_frame *f);

#endif
