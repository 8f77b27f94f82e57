/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A capture into another file, block by block. */
#include <errno.h>

#include "pcapng/pcapng.h"

int pcapng_write_block(struct pcapng_writer *w, const struct pcapng_block *b, struct err *err)
{
	switch (b->kind) {
	case PCAPNG_KIND_SECTION:
		return 0;
	case PCAPNG_KIND_IFACE:
		return pcapng_write_iface(w, &b->iface, err);
	case PCAPNG_KIND_PACKET:
		return pcapng_write_packet(w, &b->packet, err);
	case PCAPNG_KIND_STATS:
		return pcapng_write_stats(w, &b->stats, err);
	case PCAPNG_KIND_SECRETS:
		return pcapng_write_secrets(w, &b->secrets, err);
	}
	return 0;
}

int pcapng_copy(struct pcapng_reader *from, struct pcapng_writer *to, pcapng_put *put, void *ctx,
		struct err *err)
{
	struct pcapng_block b;
	int r, sections = 0;

	while ((r = pcapng_next(from, &b, err)) > 0) {
		if (b.kind == PCAPNG_KIND_SECTION && ++sections > 1)
			return err_set(err, ENOTSUP, "more than one section");
		r = put(ctx, to, &b, err);
		if (r < 0)
			return r;
	}
	return r;
}
