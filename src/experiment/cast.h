/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the parts that an experiment names to those of a lab. Of this folder only. */
#ifndef EXPERIMENT_CAST_H
#define EXPERIMENT_CAST_H

#include "base/json.h"
#include "xml/xml.h"

/*
 * The document as this lab can play it: each ${ACTOR.WORD} is what the parts have, what only other
 * labs have is taken out, and what was left out is told in <left-out>. parts is as
 * experiment_load_cast has it; NULL: of no lab, each part is as if it were there, and references
 * stay.
 */
void experiment_cast(struct xml_node *root, const json_t *parts, struct xml_problems *problems);
/* Whether an <actor> of the document has the name, len bytes. */
bool experiment_has_actor(const struct xml_node *root, const char *name, size_t len);
/* Whether a reference to one is left in the text: it is of no lab yet. */
bool experiment_names_actors(const struct xml_node *root, const char *text);

#endif
