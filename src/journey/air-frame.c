/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Radiotap and the header of an 802.11 frame (IEEE 802.11 9.2.4, 9.3). */
#include <string.h>

#include "journey/frame.h"

#define RADIOTAP_MIN 8
#define HEAD 24 /* frame control, duration, three addresses, sequence control */
#define TYPE_MANAGEMENT 0
#define TYPE_DATA 2
#define SUBTYPE_ASSOCIATED 1
#define SUBTYPE_REASSOCIATED 3
#define SUBTYPE_NULL 4 /* a bit: data frames that carry none */
#define SUBTYPE_QOS 8  /* a bit */
#define FC_TO_DS 1
#define FC_FROM_DS 2
#define FC_RETRY 8
#define FC_PROTECTED 0x40

static struct net_mac mac_at(const uint8_t *p)
{
	struct net_mac m;

	memcpy(m.byte, p, sizeof(m.byte));
	return m;
}

static void take_data_ends(const uint8_t *p, const struct journey_air_head *head,
			   struct journey_frame *f)
{
	f->dst = mac_at(p + 4);
	f->src = mac_at(p + 10);
	if (head->to_ap)
		f->dst = mac_at(p + 16);
	else if (head->from_ap)
		f->src = mac_at(p + 16);
}

bool journey_parse_air(const uint8_t *data, uint32_t len, struct journey_air_head *head,
		       struct journey_frame *ret)
{
	uint32_t at = len >= RADIOTAP_MIN ? (uint32_t)(data[2] | data[3] << 8) : 0;
	const uint8_t *p = data + at;
	unsigned int type, subtype;

	memset(ret, 0, sizeof(*ret));
	memset(head, 0, sizeof(*head));
	if (at < RADIOTAP_MIN || at > len || len - at < HEAD)
		return false;
	type = (p[0] >> 2) & 3;
	subtype = p[0] >> 4;
	if ((type != TYPE_MANAGEMENT && type != TYPE_DATA) ||
	    (p[1] & (FC_TO_DS | FC_FROM_DS)) == (FC_TO_DS | FC_FROM_DS))
		return false;
	head->to = mac_at(p + 4);
	head->by = mac_at(p + 10);
	head->sequence = (uint16_t)(p[22] | p[23] << 8);
	head->retry = p[1] & FC_RETRY;
	head->to_ap = p[1] & FC_TO_DS;
	head->from_ap = p[1] & FC_FROM_DS;
	head->management = type == TYPE_MANAGEMENT;
	head->data = type == TYPE_DATA && !(subtype & SUBTYPE_NULL);
	head->encrypted = p[1] & FC_PROTECTED;
	head->associates = head->management &&
			   (subtype == SUBTYPE_ASSOCIATED || subtype == SUBTYPE_REASSOCIATED);
	head->body = at + HEAD + (type == TYPE_DATA && (subtype & SUBTYPE_QOS) ? 2 : 0);
	if (head->body > len)
		return false;
	take_data_ends(p, head, ret);
	ret->bytes = len - at;
	return true;
}

void journey_parse_opaque(const struct journey_air_head *head, const uint8_t *data, size_t len,
			  struct journey_frame *ret)
{
	uint64_t ends = journey_mix(journey_mac_number(&head->to), journey_mac_number(&head->by));

	ret->kind = JOURNEY_AIR;
	ret->ident = journey_mix(ends, journey_hash(head->sequence, data, len));
	ret->key = ret->ident;
}
