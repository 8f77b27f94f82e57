/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl ssh, console and capture: being on a node, or on its wire. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/str.h"
#include "labctl/client.h"
#include "labctl/collect.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"
#include "labctl/ports.h"
#include "labctl/session.h"
#include "labctl/terminal.h"
#include "topo/role.h"

#define ESCAPE 0x1d                                /* Ctrl-] */
#define FOREVER_MS (INT64_C(7) * 24 * 3600 * 1000) /* a capture says nothing until it ends */

/* Runs a session whose output goes into an answer in JSON: {NAME: OUTPUT, "stderr": ERROR} and what
 * labd said. */
static int session_as_json(struct ctl *ctl, struct session *s, const char *name, json_t **ret,
			   struct err *err)
{
	auto_close int out = collect_open(err), errs = collect_open(err);
	const int to[2] = { out, errs };
	auto_json json_t *result = NULL;
	json_t *text;
	int r;

	if (out < 0 || errs < 0) {
		json_decref(s->args);
		return out < 0 ? out : errs;
	}
	s->to = to;
	r = session_run(ctl, s, &result, err);
	if (r < 0)
		return r;
	if (collect_is_full(out) || collect_is_full(errs))
		return err_set(err, EFBIG, "it printed more than the %d MiB of an answer",
			       COLLECT_MAX >> 20);
	result = result ? result : json_object();
	text = collect_text(out);
	(void)json_object_set_new(result, name, text);
	if (s->command == CTL_EXEC)
		(void)json_object_set_new(result, "stderr", collect_text(errs));
	*ret = take_ptr(result);
	return 0;
}

/* --- ssh --- */

/* The words joined by blanks, as ssh(1) does; NULL without any. */
static char *command_of(const struct args *a)
{
	auto_str struct str s = { 0 };

	for (size_t i = 1; i < a->n_operands; i++)
		str_addf(&s, "%s%s", i > 1 ? " " : "", a->operands[i]);
	return s.len ? str_take(&s) : NULL;
}

static bool wants_terminal(const struct labctl *l, const struct args *a, const char *command)
{
	if (args_get(a, "no-tty") || l->json)
		return false;
	return isatty(STDIN_FILENO) && (!command || args_get(a, "tty"));
}

static json_t *exec_args(const char *node, const char *command, bool terminal)
{
	struct winsize size = { 0 };
	const char *term = getenv("TERM");

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		size = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	return json_pack("{s:s, s:s?, s:b, s:s, s:i, s:i}", "node", node, "command", command, "pty",
			 terminal, "term", term && term[0] ? term : "vt100", "cols",
			 (int)size.ws_col, "rows", (int)size.ws_row);
}

/* "router, name-server", as the topology's elements are called. */
static void add_roles(const struct topo_node *node, struct str *out)
{
	for (size_t i = 0; i < node->n_parts; i++)
		str_addf(out, "%s%s", i ? ", " : "", node->parts[i].role->name);
}

/* "eth0 10.9.8.1/24, wlan0 by DHCP" */
static void add_addresses(const struct topo_node *node, struct str *out)
{
	struct topo_iface iface;
	char text[NET_TEXT];

	for (size_t i = 0; topo_iface(node, i, &iface); i++) {
		for (size_t j = 0; j < iface.addresses->n; j++)
			str_addf(out, "%s%s %s", out->len ? ", " : "", iface.name,
				 net_prefix_text(iface.addresses->list[j], text));
		if (topo_iface_asks_dhcp(node, &iface))
			str_addf(out, "%s%s by DHCP", out->len ? ", " : "", iface.name);
	}
}

/* What the topology says of the node; labd will say where there is none of that name. */
static void greet(const struct labctl *l, const struct place *place, const char *name)
{
	auto_topo struct topo topo = { 0 };
	auto_str struct str roles = { 0 }, addresses = { 0 };
	const struct topo_node *node;
	size_t at;

	place_load(l, place, &topo);
	at = topo_find_node(&topo, name);
	if (at == SIZE_MAX)
		return;
	node = &topo.nodes[at];
	add_roles(node, &roles);
	add_addresses(node, &addresses);
	fprintf(stderr, "You are root on '%s' in lab '%s'%s%s.\n", name, place_name(place),
		node->description ? ": " : "", node->description ? node->description : "");
	if (roles.len)
		fprintf(stderr, "Its roles: %s.\n", str_text(&roles));
	if (addresses.len)
		fprintf(stderr, "Its addresses: %s.\n", str_text(&addresses));
	fprintf(stderr,
		"Nothing from here reaches the real Internet, and what you change is lost at "
		"`labctl down`.\n"
		"`labctl help guest` lists the tools here. Leave with `exit` or Ctrl-D.\n");
}

int cmd_ssh(struct labctl *l, const struct args *a)
{
	auto_place struct place place = PLACE_INIT;
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *result = NULL;
	auto_free char *command = command_of(a);
	auto_terminal struct terminal terminal = { .fd = -1 };
	auto_close int signals = -1;
	bool tty = wants_terminal(l, a, command);
	struct session s = { .command = CTL_EXEC, .terminal = tty, .escape = -1 };
	struct err err = ERR_INIT;
	int r, code = client_open(l, &place, &ctl);

	if (code != EXIT_DONE)
		return code == EXIT_FAILED ? EXIT_SSH_FAILED : code;
	s.args = exec_args(a->operands[0], command, tty);
	if (!s.args)
		return out_error(l, EXIT_USAGE,
				 (err_set(&err, EILSEQ, "the command is not UTF-8"), &err));
	signals = s.signals = interrupt_open(&err);
	if (tty && !command)
		greet(l, &place, a->operands[0]);
	if (tty)
		terminal_raw(&terminal, STDIN_FILENO);
	r = l->json ? session_as_json(ctl, &s, "stdout", &result, &err)
		    : session_run(ctl, &s, &result, &err);
	terminal_restore(&terminal);
	if (r < 0)
		return out_error(l, r == -ECANCELED ? EXIT_INTERRUPTED : EXIT_SSH_FAILED, &err);
	if (l->json)
		out_json(result, false);
	return json_get_int(result, "status", EXIT_SSH_FAILED);
}

/* --- console --- */

int cmd_console(struct labctl *l, const struct args *a)
{
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *result = NULL;
	auto_terminal struct terminal terminal = { .fd = -1 };
	auto_close int signals = -1;
	struct session s = { .command = CTL_CONSOLE, .escape = isatty(STDIN_FILENO) ? ESCAPE : -1 };
	struct err err = ERR_INIT;
	int r, code = client_open(l, NULL, &ctl);

	if (code != EXIT_DONE)
		return code;
	s.args = json_pack("{s:s}", "node", a->operands[0]);
	signals = s.signals = interrupt_open(&err);
	if (s.escape >= 0) {
		fprintf(stderr,
			"The serial console of '%s'. Leave with Ctrl-]; Enter shows its prompt.\n",
			a->operands[0]);
		terminal_raw(&terminal, STDIN_FILENO);
	}
	r = l->json ? session_as_json(ctl, &s, "text", &result, &err)
		    : session_run(ctl, &s, &result, &err);
	terminal_restore(&terminal);
	if (r == 0 && l->json)
		out_json(result, false);
	if (s.escape >= 0)
		fprintf(stderr, "\n");
	return r < 0 ? out_error(l, r == -ECANCELED ? EXIT_INTERRUPTED : EXIT_FAILED, &err)
		     : EXIT_DONE;
}

/* --- capture --- */

static int open_target(const char *file, struct err *err)
{
	int fd;

	if (!file || strcmp(file, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			return err_set(err, EINVAL,
				       "a capture is binary, not for a terminal: use -w FILE, or | "
				       "wireshark -k -i -");
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? err_errno(err, errno, "standard output") : fd;
	}
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
	return fd < 0 ? err_errno(err, errno, "'%s'", file) : fd;
}

/* Where standard output is the capture itself, the counts go to standard error. */
static void print_capture(const struct labctl *l, const json_t *result, bool to_file)
{
	json_int_t frames = json_integer_value(json_object_get(result, "frames"));
	json_int_t dropped = json_integer_value(json_object_get(result, "dropped"));

	if (l->json)
		fprintf(to_file ? stdout : stderr, "{\"frames\":%lld,\"dropped\":%lld}\n",
			(long long)frames, (long long)dropped);
	else if (json_object_get(result, "frames"))
		fprintf(stderr, "%lld frames captured, %lld dropped\n", (long long)frames,
			(long long)dropped);
}

/* Ending a capture by Ctrl-C is how it is meant to end: no failure. */
int cmd_capture(struct labctl *l, const struct args *a)
{
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	auto_close int signals = -1;
	auto_close int target = -1;
	struct client_call call = { .command = CTL_CAPTURE, .silence_ms = FOREVER_MS };
	struct err err = ERR_INIT;
	const char *file = args_get(a, "write");
	int r, code;

	if (!strchr(a->operands[0], ':'))
		return out_error(
			l, EXIT_USAGE,
			(err_set(&err, EINVAL, "'%s' is not NODE:NIC; `labctl status` lists them",
				 a->operands[0]),
			 &err));
	code = client_open(l, NULL, &ctl);
	if (code != EXIT_DONE)
		return code;
	target = open_target(file, &err);
	if (target < 0)
		return out_error(l, target == -EINVAL ? EXIT_USAGE : EXIT_FAILED, &err);
	signals = interrupt_open(&err);
	call.signals = signals;
	call.fds = &target;
	call.args = json_pack("{s:s}", "port", a->operands[0]);
	r = client_call(ctl, &call, &reply, &err);
	if (r < 0 && (r != -ECANCELED || !reply || json_object_get(reply, "message")))
		return out_failure(l, r == -ECANCELED ? EXIT_INTERRUPTED : EXIT_FAILED, &err,
				   reply);
	print_capture(l, reply, file && strcmp(file, "-") != 0);
	return EXIT_DONE;
}
