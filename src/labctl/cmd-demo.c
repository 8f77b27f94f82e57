/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl demo: what labd is for, in one command; it stands for five that a user could type. */
#include <errno.h>
#include <signal.h>

#include "base/str.h"
#include "labctl/file.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"
#include "run/runs.h"

#define TOPOLOGY "school"
#define LAB "demo" /* so that a lab called as its topology, which runs already, is left alone */
#define EXPERIMENT "fetch"

/* `labctl WORD [OPERAND] [--option value]`; operand and option may be NULL. */
static int step(struct labctl *l, const char *word, const char *operand, const char *option,
		const char *value)
{
	const char *operands[] = { operand, NULL };
	struct arg given = { .name = option, .value = value };
	const struct args a = { .command = command_find(l->table, word),
				.options = &given,
				.n_options = option ? 1 : 0,
				.operands = operands,
				.n_operands = operand ? 1 : 0 };
	auto_free char *shown = NULL;
	int code;

	shown = out_clean(operand ? operand : "", false);
	if (!l->json)
		printf("\n$ labctl %s%s%s\n", word, operand ? " " : "", shown);
	(void)fflush(stdout);
	code = a.command->run(l, &a);
	(void)fflush(stdout);
	return code;
}

/* Whether a signal came while nobody looked; from here on one ends us, as nothing is left to take
 * down. */
static bool interrupted(int signals)
{
	bool end = interrupt_take(signals).end;
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	return end;
}

static void print_next(const char *topology_given, const char *folder)
{
	auto_free char *topology = out_clean(topology_given, false);
	auto_free char *run = out_clean(folder, false);

	printf("\nWhat happened, for the browser: %s/report.html\n"
	       "The captures are in %s:\n"
	       "  one pcapng file for each port, and all of them in all.pcapng, TLS keys inside\n"
	       "\n"
	       "What to try next:\n"
	       "  xdg-open %s/report.html\n"
	       "  labctl story                          the same as text\n"
	       "  labctl open                           the same in Wireshark\n"
	       "  labctl up %-26s  bring the lab up again\n"
	       "  labctl run " EXPERIMENT " --tls 1.2-rsa        the page over older TLS\n"
	       "  labctl ssh client                     a shell on node 'client'\n"
	       "  labctl link --help                    make a cable slow or lossy, or cut it\n"
	       "  labctl down\n",
	       run, run, run, topology);
}

/* The lab is up: whatever comes of the run, it goes down. */
static int use(struct labctl *l, int signals, char **run)
{
	struct err err = ERR_INIT;
	int code, down;

	code = runs_new(l->paths.runs, l->lab, EXPERIMENT, run, &err) < 0
		       ? out_error(l, EXIT_FAILED, &err)
		       : step(l, "run", EXPERIMENT, "out", *run);
	down = step(l, "down", NULL, NULL, NULL);
	if (code == EXIT_DONE && interrupted(signals))
		code = EXIT_INTERRUPTED;
	return code != EXIT_DONE ? code : down;
}

/* Before minutes are spent on a lab that the experiment would refuse. */
static int check_topology(const struct labctl *l, const char *word)
{
	auto_experiment struct experiment e = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_free char *path = NULL;
	struct err err = ERR_INIT, why = ERR_INIT;
	int code = file_load_topology(l, word, &topo, &path);

	if (code != EXIT_DONE || file_experiment_fits(l, EXPERIMENT, &topo, &e, &why) == 0)
		return code;
	(void)err_set(&err, EINVAL,
		      "'%s': the experiment '" EXPERIMENT
		      "' cannot be run there; `labctl up %s` brings it up without: %s",
		      word, word, why.msg);
	return out_error(l, EXIT_INVALID, &err);
}

int cmd_demo(struct labctl *l, const struct args *a)
{
	const char *topology = a->n_operands ? a->operands[0] : TOPOLOGY;
	auto_close int signals = -1;
	auto_free char *run = NULL;
	struct err err = ERR_INIT;
	int code;

	code = check_topology(l, topology);
	if (code != EXIT_DONE)
		return code;
	l->lab = args_get(a, "name") ? args_get(a, "name") : LAB;
	if (step(l, "doctor", NULL, NULL, NULL) != EXIT_DONE)
		return EXIT_MACHINE;
	signals = interrupt_open(&err);
	if (signals < 0)
		return out_error(l, EXIT_FAILED, &err);
	code = step(l, "up", topology, "name", l->lab);
	if (code == EXIT_DONE)
		code = use(l, signals, &run);
	if (code == EXIT_DONE)
		code = step(l, "report", run, NULL, NULL);
	if (code == EXIT_DONE && !l->json)
		print_next(topology, run);
	return code;
}
