/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lab's sandbox for real: what is inside, who can reach it, how it ends, what is left.
 * Covers: src/sandbox/check.c src/sandbox/enter.c src/sandbox/init.c src/sandbox/init-main.c
 * Covers: src/sandbox/mount.c src/sandbox/process.c src/sandbox/sandbox.c
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "sandbox/enter.h"
#include "sandbox/init.h"
#include "sandbox/sandbox.h"

#define OTHER_UID 54321
#define PATIENCE_MS 60000 /* what must come may take so long on a busy machine */

static char *init_program;
static char self[512];

/* ---- a stand-in for labd: this program, called with --labd ---- */

static void add_status_line(struct str *out, const char *key)
{
	auto_str struct str text = { 0 };
	const char *p;

	(void)io_read_file("/proc/self/status", 65536, &text, NULL);
	p = strstr(str_text(&text), key);
	if (p)
		str_addf(out, "%s=%.16s\n", key, p + strlen(key) + 2);
}

static void add_env(struct str *out, const char *name)
{
	const char *value = getenv(name);

	str_addf(out, "%s=%s\n", name, value ? value : "(none)");
}

/* Whether a key that test_inside() made is in this process's session keyring. */
static bool has_key(void)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "labd-test",
		       0) >= 0;
}

static void add_facts(struct str *out)
{
	/* The kernel puts these into every new namespace where their modules are loaded. */
	static const char fallbacks[] = " tunl0 sit0 gre0 gretap0 erspan0 ip_vti0 ip6_vti0 ip6tnl0 "
					"ip6gre0 ";
	struct if_nameindex *ifs = if_nameindex();
	auto_str struct str ipv6 = { 0 };
	struct stat st;

	str_addf(out, "pid=%d\nppid=%d\nuid=%u\neuid=%u\n", (int)getpid(), (int)getppid(), getuid(),
		 geteuid());
	add_status_line(out, "CapEff");
	add_status_line(out, "CapPrm");
	add_status_line(out, "CapBnd");
	add_status_line(out, "CapAmb");
	str_adds(out, "interfaces=");
	for (size_t i = 0; ifs && ifs[i].if_index; i++) {
		auto_free char *word = xasprintf(" %s ", ifs[i].if_name);

		if (!strstr(fallbacks, word))
			str_addf(out, "%s,", ifs[i].if_name);
	}
	if_freenameindex(ifs);
	(void)io_read_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", 16, &ipv6, NULL);
	str_addf(out, "\nno_ipv6=%.1s\n", str_text(&ipv6));
	str_addf(out, "run_mode=%o\n", stat("/run", &st) == 0 ? st.st_mode & 07777 : 0);
	str_addf(out, "labd_mode=%o\n", stat(SANDBOX_RUN, &st) == 0 ? st.st_mode & 07777 : 0);
	str_addf(out, "key=%s\n", has_key() ? "seen" : "none");
	str_addf(out, "terminal=%s\n", open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 ? "none" : "some");
	add_env(out, "HOME");
	add_env(out, "TMPDIR");
	add_env(out, "XDG_RUNTIME_DIR");
	add_env(out, "LABD_RESTARTED");
	add_env(out, "LABD_TEST");
	add_env(out, "FOREIGN");
	add_env(out, "UBSAN_OPTIONS");
}

/* A process that nobody waits for: PID 1 must reap it, and the lab's end must end it. */
static void leave_orphan(struct str *out)
{
	int pipes[2];
	pid_t pid = -1;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return;
	if (fork() == 0) {
		pid = fork();
		if (pid == 0) {
			(void)setsid();
			/* The listener too: a dead labd's must not take a client's connection. */
			(void)close_range(0, ~0U, 0);
			for (;;)
				(void)pause();
		}
		(void)!write(pipes[1], &pid, sizeof(pid));
		_exit(0);
	}
	(void)!read(pipes[0], &pid, sizeof(pid));
	(void)wait(NULL);
	str_addf(out, "%d", (int)pid);
}

static void obey(const char *word, struct str *out)
{
	if (str_eq(word, "facts"))
		add_facts(out);
	else if (str_eq(word, "orphan"))
		leave_orphan(out);
	else if (str_prefix(word, "alive "))
		str_adds(out, kill((pid_t)atoi(word + 6), 0) == 0 ? "yes" : "no");
	else if (str_eq(word, "die"))
		(void)raise(SIGKILL);
	else if (str_prefix(word, "exit "))
		_exit(atoi(word + 5));
}

static int labd_main(const char *mode)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = SANDBOX_CTL_SOCKET };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (str_eq(mode, "dies"))
		return 3;
	(void)unlink(SANDBOX_CTL_SOCKET);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 5) < 0)
		return 4;
	for (;;) {
		auto_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		auto_str struct str out = { 0 };
		char word[64];
		ssize_t n = recv(fd, word, sizeof(word) - 1, 0);

		if (n <= 0)
			continue;
		word[n] = '\0';
		obey(word, &out);
		(void)send(fd, str_text(&out), out.len, MSG_NOSIGNAL);
	}
}

/* ---- the outside ---- */

struct lab {
	pid_t init;
	uint64_t start;
	int handle;
	char log[128];
	char net[64]; /* what /proc/PID/ns/net reads: "net:[4026532...]" */
	char user[64];
};

static void read_ns(pid_t pid, const char *kind, char ret[64])
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	n = readlink(path, ret, 63);
	ret[n > 0 ? n : 0] = '\0';
}

/* Handles of the labs that a test has started: one that fails leaves none behind. */
static int started[8];
static size_t n_started;

static void note_started(pid_t init)
{
	assert_true(n_started < ARRAY_SIZE(started));
	started[n_started++] = pidfd_open(init, 0);
}

static int kill_started(void **state)
{
	(void)state;
	while (n_started) {
		auto_close int handle = started[--n_started];

		if (handle >= 0)
			(void)pidfd_send_signal(handle, SIGKILL, NULL, 0);
	}
	return 0;
}

static int start_with(const char *const *argv, int (*announce)(pid_t, void *, struct err *),
		      void *ctx, struct lab *lab, struct err *err)
{
	static int count;
	struct sandbox_spec spec = { .init_program = init_program,
				     .argv = argv,
				     .log_path = lab->log,
				     .announce = announce,
				     .ctx = ctx };
	int r;

	memset(lab, 0, sizeof(*lab));
	(void)snprintf(lab->log, sizeof(lab->log), "%s/%d-%d.log", folder, (int)getpid(), count++);
	r = sandbox_start(&spec, &lab->init, err);
	if (r < 0)
		return r;
	note_started(lab->init);
	assert_int_equal(sandbox_start_time(lab->init, &lab->start, NULL), 0);
	lab->handle = pidfd_open(lab->init, 0);
	read_ns(lab->init, "net", lab->net);
	read_ns(lab->init, "user", lab->user);
	return 0;
}

static void start_lab(const char *mode, struct lab *lab)
{
	const char *const argv[] = { self, "--labd", mode, NULL };
	struct err err = ERR_INIT;

	if (start_with(argv, NULL, NULL, lab, &err) < 0)
		fail_msg("%s", err.msg);
}

/* The tests' one way to wait for an end. */
static void wait_gone(const struct lab *lab)
{
	struct pollfd pfd = { .fd = lab->handle, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
}

static void end_lab(struct lab *lab)
{
	struct err err = ERR_INIT;

	if (sandbox_end(lab->init, lab->start, deadline_in_ms(PATIENCE_MS), &err) < 0)
		fail_msg("%s", err.msg);
	(void)close(lab->handle);
}

/* Connects as a client from outside does; tries until labd listens. -errno when it cannot. */
static int reach(const struct lab *lab)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[SANDBOX_CTL_PATH_SIZE];
	int64_t deadline = deadline_in_ms(PATIENCE_MS);

	sandbox_ctl_path(lab->init, path);
	memcpy(addr.sun_path, path, strlen(path));
	for (;;) {
		auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };

		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
			return take_fd(&fd);
		if ((errno != ENOENT && errno != ECONNREFUSED) || deadline_passed(deadline))
			return -errno;
		(void)poll(NULL, 0, 5);
	}
}

static bool try_ask(const struct lab *lab, const char *word, char answer[4096])
{
	auto_close int fd = reach(lab);
	ssize_t n = -1;

	assert_true(fd >= 0);
	if (send(fd, word, strlen(word), MSG_NOSIGNAL) == (ssize_t)strlen(word))
		n = recv(fd, answer, 4095, 0);
	answer[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The stand-in's answer to a word; again when the connection met one that was about to die. */
static const char *ask(const struct lab *lab, const char *word)
{
	static char answer[4096];
	int64_t deadline = deadline_in_ms(PATIENCE_MS);

	while (!try_ask(lab, word, answer))
		if (deadline_passed(deadline))
			fail_msg("no answer to '%s'", word);
	return answer;
}

/* A word that it does not survive. */
static void order(const struct lab *lab, const char *word)
{
	char answer[4096];

	assert_false(try_ask(lab, word, answer));
}

/* How many processes on this machine are in the lab's namespaces. */
static int count_inside(const struct lab *lab)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	int n = 0;

	while ((d = readdir(proc))) {
		pid_t pid = (pid_t)atoi(d->d_name);
		char net[64], user[64];

		if (pid <= 0)
			continue;
		read_ns(pid, "net", net);
		read_ns(pid, "user", user);
		n += str_eq(net, lab->net) || str_eq(user, lab->user);
	}
	(void)closedir(proc);
	return n;
}

/* The machine's init takes a moment to reap the lab's, which shows its user namespace so long. */
static void assert_nothing_left(const struct lab *lab)
{
	int64_t deadline = deadline_in_ms(PATIENCE_MS);

	assert_true(lab->net[0] && lab->user[0]);
	while (count_inside(lab) && !deadline_passed(deadline))
		(void)poll(NULL, 0, 5);
	assert_int_equal(count_inside(lab), 0);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void assert_log_has(const struct lab *lab, const char *part)
{
	auto_str struct str text = { 0 };

	assert_int_equal(io_read_file(lab->log, 1 << 20, &text, NULL), 0);
	assert_has(str_text(&text), part);
}

static struct str snapshot;

static int add_sysctl(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	auto_str struct str value = { 0 };

	(void)ftw;
	/* Counters and caches move by themselves. */
	if (type == FTW_F && (st->st_mode & 0222) && !strstr(path, "/netfilter/") &&
	    io_read_file(path, 65536, &value, NULL) == 0)
		str_addf(&snapshot, "%s: %s\n", path, str_text(&value));
	return 0;
}

/* The host's links, addresses, routes, mounts and network sysctls as text. */
static char *host_state(void)
{
	static const char *const files[] = { "/proc/net/route",      "/proc/net/if_inet6",
					     "/proc/net/ipv6_route", "/proc/net/fib_trie",
					     "/proc/self/mountinfo", "/proc/net/arp" };
	struct if_nameindex *ifs = if_nameindex();

	for (size_t i = 0; ifs && ifs[i].if_index; i++)
		str_addf(&snapshot, "%u %s\n", ifs[i].if_index, ifs[i].if_name);
	if_freenameindex(ifs);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_str struct str text = { 0 };
		const char *line, *end;

		(void)io_read_file(files[i], 1 << 20, &text, NULL);
		/* IPv6 routes carry use counts at their end: the destination and next hop do. */
		for (line = str_text(&text); *line; line = *end ? end + 1 : end) {
			end = strchrnul(line, '\n');
			str_add(&snapshot, line,
				strstr(files[i], "ipv6_route") ? 100 : (size_t)(end - line));
			str_adds(&snapshot, "\n");
		}
	}
	(void)nftw("/proc/sys/net", add_sysctl, 16, FTW_PHYS);
	return str_take(&snapshot);
}

/* ---- the tests ---- */

static void test_inside(void **state)
{
	struct lab lab;
	const char *facts;
	char uid[32];

	(void)state;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 &&
	    syscall(SYS_add_key, "user", "labd-test", "x", 1, KEY_SPEC_SESSION_KEYRING) >= 0)
		assert_true(has_key());
	start_lab("serve", &lab);
	facts = ask(&lab, "facts");
	assert_has(facts, "key=none\n");
	(void)snprintf(uid, sizeof(uid), "\nuid=%u\n", geteuid() ? geteuid() : 1000);
	assert_has(facts, uid);
	assert_has(facts, "ppid=1\n");
	/* CAP_NET_ADMIN is 12, CAP_NET_RAW 13. */
	assert_has(facts, "CapEff=0000000000003000");
	assert_has(facts, "CapPrm=0000000000003000");
	assert_has(facts, "CapBnd=0000000000003000");
	assert_has(facts, "CapAmb=0000000000003000");
	assert_has(facts, "interfaces=lo,\n");
	if (access("/proc/sys/net/ipv6", F_OK) == 0)
		assert_has(facts, "no_ipv6=1\n");
	assert_has(facts, "run_mode=755\n");
	assert_has(facts, "labd_mode=700\n");
	assert_has(facts, "terminal=none\n");
	assert_has(facts, "HOME=/run/labd/home\n");
	assert_has(facts, "TMPDIR=/run/labd/tmp\n");
	assert_has(facts, "XDG_RUNTIME_DIR=/run/labd/run\n");
	assert_has(facts, "LABD_RESTARTED=(none)\n");
	assert_has(facts, "LABD_TEST=passes\n");
	assert_has(facts, "FOREIGN=(none)\n");
	assert_has(facts, "UBSAN_OPTIONS=print_stacktrace=1\n");
	end_lab(&lab);
	assert_nothing_left(&lab);
}

static void test_host_unchanged(void **state)
{
	auto_free char *before = host_state();
	auto_free char *during = NULL;
	auto_free char *after = NULL;
	struct lab lab;

	(void)state;
	assert_true(strlen(before) > 1000);
	start_lab("serve", &lab);
	(void)ask(&lab, "facts");
	during = host_state();
	end_lab(&lab);
	after = host_state();
	assert_string_equal(before, during);
	assert_string_equal(before, after);
	assert_nothing_left(&lab);
}

/*
 * On a host that is played by namespaces: the real one's links, leases and mounts change by
 * themselves. Its PID 1 reaps, as a machine's does.
 */
static _Noreturn void play_host(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(test_host_unchanged,
									     kill_started) };
	struct err err = ERR_INIT;
	int status = 1;
	pid_t pid, gone;

	if (sandbox_mount(&err) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		(void)printf("# no mounts: %s\n", err.msg);
		_exit(1);
	}
	pid = fork();
	if (pid == 0)
		exit(cmocka_run_group_tests_name("a host that is played", tests, NULL, NULL));
	do {
		gone = waitpid(-1, &status, 0);
	} while (gone > 0 && gone != pid);
	_exit(gone == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static int run_on_played_host(void)
{
	struct err err = ERR_INIT;
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_enter(&err) < 0) {
			(void)printf("# %s\n", err.msg);
			_exit(1);
		}
		pid = fork();
		if (pid == 0)
			play_host();
		(void)waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The errno of a process of another uid that connects; 255: no such uid in this namespace. */
static int reach_as(uid_t uid, const struct lab *lab)
{
	pid_t pid = fork();
	int status = 0, r;

	if (pid == 0) {
		if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
			_exit(255);
		r = reach(lab);
		_exit(r < 0 ? -r : 0);
	}
	(void)waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void test_other_user_kept_out(void **state)
{
	struct lab lab;

	(void)state;
	if (geteuid() != 0)
		skip();
	start_lab("serve", &lab);
	(void)ask(&lab, "facts");
	assert_int_equal(reach_as(0, &lab), 0);
	if (reach_as(OTHER_UID, &lab) != 255)
		assert_int_equal(reach_as(OTHER_UID, &lab), EACCES);
	end_lab(&lab);
}

static void test_restart_keeps_the_rest(void **state)
{
	char orphan[32], question[64];
	struct lab lab;

	(void)state;
	start_lab("serve", &lab);
	(void)snprintf(orphan, sizeof(orphan), "%s", ask(&lab, "orphan"));
	assert_true(atoi(orphan) > 1);
	order(&lab, "die");
	assert_has(ask(&lab, "facts"), "LABD_RESTARTED=1\n");
	(void)snprintf(question, sizeof(question), "alive %s", orphan);
	assert_string_equal(ask(&lab, question), "yes");
	order(&lab, "exit 7");
	assert_has(ask(&lab, "facts"), "LABD_RESTARTED=2\n");
	assert_string_equal(ask(&lab, question), "yes");
	assert_log_has(&lab, "killed by signal 9");
	assert_log_has(&lab, "ended with status 7");
	order(&lab, "die");
	assert_has(ask(&lab, "facts"), "LABD_RESTARTED=3\n");
	/* The fourth within a minute is one too many. */
	order(&lab, "die");
	wait_gone(&lab);
	assert_log_has(&lab, "the lab ends: labd died 4 times within 60 s");
	assert_nothing_left(&lab);
	end_lab(&lab);
}

static void test_dies_at_once(void **state)
{
	struct lab lab;

	(void)state;
	start_lab("dies", &lab);
	wait_gone(&lab);
	assert_log_has(&lab, "ended with status 3; death 3");
	(void)close(lab.handle);
}

static void test_exit_0_ends(void **state)
{
	struct lab lab;

	(void)state;
	start_lab("serve", &lab);
	(void)ask(&lab, "orphan");
	order(&lab, "exit 0");
	wait_gone(&lab);
	assert_log_has(&lab, "the lab is over");
	assert_nothing_left(&lab);
	(void)close(lab.handle);
}

static void test_killed_init_ends_all(void **state)
{
	struct lab lab;

	(void)state;
	start_lab("serve", &lab);
	(void)ask(&lab, "orphan");
	assert_int_equal(kill(lab.init, SIGKILL), 0);
	wait_gone(&lab);
	assert_nothing_left(&lab);
	end_lab(&lab);
}

static void test_wrong_start_time(void **state)
{
	struct lab lab;

	(void)state;
	start_lab("serve", &lab);
	assert_int_equal(sandbox_end(lab.init, lab.start + 1, deadline_in_ms(1000), NULL), 0);
	assert_has(ask(&lab, "facts"), "ppid=1\n");
	end_lab(&lab);
}

static void test_two_labs(void **state)
{
	struct lab a, b;

	(void)state;
	start_lab("serve", &a);
	start_lab("serve", &b);
	assert_string_not_equal(a.net, b.net);
	(void)ask(&a, "facts");
	(void)ask(&b, "facts");
	end_lab(&a);
	assert_has(ask(&b, "facts"), "ppid=1\n");
	end_lab(&b);
	assert_nothing_left(&a);
	assert_nothing_left(&b);
}

struct refusal {
	pid_t init;
	bool die;
	int tell;
};

static int refuse(pid_t init, void *ctx, struct err *err)
{
	struct refusal *refusal = ctx;

	refusal->init = init;
	if (refusal->die) {
		(void)!write(refusal->tell, &init, sizeof(init));
		(void)raise(SIGKILL);
	}
	return err_set(err, EEXIST, "not published");
}

static void test_announce_fails(void **state)
{
	const char *const argv[] = { self, "--labd", "serve", NULL };
	struct refusal refusal = { 0 };
	struct err err = ERR_INIT;
	struct lab lab;

	(void)state;
	assert_int_equal(start_with(argv, refuse, &refusal, &lab, &err), -EEXIST);
	assert_string_equal(err.msg, "not published");
	assert_true(refusal.init > 0);
	assert_int_equal(sandbox_start_time(refusal.init, &lab.start, NULL), -ESRCH);
}

static void test_caller_killed_before_publishing(void **state)
{
	const char *const argv[] = { self, "--labd", "serve", NULL };
	struct refusal refusal = { .die = true };
	auto_close int handle = -1;
	struct lab lab;
	int pipes[2];
	pid_t init = 0, pid;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	refusal.tell = pipes[1];
	pid = fork();
	if (pid == 0) {
		(void)start_with(argv, refuse, &refusal, &lab, NULL);
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &init, sizeof(init)), sizeof(init));
	(void)waitpid(pid, NULL, 0);
	handle = pidfd_open(init, 0);
	if (handle >= 0) {
		struct pollfd pfd = { .fd = handle, .events = POLLIN };

		assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	}
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void test_outlives_its_starter(void **state)
{
	struct lab lab;
	int pipes[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		start_lab("serve", &lab);
		(void)!write(pipes[1], &lab, sizeof(lab));
		(void)kill(0, SIGHUP); /* as the end of a login does to its processes */
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &lab, sizeof(lab)), sizeof(lab));
	(void)waitpid(pid, NULL, 0);
	note_started(lab.init);
	lab.handle = pidfd_open(lab.init, 0);
	assert_true(lab.handle >= 0);
	assert_has(ask(&lab, "facts"), "ppid=1\n");
	end_lab(&lab);
	assert_nothing_left(&lab);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void test_bad_programs(void **state)
{
	static const char *const missing[] = { "/nonexistent/labd", NULL };
	struct sandbox_spec spec = { .init_program = "/nonexistent/labd-init", .argv = missing };
	struct err err = ERR_INIT;
	char log[128];
	struct lab lab;
	pid_t pid = -1;

	(void)state;
	assert_int_equal(start_with(missing, NULL, NULL, &lab, &err), -ENOENT);
	assert_has(err.msg, "'/nonexistent/labd'");
	(void)snprintf(log, sizeof(log), "%s/bad.log", folder);
	spec.log_path = log;
	err_clear(&err);
	assert_int_equal(sandbox_start(&spec, &pid, &err), -ENOENT);
	assert_has(err.msg, "'/nonexistent/labd-init'");
	spec.init_program = folder;
	assert_true(sandbox_start(&spec, &pid, &err) < 0);
	assert_int_equal(pid, -1);
}

static void test_check(void **state)
{
	struct sandbox_facts facts;

	(void)state;
	sandbox_check(&facts);
	assert_int_equal(facts.namespaces.code, 0);
	assert_true((facts.tun.code == 0) == (access("/dev/net/tun", R_OK | W_OK) == 0));
}

#define ENDING(fn) cmocka_unit_test_teardown(fn, kill_started)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ENDING(test_inside),
		ENDING(test_other_user_kept_out),
		ENDING(test_restart_keeps_the_rest),
		ENDING(test_dies_at_once),
		ENDING(test_exit_0_ends),
		ENDING(test_killed_init_ends_all),
		ENDING(test_wrong_start_time),
		ENDING(test_two_labs),
		ENDING(test_announce_fails),
		ENDING(test_caller_killed_before_publishing),
		ENDING(test_outlives_its_starter),
		ENDING(test_bad_programs),
		ENDING(test_check),
	};
	int failed;

	if (argc == 3 && str_eq(argv[1], "--labd"))
		return labd_main(argv[2]);
	init_program = built_program("labd-init");
	if (no_namespaces())
		return skip_all(no_namespaces());
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || make_folder(NULL) < 0)
		return 1;
	(void)setenv("LABD_TEST", "passes", 1);
	(void)setenv("FOREIGN", "stays out", 1);
	(void)setenv("UBSAN_OPTIONS", "print_stacktrace=1", 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += run_on_played_host();
	(void)remove_folder(NULL);
	return failed;
}
