/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames a story speaks of, port by port. */
#include "report/frames.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/str.h"
#include "report/ports.h"
#include "role/role.h"
#include "run/run.h"
#include "wireshark/dissect.h"

struct wanted {
	struct port {
		char *place, *path;
		uint32_t *frames;
		size_t n_frames;
	} * ports;
	size_t n_ports, n_frames, left_out;
};

static void wanted_free(struct wanted *w)
{
	for (size_t i = 0; i < w->n_ports; i++) {
		free(w->ports[i].place);
		free(w->ports[i].path);
		free(w->ports[i].frames);
	}
	free(w->ports);
}
AUTO_DEFINE(wanted_auto, struct wanted, wanted_free)
#define auto_wanted AUTO(wanted_autop)

static struct port *port_of(struct wanted *w, const char *run, const char *place)
{
	struct port *port;

	for (size_t i = 0; i < w->n_ports; i++)
		if (str_eq(w->ports[i].place, place))
			return &w->ports[i];
	port = array_add(w->ports, w->n_ports);
	port->place = xstrdup(place);
	port->path = run_capture_path(run, place);
	return port;
}

static void want(struct wanted *w, const char *run, const char *place, const json_t *frame)
{
	json_int_t number = json_integer_value(frame);
	struct port *port;

	if (!place || number < 1 || number > UINT32_MAX)
		return;
	port = port_of(w, run, place);
	for (size_t i = 0; i < port->n_frames; i++)
		if (port->frames[i] == number)
			return;
	if (w->n_frames >= FRAMES_MAX) {
		w->left_out++;
		return;
	}
	*array_add(port->frames, port->n_frames) = (uint32_t)number;
	w->n_frames++;
}

static void want_expectation(struct wanted *w, const char *run, const json_t *expectation)
{
	const char *at = json_get_text(expectation, "at", NULL);
	const json_t *frames = json_object_get(expectation, "frames");

	for (size_t i = 0; i < json_array_size(frames); i++)
		want(w, run, at, json_array_get(frames, i));
	want(w, run, at, json_object_get(json_object_get(expectation, "nearest"), "frame"));
}

static void want_phase(struct wanted *w, const char *run, const json_t *phase)
{
	const json_t *expectations = json_object_get(phase, "expectations");
	const json_t *remarks = json_object_get(phase, "remarks");

	for (size_t i = 0; i < json_array_size(expectations); i++)
		want_expectation(w, run, json_array_get(expectations, i));
	for (size_t i = 0; i < json_array_size(remarks); i++) {
		const json_t *remark = json_array_get(remarks, i);

		want(w, run, json_get_text(remark, "at", NULL), json_object_get(remark, "frame"));
	}
}

/* Proofs first: they are what a page that cannot hold everything must hold. */
static void want_all(struct wanted *w, const char *run, const json_t *story)
{
	const json_t *phases = json_object_get(story, "phases");
	const json_t *journeys = json_object_get(story, "journeys");

	for (size_t i = 0; i < json_array_size(phases); i++)
		want_phase(w, run, json_array_get(phases, i));
	for (size_t i = 0; i < json_array_size(journeys); i++) {
		const json_t *hops = json_object_get(json_array_get(journeys, i), "hops");

		for (size_t k = 0; k < json_array_size(hops); k++) {
			const json_t *hop = json_array_get(hops, k);

			want(w, run, json_get_text(hop, "at", NULL), json_object_get(hop, "frame"));
		}
	}
}

/* Leaves out the last journeys beyond the limit, as long as there are some that prove nothing. */
static void bound_journeys(json_t *story, json_t *notes)
{
	json_t *journeys = json_object_get(story, "journeys");
	size_t had = json_array_size(journeys);

	for (size_t i = had; i-- > 0 && json_array_size(journeys) > FRAMES_MAX_JOURNEYS;)
		if (!json_is_true(json_object_get(json_array_get(journeys, i), "proof")))
			(void)json_array_remove(journeys, i);
	if (json_array_size(journeys) < had)
		(void)json_array_append_new(
			notes, json_sprintf("%zu packets that prove nothing are not in the page",
					    had - json_array_size(journeys)));
}

/* The keys; none where there is no topology, or none that can be read: story_read says why. */
static void read_keys(const char *dir, const char *schemas, struct topo *topo, struct ports *ports)
{
	auto_free char *path = run_path(dir, RUN_TOPOLOGY);
	auto_xml_problems struct xml_problems problems = { 0 };

	if (topo_load(path, schemas, role_all, topo, &problems, NULL) == 0)
		ports_of(topo, dir, NULL, ports);
}

int frames_add(json_t *story, const char *dir, const struct story_options *options, struct err *err)
{
	auto_wanted struct wanted w = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_ports struct ports ports = { 0 };
	auto_free struct dissect_file *files = NULL;
	json_t *notes = json_object_get(story, "notes"), *frames = NULL;
	struct dissect d = { .setup = { .sharkd = options->sharkd, .cache = options->cache } };
	auto_free struct net_mac *macs = NULL;
	int r;

	bound_journeys(story, notes);
	want_all(&w, dir, story);
	for (size_t i = 0; i < w.n_ports; i++)
		*array_add(files, d.n_files) =
			(struct dissect_file){ w.ports[i].place, w.ports[i].path, w.ports[i].frames,
					       w.ports[i].n_frames };
	d.files = files;
	if (w.left_out)
		(void)json_array_append_new(
			notes, json_sprintf("%zu frames are not in the page, which holds %d",
					    w.left_out, FRAMES_MAX));
	read_keys(dir, options->schemas, &topo, &ports);
	topo_macs(&topo, &macs, &d.setup.n_macs);
	d.setup.macs = macs;
	d.setup.wifi = ports.lab.wifi;
	d.setup.n_wifi = ports.lab.n_wifi;
	r = dissect_frames(&d, notes, &frames, err);
	if (r == 0)
		(void)json_object_set_new(story, "frames", frames);
	return r;
}
