/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How journeys belong together: answers, repetitions, fragments of one datagram. */
#ifndef JOURNEY_RELATE_H
#define JOURNEY_RELATE_H

#include "journey/journey.h"

/* Fills the relations of all journeys, which are sorted by id. */
void journey_relate(const struct journey_lab *lab, struct journey_set *set);

#endif
