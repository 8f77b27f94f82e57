/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The captures of a lab as one stream of frames, by time. Frames are parsed as they are read, so
 * that no bytes are kept. Each capture is sorted within a small window, since two processors may
 * stamp the frames of one tap microseconds apart from the order in which they come.
 */
#include "journey/source.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "journey/air.h"
#include "journey/nat.h"
#include "pcapng/pcapng.h"

#define WINDOW 16U

struct source {
	const char *path;
	size_t port, link;
	struct pcapng_reader *reader; /* NULL: it has ended */
	bool no_air;                  /* frames that are encrypted stay so */
	uint16_t linktypes[PCAPNG_MAX_IFACES];
	uint32_t n_ifaces;
	uint64_t n_frames, n_unreadable;
	int64_t last_ns, stopped_ns; /* the last frame; when the capture ended, by its own word */
	struct source_frame window[WINDOW];
	uint8_t order[WINDOW]; /* of the window by time; behind the first n, those that are free */
	uint32_t n;
};

struct journey_sources {
	struct journey_index *ix;
	struct journey_set *counts;
	struct source *all;
	size_t n;
	size_t *heap; /* sources that have frames, the earliest first */
	size_t n_heap;
	bool started;
};

static void note(struct journey_sources *s, char *text)
{
	*array_add(s->counts->notes, s->counts->n_notes) = text;
}

/* To each port of the source: the one, or all that are at the link. */
static void each_port(struct journey_sources *s, const struct source *from,
		      void (*act)(struct journey_sources *s, size_t port, uint64_t value),
		      uint64_t value)
{
	const struct index_groups *g = &s->ix->by_link;

	if (from->link == JOURNEY_NONE) {
		act(s, from->port, value);
		return;
	}
	for (size_t i = g->first[from->link]; i < g->first[from->link + 1]; i++)
		act(s, g->at[i], value);
}

static void set_known(struct journey_sources *s, size_t port, uint64_t value)
{
	s->ix->known_until[port] = (int64_t)value;
}

static void set_dim(struct journey_sources *s, size_t port, uint64_t value)
{
	s->ix->dim[port] = value;
}

static void add_frames(struct journey_sources *s, size_t port, uint64_t value)
{
	s->counts->ports[port].frames += value;
}

static void add_dropped(struct journey_sources *s, size_t port, uint64_t value)
{
	s->counts->ports[port].dropped += value;
}

static void add_unreadable(struct journey_sources *s, size_t port, uint64_t value)
{
	s->counts->ports[port].unreadable += value;
}

/* ---- one capture ---- */

/* A file that says when its capture stopped knows all until then; another until its last frame. */
static void end_source(struct journey_sources *s, struct source *from)
{
	int64_t known = from->stopped_ns ? from->stopped_ns : from->last_ns;

	each_port(s, from, set_known, (uint64_t)known);
	if (from->n_unreadable && !from->no_air)
		note(s, xasprintf("'%s': no key for %" PRIu64 " of its frames: their handshake "
				  "is not in it",
				  from->path, from->n_unreadable));
	pcapng_reader_free(take_ptr(from->reader));
}

static void lose_air(struct journey_sources *s, struct source *from, const struct err *err)
{
	note(s, xasprintf("'%s': what is encrypted stays encrypted: %s", from->path, err->msg));
	from->no_air = true;
}

static bool decrypt(struct journey_sources *s, struct source *from, struct source_frame *f)
{
	auto_str struct str plain = { 0 };
	struct err err = ERR_INIT;
	int r = 0;

	if (!from->no_air) {
		r = journey_air_plain(s->ix->lab, from->path, f->number, &plain, &err);
		if (r < 0)
			lose_air(s, from, &err);
	}
	if (r <= 0 || !journey_parse_llc((const uint8_t *)str_text(&plain), plain.len, &f->frame))
		return false;
	nat_name(s->ix->nat, &f->frame);
	f->frame.packet = NULL; /* a part of plain, which ends here */
	return true;
}

static bool parse_air(struct journey_sources *s, struct source *from, const struct pcapng_packet *p,
		      struct source_frame *f)
{
	struct journey_air_head *head = &f->head;

	if (!journey_parse_air(p->data, p->len, head, &f->frame))
		return false;
	if (head->data && head->encrypted)
		return decrypt(s, from, f);
	if (!head->data || !journey_parse_llc(p->data + head->body, p->len - head->body, &f->frame))
		journey_parse_opaque(head, p->data + head->body, p->len - head->body, &f->frame);
	return true;
}

static bool parse_wire(const struct journey_sources *s, const struct pcapng_packet *p,
		       struct source_frame *f)
{
	if (!journey_parse_ethernet(p->data, p->len, p->orig_len, &f->frame))
		return false;
	if (s->ix->damages)
		f->frame.fold = journey_fold(p->data, p->len);
	return true;
}

static bool parse(struct journey_sources *s, struct source *from, const struct pcapng_packet *p,
		  struct source_frame *f)
{
	if (from->linktypes[p->iface] == PCAPNG_ETHERNET && from->link == JOURNEY_NONE)
		return parse_wire(s, p, f);
	if (from->linktypes[p->iface] == PCAPNG_RADIOTAP && from->link != JOURNEY_NONE)
		return parse_air(s, from, p, f);
	return false;
}

static void take_packet(struct journey_sources *s, struct source *from,
			const struct pcapng_packet *p)
{
	uint8_t slot = from->order[from->n];
	struct source_frame *f = &from->window[slot];
	uint32_t at = from->n;

	f->number = ++from->n_frames;
	f->time_ns = (int64_t)p->time_ns;
	f->port = from->port;
	f->link = from->link;
	/* The flags are the tap's: what comes into it, the guest sent. */
	f->way = p->direction == PCAPNG_INBOUND    ? SOURCE_OUT
		 : p->direction == PCAPNG_OUTBOUND ? SOURCE_IN
						   : SOURCE_EITHER;
	if (f->time_ns > from->last_ns)
		from->last_ns = f->time_ns;
	s->counts->frames++;
	each_port(s, from, add_frames, 1);
	if (p->dropped && p->dropped != PCAPNG_UNKNOWN)
		each_port(s, from, add_dropped, p->dropped);
	if (parse(s, from, p, f)) {
		nat_name(s->ix->nat, &f->frame);
		f->frame.packet = NULL; /* the reader's, until the next */
	} else {
		from->n_unreadable++;
		s->counts->unreadable++;
		each_port(s, from, add_unreadable, 1);
		each_port(s, from, set_dim, 1);
		return;
	}
	for (; at > 0 && from->window[from->order[at - 1]].time_ns > f->time_ns; at--)
		from->order[at] = from->order[at - 1];
	from->order[at] = slot;
	from->n++;
}

static void take_block(struct journey_sources *s, struct source *from, const struct pcapng_block *b)
{
	switch (b->kind) {
	case PCAPNG_KIND_SECRETS:
		return;
	case PCAPNG_KIND_SECTION:
		from->n_ifaces = 0;
		return;
	case PCAPNG_KIND_IFACE:
		from->linktypes[from->n_ifaces++] = b->iface.linktype;
		return;
	case PCAPNG_KIND_PACKET:
		take_packet(s, from, &b->packet);
		return;
	case PCAPNG_KIND_STATS:
		if ((int64_t)b->stats.time_ns > from->stopped_ns)
			from->stopped_ns = (int64_t)b->stats.time_ns;
		return;
	}
}

static void refill(struct journey_sources *s, struct source *from)
{
	while (from->reader && from->n < WINDOW) {
		struct pcapng_block b;
		struct err err = ERR_INIT;
		int r = pcapng_next(from->reader, &b, &err);

		if (r > 0) {
			take_block(s, from, &b);
			continue;
		}
		if (r < 0)
			note(s, xasprintf("'%s': %s: what comes after is not known", from->path,
					  err.msg));
		end_source(s, from);
	}
}

static void open_source(struct journey_sources *s, const char *path, size_t port, size_t link)
{
	struct source *from = &s->all[s->n];
	struct err err = ERR_INIT;

	if (!path)
		return;
	if (pcapng_open(path, &from->reader, &err) < 0) {
		note(s, xasprintf("%s: what it would have shown is not known", err.msg));
		return;
	}
	s->n++;
	from->path = path;
	from->port = port;
	from->link = link;
	for (uint8_t i = 0; i < WINDOW; i++)
		from->order[i] = i;
	each_port(s, from, set_known, INT64_MAX);
}

/* ---- all captures: a heap by the time of each one's earliest frame ---- */

static int64_t earliest(const struct journey_sources *s, size_t at)
{
	const struct source *from = &s->all[s->heap[at]];

	return from->window[from->order[0]].time_ns;
}

/* Equal times come in the order of the captures, so that the same files give the same story. */
static bool before(const struct journey_sources *s, size_t a, size_t b)
{
	int64_t x = earliest(s, a), y = earliest(s, b);

	return x != y ? x < y : s->heap[a] < s->heap[b];
}

static void sift_down(struct journey_sources *s, size_t at)
{
	for (;;) {
		size_t least = at, left = 2 * at + 1, right = left + 1, swapped;

		if (left < s->n_heap && before(s, left, least))
			least = left;
		if (right < s->n_heap && before(s, right, least))
			least = right;
		if (least == at)
			return;
		swapped = s->heap[at];
		s->heap[at] = s->heap[least];
		s->heap[least] = swapped;
		at = least;
	}
}

void sources_open(struct journey_index *ix, struct journey_set *counts,
		  struct journey_sources **ret)
{
	struct journey_sources *s = xcalloc(1, sizeof(*s));
	const struct journey_lab *lab = ix->lab;

	s->ix = ix;
	s->counts = counts;
	s->all = xcalloc(lab->n_ports + lab->n_links, sizeof(*s->all));
	for (size_t i = 0; i < lab->n_ports; i++)
		if (!index_is_radio(ix, i))
			open_source(s, lab->ports[i].file, i, JOURNEY_NONE);
	for (size_t i = 0; i < lab->n_links; i++)
		if (lab->links[i].wifi)
			open_source(s, lab->links[i].file, JOURNEY_NONE, i);
	s->heap = xcalloc(s->n, sizeof(*s->heap));
	for (size_t i = 0; i < s->n; i++) {
		refill(s, &s->all[i]);
		if (s->all[i].n)
			s->heap[s->n_heap++] = i;
	}
	for (size_t i = s->n_heap / 2; i-- > 0;)
		sift_down(s, i);
	*ret = s;
}

/* Drops the frame that was handed out last. */
static void advance(struct journey_sources *s)
{
	struct source *from = &s->all[s->heap[0]];
	uint8_t slot = from->order[0];

	from->n--;
	memmove(from->order, from->order + 1, from->n);
	memmove(from->order + from->n + 1, from->order + from->n + 1, 0);
	from->order[from->n] = slot;
	refill(s, from);
	if (!from->n)
		s->heap[0] = s->heap[--s->n_heap];
	sift_down(s, 0);
}

const struct source_frame *sources_next(struct journey_sources *s)
{
	const struct source *from;

	if (s->started && s->n_heap)
		advance(s);
	s->started = true;
	if (!s->n_heap)
		return NULL;
	from = &s->all[s->heap[0]];
	return &from->window[from->order[0]];
}

void sources_free(struct journey_sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		pcapng_reader_free(s->all[i].reader);
	}
	free(s->all);
	free(s->heap);
	free(s);
}
