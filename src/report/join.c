/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which packet belongs to which phase, and how far the packets of a phase that fails came. */
#include "base/str.h"
#include "report/packets.h"
#include "report/phases.h"

static void add_proof(json_t *proofs, const json_t *expect, size_t frame, size_t phase)
{
	auto_free char *key =
		packets_place(expect, json_array_get(json_object_get(expect, "frames"), frame));

	if (!json_object_get(proofs, key))
		(void)json_object_set_new(proofs, key, json_integer((json_int_t)phase));
}

/*
 * "wifi:client-ap 43" of each frame that proves something -> the index of its phase. An expectation
 * that many frames match ("all come from far away") claims the first of them before others, which
 * may be what another phase is about.
 */
static json_t *proofs(const json_t *phases)
{
	json_t *out = json_object();
	const json_t *phase, *e;
	size_t i, j;

	for (int first = 1; first >= 0; first--)
		json_array_foreach(phases, i, phase) {
			json_array_foreach(json_object_get(phase, "expectations"), j, e) {
				size_t n = json_array_size(json_object_get(e, "frames"));

				if (json_is_true(json_object_get(e, "absent")))
					continue;
				for (size_t k = first ? 0 : 1; k < (first && n ? 1 : n); k++)
					add_proof(out, e, k, i);
			}
		}
	return out;
}

/* The phase's index, or SIZE_MAX. */
static size_t proved_by(const json_t *proofs, const json_t *journey)
{
	const json_t *hop, *found;
	size_t i;

	json_array_foreach(json_object_get(journey, "hops"), i, hop) {
		auto_free char *key = packets_place(hop, NULL);

		found = json_object_get(proofs, key);
		if (found)
			return (size_t)json_integer_value(found);
	}
	return SIZE_MAX;
}

/* A packet of which an ICMP error proves something belongs to the same phase. */
static size_t proved_by_error(const json_t *proofs, const json_t *journeys, const json_t *journey)
{
	const json_t *error = packets_by_id(journeys, json_object_get(journey, "answered_by"));

	return json_object_get(error, "error") ? proved_by(proofs, error) : SIZE_MAX;
}

static json_int_t begin_of(const json_t *journey)
{
	return json_integer_value(
		json_object_get(json_array_get(json_object_get(journey, "hops"), 0), "time_ns"));
}

/*
 * When the phase began; 0: it did not. The first that fails begins behind the last frame that
 * proves one before it, where none proves itself: what comes after that is how it fails.
 */
static json_int_t phase_begin(const json_t *phases, size_t i)
{
	const json_t *phase = json_array_get(phases, i);
	json_int_t begin = json_integer_value(json_object_get(phase, "begin_ns"));

	if (begin || phase != phases_failed(phases))
		return begin;
	for (size_t j = 0; j < i; j++) {
		json_int_t end =
			json_integer_value(json_object_get(json_array_get(phases, j), "end_ns"));

		if (end >= begin)
			begin = end + 1;
	}
	return begin;
}

/* The phase that began last before that time; the first one for what was before all. */
static size_t phase_at(const json_int_t *begins, size_t n, json_int_t time_ns)
{
	json_int_t latest = 0;
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (begins[i] && begins[i] <= time_ns && begins[i] >= latest) {
			latest = begins[i];
			found = i;
		}
	return found;
}

/* The hop at which it was seen last. */
static const json_t *last_hop(const json_t *journey)
{
	const json_t *hops = json_object_get(journey, "hops");

	return json_array_get(hops, json_array_size(hops) - 1);
}

static bool arrived(const json_t *journey)
{
	return str_eq(json_get_text(journey, "outcome", "delivered"), "delivered");
}

static void set_reached(json_t *phase, const json_t *journey)
{
	const json_t *hop = last_hop(journey);

	if (!hop)
		return;
	(void)json_object_set_new(phase, "reached",
				  json_pack("{s:O, s:s, s:s, s:O, s:s, s:s, s:s}", "journey",
					    json_object_get(journey, "id"), "at",
					    json_get_text(hop, "at", "?"), "node",
					    json_get_text(hop, "node", "?"), "frame",
					    json_object_get(hop, "frame"), "protocol",
					    json_get_text(journey, "protocol", ""), "what",
					    json_get_text(journey, "what", ""), "outcome",
					    json_get_text(journey, "outcome", "?")));
}

/*
 * The journey that tells most about a failure: of those that did not arrive the last, or else the
 * last of all. What the air itself carries (beacons) tells of no packet.
 */
static const json_t *telling(const json_t *phases, size_t failed, const json_t *journeys)
{
	const json_t *journey, *last = NULL, *last_lost = NULL;
	const char *name = json_get_text(json_array_get(phases, failed), "name", "");
	size_t i;

	json_array_foreach(journeys, i, journey) {
		if (str_eq(json_get_text(journey, "kind", ""), "air") ||
		    !str_eq(json_get_text(journey, "phase", ""), name))
			continue;
		last = journey;
		if (!arrived(journey))
			last_lost = journey;
	}
	return last_lost ? last_lost : last;
}

void phases_join(json_t *phases, json_t *journeys)
{
	size_t i, n = json_array_size(phases);
	auto_free json_int_t *begins = xcalloc(n + 1, sizeof(*begins));
	auto_json json_t *known = proofs(phases);
	json_t *journey, *phase;

	for (i = 0; i < n; i++)
		begins[i] = phase_begin(phases, i);
	json_array_foreach(journeys, i, journey) {
		size_t at = proved_by(known, journey);

		(void)json_object_set_new(journey, "proof", json_boolean(at != SIZE_MAX));
		if (at == SIZE_MAX)
			at = proved_by_error(known, journeys, journey);
		phase = json_array_get(
			phases, at != SIZE_MAX ? at : phase_at(begins, n, begin_of(journey)));
		(void)json_object_set(journey, "phase", json_object_get(phase, "name"));
		if (phase)
			(void)json_array_append(json_object_get(phase, "journeys"),
						json_object_get(journey, "id"));
	}
	json_array_foreach(phases, i, phase) {
		const char *verdict = json_get_text(phase, "verdict", "");
		const json_t *told = NULL;

		if (str_eq(verdict, "fails"))
			told = telling(phases, i, journeys);
		if (told)
			set_reached(phase, told);
	}
}
