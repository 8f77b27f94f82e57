/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the loader share. Of this folder only. */
#ifndef EXPERIMENT_LOAD_H
#define EXPERIMENT_LOAD_H

#include "experiment/rules.h"

/* element.c: the attribute's value, "" where it has none; free() it. */
char *experiment_attr(const struct xml_node *node, const char *attr);
struct experiment_place experiment_place_of(const struct xml_node *node);
/* False past the limit, with one finding at the first element that is too many. */
bool experiment_has_room(struct experiment_loader *loader, const struct xml_node *node, size_t n,
			 size_t max);
/* load-expect.c: every <expect> and <phase>. */
void experiment_load_expects(struct experiment_loader *loader, const struct xml_node *root);

#endif
