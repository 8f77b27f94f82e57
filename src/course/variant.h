/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lab as one student gets it: each <vary> of the topology has another value, wherever it stands,
 * in the topology and in every file that goes with it.
 *
 * A value is found by what it is, not by where it stands: an address lies in the network, and keeps
 * its host part; a MAC address, an AS number or a word stands alone, between what is no letter,
 * digit, '_' or '-'. Names of elements and attributes stay, and so does what is in base64: a <file
 * source=>.
 */
#ifndef COURSE_VARIANT_H
#define COURSE_VARIANT_H

#include "course/draw.h"
#include "topo/topo.h"

struct variant_swap {
	enum topo_vary_what what;
	char *from, *to;
	struct net_prefix old, new; /* of a network */
};

struct variant {
	struct variant_swap *swaps; /* in the order of the file */
	size_t n;
};

/* -ERANGE: a pool is too small for one more value that is not in the lab yet. */
int variant_draw(const struct topo *topo, const struct draw *draw, struct variant *ret,
		 struct err *err);
void variant_free(struct variant *variant);
AUTO_DEFINE(variant_auto, struct variant, variant_free)
#define auto_variant AUTO(variant_autop)

/* Appends the text with the other values. */
void variant_text(const struct variant *variant, const char *text, struct str *out);
/* The same of an XML document, which is not checked: name stands for it in messages. In a topology
 * no <vary> is left. */
int variant_xml(const struct variant *variant, const char *xml, const char *name, struct str *out,
		struct err *err);

#endif
