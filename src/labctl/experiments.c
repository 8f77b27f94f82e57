/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the experiments that came with labd the running lab can play, and all of these in turn.
 */
#include "labctl/experiments.h"

#include <string.h>

#include "base/clock.h"
#include "labctl/client.h"
#include "labctl/file.h"
#include "labctl/out.h"

#define COLUMNS 78

/* One that came with labd, as the lab sees it. */
struct offer {
	char *name;
	char *summary;  /* its first sentence */
	char *why;      /* it cannot be played here; NULL: it can */
	bool elsewhere; /* of the gallery, for the lab of its own name */
};

struct offers {
	struct offer *list;
	size_t n;
};

static void offers_free(struct offers *offers)
{
	for (size_t i = 0; i < offers->n; i++) {
		free(offers->list[i].name);
		free(offers->list[i].summary);
		free(offers->list[i].why);
	}
	free(offers->list);
}
AUTO_DEFINE(offers_auto, struct offers, offers_free)
#define auto_offers AUTO(offers_autop)

static char *first_sentence(const char *text)
{
	const char *end = text ? strstr(text, ". ") : NULL;

	return end ? xstrndup(text, (size_t)(end - text) + 1) : xstrdup(text ? text : "");
}

/* name becomes the offer's. */
static struct offer offer_of(const struct labctl *l, const struct topo *topo, char *name)
{
	auto_experiment struct experiment e = { 0 };
	struct offer offer = { .name = name };
	struct err err = ERR_INIT;

	offer.elsewhere = file_in_gallery(l, name) && !str_eq(name, topo->name);
	if (file_experiment_fits(l, name, topo, &e, &err) < 0)
		offer.why = xstrdup(err.msg);
	if (!e.name) /* as it is written, for its summary */
		(void)file_read_experiment(l, name, &e);
	offer.summary = first_sentence(e.description);
	return offer;
}

/* The exit code, with what is wrong printed. lab: what the lab is called, to be freed. */
static int find_offers(const struct labctl *l, struct offers *ret, char **lab)
{
	auto_place struct place place = PLACE_INIT;
	auto_topo struct topo topo = { 0 };
	struct err err = ERR_INIT;
	int r = place_find(l, &place, &err);
	char **names;
	size_t n;

	if (r < 0)
		return out_error(l, client_exit_code(r), &err);
	place_load(l, &place, &topo);
	*lab = xstrdup(place_name(&place));
	names = file_names(l, FILE_EXPERIMENT, &n);
	for (size_t i = 0; i < n; i++)
		*array_add(ret->list, ret->n) = offer_of(l, &topo, names[i]);
	free(names);
	return EXIT_DONE;
}

static bool is_played(const struct offer *offer)
{
	return !offer->why && !offer->elsewhere;
}

/* --- run --- */

/* At most that many bytes, at a blank. */
static char *cut(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return xstrdup(text);
	for (len = max - 2; len && text[len] != ' '; len--)
		;
	return xasprintf("%.*s ..", (int)len, text);
}

static void print_some(const struct offers *offers, bool played)
{
	size_t width = 0;

	for (size_t i = 0; i < offers->n; i++)
		if (strlen(offers->list[i].name) > width)
			width = strlen(offers->list[i].name);
	for (size_t i = 0; i < offers->n; i++) {
		const struct offer *offer = &offers->list[i];
		auto_free char *said = NULL;
		auto_free char *line = NULL;

		if (offer->elsewhere || is_played(offer) != played)
			continue;
		said = out_clean(played ? offer->summary : offer->why, false);
		line = played ? cut(said, COLUMNS - width - 4) : take_ptr(said);
		printf("  %-*s  %s\n", (int)width, offer->name, line);
	}
}

static size_t count(const struct offers *offers, bool played)
{
	size_t n = 0;

	for (size_t i = 0; i < offers->n; i++)
		n += !offers->list[i].elsewhere && is_played(&offers->list[i]) == played;
	return n;
}

static json_t *offers_json(const struct offers *offers, const char *lab)
{
	json_t *list = json_array();

	for (size_t i = 0; i < offers->n; i++) {
		const struct offer *offer = &offers->list[i];

		(void)json_array_append_new(
			list, json_pack("{s:o, s:o, s:b, s:b, s:o}", "name", json_text(offer->name),
					"summary", json_text(offer->summary), "fits", !offer->why,
					"of_another_lab", offer->elsewhere, "why",
					json_text(offer->why)));
	}
	return json_pack("{s:s, s:o}", "lab", lab, "experiments", list);
}

int experiments_list(const struct labctl *l)
{
	auto_offers struct offers offers = { 0 };
	auto_json json_t *answer = NULL;
	auto_free char *lab = NULL;
	size_t elsewhere = 0;
	int code = find_offers(l, &offers, &lab);

	if (code != EXIT_DONE)
		return code;
	if (l->json) {
		answer = offers_json(&offers, lab);
		out_json(answer, false);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < offers.n; i++)
		elsewhere += offers.list[i].elsewhere;
	printf("labctl run EXPERIMENT, or all, in lab '%s':\n", lab);
	print_some(&offers, true);
	if (!count(&offers, true))
		printf("  none; labctl help experiment   how to write one for this lab\n");
	if (count(&offers, false))
		printf("not in this lab:\n");
	print_some(&offers, false);
	printf("and %zu of the gallery, each for the lab of its name: labctl help gallery\n",
	       elsewhere);
	return EXIT_DONE;
}

/* --- run all --- */

static int worse(int a, int b)
{
	static const int order[] = { EXIT_DONE, EXIT_NOT_JUDGED, EXIT_LAB_FAILED };
	size_t ia = ARRAY_SIZE(order), ib = ARRAY_SIZE(order);

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		ia = order[i] == a ? i : ia;
		ib = order[i] == b ? i : ib;
	}
	return ib > ia ? b : a;
}

/* After which there is no next one. */
static bool is_end(int code)
{
	return code != EXIT_DONE && code != EXIT_NOT_JUDGED && code != EXIT_LAB_FAILED &&
	       code != EXIT_INVALID;
}

static void print_all(const struct labctl *l, json_t *runs)
{
	auto_json json_t *answer = json_pack("{s:O}", "all", runs);
	auto_out_table struct table t = { .columns = 4 };
	const json_t *one;
	size_t i;

	if (l->json) {
		out_json(answer, true);
		return;
	}
	out_table_row(&t, "EXPERIMENT", "OUTCOME", "TIME", "RUN");
	json_array_foreach(runs, i, one) {
		char time[24];

		out_duration(time, json_number_value(json_object_get(one, "seconds")));
		out_table_row(&t, json_get_text(one, "experiment", "?"),
			      json_get_text(one, "outcome", "-"), time,
			      json_get_text(one, "run", "-"));
	}
	printf("\n");
	out_table_print(&t, stdout);
}

int experiments_all(struct labctl *l, const struct args *a,
		    int (*run)(struct labctl *l, const struct args *a, const char *name,
			       json_t **result))
{
	auto_offers struct offers offers = { 0 };
	auto_json json_t *runs = json_array();
	auto_free char *lab = NULL;
	int code = find_offers(l, &offers, &lab), all = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE && !is_end(all) && i < offers.n; i++) {
		const struct offer *offer = &offers.list[i];
		auto_json json_t *result = NULL;
		int64_t begin = clock_mono_ns();
		int one;

		if (!is_played(offer))
			continue;
		if (!l->json)
			fprintf(stderr, "%s%s:\n", json_array_size(runs) ? "\n" : "", offer->name);
		one = run(l, a, offer->name, &result);
		(void)json_array_append_new(
			runs,
			json_pack("{s:s, s:i, s:s?, s:s?, s:f}", "experiment", offer->name, "exit",
				  one, "outcome", json_get_text(result, "outcome", NULL), "run",
				  json_get_text(result, "run", NULL), "seconds",
				  (double)(clock_mono_ns() - begin) / NS_PER_S));
		all = is_end(one) ? one : worse(all, one);
	}
	if (code != EXIT_DONE)
		return code;
	print_all(l, runs);
	return all;
}
