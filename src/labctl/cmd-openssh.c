/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl ssh-config and cp: a lab's nodes for OpenSSH and what builds on it (scp, sftp, Ansible).
 *
 * The lab's own keys never leave its tmpfs. What ssh(1) needs instead is a sshd of its own, which
 * `ssh-config --proxy` starts in the guest (sshd -i) over the channel that `labctl ssh` has too:
 * who may open that, the user alone, is root there anyway. This sshd takes one key, which is made
 * here, for the user alone, and which opens nothing else: no sshd that listens knows it. The guest
 * has proven who it is to labd before the first byte; so host keys are not looked at again.
 * Rejected: handing out labd's key (it would open every guest to whoever reads the file), and a
 * port on the host (a lab has none).
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/io.h"
#include "base/str.h"
#include "labctl/client.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"
#include "labctl/session.h"

#define KEY_MAX 4096
/* Where the guest's sshd finds it: of one name, since there is one key. */
#define GUEST_KEY "/run/labd-user.pub"

static char *key_path(const struct labctl *l)
{
	return xasprintf("%s/ssh/key", l->paths.state);
}

/* The key, which is made where there is none; ret gets the line of its public half. */
static int read_key(const struct labctl *l, struct str *ret, struct err *err)
{
	auto_free char *dir = xasprintf("%s/ssh", l->paths.state), *path = key_path(l);
	auto_free char *public = xasprintf("%s.pub", path);
	const char *const argv[] = { "ssh-keygen", "-q",   "-t", "ed25519", "-N", "",
				     "-C",         "labd", "-f", path,      NULL };
	auto_str struct str output = { 0 };
	int r = io_mkdirs(dir, 0700, err);

	if (r == 0 && access(public, F_OK) < 0)
		r = child_run(argv, &(struct child_opts){ .stderr_fd = -1 }, &output, err);
	if (r > 0)
		r = err_set(err, EIO, "ssh-keygen: exit status %d", r);
	return r < 0 ? r : io_read_file(public, KEY_MAX, ret, err);
}

static char *own_path(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return n > 0 ? xstrndup(path, (size_t)n) : xstrdup("labctl");
}

/* A word for the shell that runs a ProxyCommand, where % stands for something else to ssh. */
static void add_word(struct str *out, const char *word)
{
	auto_str struct str quoted = { 0 };

	str_add_quoted(&quoted, word);
	for (const char *c = str_text(&quoted); *c; c++)
		str_adds(out, *c == '%' ? "%%" : (const char[]){ *c, '\0' });
}

/* ssh_config(5) */
static void add_config(const struct labctl *l, const struct place *place, struct str *out)
{
	auto_free char *path = key_path(l), *program = own_path();
	auto_topo struct topo topo = { 0 };

	place_load(l, place, &topo);
	str_addf(out, "# The nodes of lab '%s'.\n", place_name(place));
	for (size_t i = 0; i < topo.n_nodes; i++) {
		str_addf(out, "Host %s\n  User root\n  ProxyCommand ", topo.nodes[i].name);
		add_word(out, program);
		str_addf(out, " -l %s ssh-config --proxy %%n\n", place_name(place));
		str_addf(out,
			 "  IdentityFile \"%s\"\n  IdentitiesOnly yes\n"
			 "  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
			 "  LogLevel ERROR\n",
			 path);
	}
}

/* Carries bytes between our standard streams and a sshd in the guest. */
static int proxy(const struct labctl *l, struct ctl *ctl, const char *node, struct err *err)
{
	auto_close int signals = interrupt_open(err);
	struct session s = { .command = CTL_EXEC, .signals = signals, .escape = -1 };
	auto_str struct str key = { 0 }, command = { 0 };
	auto_json json_t *result = NULL;
	int r = read_key(l, &key, err);

	if (r < 0)
		return r;
	str_adds(&command, "umask 077; echo ");
	str_add_quoted(&command, str_text(&key));
	str_adds(&command,
		 " >" GUEST_KEY "; exec /usr/sbin/sshd -i -o AuthorizedKeysFile=" GUEST_KEY);
	s.args = json_pack("{s:s, s:s, s:b, s:s, s:i, s:i}", "node", node, "command", command.data,
			   "pty", 0, "term", "dumb", "cols", 80, "rows", 24);
	r = s.args ? session_run(ctl, &s, &result, err)
		   : err_set(err, EILSEQ, "the node's name is not UTF-8");
	return r < 0 ? r : json_get_int(result, "status", 0);
}

int cmd_ssh_config(struct labctl *l, const struct args *a)
{
	auto_place struct place place = PLACE_INIT;
	auto_ctl struct ctl *ctl = NULL;
	auto_str struct str key = { 0 }, text = { 0 };
	struct err err = ERR_INIT;
	int r, code = client_open(l, &place, &ctl);

	if (code != EXIT_DONE)
		return code;
	if (args_get(a, "proxy")) {
		r = proxy(l, ctl, args_get(a, "proxy"), &err);
		return r < 0 ? out_error(l, EXIT_SSH_FAILED, &err) : r;
	}
	if (read_key(l, &key, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	add_config(l, &place, &text);
	if (l->json) {
		auto_json json_t *answer = json_pack("{s:s, s:s}", "lab", place_name(&place),
						     "config", str_text(&text));

		out_json(answer, false);
	} else {
		(void)fputs(str_text(&text), stdout);
	}
	return EXIT_DONE;
}

/* --- cp --- */

#define COPY_MS (INT64_C(24) * 3600 * 1000)

/* Of NODE:PATH the node's length, as scp reads it; 0: a path here. */
static size_t node_of(const char *operand)
{
	size_t len = strcspn(operand, ":/");

	return operand[len] == ':' ? len : 0;
}

/* One side is on a node at least, and each such node is the lab's: scp would look for any other in
 * the real world. */
static int check_operands(const struct labctl *l, const struct place *place, const struct args *a,
			  struct err *err)
{
	auto_topo struct topo topo = { 0 };
	bool any = false;

	place_load(l, place, &topo);
	for (size_t i = 0; i < a->n_operands; i++) {
		auto_free char *node = xstrndup(a->operands[i], node_of(a->operands[i]));

		any = any || *node;
		if (*node && topo_find_node(&topo, node) == SIZE_MAX)
			return err_set(err, EINVAL, "'%s': there is no node '%s' in lab '%s'",
				       a->operands[i], node, place_name(place));
	}
	return any ? 0 : err_set(err, EINVAL, "neither side is on a node: write NODE:PATH");
}

/* In place of this process, so that its progress is the user's; or, for JSON, below it. Returns the
 * exit status, or a negative code. */
static int copy(const struct labctl *l, const char *const *argv, struct err *err)
{
	const struct child_opts opts = { .stderr_fd = -1, .deadline_ms = COPY_MS };
	auto_str struct str output = { 0 };

	if (l->json)
		return child_run(argv, &opts, &output, err);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	return err_errno(err, errno, "scp, of the Debian package openssh-client");
}

static int write_config(const struct labctl *l, const struct place *place, const char *path,
			struct err *err)
{
	auto_str struct str key = { 0 }, text = { 0 };
	int r = read_key(l, &key, err);

	add_config(l, place, &text);
	return r < 0 ? r : io_write_file(path, str_text(&text), text.len, 0600, err);
}

int cmd_cp(struct labctl *l, const struct args *a)
{
	static const char *const front[] = { "scp", "-3", "-p", "-r", "-F" };
	auto_free const char **argv = xcalloc(ARRAY_SIZE(front) + a->n_operands + 3, sizeof(*argv));
	auto_place struct place place = PLACE_INIT;
	auto_ctl struct ctl *ctl = NULL;
	auto_free char *path = NULL;
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	size_t n = 0;
	int r, code = client_open(l, &place, &ctl);

	if (code != EXIT_DONE)
		return code;
	if (check_operands(l, &place, a, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	path = xasprintf("%s/ssh/%s", l->paths.state, place_name(&place));
	if (write_config(l, &place, path, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	for (; n < ARRAY_SIZE(front); n++)
		argv[n] = front[n];
	argv[n++] = path;
	argv[n++] = "--";
	for (size_t i = 0; i < a->n_operands; i++)
		argv[n++] = a->operands[i];
	r = copy(l, argv, &err);
	if (r > 0)
		r = err_set(&err, EIO, "scp: exit status %d", r);
	if (r < 0)
		return out_error(l, EXIT_FAILED, &err);
	answer = json_pack("{s:s, s:i}", "lab", place_name(&place), "copied",
			   (int)a->n_operands - 1);
	out_json(answer, false);
	return EXIT_DONE;
}
