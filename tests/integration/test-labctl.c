/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl for real, in real sandboxes, against a labd without guests (fake-labd.c): what it prints,
 * its exit codes, its sessions, and that nothing is left when it fails, is interrupted, or is told
 * down.
 * Covers: src/labctl/place.c
 * Covers: src/experiment/check-filters.c src/labctl/client.c src/labctl/cmd-complete.c
 * Covers: src/labctl/cmd-doctor.c src/labctl/cmd-down.c src/labctl/cmd-file.c
 * Covers: src/labctl/cmd-image.c src/labctl/cmd-lab.c src/labctl/cmd-restart.c src/labctl/cmd-run.c
 * Covers: src/labctl/cmd-session.c src/labctl/cmd-up.c src/labctl/collect.c src/labctl/commands.c
 * Covers: src/labctl/extcap.c src/labctl/file.c src/labctl/foreign.c src/labctl/help.c
 * Covers: src/labctl/interrupt.c src/labctl/main.c src/labctl/ports.c src/labctl/progress.c
 * Covers: src/labctl/session.c src/labctl/terminal.c src/labctl/topics.c
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <utmp.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "lib/tests.h"
#include "sandbox/registry.h"
#include "sandbox/sandbox.h"

#define PATIENCE_MS 60000
#define ARGS_MAX 12

static char *labctl, *extcap, *fake, *init_program, *state;

/* --- labs --- */

/* What its entry keeps; fake-labd knows of no ap. */
static const char lab_xml[] =
	"<lab name=\"x\">\n"
	"  <network name=\"m\" prefix=\"198.51.100.0/24\"/>\n"
	"  <network name=\"n\" prefix=\"192.0.2.0/24\"/>\n"
	"  <node name=\"client\"><nic name=\"wlan0\" address=\"198.51.100.2/24\"/><client "
	"nic=\"wlan0\"/></node>\n"
	"  <node name=\"ap\"><nic name=\"wlan0\" address=\"198.51.100.1/24\"/>\n"
	"    <nic name=\"eth0\" address=\"192.0.2.1/24\"/><access-point nic=\"wlan0\"/></node>\n"
	"  <node name=\"www\"><nic name=\"eth0\" address=\"192.0.2.2/24\"/></node>\n"
	"  <link name=\"air\" kind=\"wifi\" ssid=\"net\" passphrase=\"learn-by-doing\" "
	"channel=\"6\">\n"
	"    <end node=\"client\" nic=\"wlan0\"/><end node=\"ap\" nic=\"wlan0\"/></link>\n"
	"  <link name=\"wire\" kind=\"wire\"><end node=\"ap\" nic=\"eth0\"/>"
	"<end node=\"www\" nic=\"eth0\"/></link>\n"
	"</lab>\n";

static int publish(pid_t init, void *ctx, struct err *err)
{
	return registry_publish(state, ctx, init, err);
}

/* Starts one without `labctl up`. */
static void start_lab(const char *name)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	const char *argv[] = { fake, "--name", name, NULL };
	struct sandbox_spec spec = { .init_program = init_program,
				     .argv = argv,
				     .announce = publish,
				     .ctx = (void *)(uintptr_t)name };
	struct err err = ERR_INIT;
	auto_free char *topology = NULL;
	pid_t pid;

	if (registry_claim(state, name, "/x.xml", &entry, &err) < 0)
		fail_msg("%s", err.msg);
	spec.log_path = entry.log;
	topology = xasprintf("%s/topology.xml", entry.dir);
	assert_int_equal(io_write_file(topology, lab_xml, strlen(lab_xml), 0600, NULL), 0);
	if (sandbox_start(&spec, &pid, &err) < 0)
		fail_msg("%s", err.msg);
}

static size_t count_labs(void)
{
	auto_registry_list struct registry_list list = { 0 };

	assert_int_equal(registry_list(state, &list, NULL), 0);
	return list.n;
}

/* --- labctl --- */

struct outcome {
	struct str out, err;
	int code; /* 128 + signal when it was killed */
};

static void outcome_free(struct outcome *o)
{
	str_free(&o->out);
	str_free(&o->err);
}
AUTO_DEFINE(outcome_auto, struct outcome, outcome_free)
#define auto_outcome AUTO(outcome_autop)

/* Reads from fd; false at its end. */
static bool collect(int fd, struct str *into)
{
	char buf[65536];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		str_add(into, buf, (size_t)n);
	return n > 0;
}

static int reap(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Runs labctl; when it has printed until (not NULL), it gets the signal. */
static void run(const char *program, const char *const *args, const char *input, const char *until,
		int signal_number, struct outcome *ret)
{
	const char *argv[ARGS_MAX + 2] = { program };
	int in[2], out[2], errs[2];
	int64_t deadline = deadline_in_ms(PATIENCE_MS);
	struct pollfd pfd[2];
	pid_t pid;

	for (size_t i = 0; i < ARGS_MAX && args[i]; i++)
		argv[i + 1] = args[i];
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(errs, O_CLOEXEC), 0);
	pid = child_start(argv, in[0], out[1], errs[1], NULL);
	assert_true(pid > 0);
	(void)close(in[0]);
	(void)close(out[1]);
	(void)close(errs[1]);
	assert_int_equal(io_write_all(in[1], input ? input : "", input ? strlen(input) : 0), 0);
	(void)close(in[1]);
	pfd[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = errs[0], .events = POLLIN };
	while (pfd[0].fd >= 0 || pfd[1].fd >= 0) {
		if (poll(pfd, 2, deadline_poll_ms(deadline)) == 0) {
			(void)kill(pid, SIGKILL);
			(void)reap(pid);
			fail_msg("labctl %s: no end within a minute; it said: %s%s", args[0],
				 str_text(&ret->out), str_text(&ret->err));
		}
		if (pfd[0].revents && !collect(out[0], &ret->out))
			pfd[0].fd = -1;
		if (pfd[1].revents && !collect(errs[0], &ret->err))
			pfd[1].fd = -1;
		if (until &&
		    (strstr(str_text(&ret->out), until) || strstr(str_text(&ret->err), until))) {
			until = NULL;
			(void)kill(pid, signal_number);
		}
	}
	(void)close(out[0]);
	(void)close(errs[0]);
	ret->code = reap(pid);
}

struct row {
	const char *name;
	bool extcap; /* labctl is called by its other name */
	const char *args[ARGS_MAX];
	int code;              /* negative: any */
	const char *out, *err; /* parts of what it prints; "": nothing at all; NULL: anything */
	const char *input;
	const char *until; /* then comes the signal */
	int signal_number;
};

static void expect_text(const struct row *row, const char *which, const char *expected,
			const char *found)
{
	if (expected && !(expected[0] ? strstr(found, expected) != NULL : found[0] == '\0'))
		fail_msg("%s: %s has no '%s': %s", row->name, which, expected, found);
}

static void check_row(const struct row *row)
{
	auto_outcome struct outcome o = { 0 };

	run(row->extcap ? extcap : labctl, row->args, row->input, row->until, row->signal_number,
	    &o);
	expect_text(row, "stdout", row->out, str_text(&o.out));
	expect_text(row, "stderr", row->err, str_text(&o.err));
	if (o.code != row->code && row->code >= 0)
		fail_msg("%s: exit code %d, not %d: %s%s", row->name, o.code, row->code,
			 str_text(&o.out), str_text(&o.err));
	/* Nothing that came from others may move the terminal's cursor. */
	assert_null(strchr(str_text(&o.out), '\033'));
	assert_null(strchr(str_text(&o.err), '\033'));
}

/* --- without any lab --- */

static const struct row plain_rows[] = {
	{ .name = "no command", .args = { NULL }, .code = 2, .out = "", .err = "no command" },
	{ .name = "--version", .args = { "--version" }, .out = "labctl " },
	{ .name = "--help", .args = { "--help" }, .out = "usage: labctl COMMAND", .err = "" },
	{ .name = "help", .args = { "help" }, .out = "usage: labctl COMMAND", .err = "" },
	{ .name = "help up", .args = { "help", "up" }, .out = "usage: labctl up", .err = "" },
	{ .name = "help of nothing",
	  .args = { "help", "stat" },
	  .code = 2,
	  .err = "did you mean 'status'?" },
	{ .name = "help of a topic",
	  .args = { "help", "exit-codes" },
	  .out = "    130  interrupted" },
	{ .name = "help of a topic that ends with a list",
	  .args = { "help", "guest" },
	  .out = "\n    less                  a pager\n    nano                  an editor\n" },
	{ .name = "help of a topic, nearly",
	  .args = { "help", "topolgy" },
	  .code = 2,
	  .err = "did you mean 'topology'?" },
	{ .name = "help --json", .args = { "help", "--json" }, .out = "\"command\": \"up\"" },
	{ .name = "help of a topic --json",
	  .args = { "help", "wifi", "--json" },
	  .out = "\"topic\": \"wifi\"" },
	{ .name = "--version --json", .args = { "--version", "--json" }, .out = "{\"version\":\"" },
	{ .name = "up --help", .args = { "up", "--help" }, .out = "--keep" },
	{ .name = "misspelled command",
	  .args = { "stauts" },
	  .code = 2,
	  .err = "did you mean 'status'?" },
	{ .name = "unknown command",
	  .args = { "xyzzy" },
	  .code = 2,
	  .err = "there is no command 'xyzzy'" },
	{ .name = "a word of another tool",
	  .args = { "cp", "-r", "a", "client:/b" },
	  .code = 2,
	  .err = "no command 'cp' here: files go through ssh: labctl ssh NODE 'cat >FILE' <FILE" },
	{ .name = "help of a word of another tool",
	  .args = { "help", "stop" },
	  .code = 2,
	  .err = "no command 'stop' here: `labctl down` ends" },
	{ .name = "validate takes names, too",
	  .args = { "validate", "fetch", "small" },
	  .out = "/small.xml: a valid topology" },
	{ .name = "a word of another tool that is a command",
	  .args = { "lint", "valid.xml" },
	  .out = "a valid topology" },
	{ .name = "help of that",
	  .args = { "exec", "--help" },
	  .out = "usage: labctl ssh [OPTION...] NODE" },
	{ .name = "misspelled option",
	  .args = { "up", "--nam", "x" },
	  .code = 2,
	  .err = "did you mean '--name'?" },
	{ .name = "option without its value",
	  .args = { "up", "x", "--name" },
	  .code = 2,
	  .err = "no NAME" },
	{ .name = "value for a flag",
	  .args = { "down", "--all=yes" },
	  .code = 2,
	  .err = "takes no value" },
	{ .name = "operand missing", .args = { "up" }, .code = 2, .err = "usage: labctl up" },
	{ .name = "operand too many",
	  .args = { "ls", "x" },
	  .code = 2,
	  .err = "'x' is one word too many" },
	{ .name = "JSON error",
	  .args = { "--json", "status" },
	  .code = 3,
	  .out = "{\"error\":{\"code\":2" },
	{ .name = "no lab: status", .args = { "status" }, .code = 3, .out = "" },
	{ .name = "no lab: down", .args = { "down" }, .code = 3, .out = "" },
	{ .name = "no lab: ssh", .args = { "ssh", "client" }, .code = 3, .out = "" },
	{ .name = "no lab: console", .args = { "console", "client" }, .code = 3 },
	{ .name = "no lab: link", .args = { "link", "x", "down" }, .code = 3 },
	{ .name = "no lab: logs", .args = { "logs" }, .code = 3 },
	{ .name = "no lab: down --all", .args = { "down", "--all" }, .out = "no lab runs" },
	{ .name = "no lab: ls", .args = { "ls" }, .out = "no lab runs" },
	{ .name = "no lab: ls --json",
	  .args = { "ls", "--json" },
	  .out = "\"labs\": []",
	  .err = "" },
	{ .name = "no such lab", .args = { "-l", "nix", "status" }, .code = 3, .err = "'nix'" },
	{ .name = "no name of a lab", .args = { "-l", "../x", "status" }, .code = 3 },
	{ .name = "runs, none", .args = { "runs" }, .out = "no runs yet" },
	{ .name = "link: neither nor",
	  .args = { "link", "x", "dely=1ms" },
	  .code = 2,
	  .err = "did you mean 'delay='?" },
	{ .name = "logs: lines",
	  .args = { "logs", "-n", "0" },
	  .code = 2,
	  .err = "no number from 1" },
	{ .name = "capture: no port",
	  .args = { "capture", "client" },
	  .code = 2,
	  .err = "no NODE:NIC" },
	{ .name = "validate: valid",
	  .args = { "validate", "valid.xml" },
	  .out = "a valid topology",
	  .err = "" },
	{ .name = "validate: not valid",
	  .args = { "validate", "wrong.xml" },
	  .code = 4,
	  .err = "wrong.xml:3:" },
	{ .name = "validate: JSON",
	  .args = { "validate", "--json", "wrong.xml" },
	  .code = 4,
	  .out = "\"valid\": false" },
	{ .name = "validate: one of two",
	  .args = { "validate", "valid.xml", "wrong.xml" },
	  .code = 4,
	  .out = "a valid topology" },
	{ .name = "validate: missing file",
	  .args = { "validate", "none.xml" },
	  .code = 4,
	  .err = "none.xml" },
	{ .name = "plan", .args = { "plan", "valid.xml" }, .out = "node client" },
	{ .name = "plan: JSON", .args = { "plan", "--json", "valid.xml" }, .out = "\"nodes\"" },
	{ .name = "plan: not valid",
	  .args = { "plan", "wrong.xml" },
	  .code = 4,
	  .out = "",
	  .err = "wrong.xml:3:" },
	{ .name = "plan: missing file",
	  .args = { "plan", "schol" },
	  .code = 1,
	  .err = "did you mean 'school'?" },
	{ .name = "run: missing file", .args = { "run", "nix" }, .code = 1, .err = "no such file" },
	{ .name = "demo: a lab in which fetch cannot run",
	  .args = { "demo", "valid.xml" },
	  .code = 4,
	  .out = "",
	  .err = "needs; `labctl up valid.xml`" },
	{ .name = "run: unknown parameter",
	  .args = { "run", "e.xml", "--tsl", "1.3" },
	  .code = 2,
	  .err = "tls" },
	{ .name = "run: unknown value",
	  .args = { "run", "e.xml", "--tls", "9" },
	  .code = 2,
	  .err = "1.3" },
	{ .name = "run --help lists parameters",
	  .args = { "run", "e.xml", "--help" },
	  .out = "--tls" },
	{ .name = "up: an accelerator that is none",
	  .args = { "up", "wrong.xml", "--accelerator", "gpu" },
	  .code = 2,
	  .err = "kvm or tcg" },
	{ .name = "up: not valid",
	  .args = { "up", "wrong.xml" },
	  .code = 4,
	  .err = "wrong.xml:3:" },
	{ .name = "image show", .args = { "image", "show" }, .out = "runit    2.1", .err = "" },
	{ .name = "image show --json",
	  .args = { "image", "show", "--json" },
	  .out = "\"folder\": \"/" },
	{ .name = "image build, there already",
	  .args = { "image", "build" },
	  .out = "was there already" },
	{ .name = "image: neither nor",
	  .args = { "image", "burn" },
	  .code = 2,
	  .err = "build, show, prune" },
	{ .name = "image export: no file",
	  .args = { "image", "export" },
	  .code = 2,
	  .err = "export FILE" },
	{ .name = "image import: missing file",
	  .args = { "image", "import", "none" },
	  .code = 1,
	  .err = "'none': No such file" },
	{ .name = "image import: no image",
	  .args = { "image", "import", "valid.xml" },
	  .code = 1,
	  .err = "is no image that labctl made" },
	{ .name = "image prune --json",
	  .args = { "image", "prune", "--json" },
	  .out = "\"removed\": 0" },
	{ .name = "doctor --json",
	  .args = { "doctor", "--json" },
	  .code = -1,
	  .out = "\"check\": \"namespaces\"" },
	{ .name = "complete a command", .args = { "__complete", "stat" }, .out = "status\n" },
	{ .name = "complete an option", .args = { "__complete", "up", "--k" }, .out = "--keep\n" },
	{ .name = "complete a topic",
	  .args = { "__complete", "help", "exi" },
	  .out = "exit-codes\n" },
	{ .name = "complete a change",
	  .args = { "__complete", "link", "air", "del" },
	  .out = "delay=\n" },
	{ .name = "complete an image's file",
	  .args = { "__complete", "image", "import", "" },
	  .out = ":file\n" },
	{ .name = "complete what takes none",
	  .args = { "__complete", "image", "build", "" },
	  .out = "" },
	{ .name = "complete a file", .args = { "__complete", "up", "" }, .out = ":xml\n" },
	{ .name = "complete a folder",
	  .args = { "__complete", "run", "--out", "" },
	  .out = ":folder\n" },
	{ .name = "complete a run", .args = { "__complete", "story", "" }, .out = ":folder\n" },
	{ .name = "complete a parameter",
	  .args = { "__complete", "run", "e.xml", "--t" },
	  .out = "--tls\n" },
	{ .name = "complete its value",
	  .args = { "__complete", "run", "e.xml", "--tls", "1.2" },
	  .out = "1.2-rsa\n" },
	{ .name = "complete its value behind a sign",
	  .args = { "__complete", "run", "e.xml", "--tls=1.2" },
	  .out = "--tls=1.2-rsa\n" },
	{ .name = "complete a parameter of nothing",
	  .args = { "__complete", "run", "none.xml", "--t" },
	  .out = "",
	  .err = "" },
	{ .name = "complete a choice",
	  .args = { "__complete", "up", "--accelerator", "k" },
	  .out = "kvm\n" },
};

/* --- one lab, "alpha" --- */

static const struct row lab_rows[] = {
	{ .name = "ls", .args = { "ls" }, .out = "alpha", .err = "" },
	{ .name = "ls --json", .args = { "ls", "--json" }, .out = "\"state\": \"up\"" },
	{ .name = "status", .args = { "status" }, .out = "68.85.2.101/24", .err = "" },
	{ .name = "status: memory", .args = { "status" }, .out = "in all (Pss): 300 MiB" },
	{ .name = "status: control characters", .args = { "status" }, .out = "red \\x1b[31m" },
	{ .name = "status --json",
	  .args = { "status", "--json" },
	  .out = "\"shape\": \"delay=60ms\"" },
	{ .name = "-l", .args = { "-l", "alpha", "status" }, .out = "lab 'alpha': up" },
	{ .name = "-l of another", .args = { "-l", "beta", "status" }, .code = 3, .err = "'beta'" },
	{ .name = "link", .args = { "link", "air", "down", "delay=5ms" }, .out = "down" },
	{ .name = "link, of all", .args = { "link" }, .out = "LINK  KIND  STATE  ENDS    SHAPE\n" },
	{ .name = "link, of all: one a line",
	  .args = { "link" },
	  .out = "\na-b   wire  up     a:eth0  plain\n" },
	{ .name = "link --json, of all", .args = { "--json", "link" }, .out = "\"links\": [" },
	{ .name = "link --json",
	  .args = { "--json", "link", "air", "delay=5ms" },
	  .out = "\"shape\": \"5ms\"" },
	{ .name = "restart",
	  .args = { "restart", "client" },
	  .out = "node 'client' is back",
	  .err = "client  boot" },
	{ .name = "restart --json",
	  .args = { "restart", "--json", "client" },
	  .out = "{\"result\":{\"node\":\"client\"}}",
	  .err = "" },
	{ .name = "restart that fails",
	  .args = { "restart", "www" },
	  .code = 5,
	  .err = "| Kernel panic" },
	{ .name = "restart of no node", .args = { "restart" }, .code = 2 },
	{ .name = "complete restart", .args = { "__complete", "restart", "c" }, .out = "client\n" },
	{ .name = "logs of a node", .args = { "logs", "client" }, .out = "bell\\x07" },
	{ .name = "logs of labd", .args = { "logs" }, .out = "labd for the test of labctl: alpha" },
	{ .name = "complete a lab", .args = { "__complete", "-l", "" }, .out = "alpha\n" },
	{ .name = "complete a node", .args = { "__complete", "ssh", "c" }, .out = "client\n" },
	{ .name = "complete a port",
	  .args = { "__complete", "capture", "w" },
	  .out = "wifi:air\n" },
	{ .name = "complete a link", .args = { "__complete", "link", "" }, .out = "air\n" },
	{ .name = "complete a change's node",
	  .args = { "__complete", "link", "air", "station=c" },
	  .out = "station=client\n" },
	{ .name = "complete a node that labd was not asked for",
	  .args = { "__complete", "ssh", "ap" },
	  .out = "ap\n" },
	{ .name = "ssh: streams apart, out",
	  .args = { "ssh", "client", "both" },
	  .out = "to out\n",
	  .err = "to err\n" },
	{ .name = "ssh: input",
	  .args = { "ssh", "client", "cat" },
	  .out = "hello",
	  .input = "hello\nthere\n",
	  .err = "" },
	{ .name = "ssh: status", .args = { "ssh", "client", "exit", "7" }, .code = 7 },
	{ .name = "ssh: options of the command",
	  .args = { "ssh", "client", "exit", "-l" },
	  .code = 0 },
	{ .name = "ssh --json: both outputs",
	  .args = { "ssh", "--json", "client", "both" },
	  .out = "\"stderr\": \"to err\\n\"",
	  .err = "" },
	{ .name = "ssh --json: status",
	  .args = { "--json", "ssh", "client", "exit", "7" },
	  .code = 7,
	  .out = "\"status\": 7" },
	{ .name = "ssh --json: output without an end",
	  .args = { "--json", "ssh", "client", "endless" },
	  .code = 255,
	  .out = "more than the 16 MiB" },
	{ .name = "ssh: no such node",
	  .args = { "ssh", "nobody" },
	  .code = 255,
	  .err = "'nobody'" },
	{ .name = "ssh: interrupted",
	  .args = { "ssh", "client", "hang" },
	  .code = 130,
	  .until = "hanging",
	  .signal_number = SIGTERM },
	{ .name = "console", .args = { "console", "client" }, .out = "HELLO", .input = "hello\n" },
	{ .name = "console --json",
	  .args = { "console", "--json", "client" },
	  .out = "\"text\": \"HELLO\\n",
	  .input = "hello\n" },
	{ .name = "capture",
	  .args = { "capture", "client:wlan0" },
	  .out = "pcapng!",
	  .err = "7 frames captured, 0 dropped",
	  .until = "pcapng!",
	  .signal_number = SIGINT },
	{ .name = "Wireshark asks for interfaces",
	  .extcap = true,
	  .args = { "--extcap-interfaces", "--extcap-version=4.0" },
	  .out = "interface {value=alpha/wifi:air}{display=lab alpha, wifi:air}\n" },
	{ .name = "Wireshark asks for the link type of air",
	  .extcap = true,
	  .args = { "--extcap-dlts", "--extcap-interface", "alpha/wifi:air" },
	  .out = "dlt {number=127}" },
	{ .name = "Wireshark asks for that of a wire",
	  .extcap = true,
	  .args = { "--extcap-interface", "alpha/client:eth0", "--extcap-dlts" },
	  .out = "dlt {number=1}{name=EN10MB}" },
	{ .name = "Wireshark captures",
	  .extcap = true,
	  .args = { "--capture", "--extcap-interface", "alpha/client:eth0", "--fifo", "-" },
	  .out = "pcapng!",
	  .until = "pcapng!",
	  .signal_number = SIGTERM },
	{ .name = "Wireshark asks for a lab that has ended",
	  .extcap = true,
	  .args = { "--capture", "--extcap-interface", "gone/client:eth0", "--fifo", "-" },
	  .code = 3,
	  .err = "'gone'" },
	{ .name = "somebody asks without an interface",
	  .extcap = true,
	  .args = { "--capture" },
	  .code = 2,
	  .err = "LAB/NODE:NIC" },
	{ .name = "capture -w",
	  .args = { "capture", "client:wlan0", "-w", "/nonexistent/x" },
	  .code = 1,
	  .err = "/nonexistent/x" },
	{ .name = "run",
	  .args = { "run", "e.xml", "--tls", "1.2-rsa" },
	  .out = "TLS:  1.2-rsa",
	  .err = "first is 9" },
	{ .name = "run: default", .args = { "run", "e.xml" }, .out = "TLS:  1.3" },
	{ .name = "run: phases are headings",
	  .args = { "run", "e.xml" },
	  .err = "lease: An address\n  ok              ack (client:wlan0): 1 frame, first is 9\n" },
	{ .name = "run: a remark",
	  .args = { "run", "e.xml" },
	  .err = "  remark          port (www:eth0): 443\n" },
	{ .name = "run: a phase that was not reached is a heading alone",
	  .args = { "run", "e.xml" },
	  .err = "query: A question -- not reached\n  note: enough\n" },
	{ .name = "run --json",
	  .args = { "run", "--json", "e.xml" },
	  .out = "{\"result\":{\"run\":\"" },
	{ .name = "run --out", .args = { "run", "e.xml", "--out", "fresh" }, .out = "/fresh\n" },
	{ .name = "run --out of what exists",
	  .args = { "run", "e.xml", "--out", "/tmp" },
	  .code = 2,
	  .err = "exists" },
};

static void test_row(void **row)
{
	check_row(*row);
}

/* --- sessions --- */

static void test_large_output(void **unused)
{
	static const char *const args[] = { "ssh", "client", "large", NULL };
	auto_outcome struct outcome o = { 0 };

	(void)unused;
	run(labctl, args, NULL, NULL, 0, &o);
	assert_int_equal(o.code, 0);
	assert_int_equal(o.out.len, 4 << 20);
}

/* A reader that goes away ends the command, and labctl with it. */
static void test_reader_goes(void **unused)
{
	const char *argv[] = { labctl, "ssh", "client", "endless", NULL };
	int64_t begun = clock_mono_ns();
	int out[2];
	char c;
	pid_t pid;

	(void)unused;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = child_start(argv, -1, out[1], -1, NULL);
	assert_true(pid > 0);
	(void)close(out[1]);
	assert_int_equal(read(out[0], &c, 1), 1);
	(void)close(out[0]);
	(void)reap(pid);
	assert_true(clock_mono_ns() - begun < PATIENCE_MS * NS_PER_MS);
}

/* Reads the terminal until text appears in what was read. */
static bool read_until(int fd, const char *text, struct str *seen)
{
	int64_t deadline = deadline_in_ms(PATIENCE_MS);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (!strstr(str_text(seen), text))
		if (poll(&pfd, 1, deadline_poll_ms(deadline)) != 1 || !collect(fd, seen))
			return false;
	return true;
}

static pid_t start_on_terminal(const char *const *args, int *master, struct termios *before)
{
	struct winsize size = { .ws_row = 30, .ws_col = 100 };
	const char *argv[ARGS_MAX] = { labctl };
	int slave;
	pid_t pid;

	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	assert_int_equal(openpty(master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(slave, before), 0);
	pid = fork();
	if (pid == 0) {
		(void)login_tty(slave);
		(void)setenv("TERM", "xterm", 1);
		(void)execv(labctl, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(slave);
	return pid;
}

static void expect_restored(int master, const struct termios *before)
{
	struct termios after;

	assert_int_equal(tcgetattr(master, &after), 0);
	assert_int_equal(after.c_lflag & (ICANON | ECHO | ISIG),
			 before->c_lflag & (ICANON | ECHO | ISIG));
	assert_int_equal(after.c_oflag & OPOST, before->c_oflag & OPOST);
}

static void test_terminal(void **unused)
{
	static const char *const args[] = { "ssh", "-t", "client", "sizes", NULL };
	struct winsize size = { .ws_row = 50, .ws_col = 132 };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "pty xterm 100x30", &seen));
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	assert_true(read_until(master, "size=132x50", &seen));
	assert_int_equal(reap(pid), 0);
	expect_restored(master, &before);
	(void)close(master);
}

static void test_greeting(void **unused)
{
	static const char *const args[] = { "ssh", "client", NULL };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "You are root on 'client' in lab 'alpha'.\r\n", &seen));
	assert_true(read_until(master, "Its roles: client.\r\n", &seen));
	assert_true(read_until(master, "Its addresses: wlan0 198.51.100.2/24.\r\n", &seen));
	assert_true(read_until(master, "lost at `labctl down`", &seen));
	assert_true(read_until(master, "`labctl help guest`", &seen));
	assert_int_equal(reap(pid), 0);
	(void)close(master);
}

static void test_console_escape(void **unused)
{
	static const char *const args[] = { "console", "client", NULL };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "Ctrl-]", &seen));
	assert_int_equal(io_write_all(master, "abc", 3), 0);
	assert_true(read_until(master, "ABC", &seen));
	assert_int_equal(io_write_all(master, "\x1d", 1), 0);
	assert_int_equal(reap(pid), 0);
	expect_restored(master, &before);
	(void)close(master);
}

/* A terminal that hangs up in the middle: labctl ends. */
static void test_hangup(void **unused)
{
	static const char *const args[] = { "console", "client", NULL };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "Ctrl-]", &seen));
	assert_int_equal(io_write_all(master, "abc", 3), 0);
	assert_true(read_until(master, "ABC", &seen));
	(void)close(master);
	(void)reap(pid);
}

/* --- several labs, and their end --- */

static void test_several(void **unused)
{
	(void)unused;
	start_lab("beta");
	check_row(&(struct row){
		.name = "which one", .args = { "status" }, .code = 3, .err = "beta" });
	check_row(&(struct row){
		.name = "-l", .args = { "-l", "beta", "status" }, .out = "lab 'beta'" });
	assert_int_equal(setenv("LABCTL_LAB", "alpha", 1), 0);
	check_row(
		&(struct row){ .name = "LABCTL_LAB", .args = { "status" }, .out = "lab 'alpha'" });
	check_row(&(struct row){ .name = "-l before LABCTL_LAB",
				 .args = { "-l", "beta", "status" },
				 .out = "lab 'beta'" });
	assert_int_equal(unsetenv("LABCTL_LAB"), 0);
	check_row(&(struct row){ .name = "down of one",
				 .args = { "-l", "beta", "down" },
				 .out = "lab 'beta' has ended" });
	assert_int_equal(count_labs(), 1);
}

static void test_down_of_the_deaf(void **unused)
{
	int64_t begun = clock_mono_ns();

	(void)unused;
	start_lab("deaf");
	check_row(&(struct row){
		.name = "down", .args = { "-l", "deaf", "down" }, .out = "'deaf' has ended" });
	assert_true(clock_mono_ns() - begun < PATIENCE_MS * NS_PER_MS);
	assert_int_equal(count_labs(), 1);
}

static void test_interrupted_run(void **unused)
{
	(void)unused;
	start_lab("hangs");
	check_row(&(struct row){ .name = "run",
				 .args = { "-l", "hangs", "run", "e.xml" },
				 .code = 130,
				 .until = "first is 9",
				 .signal_number = SIGINT,
				 .out = "120 frames" });
	check_row(&(struct row){ .name = "down", .args = { "-l", "hangs", "down" } });
	start_lab("fails");
	check_row(&(struct row){ .name = "run that fails",
				 .args = { "-l", "fails", "run", "e.xml" },
				 .code = 5,
				 .out = "FAILED",
				 .err = "  FAILED   2.0 s  ask (client): exit status 1: second\n"
					"  | first\n  | \\x1b[31m\n  | second\n" });
	check_row(&(struct row){ .name = "run that fails --json",
				 .args = { "-l", "fails", "run", "e.xml", "--json" },
				 .code = 5,
				 .out = "\"output\":[\"first\"," });
	check_row(&(struct row){
		.name = "down", .args = { "-l", "fails", "down", "--json" }, .out = "\"fails\"" });
}

static void test_down_all(void **unused)
{
	(void)unused;
	start_lab("gamma");
	check_row(&(struct row){
		.name = "down --all", .args = { "down", "--all" }, .out = "'gamma' has ended" });
	assert_int_equal(count_labs(), 0);
}

/* --- up --- */

static const struct row up_rows[] = {
	{ .name = "up",
	  .args = { "up", "valid.xml", "--name", "u1" },
	  .out = "s. What next:\n  labctl status\n  labctl help experiment   how to write one "
		 "for this lab\n  labctl ssh client\n",
	  .err = "ready" },
	{ .name = "up: a running name",
	  .args = { "up", "valid.xml", "--name", "u1" },
	  .code = 1,
	  .err = "--name" },
	{ .name = "up: the topology's name",
	  .args = { "up", "valid.xml" },
	  .out = "lab 'valid' is up" },
	{ .name = "up: what can be run in this one, by its name beside others",
	  .args = { "up", "small", "--name", "u3" },
	  .out = "  labctl -l u3 run fetch\n  labctl -l u3 run wifi-scan\n" },
	{ .name = "up: no name", .args = { "up", "valid.xml", "--name", "A B" }, .code = 2 },
	{ .name = "up --json",
	  .args = { "--json", "up", "valid.xml", "--name", "u2" },
	  .out = "{\"result\":",
	  .err = "" },
	{ .name = "down of all four", .args = { "down", "--all" }, .out = "'valid' has ended" },
	{ .name = "up that fails",
	  .args = { "up", "valid.xml", "--name", "fails" },
	  .code = 5,
	  .err = "| Kernel panic" },
	{ .name = "up that fails, JSON",
	  .args = { "up", "--json", "valid.xml", "--name", "fails" },
	  .code = 5,
	  .out = "\"stage\":\"ssh\"" },
	{ .name = "up whose labd ends",
	  .args = { "up", "valid.xml", "--name", "dies" },
	  .code = 5,
	  .err = "labd for the test of labctl: dies" },
	{ .name = "up, Ctrl-C",
	  .args = { "up", "valid.xml", "--name", "hangs" },
	  .code = 130,
	  .until = "client  ssh",
	  .signal_number = SIGINT },
	{ .name = "up, SIGTERM",
	  .args = { "up", "valid.xml", "--name", "hangs" },
	  .code = 130,
	  .until = "client  ssh",
	  .signal_number = SIGTERM },
	{ .name = "up, SIGHUP",
	  .args = { "up", "valid.xml", "--name", "hangs" },
	  .code = 130,
	  .until = "client  ssh",
	  .signal_number = SIGHUP },
};

static void test_up_row(void **state_of_row)
{
	const struct row *row = *state_of_row;

	check_row(row);
	if (row->code != 0 && row->code != 1 && row->code != 2)
		assert_int_equal(count_labs(), 0);
}

static void test_up_keep(void **unused)
{
	(void)unused;
	check_row(&(struct row){ .name = "up --keep",
				 .args = { "up", "valid.xml", "--keep", "--name", "fails" },
				 .code = 5,
				 .err = "kept" });
	assert_int_equal(count_labs(), 1);
	check_row(&(struct row){ .name = "down", .args = { "down" } });
	assert_int_equal(count_labs(), 0);
}

/* Ctrl-C at any moment: after so many milliseconds, whatever goes on then. */
static void test_up_any_moment(void **unused)
{
	const char *argv[] = { labctl, "up", "valid.xml", "--name", "hangs", NULL };

	(void)unused;
	for (int ms = 0; ms < 400; ms += 25) {
		struct timespec wait = { 0, ms * 1000000L };
		pid_t pid = child_start(argv, -1, -1, -1, NULL);
		int code;

		assert_true(pid > 0);
		(void)nanosleep(&wait, NULL); /* the moment is what this test varies */
		(void)kill(pid, SIGINT);
		code = reap(pid);
		assert_true(code == 130 || code == 128 + SIGINT);
		assert_int_equal(count_labs(), 0);
	}
}

/* A lab that ends by itself: the next command says so, and the one after that does not. */
static void test_news(void **unused)
{
	auto_registry_entry struct registry_entry entry = { 0 };

	(void)unused;
	start_lab("delta");
	assert_int_equal(registry_find(state, "delta", &entry, NULL), 0);
	assert_int_equal(kill(entry.pid, SIGKILL), 0);
	assert_int_equal(
		sandbox_end(entry.pid, entry.start_time, deadline_in_ms(PATIENCE_MS), NULL), 0);
	check_row(&(struct row){ .name = "news",
				 .args = { "plan", "valid.xml" },
				 .err = "lab 'delta' has ended: its first process was killed" });
	check_row(&(struct row){ .name = "no news", .args = { "ls" }, .err = "" });
}

/* --- what is left --- */

/* Processes of this test's labs, by their program. */
static size_t count_processes(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc))) {
		auto_free char *link = xasprintf("/proc/%s/exe", entry->d_name);
		auto_free char *program = realpath(link, NULL);

		n += program && strcmp(program, fake) == 0;
	}
	(void)closedir(proc);
	return n;
}

static int is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void test_nothing_left(void **unused)
{
	auto_free char *labs = xasprintf("%s/labs", state);
	struct dirent **entries = NULL;
	int n = scandir(labs, &entries, is_entry, alphasort);

	(void)unused;
	for (int i = 0; i < n; i++) {
		print_error("left: %s\n", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	assert_int_equal(n, 0);
	assert_int_equal(count_processes(), 0);
}

/* --- the group --- */

static const char valid_xml[] =
	"<lab name=\"valid\">\n"
	"  <network name=\"n\" prefix=\"198.51.100.0/24\"/>\n"
	"  <node name=\"client\"><nic name=\"eth0\" address=\"198.51.100.1/24\"/></node>\n"
	"  <node name=\"www\"><nic name=\"eth0\" address=\"198.51.100.2/24\"/></node>\n"
	"  <link name=\"l\" kind=\"wire\"><end node=\"client\" nic=\"eth0\"/><end node=\"www\" "
	"nic=\"eth0\"/></link>\n"
	"</lab>\n";
static const char wrong_xml[] = "<lab name=\"wrong\">\n"
				"  <network name=\"n\" prefix=\"198.51.100.0/24\"/>\n"
				"  <nodde name=\"client\"/>\n"
				"</lab>\n";
static const char experiment_xml[] =
	"<experiment name=\"e\">\n"
	"  <parameter name=\"tls\" default=\"1.3\">\n"
	"    <value name=\"1.3\" text=\"--tlsv1.3\"/><value name=\"1.2-rsa\" text=\"\"/>\n"
	"  </parameter>\n"
	"  <steps><step name=\"s\" node=\"client\" deadline=\"5\"><run>true "
	"${tls}</run></step></steps>\n"
	"</experiment>\n";

/* An image that labctl finds, by a build script that knows its key; nothing boots from it. */
#define KEY "0123456789abcdef"
static const char script[] = "#!/bin/sh\n[ \"$1\" != --key ] || echo " KEY "\n";
#define X                         \
	"{\"size\":1,\"sha256\":" \
	"\"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\"}"
static const char manifest[] =
	"{\"kernel\":\"6.1\",\"files\":{\"vmlinux\":" X ",\"initrd\":" X ",\"root.erofs\":" X "},"
	"\"packages\":[{\"name\":\"runit\",\"version\":\"2.1\"}]}";

static void write_file(const char *name, const char *text)
{
	auto_free char *parent =
		xstrndup(name, strrchr(name, '/') ? (size_t)(strrchr(name, '/') - name) : 0);

	if (parent[0])
		assert_int_equal(io_mkdirs(parent, 0755, NULL), 0);
	assert_int_equal(io_write_file(name, text, strlen(text),
				       strcmp(text, script) == 0 ? 0755 : 0644, NULL),
			 0);
}

static void write_share(void)
{
	auto_free char *topologies = source_path("topologies");
	auto_free char *share = xasprintf("%s/share", folder);

	write_file("share/images/build", script);
	write_file("share/images/packages",
		   "# what\n\nless\t\t# a pager\nnano # an editor\nwithout\n");
	write_file(".cache/labd/images/" KEY "/vmlinux", "x");
	write_file(".cache/labd/images/" KEY "/initrd", "x");
	write_file(".cache/labd/images/" KEY "/root.erofs", "x");
	write_file(".cache/labd/images/" KEY "/manifest.json", manifest);
	assert_int_equal(symlink(topologies, "share/topologies"), 0);
	assert_int_equal(setenv("LABD_SHARE", share, 1), 0);
}

static int begin_group(void **unused)
{
	(void)unused;
	write_share();
	write_file("valid.xml", valid_xml);
	write_file("wrong.xml", wrong_xml);
	write_file("e.xml", experiment_xml);
	return 0;
}

static int begin_alpha(void **unused)
{
	(void)unused;
	start_lab("alpha");
	return 0;
}

static int end_group(void **unused)
{
	static const char *const args[] = { "down", "--all", NULL };
	auto_outcome struct outcome o = { 0 };

	(void)unused;
	run(labctl, args, NULL, NULL, 0, &o);
	return 0;
}

/* Everything of the user's lies in a folder of our own. */
static bool enter_folder(void)
{
	static const char *const unset[] = {
		"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LABD_SHARE",
		"LABD_LIBEXEC",   "LABCTL_LAB",     "TERM"
	};

	for (size_t i = 0; i < ARRAY_SIZE(unset); i++)
		(void)unsetenv(unset[i]);
	if (make_folder(NULL) < 0 || chdir(folder) < 0 || setenv("HOME", folder, 1) < 0 ||
	    setenv("LABD_DAEMON", fake, 1) < 0)
		return false;
	state = xasprintf("%s/.local/state/labd", folder);
	return true;
}

static int run_groups(void)
{
	static const struct CMUnitTest sessions[] = {
		cmocka_unit_test(test_large_output),    cmocka_unit_test(test_reader_goes),
		cmocka_unit_test(test_terminal),        cmocka_unit_test(test_greeting),
		cmocka_unit_test(test_console_escape),  cmocka_unit_test(test_hangup),
		cmocka_unit_test(test_several),         cmocka_unit_test(test_down_of_the_deaf),
		cmocka_unit_test(test_interrupted_run), cmocka_unit_test(test_down_all),
	};
	static const struct CMUnitTest ends[] = {
		cmocka_unit_test(test_up_keep),
		cmocka_unit_test(test_up_any_moment),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_nothing_left),
	};
	int failed = 0;

	ADD_ROWS(plain_rows, test_row);
	failed += run_added("no lab", begin_group, NULL);
	ADD_ROWS(lab_rows, test_row);
	failed += run_added("one lab", begin_alpha, NULL);
	failed +=
		cmocka_run_group_tests_name("sessions and several labs", sessions, NULL, end_group);
	ADD_ROWS(up_rows, test_up_row);
	failed += run_added("up", NULL, end_group);
	failed += cmocka_run_group_tests_name("up, in any case", ends, NULL, end_group);
	return failed;
}

int main(void)
{
	int failed;

	if (no_namespaces())
		return skip_all(no_namespaces());
	labctl = built_program("labctl");
	fake = built_program("tests/integration/fake-labd");
	init_program = built_program("labd-init");
	extcap = xasprintf("%.*s/extcap/labd-extcap", (int)(strrchr(labctl, '/') - labctl), labctl);
	if (!enter_folder())
		return 1;
	failed = run_groups();
	(void)!chdir("/");
	(void)remove_folder(NULL);
	free(labctl);
	free(fake);
	free(init_program);
	free(state);
	return failed ? 1 : 0;
}
