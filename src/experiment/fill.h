/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An element's ${client.mac} and its like become what they are in a lab; of cast.c alone. */
#ifndef EXPERIMENT_FILL_H
#define EXPERIMENT_FILL_H

#include "base/json.h"
#include "xml/xml.h"

struct fill {
	const struct xml_node *root;
	const json_t *parts; /* as experiment_cast() has them; NULL: no lab */
	struct xml_problems *problems;
};

/* Why the lab does not have the part, or that of it; NULL: nothing is known of such a word. */
const char *fill_lack(const struct fill *fill, const char *actor, const char *word);

/* Attributes, or the text, of one element. False where the lab has not all of it: *why, which is
 * NULL before, says what is missing. */
bool fill_attrs(const struct fill *fill, struct xml_node *node, const char **why);
bool fill_text(const struct fill *fill, struct xml_node *node, const char **why);

/* A text that stays, with dots for what the lab does not have. */
void fill_title(const struct fill *fill, struct xml_node *node);

#endif
