/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The story inside the captures: for Wireshark. */
#include "report/annotate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "net/point.h"
#include "pcapng/merge.h"
#include "pcapng/pcapng.h"
#include "report/packets.h"
#include "run/run.h"

struct annotation {
	const json_t *story;
	json_t *comments; /* "AT TIME_NS" -> those of its frames, in the order of their numbers */
	struct pcapng_writer *writer;
	char **ifaces; /* names, by index */
	size_t n_ifaces;
	int n_commented;
	size_t n_events; /* that stand in a comment */
};

static void annotation_free(struct annotation *a)
{
	for (size_t i = 0; i < a->n_ifaces; i++)
		free(a->ifaces[i]);
	free(a->ifaces);
	json_decref(a->comments);
	pcapng_writer_free(a->writer);
}
AUTO_DEFINE(annotation_auto, struct annotation, annotation_free)
#define auto_annotation AUTO(annotation_autop)

/* --- comments --- */

static char *key_of(const char *at, int64_t time_ns)
{
	return xasprintf("%s %" PRId64, at, time_ns);
}

/* "phase 'query', journey 12: switched by ap" */
static json_t *comment_of(const json_t *journey, const json_t *hop)
{
	const char *phase = json_get_text(journey, "phase", NULL);
	auto_str struct str text = { 0 };

	if (phase)
		str_addf(&text, "phase '%s', ", phase);
	str_addf(&text, "journey %" JSON_INTEGER_FORMAT ": %s %s %s",
		 json_integer_value(json_object_get(journey, "id")),
		 json_get_text(hop, "action", "?"),
		 str_eq(json_get_text(hop, "action", ""), "lost") ? "behind" : "by",
		 json_get_text(hop, "node", "?"));
	return json_string(str_text(&text));
}

/* A frame of the air is several hops, one at each radio: the first, which sent it, counts. */
static void add_comments(struct annotation *a)
{
	auto_json json_t *seen = json_object();
	const json_t *journey, *hop;
	size_t i, j;

	json_array_foreach(json_object_get(a->story, "journeys"), i, journey) {
		json_array_foreach(json_object_get(journey, "hops"), j, hop) {
			auto_free char *frame = packets_place(hop, NULL);
			auto_free char *key =
				key_of(json_get_text(hop, "at", ""),
				       json_integer_value(json_object_get(hop, "time_ns")));
			json_t *list = json_object_get(a->comments, key);

			if (json_object_get(seen, frame))
				continue;
			(void)json_object_set_new(seen, frame, json_true());
			if (!list) {
				list = json_array();
				(void)json_object_set_new(a->comments, key, list);
			}
			(void)json_array_append_new(list, comment_of(journey, hop));
		}
	}
}

/* --- descriptions --- */

static const json_t *link_of(const json_t *map, const char *iface)
{
	const char *air = net_air_of(iface);
	const json_t *link, *end;
	size_t i, j;

	json_array_foreach(json_object_get(map, "links"), i, link) {
		if (air && str_eq(json_get_text(link, "name", ""), air))
			return link;
		json_array_foreach(json_object_get(link, "ends"), j, end) {
			if (!air && str_eq(json_string_value(end), iface))
				return link;
		}
	}
	return NULL;
}

/* "wire 'ap-switch' to switch:eth0", "wifi 'client-ap' of client:wlan0, ap:wlan0"; NULL: unknown.
 */
static char *describe(const json_t *map, const char *iface)
{
	const json_t *link = link_of(map, iface), *end;
	bool air = net_air_of(iface);
	struct str text = { 0 };
	size_t i, n = 0;

	if (!link)
		return NULL;
	str_addf(&text, "%s '%s' %s", json_get_text(link, "kind", "link"),
		 json_get_text(link, "name", "?"), air ? "of" : "to");
	json_array_foreach(json_object_get(link, "ends"), i, end) {
		if (air || !str_eq(json_string_value(end), iface))
			str_addf(&text, "%s %s", n++ ? "," : "", json_string_value(end));
	}
	return str_take(&text);
}

/* --- the file --- */

static int put_iface(struct annotation *a, const struct pcapng_iface *from, struct err *err)
{
	const char *name = from->name ? from->name : "";
	auto_free char *description = describe(json_object_get(a->story, "map"), name);
	struct pcapng_iface iface = *from;

	*array_add(a->ifaces, a->n_ifaces) = xstrdup(name);
	if (description)
		iface.description = description;
	return pcapng_write_iface(a->writer, &iface, err);
}

/* What happened to links and nodes stands in the first frame after it, wherever that is. */
static void add_events(struct annotation *a, uint64_t time_ns, struct str *text)
{
	const json_t *events = json_object_get(a->story, "events"), *event;

	while ((event = json_array_get(events, a->n_events)) &&
	       json_integer_value(json_object_get(event, "time_ns")) <= (json_int_t)time_ns) {
		double before = (double)((int64_t)time_ns -
					 json_integer_value(json_object_get(event, "time_ns"))) /
				1e6;

		str_addf(text, "%sevent, %.3f ms before this frame: %s", text->len ? "\n" : "",
			 before, json_get_text(json_object_get(event, "text"), "en", "?"));
		a->n_events++;
	}
}

static int put_packet(struct annotation *a, const struct pcapng_packet *from, struct err *err)
{
	auto_free char *key = key_of(a->ifaces[from->iface], (int64_t)from->time_ns);
	json_t *list = json_object_get(a->comments, key);
	auto_json json_t *comment = json_incref(json_array_get(list, 0));
	struct pcapng_packet packet = *from;
	auto_str struct str text = { 0 };

	add_events(a, from->time_ns, &text);
	if (comment) {
		(void)json_array_remove(list, 0);
		str_addf(&text, "%s%s", text.len ? "\n" : "", json_string_value(comment));
	}
	packet.comment = text.len ? text.data : NULL;
	a->n_commented += text.len > 0;
	return pcapng_write_packet(a->writer, &packet, err);
}

static int put_block(void *ctx, struct pcapng_writer *to, const struct pcapng_block *b,
		     struct err *err)
{
	if (b->kind == PCAPNG_KIND_IFACE)
		return put_iface(ctx, &b->iface, err);
	if (b->kind == PCAPNG_KIND_PACKET)
		return put_packet(ctx, &b->packet, err);
	return pcapng_write_block(to, b, err);
}

static int copy_all(struct annotation *a, const char *path, struct err *err)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	int r = pcapng_open(path, &reader, err);

	if (r < 0)
		return r;
	r = pcapng_copy(reader, a->writer, put_block, a, err);
	if (r == 0)
		r = pcapng_flush(a->writer, err);
	return r < 0 ? err_context(err, "'%s'", path) : 0;
}

int annotate_merged(const char *dir, const json_t *story, struct err *err)
{
	auto_annotation struct annotation a = { .story = story, .comments = json_object() };
	auto_free char *path = run_path(dir, RUN_ALL);
	auto_free char *temporary = xasprintf("%s.XXXXXX", path);
	auto_close int fd = mkostemp(temporary, O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_errno(err, errno, "'%s'", temporary);
	add_comments(&a);
	pcapng_writer_commented(fd, -1, "labd", PCAPNG_MERGE_COMMENT, &a.writer);
	r = copy_all(&a, path, err);
	if (r == 0 && rename(temporary, path) < 0)
		r = err_errno(err, errno, "'%s'", path);
	if (r < 0)
		(void)unlink(temporary);
	return r < 0 ? r : a.n_commented;
}
