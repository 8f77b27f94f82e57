/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a lab by what they are, for experiments that name no nodes: which node is the
 * client, what it must ask for an address, who resolves names for it, who answers for the URL that
 * it opens. Pure. lab-experiment(5) has the list.
 */
#ifndef ROLE_CAST_H
#define ROLE_CAST_H

#include "base/json.h"
#include "topo/topo.h"

struct cast_wish {
	const struct topo *topo;
	const char *client; /* a node; NULL: the first client */
	const char *url;    /* NULL: the experiment's usual one, or the first web server's */
};

/*
 * As experiment_load_cast asks for it; ctx is a struct cast_wish, url the usual one, or NULL. Each
 * part is an object of texts, "node" among them; "lacks" says for a part that the lab does not
 * have, or for "part.word", why; "notes" is an array of sentences. -EINVAL: the wish names what
 * the lab does not have.
 */
int cast_lab(void *ctx, const char *url, json_t **ret, struct err *err);

#endif
