/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An assignment, told: to the student, and to whoever marks. */
#include "labctl/handout.h"
#include "labctl/out.h"

static json_t *text_json(const char *en, const char *ko)
{
	return json_pack("{s:o, s:o}", "en", json_text(en ? en : ""), "ko", json_text(ko));
}

static json_t *faults_json(const struct handout *handout)
{
	json_t *list = json_array();

	for (size_t i = 0; i < handout->n_faults; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:o}", "name", handout->faults[i].name, "text",
					text_json(handout->faults[i].description,
						  handout->faults[i].description_ko)));
	return list;
}

json_t *handout_to_json(const struct handout *handout, bool key)
{
	const struct assignment *of = &handout->assignment;
	json_t *goals = json_array();

	for (size_t i = 0; i < of->n_goals; i++) {
		const struct experiment_phase *phase = handout_phase(handout, of->goals[i].phase);

		(void)json_array_append_new(
			goals, json_pack("{s:s, s:i, s:o}", "phase", of->goals[i].phase, "points",
					 (int)of->goals[i].points, "title",
					 text_json(phase->title.en, phase->title.ko)));
	}
	return json_pack("{s:s, s:o, s:s, s:s?, s:o, s:o, s:o, s:i, s:i, s:o}", "assignment",
			 of->name, "file", json_text(handout->path), "lab", handout->topo.name,
			 "deadline", of->deadline, "title", text_json(of->title.en, of->title.ko),
			 "task", text_json(of->task.en, of->task.ko), "goals", goals, "hints",
			 (int)of->n_hints, "varies", (int)handout->topo.n_varies, "faults",
			 key ? faults_json(handout) : json_null());
}

static void print_clean(const char *text, const char *end)
{
	auto_free char *clean = out_clean(text ? text : "", false);

	printf("%s%s", clean, end);
}

void handout_tell(const struct handout *handout, const char *lang)
{
	const struct assignment *of = &handout->assignment;
	bool ko = str_eq(lang, "ko");

	print_clean(assignment_words(&of->title, lang), "\n\n");
	print_clean(assignment_words(&of->task, lang), "\n\n");
	for (size_t i = 0; i < of->n_goals; i++) {
		const struct experiment_phase *phase = handout_phase(handout, of->goals[i].phase);

		printf("  %3u %s  ", of->goals[i].points, ko ? "점" : "points");
		print_clean(ko && phase->title.ko ? phase->title.ko : phase->title.en, "\n");
	}
	if (of->deadline)
		printf("%s %s\n", ko ? "마감" : "until", of->deadline);
}

void handout_tell_faults(const struct handout *handout, const char *lang)
{
	for (size_t i = 0; i < handout->n_faults; i++) {
		const struct experiment *fault = &handout->faults[i];
		bool ko = str_eq(lang, "ko") && fault->description_ko;

		printf("  ! %s: ", fault->name);
		print_clean(ko ? fault->description_ko : fault->description, "\n");
	}
}
