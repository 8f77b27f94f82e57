/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places where a lab can be captured, out of the topology that its entry, or a run, keeps. */
#ifndef LABCTL_PORTS_H
#define LABCTL_PORTS_H

#include "labctl/labctl.h"
#include "topo/topo.h"

/* DIR/topology.xml, without a word; an empty topology where that cannot be read. */
void ports_topology(const struct labctl *l, const char *dir, struct topo *ret);

#endif
