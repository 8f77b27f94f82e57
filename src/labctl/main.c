/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl: the command to bring labs up, use them, and take them down. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/commit.h"
#include "base/str.h"
#include "labctl/extcap.h"
#include "labctl/labctl.h"
#include "labctl/out.h"
#include "labctl/place.h"

static int wrong_usage(const struct labctl *l, const struct args *a, const struct err *err)
{
	int code = out_error(l, EXIT_USAGE, err);

	fprintf(stderr, "labctl: see `labctl %s%s--help`\n", a->command ? a->command->name : "",
		a->command ? " " : "");
	return code;
}

static int no_command(const struct labctl *l, const struct args *a, struct err *err)
{
	const char *near = a->unknown ? command_nearest(l->table, a->unknown) : NULL;
	const char *advice = a->unknown ? command_advice(a->unknown) : NULL;

	if (!a->unknown)
		(void)err_set(err, EINVAL, "no command given");
	else if (advice)
		(void)err_set(err, EINVAL, "no command '%s' here: %s", a->unknown, advice);
	else if (near)
		(void)err_set(err, EINVAL, "there is no command '%s'; did you mean '%s'?",
			      a->unknown, near);
	else
		(void)err_set(err, EINVAL, "there is no command '%s'", a->unknown);
	return wrong_usage(l, a, err);
}

static int help(struct labctl *l, const struct args *a)
{
	struct err err = ERR_INIT;

	help_tell(l, a->command);
	if (a->command && !l->json && a->command->more_help && a->n_operands &&
	    paths_find(&l->paths, &err) == 0)
		a->command->more_help(l, a);
	return EXIT_DONE;
}

/* Labs that ended by themselves since the last command: nobody else says so. */
static void tell_news(const struct labctl *l)
{
	auto_str struct str news = { 0 };
	auto_free char *text = NULL;
	char *rest, *line;

	place_news(l, &news);
	text = out_clean(str_text(&news), true);
	rest = text;
	while (rest && *rest && (line = strsep(&rest, "\n")))
		fprintf(stderr, "labctl: %s\n", line);
}

static int dispatch(struct labctl *l, int argc, char **argv)
{
	auto_args struct args a = { .table = l->table };
	struct err err = ERR_INIT;
	int r = args_parse(argc, argv, &a, &err);

	l->json = args_get(&a, "json");
	l->lab = args_get(&a, "lab");
	if (!l->lab)
		l->lab = getenv("LABCTL_LAB");
	if (l->lab && !l->lab[0])
		l->lab = NULL;
	if (a.unknown)
		return no_command(l, &a, &err);
	if (args_get(&a, "help"))
		return help(l, &a);
	if (args_get(&a, "version")) {
		if (l->json)
			printf("{\"version\":\"%s\",\"commit\":\"%s\"}\n", PACKAGE_VERSION, COMMIT);
		else
			printf("labctl %s (commit %s)\n", PACKAGE_VERSION, COMMIT);
		return EXIT_DONE;
	}
	if (!a.command)
		return r < 0 ? wrong_usage(l, &a, &err) : no_command(l, &a, &err);
	if (r < 0 || args_check_operands(&a, &err) < 0)
		return wrong_usage(l, &a, &err);
	if (paths_find(&l->paths, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (!a.command->hidden)
		tell_news(l);
	return a.command->run(l, &a);
}

/* One program with two names: what Wireshark calls needs all that labctl has. */
static int run(struct labctl *l, int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	struct err err = ERR_INIT;

	if (!slash || !str_eq(slash + 1, EXTCAP_NAME))
		return dispatch(l, argc, argv);
	if (paths_find(&l->paths, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	return extcap_run(l, argc, argv);
}

int main(int argc, char **argv)
{
	struct labctl l = { .table = &commands_all };
	int code;

	/* What we print is UTF-8, wherever; wcwidth(3) has to know. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	/* A reader that has gone is a write error, not the end of us half way through `up`. */
	(void)signal(SIGPIPE, SIG_IGN);
	code = run(&l, argc, argv);
	paths_free(&l.paths);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (errno != EPIPE)
			fprintf(stderr, "labctl: standard output: %s\n", strerror(errno));
		return code ? code : EXIT_FAILED;
	}
	return code;
}
