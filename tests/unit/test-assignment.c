/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Assignments as they are read and handed out, and what a story is worth.
 * Covers: src/course/assignment.c src/course/marks.c src/course/roster.c
 */
#include "course/marks.h"
#include "course/roster.h"
#include "lib/tests.h"

#define HEAD "<title>T</title><task>Mend it.</task><topology href='lab.xml'/>"
#define CHECK                                                                         \
	"<check href='check.xml'><goal phase='there' points='2'/><goal phase='back' " \
	"points='3'/></check>"

static int load(const char *text, struct assignment *ret, struct str *said)
{
	auto_free char *schema = source_path("topologies");
	auto_free char *path = xasprintf("%s/a.xml", folder);
	auto_xml_problems struct xml_problems problems = { 0 };
	struct err err = ERR_INIT;
	int r;

	assert_int_equal(io_write_file(path, text, strlen(text), 0600, &err), 0);
	r = assignment_load(path, schema, ret, &problems, &err);
	xml_problems_print(&problems, NULL, said);
	return r;
}

static const struct row {
	const char *name, *body, *problem; /* NULL: it is valid */
} rows[] = {
	{ "valid", HEAD CHECK, NULL },
	{ "with all", HEAD CHECK "<fault href='f.xml'/><hint><text>Look.</text></hint>", NULL },
	{ "no task", "<title>T</title><topology href='lab.xml'/>" CHECK, "'task'" },
	{ "no check", HEAD, "'check'" },
	{ "no goal", HEAD "<check href='check.xml'/>", "'goal'" },
	{ "no points", HEAD "<check href='c.xml'><goal phase='a' points='0'/></check>", "points" },
	{ "a goal twice",
	  HEAD
	  "<check href='c.xml'><goal phase='a' points='1'/><goal phase='a' points='1'/></check>",
	  "'a' is a goal already" },
	{ "a file elsewhere", HEAD CHECK "<fault href='../f.xml'/>",
	  "a file in this one's folder" },
	{ "an absolute path", HEAD CHECK "<fault href='/etc/passwd'/>",
	  "a file in this one's folder" },
	{ "a hint without words", HEAD CHECK "<hint/>", "'text'" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_free char *text = xasprintf("<assignment name='a'>%s</assignment>", row->body);
	auto_assignment struct assignment assignment = { 0 };
	auto_str struct str said = { 0 };

	assert_int_equal(load(text, &assignment, &said), row->problem ? -EINVAL : 0);
	if (row->problem && !strstr(str_text(&said), row->problem))
		fail_msg("%s", str_text(&said));
}

static void test_deadline(void **state)
{
	auto_assignment struct assignment assignment = { 0 }, wrong = { 0 };
	auto_str struct str said = { 0 };

	(void)state;
	assert_int_equal(
		load("<assignment name='a' deadline='2026-12-20T18:00:00+09:00'>" HEAD CHECK
		     "</assignment>",
		     &assignment, &said),
		0);
	assert_string_equal(assignment.deadline, "2026-12-20T18:00:00+09:00");
	assert_int_equal(load("<assignment name='a' deadline='tomorrow'>" HEAD CHECK
			      "</assignment>",
			      &wrong, &said),
			 -EINVAL);
	assert_non_null(strstr(str_text(&said), "a time with its offset"));
}

static void test_languages(void **state)
{
	auto_assignment struct assignment assignment = { 0 };
	auto_str struct str said = { 0 };

	(void)state;
	assert_int_equal(load("<assignment name='a'>" HEAD
			      "<task xml:lang='ko'>고쳐라.</task>" CHECK "</assignment>",
			      &assignment, &said),
			 0);
	assert_string_equal(assignment_words(&assignment.task, "ko"), "고쳐라.");
	assert_string_equal(assignment_words(&assignment.task, "en"), "Mend it.");
	assert_string_equal(assignment_words(&assignment.title, "ko"), "T");
}

/* One fault of three is left, and the files are the student's. */
static void test_hand_out(void **state)
{
	const char *text = "<assignment name='a'>" HEAD "<fault href='x.xml'/>" CHECK
			   "<fault href='y.xml'/><fault href='z.xml'/></assignment>";
	auto_assignment struct assignment own = { 0 }, whole = { 0 };
	auto_str struct str out = { 0 }, sound = { 0 }, said = { 0 };

	(void)state;
	assert_int_equal(assignment_hand_out(text, "a", "t.xml", "c.xml", "f.xml", &out, NULL), 0);
	assert_int_equal(load(str_text(&out), &own, &said), 0);
	assert_int_equal(own.n_faults, 1);
	assert_string_equal(own.faults[0], "f.xml");
	assert_string_equal(own.topology, "t.xml");
	assert_string_equal(own.check, "c.xml");
	assert_int_equal(own.n_goals, 2);
	assert_int_equal(assignment_hand_out(text, "a", "t.xml", "c.xml", NULL, &sound, NULL), 0);
	assert_int_equal(load(str_text(&sound), &whole, &said), 0);
	assert_int_equal(whole.n_faults, 0);
}

/* --- marks --- */

#define PHASE(name, verdict, more)                                                           \
	"{\"name\":\"" name "\",\"title\":{\"en\":\"T\",\"ko\":null},\"verdict\":\"" verdict \
	"\"" more "}"
#define NEAREST                                                                                 \
	",\"expectations\":[{\"name\":\"x\",\"verdict\":\"holds\"},{\"name\":\"y\",\"at\":\"n:" \
	"eth0\","                                                                               \
	"\"verdict\":\"fails\",\"detail\":\"no frame\",\"nearest\":{\"frame\":7}}]"
#define REACHED                                                                                  \
	",\"expectations\":[{\"name\":\"y\",\"at\":\"n:eth0\",\"verdict\":\"fails\",\"detail\":" \
	"\"no "                                                                                  \
	"frame\",\"nearest\":null}],\"reached\":{\"at\":\"m:eth1\",\"frame\":9}"

static const struct marks_row {
	const char *name, *phases, *verdict;
	int points;
	const char *first; /* its phase; NULL: all hold */
	const char *at;
	int frame;
} marks_rows[] = {
	{ "all", PHASE("there", "holds", "") "," PHASE("back", "holds", ""), "holds", 5, NULL, NULL,
	  0 },
	{ "the second fails", PHASE("there", "holds", "") "," PHASE("back", "fails", NEAREST),
	  "fails", 2, "back", "n:eth0", 7 },
	{ "where the packets ended",
	  PHASE("there", "fails", REACHED) "," PHASE("back", "not-reached", ""), "fails", 0,
	  "there", "m:eth1", 9 },
	{ "the first fails alone", PHASE("there", "fails", NEAREST) "," PHASE("back", "holds", ""),
	  "fails", 3, "there", "n:eth0", 7 },
	{ "nobody can say", PHASE("there", "not-judged", "") "," PHASE("back", "holds", ""),
	  "not-judged", 3, "there", NULL, 0 },
	{ "skipped is not reached", PHASE("there", "skipped", "") "," PHASE("back", "holds", ""),
	  "not-judged", 3, "there", NULL, 0 },
	{ "a phase is missing", PHASE("back", "holds", ""), "not-judged", 3, "there", NULL, 0 },
	{ "others do not count",
	  PHASE("x", "fails", "") "," PHASE("there", "holds", "") "," PHASE("back", "holds", ""),
	  "holds", 5, NULL, NULL, 0 },
	{ "nothing", "", "not-judged", 0, "there", NULL, 0 },
};

static void test_marks(void **state)
{
	const struct marks_row *row = *state;
	struct assignment_goal goals[] = { { (char[]){ "there" }, 2 }, { (char[]){ "back" }, 3 } };
	const struct assignment assignment = { .name = (char[]){ "a" },
					       .goals = goals,
					       .n_goals = 2 };
	auto_free char *text = xasprintf("{\"phases\":[%s]}", row->phases);
	auto_json json_t *story = json_loads(text, 0, NULL), *marks = NULL;
	const json_t *first;

	assert_non_null(story);
	marks = marks_count(&assignment, story);
	assert_non_null(marks);
	first = json_object_get(marks, "first");
	assert_string_equal(json_get_text(marks, "verdict", ""), row->verdict);
	assert_int_equal(json_get_int(marks, "points", -1), row->points);
	assert_int_equal(json_get_int(marks, "of", -1), 5);
	assert_true(str_eq(json_get_text(first, "phase", NULL), row->first));
	assert_true(str_eq(json_get_text(first, "at", NULL), row->at));
	assert_int_equal(json_get_int(first, "frame", 0), row->frame);
}

/* --- who is in a class --- */

static const struct roster_row {
	const char *name, *text;
	size_t n;            /* 0: it is refused */
	const char *problem; /* NULL: none */
} roster_rows[] = {
	{ "names", "kim\nlee\n", 2, NULL },
	{ "a table", "Student,Name\r\nkim,Kim Minji\r\nlee,Lee\r\n", 2, NULL },
	{ "remarks", "# 2026\n\nkim\n", 1, NULL },
	{ "somebody called student", "kim\nstudent\n", 2, NULL },
	{ "a byte order mark", "\xef\xbb\xbfstudent;name\r\nkim;Kim\r\n", 1, NULL },
	{ "in quotes", "\"kim\",\"Kim, Minji\"\n\"lee\"\n", 2, NULL },
	{ "a line without its end", "kim\r\nlee\r", 2, NULL },
	{ "nobody", "student\n", 0, "no student" },
	{ "half a quote", "\"kim\n", 0, "line 1: '\"kim' is no name" },
	{ "carriage returns alone", "kim,Kim\rlee,Lee\r", 0, "line 1: has a carriage return" },
	{ "twice", "kim\nKim\n", 0, "line 2: 'Kim' is there already" },
	{ "a path", "kim\n../lee\n", 0, "line 2: '../lee' is no name" },
	{ "a blank", "kim minji\n", 0, "line 1: 'kim minji' is no name" },
};

static void test_roster(void **state)
{
	const struct roster_row *row = *state;
	auto_roster struct roster roster = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(roster_parse(row->text, &roster, &err), row->problem ? -EINVAL : 0);
	assert_int_equal(roster.n, row->n);
	if (row->problem && !strstr(err.msg, row->problem))
		fail_msg("%s", err.msg);
}

static void test_claims(void **state)
{
	auto_roster struct roster roster = { 0 };

	(void)state;
	assert_int_equal(roster_parse("kim\nkim.minji\nlee\n", &roster, NULL), 0);
	assert_string_equal(roster_claims(&roster, "in/kim.labd"), "kim");
	assert_string_equal(roster_claims(&roster, "kim"), "kim");
	assert_string_equal(roster_claims(&roster, "in/kim//"), "kim");
	assert_string_equal(roster_claims(&roster, "in/KIM.LABD"), "kim");
	assert_null(roster_claims(&roster, ""));
	assert_null(roster_claims(&roster, "/"));
	assert_string_equal(roster_claims(&roster, "kim.minji.labd"), "kim.minji");
	assert_null(roster_claims(&roster, "kimchi.labd"));
	assert_null(roster_claims(&roster, "lee/other.labd"));
}

int main(void)
{
	ADD_ROWS(roster_rows, test_roster);
	ADD_TEST(test_claims);
	ADD_ROWS_LIKE(rows, FOLDER_TEST(test_row));
	const struct CMUnitTest more[] = { FOLDER_TEST(test_deadline), FOLDER_TEST(test_languages),
					   FOLDER_TEST(test_hand_out) };
	ADD_TESTS(more);
	ADD_ROWS(marks_rows, test_marks);
	return run_added("assignment", NULL, NULL);
}
