/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several captures into one, by time. */
#include "pcapng/merge.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define WINDOW 16U

struct held {
	struct pcapng_packet packet; /* owns data and comment; iface is the output's */
};

struct source {
	const char *path;
	struct pcapng_reader *reader;
	bool ended;
	uint32_t *ifaces; /* of the output, by those of the source */
	size_t n_ifaces;
	struct held window[WINDOW]; /* by time; equal ones as they came */
	size_t n;
};

struct merge {
	struct source *sources;
	size_t n;
	struct pcapng_stats *stats; /* for the end of the output */
	size_t n_stats;
	struct pcapng_writer *writer;
};

static void held_free(struct held *h)
{
	free((void *)(uintptr_t)h->packet.data);
	free((void *)(uintptr_t)h->packet.comment);
}

static void merge_free(struct merge *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct source *s = &m->sources[i];

		for (size_t j = 0; j < s->n; j++)
			held_free(&s->window[j]);
		pcapng_reader_free(s->reader);
		free(s->ifaces);
	}
	free(m->sources);
	free(m->stats);
}
AUTO_DEFINE(merge_auto, struct merge, merge_free)
#define auto_merge AUTO(merge_autop)

static void hold(struct source *s, const struct pcapng_packet *p)
{
	struct held h = { .packet = *p };
	uint8_t *copy = xcalloc(1, p->len ? p->len : 1);
	size_t at = s->n++;

	memcpy(copy, p->data, p->len);
	h.packet.data = copy;
	h.packet.comment = p->comment ? xstrdup(p->comment) : NULL;
	h.packet.iface = s->ifaces[p->iface];
	for (; at > 0 && s->window[at - 1].packet.time_ns > p->time_ns; at--)
		s->window[at] = s->window[at - 1];
	s->window[at] = h;
}

static int take_block(struct merge *m, struct source *s, const struct pcapng_block *b,
		      struct err *err)
{
	int r;

	switch (b->kind) {
	case PCAPNG_KIND_SECRETS:
		return 0;
	case PCAPNG_KIND_SECTION:
		s->n_ifaces = 0;
		return 0;
	case PCAPNG_KIND_IFACE:
		r = pcapng_write_iface(m->writer, &b->iface, err);
		if (r >= 0)
			*array_add(s->ifaces, s->n_ifaces) = (uint32_t)r;
		return r;
	case PCAPNG_KIND_PACKET:
		hold(s, &b->packet);
		return 0;
	case PCAPNG_KIND_STATS:
		if (m->n_stats < PCAPNG_MAX_IFACES) {
			struct pcapng_stats *stats = array_add(m->stats, m->n_stats);

			*stats = b->stats;
			stats->iface = s->ifaces[b->stats.iface];
		}
		return 0;
	}
	return 0;
}

/* Reads on until the window is full or the source ends. */
static int refill(struct merge *m, struct source *s, struct err *err)
{
	struct pcapng_block b;

	while (!s->ended && s->n < WINDOW) {
		int r = pcapng_next(s->reader, &b, err);

		if (r == -ENODATA)
			err_clear(err);
		else if (r < 0)
			return err_context(err, "'%s'", s->path);
		if (r <= 0) {
			s->ended = true;
			return 0;
		}
		r = take_block(m, s, &b, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static struct source *earliest(const struct merge *m)
{
	struct source *best = NULL;

	for (size_t i = 0; i < m->n; i++) {
		struct source *s = &m->sources[i];

		if (s->n && (!best || s->window[0].packet.time_ns < best->window[0].packet.time_ns))
			best = s;
	}
	return best;
}

static int write_earliest(struct merge *m, struct source *s, struct err *err)
{
	int r = pcapng_write_packet(m->writer, &s->window[0].packet, err);

	held_free(&s->window[0]);
	s->n--;
	memmove(&s->window[0], &s->window[1], s->n * sizeof(s->window[0]));
	return r < 0 ? r : refill(m, s, err);
}

static int open_sources(struct merge *m, char *const *paths, size_t n, struct err *err)
{
	m->sources = xcalloc(n + 1, sizeof(*m->sources));
	for (size_t i = 0; i < n; i++) {
		struct source *s = &m->sources[m->n];
		int r = pcapng_open(paths[i], &s->reader, err);

		if (r < 0)
			return r;
		s->path = paths[i];
		m->n++;
		r = refill(m, s, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int pcapng_merge(struct pcapng_writer *w, char *const *paths, size_t n, struct err *err)
{
	auto_merge struct merge m = { .writer = w };
	struct source *next;
	int r = open_sources(&m, paths, n, err);

	while (r >= 0 && (next = earliest(&m)))
		r = write_earliest(&m, next, err);
	for (size_t i = 0; r >= 0 && i < m.n_stats; i++)
		r = pcapng_write_stats(w, &m.stats[i], err);
	return r < 0 ? r : 0;
}
