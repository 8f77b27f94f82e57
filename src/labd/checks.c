/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan's checks in a guest: one line for its shell, and what that says. */
#include "labd/checks.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "labd/said.h"

#define DEADLINE_S (6 * 60)
/* Without a change for so long, and so many tries, nothing more is expected to come. */
#define QUIET_S 60
#define QUIET_KVM_S 20
#define QUIET_TRIES 5
/* A lab that has to be whole is given longer: twice as long, and as many tries as take minutes
 * where a try does not take a moment. */
#define WHOLE_TIMES 2
#define WHOLE_TRIES 60

/*
 * dies: says "! ..." of a service that was started five times since this line began, which its
 * supervisor does a second apart, with its last words. (One that waits for another one starts twice
 * or so.)
 */
static const char dies[] =
	"declare -A before\n"
	"starts() { mapfile -t lines <\"$1\"; n=${#lines[@]}; }\n"
	"for file in " PLAN_STARTS
	"*; do [ ! -e \"$file\" ] || { starts \"$file\"; before[$file]=$n; }; done\n"
	"dies() {\n"
	"\tlocal file\n"
	"\tfor file in " PLAN_STARTS "*; do\n"
	"\t\t[ -e \"$file\" ] && starts \"$file\" && [ $((n - ${before[$file]:-0})) -ge 5 ] || "
	"continue\n"
	"\t\tfile=${file#" PLAN_STARTS "}\n"
	"\t\techo \"! service '$file' ends again and again: $(tail -n 2 \"/var/log/$file.log\" | "
	"paste -sd ' ')\"\n"
	"\t\treturn\n"
	"\tdone\n"
	"\treturn 1\n"
	"}\n";

/*
 * Until every service that is to run has run for two seconds, since one that refuses its
 * configuration runs for a moment, too; tells meanwhile of one that does not.
 */
static const char services[] =
	"steady() {\n"
	"\tlocal line seconds\n"
	"\twhile read -r line; do\n"
	"\t\tseconds=${line##*) } seconds=${seconds%%s*}\n"
	"\t\t[[ $line = run:* && $seconds -ge 2 || $line = down:*'normally up' ]] || return\n"
	"\tdone <<<\"$1\"\n"
	"}\n"
	"shopt -s nullglob; set -- /etc/service/*\n"
	"until [ $# = 0 ] || { said=$(sv status \"$@\" 2>&1); steady \"$said\"; }; do\n"
	"\t! dies || exit 1\n"
	"\tprintf '%s\\n' \"$said\" | sed -n '/^run/!s/^/- /p' | tail -n 1\n"
	"\tread -rt 0.5 -u 9\n"
	"done\n"
	"shopt -u nullglob; set --\n";

/*
 * wait_for CHECK... : asks those that do not hold yet, round by round, says "+N" of each that does,
 * "~N why" of each that does not, and gives up on the others ("-N why") at the second $limit, or
 * else once nothing has changed for $quiet seconds and $tries rounds; empty: never. Between
 * two rounds it reads a pipe that never says anything, since what `sleep` costs an emulated guest
 * is more than what most checks do.
 */
static const char wait_for[] =
	"declare -A why; tried=0 since=$SECONDS seen= limit=\n"
	"over() {\n"
	"\tlocal now\n"
	"\tif [ \"$limit\" ]; then [ $SECONDS -ge $limit ]; return; fi\n"
	"\t[ \"$quiet\" ] || return\n"
	"\tnow=$(ip -4 route)\n"
	"\t[ \"$now\" = \"$seen\" ] || { seen=$now; tried=0 since=$SECONDS; }\n"
	"\t[ $((tried += 1)) -gt $tries ] && [ $((SECONDS - since)) -ge $quiet ]\n"
	"}\n"
	"wait_for() {\n"
	"\tlocal open=\"$*\" left i said\n"
	"\twhile [ \"$open\" ]; do\n"
	"\t\tleft=\n"
	"\t\tfor i in $open; do\n"
	"\t\t\tif said=$(c$i 2>&1); then\n"
	"\t\t\t\techo \"+$i\"; tried=0 since=$SECONDS\n"
	"\t\t\telse\n"
	"\t\t\t\tsaid=${said##*$'\\n'} why[$i]=${said:0:300}\n"
	"\t\t\t\techo \"~$i ${why[$i]}\"; left+=\" $i\"\n"
	"\t\t\tfi\n"
	"\t\tdone\n"
	"\t\topen=$left\n"
	"\t\t[ \"$open\" ] || return\n"
	"\t\tif over; then\n"
	"\t\t\tfor i in $open; do echo \"-$i ${why[$i]}\"; done\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\t[ ! \"$ready\" ] || ! dies || exit 1\n"
	"\t\tread -rt 1 -u 9\n"
	"\tdone\n"
	"}\n";

/* An author's own gets a shell of its own, which may not take it, and ends it in time. */
static void add_function(const struct plan_check *check, size_t i, struct str *out)
{
	str_addf(out, "c%zu() {\n", i);
	if (check->deadline_s) {
		str_addf(out, "timeout %u bash -c ", check->deadline_s);
		str_add_quoted(out, check->command);
		str_addf(out, " || { [ $? != 124 ] || echo 'it did not end within %u s'; false; }",
			 check->deadline_s);
	} else {
		str_adds(out, check->command);
	}
	str_adds(out, "\n}\n");
}

/*
 * Those of a scope: all together, or, where one is of use only after the one before, each by
 * itself. patient: the author's own deadlines count.
 */
static void add_waits(const struct plan_node *plan, enum plan_scope scope, bool patient,
		      struct str *out)
{
	bool together = scope == PLAN_SETTLED;

	str_adds(out, together ? "wait_for" : "");
	for (size_t i = 0; i < plan->n_checks; i++) {
		unsigned int deadline_s = plan->checks[i].deadline_s;

		if (plan->checks[i].scope != scope)
			continue;
		if (deadline_s)
			str_addf(out, "limit=$((SECONDS + %u))\n", patient ? deadline_s : 0);
		str_addf(out, together ? " %zu" : "wait_for %zu\nlimit=\n", i);
	}
	str_adds(out, together ? "\n" : "");
}

/* How long is asked: until nothing has changed for so long, and so many tries. */
struct patience {
	int quiet_s, tries;
	bool whole; /* what does not hold then is a failure */
};

/* What is about the node alone, where ready; then the rest. */
static void add_line(const struct plan_node *plan, bool ready, const struct patience *patience,
		     struct str *out)
{
	str_adds(out, "cd /; exec 9<> <(:)\n");
	str_adds(out, dies);
	str_adds(out, ready ? "ready=yes\n" : "ready=\n");
	str_adds(out, ready ? services : "");
	for (size_t i = 0; i < plan->n_checks; i++)
		add_function(&plan->checks[i], i, out);
	str_adds(out, wait_for);
	str_addf(out, "tries=%d quiet=\n", patience->tries);
	if (ready)
		add_waits(plan, PLAN_READY, false, out);
	str_addf(out, "quiet=%d tried=0 since=$SECONDS\n", patience->quiet_s);
	add_waits(plan, PLAN_SETTLED, ready, out);
	add_waits(plan, PLAN_WHOLE, ready, out);
}

/* The array becomes the node's. */
static void set_lacks(struct lab_node *node, json_t *lacks)
{
	json_t *before;

	(void)pthread_mutex_lock(&node->lab->lock);
	before = node->lacks;
	node->lacks = lacks;
	(void)pthread_mutex_unlock(&node->lab->lock);
	json_decref(before);
}

static void add_lack(const struct lab_node *node, const char *check, const char *why, json_t *lacks)
{
	log_info("node '%s': %s: does not hold: %s", node->plan->name, check, why);
	(void)json_array_append_new(lacks, json_pack("{s:s, s:s, s:o}", "node", node->plan->name,
						     "check", check, "why", json_text(why)));
}

void checks_unasked(struct lab_node *node, const char *why)
{
	json_t *lacks = json_array();

	add_lack(node, "can be asked", why, lacks);
	set_lacks(node, lacks);
}

/* What the node lacks, of those that were asked. */
static void keep(struct lab_node *node, const struct said_check *checks)
{
	json_t *lacks = json_array();

	for (size_t i = 0; i < node->plan->n_checks; i++)
		if (checks[i].state == SAID_MISSING)
			add_lack(node, node->plan->checks[i].name, checks[i].why, lacks);
	set_lacks(node, lacks);
}

/* The first that is in such a state, of those that were asked; NULL: none. */
static const struct plan_check *first_in(const struct plan_node *plan,
					 const struct said_check *checks, int state, bool ready)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if ((int)checks[i].state == state && (ready || plan->checks[i].scope != PLAN_READY))
			return &plan->checks[i];
	return NULL;
}

/* Where time is up, and all that makes the node ready holds: what was not answered is missing. */
static bool give_up(const struct plan_node *plan, struct said_check *checks, const char *last)
{
	const struct plan_check *open = first_in(plan, checks, SAID_NOTHING, true);

	if (!open || open->scope == PLAN_READY)
		return false;
	for (size_t i = 0; i < plan->n_checks; i++)
		if (checks[i].state == SAID_NOTHING)
			checks[i] = (struct said_check){ SAID_MISSING,
							 &plan->checks[i] == open
								 ? last
								 : "not asked: time was up" };
	return true;
}

/* The author's own deadlines come on top of ours. */
static int deadline_s(const struct plan_node *plan)
{
	unsigned int seconds = DEADLINE_S;

	for (size_t i = 0; i < plan->n_checks; i++)
		seconds += 2 * plan->checks[i].deadline_s;
	return (int)seconds;
}

/* The node is where it was, and waits for this; told where it is news. */
static void wait_on(const struct bring *bring, const char *detail)
{
	struct lab_node *node = bring->node;
	char text[sizeof(node->detail)];
	bool news;

	(void)snprintf(text, sizeof(text), "%s", detail);
	(void)pthread_mutex_lock(&node->lab->lock);
	news = !str_eq(node->detail, text);
	if (news)
		(void)snprintf(node->detail, sizeof(node->detail), "%s", text);
	(void)pthread_mutex_unlock(&node->lab->lock);
	if (news)
		bring->progress->stage(bring->progress->ctx, node, text);
}

/* What is waited for, and why it is not there yet, for who watches. */
static void hear(void *ctx, const char *text)
{
	const struct bring *bring = ctx;
	const struct lab_node *node = bring->node;
	auto_str struct str detail = { 0 };
	size_t check;
	auto_free char *why = said_waits(text, &check);

	if (why && check < node->plan->n_checks)
		str_addf(&detail, "%s%s", node->plan->checks[check].name, *why ? ": " : "");
	str_adds(&detail, why ? why : "");
	wait_on(bring, str_text(&detail));
}

/* bring: who hears of it; NULL: nobody. */
static int ask(struct lab_node *node, bool ready, const struct patience *patience,
	       const atomic_bool *cancel, const struct bring *bring, struct err *err)
{
	const struct plan_node *plan = node->plan;
	auto_free struct said_check *checks = xcalloc(plan->n_checks + 1, sizeof(*checks));
	auto_str struct str line = { 0 }, out = { 0 };
	int seconds = deadline_s(plan), status = 0, r;
	struct guest_command command = { .deadline = deadline_in_ms(seconds * 1000LL),
					 .cancel = cancel,
					 .heard = bring ? hear : NULL,
					 .ctx = (void *)(uintptr_t)bring };
	const struct plan_check *open;
	const char *last, *fatal;

	add_line(plan, ready, patience, &line);
	command.command = str_text(&line);
	r = guest_exec(node->guest, &command, &out, &status, err);
	last = said_checks(&out, checks, plan->n_checks, &fatal);
	if (r == -ETIMEDOUT && !patience->whole && give_up(plan, checks, last))
		r = 0;
	if (fatal)
		return err_set(err, EIO, "%.400s", fatal);
	open = first_in(plan, checks, SAID_NOTHING, ready);
	if (r == 0 && open)
		return err_set(err, EIO, "checks: the guest's shell ended with status %d: %.300s",
			       status, last);
	if (r == 0 && patience->whole)
		open = first_in(plan, checks, SAID_MISSING, ready);
	if (r == 0 && open && !open->deadline_s)
		return err_set(err, ETIMEDOUT,
			       "%s: does not hold, and nothing has changed for %d s: %.300s",
			       open->name, patience->quiet_s, last);
	if (r == -ETIMEDOUT || (r == 0 && open))
		return err_set(err, ETIMEDOUT, "%s: does not hold within %d s: %.300s",
			       open ? open->name : "services run",
			       open && open->deadline_s ? (int)open->deadline_s : seconds, last);
	if (r == 0)
		keep(node, checks);
	return r;
}

int checks_wait(const struct bring *bring, struct err *err)
{
	int quiet_s = bring->node->lab->kvm ? QUIET_KVM_S : QUIET_S;
	const struct patience patience = {
		.quiet_s = bring->whole ? WHOLE_TIMES * quiet_s : quiet_s,
		.tries = bring->whole ? WHOLE_TRIES : QUIET_TRIES,
		.whole = bring->whole,
	};

	return ask(bring->node, true, &patience, bring->cancel, bring, err);
}

int checks_ask(struct lab_node *node, const atomic_bool *cancel, struct err *err)
{
	const struct patience once = { .tries = 1 };

	return ask(node, false, &once, cancel, NULL, err);
}
