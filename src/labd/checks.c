/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan's checks in a guest: one line for its shell, and what that says. */
#include "labd/checks.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "labd/said.h"

#define DEADLINE_MS (6 * 60000)
/* Without a change for so long, and so many tries, nothing more is expected to come. */
#define QUIET_S 60
#define QUIET_KVM_S 20
#define QUIET_TRIES 5

/*
 * dies: says "! ..." of a service that was started five times, which its supervisor does a second
 * apart, with its last words. (One that waits for another one starts twice or so.)
 */
static const char dies[] =
	"dies() {\n"
	"\tlocal file started\n"
	"\tfor file in " PLAN_STARTS "*; do\n"
	"\t\tmapfile -t started <\"$file\"\n"
	"\t\t[ ${#started[@]} -ge 5 ] || continue\n"
	"\t\tfile=${file#" PLAN_STARTS "}\n"
	"\t\techo \"! service '$file' ends again and again: $(tail -n 2 \"/var/log/$file.log\" | "
	"paste -sd ' ')\"\n"
	"\t\treturn\n"
	"\tdone\n"
	"\treturn 1\n"
	"}\n";

/*
 * Until every service has run for two seconds, since one that refuses its configuration runs for a
 * moment, too; tells meanwhile of one that does not.
 */
static const char services[] =
	"steady() {\n"
	"\tlocal line seconds\n"
	"\twhile read -r line; do\n"
	"\t\tseconds=${line##*) } seconds=${seconds%%s*}\n"
	"\t\t[[ $line = run:* && $seconds -ge 2 ]] || return\n"
	"\tdone <<<\"$1\"\n"
	"}\n"
	"shopt -s nullglob; set -- /etc/service/*\n"
	"until [ $# = 0 ] || { why=$(sv status \"$@\" 2>&1) && steady \"$why\"; }; do\n"
	"\t! dies || exit 1\n"
	"\tprintf '%s\\n' \"$why\" | sed -n '/^run/!s/^/- /p' | tail -n 1\n"
	"\tread -rt 0.5 -u 9\n"
	"done\n"
	"shopt -u nullglob; set --\n";

/*
 * wait_for CHECK... : asks those that do not hold yet, round by round, says "+N" of each that does,
 * and gives up on the others ("-N why") once nothing has changed for $quiet seconds and $tries
 * rounds; $quiet empty: never. Between two rounds it reads a pipe that never says anything, since
 * what `sleep` costs an emulated guest is more than what most checks do.
 */
static const char wait_for[] =
	"declare -A why; tried=0 since=$SECONDS seen=\n"
	"wait_for() {\n"
	"\tlocal open=\"$*\" left i now\n"
	"\twhile [ \"$open\" ]; do\n"
	"\t\tleft=\n"
	"\t\tfor i in $open; do\n"
	"\t\t\tif why[$i]=$(c$i 2>&1); then\n"
	"\t\t\t\techo \"+$i\"; tried=0 since=$SECONDS\n"
	"\t\t\telse\n"
	"\t\t\t\techo \"- ${why[$i]##*$'\\n'}\"; left+=\" $i\"\n"
	"\t\t\tfi\n"
	"\t\tdone\n"
	"\t\topen=$left\n"
	"\t\tif [ \"$open\" ] && [ \"$quiet\" ]; then\n"
	"\t\t\tnow=$(ip -4 route)\n"
	"\t\t\t[ \"$now\" = \"$seen\" ] || { seen=$now; tried=0 since=$SECONDS; }\n"
	"\t\t\tif [ $((tried += 1)) -gt $tries ] && [ $((SECONDS - since)) -ge $quiet ]; then\n"
	"\t\t\t\tfor i in $open; do echo \"-$i ${why[$i]##*$'\\n'}\"; done\n"
	"\t\t\t\treturn\n"
	"\t\t\tfi\n"
	"\t\tfi\n"
	"\t\t[ ! \"$ready\" ] || ! dies || exit 1\n"
	"\t\t[ ! \"$open\" ] || read -rt 1 -u 9\n"
	"\tdone\n"
	"}\n";

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
		if (plan->checks[i].scope != scope)
			continue;
		if (patient && plan->checks[i].deadline_s)
			str_addf(out, "tried=0 since=$SECONDS quiet=%u\n",
				 plan->checks[i].deadline_s);
		str_addf(out, together ? " %zu" : "wait_for %zu\n", i);
	}
	str_adds(out, together ? "\n" : "");
}

/* quiet_s < 0: what is not about the node alone must hold, too. */
static void add_line(const struct plan_node *plan, bool ready, int quiet_s, int tries,
		     struct str *out)
{
	str_adds(out, "cd /; exec 9<> <(:)\n");
	str_adds(out, dies);
	str_adds(out, ready ? "ready=yes\n" : "ready=\n");
	str_adds(out, ready ? services : "");
	for (size_t i = 0; i < plan->n_checks; i++)
		str_addf(out, "c%zu() {\n%s\n}\n", i, plan->checks[i].command);
	str_adds(out, wait_for);
	str_addf(out, "tries=%d quiet=\n", tries);
	if (ready)
		add_waits(plan, PLAN_READY, false, out);
	if (quiet_s >= 0)
		str_addf(out, "quiet=%d tried=0 since=$SECONDS\n", quiet_s);
	add_waits(plan, PLAN_SETTLED, false, out);
	add_waits(plan, PLAN_WHOLE, ready && quiet_s >= 0, out);
}

/* What the node lacks, of those that were asked. */
static void keep(struct lab_node *node, const struct said_check *checks)
{
	json_t *lacks = json_array(), *before;

	for (size_t i = 0; i < node->plan->n_checks; i++)
		if (checks[i].state == SAID_MISSING) {
			log_info("node '%s': %s: does not hold: %s", node->plan->name,
				 node->plan->checks[i].name, checks[i].why);
			(void)json_array_append_new(
				lacks, json_pack("{s:s, s:s, s:o}", "node", node->plan->name,
						 "check", node->plan->checks[i].name, "why",
						 json_text(checks[i].why)));
		}
	(void)pthread_mutex_lock(&node->lab->lock);
	before = node->lacks;
	node->lacks = lacks;
	(void)pthread_mutex_unlock(&node->lab->lock);
	json_decref(before);
}

/* The first that was not said to hold or to be missing, or NULL. */
static const struct plan_check *unanswered(const struct plan_node *plan,
					   const struct said_check *checks, bool ready)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (checks[i].state == SAID_NOTHING &&
		    (ready || plan->checks[i].scope != PLAN_READY))
			return &plan->checks[i];
	return NULL;
}

static int ask(struct lab_node *node, bool ready, int quiet_s, int tries, const atomic_bool *cancel,
	       struct err *err)
{
	const struct plan_node *plan = node->plan;
	auto_free struct said_check *checks = xcalloc(plan->n_checks + 1, sizeof(*checks));
	auto_str struct str line = { 0 }, out = { 0 };
	struct guest_command command = { .deadline = deadline_in_ms(DEADLINE_MS),
					 .cancel = cancel };
	const struct plan_check *open;
	const char *last, *fatal;
	int status = 0, r;

	add_line(plan, ready, quiet_s, tries, &line);
	command.command = str_text(&line);
	r = guest_exec(node->guest, &command, &out, &status, err);
	last = said_checks(&out, checks, plan->n_checks, &fatal);
	open = unanswered(plan, checks, ready);
	if (fatal)
		r = err_set(err, EIO, "%.400s", fatal);
	else if (r == 0 && !open)
		keep(node, checks);
	else if (r == -ETIMEDOUT)
		r = err_set(err, ETIMEDOUT, "%s: does not hold within %d s: %s",
			    open ? open->name : "services run", DEADLINE_MS / 1000, last);
	else if (r == 0)
		r = err_set(err, EIO, "checks: the guest's shell ended with status %d: %.300s",
			    status, last);
	return r;
}

int checks_wait(const struct bring *bring, struct err *err)
{
	int quiet_s = bring->node->lab->kvm ? QUIET_KVM_S : QUIET_S;

	return ask(bring->node, true, bring->whole ? -1 : quiet_s, QUIET_TRIES, bring->cancel, err);
}

int checks_ask(struct lab_node *node, const atomic_bool *cancel, struct err *err)
{
	return ask(node, false, 0, 1, cancel, err);
}
