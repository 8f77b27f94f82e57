/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A topology as trace/journey.h wants it: nodes, ports and links, with the captures of a folder. */
#ifndef REPORT_PORTS_H
#define REPORT_PORTS_H

#include "base/auto.h"
#include "base/json.h"
#include "journey/journey.h"
#include "topo/topo.h"

/* lab's strings are this struct's or the topology's. */
struct ports {
	struct journey_lab lab;
	struct journey_port *list; /* those of lab */
	struct wireshark_wifi *wifi;
	char **texts;
	size_t n_texts;
};

/*
 * dir: where the captures are. record: run.json, what each link was like when the run began and
 * became; NULL: as the topology says. What sharkd needs is the caller's to fill in, but for the
 * keys.
 */
void ports_of(const struct topo *topo, const char *dir, const json_t *record, struct ports *ret);
/* "connections" and "drops" of the run's tables: what each node that translates addresses knew, and
 * what each kernel dropped. */
void ports_take_records(struct ports *ports, const json_t *tables);
/* What the tables of the run say: which ports were blocked by spanning tree before and after it,
 * which counts where nothing happened in between (events). */
void ports_learn(struct ports *ports, const json_t *tables, const json_t *events);
void ports_free(struct ports *ports);
AUTO_DEFINE(ports_auto, struct ports, ports_free)
#define auto_ports AUTO(ports_autop)

#endif
