/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl against a labd without guests. */
#include "lib/labctl-bench.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/clock.h"
#include "lib/tests.h"
#include "sandbox/registry.h"
#include "sandbox/sandbox.h"

char *labctl, *labs_state;
static char *extcap, *fake, *init_program;

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
	return registry_publish(labs_state, ctx, init, err);
}

void start_lab(const char *name)
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

	if (registry_claim(labs_state, name, "/x.xml", &entry, &err) < 0)
		fail_msg("%s", err.msg);
	spec.log_path = entry.log;
	topology = xasprintf("%s/topology.xml", entry.dir);
	assert_int_equal(io_write_file(topology, lab_xml, strlen(lab_xml), 0600, NULL), 0);
	if (sandbox_start(&spec, &pid, &err) < 0)
		fail_msg("%s", err.msg);
}

size_t count_labs(void)
{
	auto_registry_list struct registry_list list = { 0 };

	assert_int_equal(registry_list(labs_state, &list, NULL), 0);
	return list.n;
}

void outcome_free(struct outcome *o)
{
	str_free(&o->out);
	str_free(&o->err);
}

bool collect(int fd, struct str *into)
{
	char buf[65536];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		str_add(into, buf, (size_t)n);
	return n > 0;
}

int reap(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void run(const char *program, const char *const *args, const char *input, const char *until,
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

static void expect_text(const struct row *row, const char *which, const char *expected,
			const char *found)
{
	if (expected && !(expected[0] ? strstr(found, expected) != NULL : found[0] == '\0'))
		fail_msg("%s: %s has no '%s': %s", row->name, which, expected, found);
}

void check_row(const struct row *row)
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

void test_row(void **row)
{
	check_row(*row);
}

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

int begin_alpha(void **unused)
{
	(void)unused;
	start_lab("alpha");
	return 0;
}

int end_labs(void **unused)
{
	static const char *const args[] = { "down", "--all", NULL };
	auto_outcome struct outcome o = { 0 };

	(void)unused;
	run(labctl, args, NULL, NULL, 0, &o);
	return 0;
}

/* Everything of the user's lies in a folder of our own, the labd too: its processes are this
 * test's. */
static bool enter_folder(void)
{
	static const char *const unset[] = {
		"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LABD_SHARE",
		"LABD_LIBEXEC",   "LABCTL_LAB",     "TERM"
	};
	auto_free char *built = built_program("tests/integration/fake-labd");

	for (size_t i = 0; i < ARRAY_SIZE(unset); i++)
		(void)unsetenv(unset[i]);
	if (make_folder(NULL) < 0 || chdir(folder) < 0)
		return false;
	labs_state = xasprintf("%s/.local/state/labd", folder);
	fake = xasprintf("%s/fake-labd", folder);
	return child_run((const char *[]){ "cp", built, fake, NULL }, NULL, NULL, NULL) == 0 &&
	       setenv("HOME", folder, 1) == 0 && setenv("LABD_DAEMON", fake, 1) == 0;
}

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
	auto_free char *labs = xasprintf("%s/labs", labs_state);
	struct dirent **entries = NULL;
	int n = scandir(labs, &entries, is_entry, alphasort);

	(void)unused;
	for (int i = 0; i < n; i++) {
		print_error("left: %s\n", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	assert_false(n > 0);
	assert_int_equal(count_processes(), 0);
}

int run_labctl(int (*groups)(void))
{
	static const struct CMUnitTest last[] = { cmocka_unit_test(test_nothing_left) };
	int failed;

	if (no_namespaces())
		return skip_all(no_namespaces());
	labctl = built_program("labctl");
	init_program = built_program("labd-init");
	extcap = xasprintf("%.*s/extcap/labd-extcap", (int)(strrchr(labctl, '/') - labctl), labctl);
	if (!enter_folder())
		return 1;
	write_share();
	write_file("valid.xml", valid_xml);
	write_file("wrong.xml", wrong_xml);
	write_file("e.xml", experiment_xml);
	failed = groups();
	failed += cmocka_run_group_tests_name("what is left", last, NULL, NULL);
	(void)!chdir("/");
	(void)remove_folder(NULL);
	free(labctl);
	free(extcap);
	free(fake);
	free(init_program);
	free(labs_state);
	return failed ? 1 : 0;
}
