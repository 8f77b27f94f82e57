/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/ctl: lines, descriptors, messages, the socket; what a peer may do wrong.
 * Covers: src/ctl/commands.c src/ctl/ctl.c src/ctl/message.c
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "ctl/message.h"
#include "lib/tests.h"

#define SOON deadline_in_ms(60000)

/* Both ends of a connection. */
struct pair {
	struct ctl *client, *daemon;
	int raw; /* the client's descriptor, for bytes that ctl_send would not send */
};

static int open_pair(void **state)
{
	struct pair *p = xcalloc(1, sizeof(*p));
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	p->client = ctl_new(fds[0], CTL_CLIENT);
	p->daemon = ctl_new(fds[1], CTL_DAEMON);
	p->raw = fds[0];
	*state = p;
	return 0;
}

static int close_pair(void **state)
{
	struct pair *p = *state;

	ctl_free(p->client);
	ctl_free(p->daemon);
	free(p);
	return 0;
}

static size_t open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* --- lines: what labd makes of the bytes of a client --- */

static const struct line_row {
	const char *name, *bytes;
	size_t len; /* 0: of the string */
	int result;
	const char *why; /* a part of the sentence */
} line_rows[] = {
	{ "line: object", "{\"a\":1}\n", 0, CTL_RECV_LINE, NULL },
	{ "line: blanks around it", "  {}  \n", 0, CTL_RECV_LINE, NULL },
	{ "line: not whole", "{\"a\":1}", 0, CTL_RECV_NOTHING, NULL },
	{ "line: empty", "\n", 0, -EPROTO, "not JSON" },
	{ "line: no JSON", "hello\n", 0, -EPROTO, "not JSON" },
	{ "line: array", "[1]\n", 0, -EPROTO, "not a JSON object" },
	{ "line: two values", "{} {}\n", 0, -EPROTO, "not JSON" },
	{ "line: twice the same key", "{\"a\":1,\"a\":2}\n", 0, -EPROTO, "not JSON" },
	{ "line: NUL in a text", "{\"a\":\"\\u0000\"}\n", 0, -EPROTO, "\\u0000" },
	{ "line: beyond 2^63", "{\"a\":9223372036854775808}\n", 0, -EPROTO, "too big integer" },
	{ "line: beyond a double", "{\"a\":1e999}\n", 0, -EPROTO, "real number overflow" },
	{ "line: NUL byte", "{}\0\n", 4, -EPROTO, "not JSON" },
	{ "line: no UTF-8", "{\"a\":\"\xff\"}\n", 0, -EPROTO, "not JSON" },
	{ "line: 16 levels", "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}\n", 0, CTL_RECV_LINE, NULL },
	{ "line: 17 levels", "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}\n", 0, -EPROTO, "nested" },
	{ "line: brackets in a string", "{\"a\":\"[[[[[[[[[[[[[[[[[[\\\"[[[[\"}\n", 0,
	  CTL_RECV_LINE, NULL },
};

static void test_line(void **state)
{
	const struct line_row *row = *state;
	auto_json json_t *value = NULL;
	struct err err = ERR_INIT;
	void *opened = NULL;
	struct pair *p;

	assert_int_equal(open_pair(&opened), 0);
	p = opened;
	assert_int_equal(io_write_all(p->raw, row->bytes, row->len ? row->len : strlen(row->bytes)),
			 0);
	assert_int_equal(ctl_recv(p->daemon, 0, &value, NULL, &err), row->result);
	assert_int_equal(value != NULL, row->result == CTL_RECV_LINE);
	if (row->why)
		assert_non_null(strstr(err.msg, row->why));
	if (row->result < 0) /* nothing that comes later counts */
		assert_int_equal(ctl_recv(p->daemon, 0, &value, NULL, &err), CTL_RECV_CLOSED);
	(void)close_pair(&opened);
}

static void test_pieces(void **state)
{
	static const char bytes[] = "{\"a\":1}\n{\"a\":2}\n{\"a\":3";
	struct pair *p = *state;
	struct err err = ERR_INIT;
	json_t *value = NULL;

	/* Byte by byte. */
	for (const char *c = "{\"a\":0}\n"; *c; c++) {
		assert_int_equal(ctl_recv(p->daemon, 0, &value, NULL, &err), CTL_RECV_NOTHING);
		assert_int_equal(io_write_all(p->raw, c, 1), 0);
	}
	assert_int_equal(ctl_recv(p->daemon, 0, &value, NULL, &err), CTL_RECV_LINE);
	json_decref(value);
	/* Two and a half at once, then the end. */
	assert_int_equal(io_write_all(p->raw, bytes, strlen(bytes)), 0);
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(ctl_recv(p->daemon, 0, &value, NULL, &err), CTL_RECV_LINE);
		assert_int_equal(json_get_int(value, "a", 0), i);
		json_decref(value);
	}
	assert_int_equal(ctl_recv(p->daemon, 0, &value, NULL, &err), CTL_RECV_NOTHING);
	assert_int_equal(shutdown(p->raw, SHUT_WR), 0);
	assert_int_equal(ctl_recv(p->daemon, SOON, &value, NULL, &err), CTL_RECV_CLOSED);
}

static void *write_blanks(void *arg)
{
	auto_str struct str s = { 0 };
	const int *fd = arg;

	for (size_t i = 0; i < CTL_REQUEST_MAX + 1; i++)
		str_adds(&s, " ");
	(void)send(*fd, s.data, s.len, MSG_NOSIGNAL);
	return NULL;
}

static void test_too_long(void **state)
{
	struct pair *p = *state;
	struct err err = ERR_INIT;
	json_t *value = NULL;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, write_blanks, &p->raw), 0);
	assert_int_equal(ctl_recv(p->daemon, SOON, &value, NULL, &err), -EPROTO);
	assert_non_null(strstr(err.msg, "over 65536 bytes"));
	ctl_free(p->daemon);
	(void)pthread_join(thread, NULL);
	p->daemon = NULL;
}

static void test_deadline(void **state)
{
	struct pair *p = *state;
	int64_t begun = clock_mono_ns();
	json_t *value = NULL;

	assert_int_equal(ctl_recv(p->daemon, deadline_in_ms(50), &value, NULL, NULL),
			 CTL_RECV_NOTHING);
	assert_true(clock_mono_ns() - begun >= 50 * NS_PER_MS);
}

/* --- sending --- */

static json_t *text_of(size_t len)
{
	auto_free char *text = xcalloc(len + 1, 1);

	memset(text, 'x', len);
	return json_pack("{s:s}", "t", text);
}

static void test_sizes(void **state)
{
	struct pair *p = *state;
	auto_json json_t *fits = text_of(CTL_REQUEST_MAX - 9), *over = text_of(CTL_REQUEST_MAX - 8);
	auto_json json_t *big = text_of(CTL_REPLY_MAX - 8);
	struct err err = ERR_INIT;
	json_t *value = NULL;

	assert_int_equal(ctl_send(p->client, over, NULL, 0, &err), -EMSGSIZE);
	assert_int_equal(ctl_send(p->daemon, big, NULL, 0, &err), -EMSGSIZE);
	/* A refused line leaves the connection as it was; the largest one that fits arrives. */
	assert_int_equal(ctl_send(p->client, fits, NULL, 0, &err), 0);
	assert_int_equal(ctl_recv(p->daemon, SOON, &value, NULL, &err), CTL_RECV_LINE);
	assert_int_equal(json_string_length(json_object_get(value, "t")), CTL_REQUEST_MAX - 9);
	json_decref(value);
}

static void test_gone(void **state)
{
	struct pair *p = *state;
	auto_json json_t *value = json_object();

	assert_int_equal(shutdown(p->raw, SHUT_RDWR), 0);
	assert_int_equal(ctl_send(p->daemon, value, NULL, 0, NULL), -EPIPE);
	assert_int_equal(ctl_send(p->daemon, value, NULL, 0, NULL), -EPIPE);
}

#define SENDERS 4
#define EACH 200

static void *send_events(void *arg)
{
	for (int i = 0; i < EACH; i++)
		(void)ctl_send_event(arg, "note", text_of(300), NULL);
	return NULL;
}

static void test_threads(void **state)
{
	struct pair *p = *state;
	struct err err = ERR_INIT;
	pthread_t threads[SENDERS];

	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, send_events, p->daemon), 0);
	for (int i = 0; i < SENDERS * EACH; i++) {
		auto_json json_t *line = NULL;
		struct ctl_reply reply;

		assert_int_equal(ctl_recv(p->client, SOON, &line, NULL, &err), CTL_RECV_LINE);
		assert_int_equal(ctl_reply_parse(line, &reply, &err), 0);
		assert_int_equal(reply.kind, CTL_REPLY_EVENT);
		assert_string_equal(json_get_text(reply.body, "type", ""), "note");
	}
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(threads[i], NULL);
}

/* --- descriptors --- */

static void test_descriptors(void **state)
{
	struct pair *p = *state;
	auto_ctl_fds struct ctl_fds fds = CTL_FDS_INIT;
	auto_json json_t *line = NULL;
	struct ctl_request request;
	int pipes[2], sent[3];
	char c = 0;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	sent[0] = pipes[0];
	sent[1] = sent[2] = pipes[1];
	assert_int_equal(ctl_send_command(p->client, CTL_EXEC, NULL, sent, 3, NULL), 0);
	assert_int_equal(ctl_recv(p->daemon, SOON, &line, &fds, NULL), CTL_RECV_LINE);
	assert_int_equal(ctl_request_parse(line, &request, NULL), 0);
	assert_int_equal(request.command, CTL_EXEC);
	assert_int_equal(fds.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(fcntl(fds.fd[i], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fds.fd[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void test_unwanted_descriptors(void **state)
{
	struct pair *p = *state;
	auto_json json_t *line = NULL;
	int sent[3] = { 0, 0, 0 };
	size_t before = open_fds();

	assert_int_equal(ctl_send_command(p->client, CTL_EXEC, NULL, sent, 3, NULL), 0);
	assert_int_equal(ctl_recv(p->daemon, SOON, &line, NULL, NULL), CTL_RECV_LINE);
	assert_int_equal(open_fds(), before);
}

/* Sends bytes with n copies of standard input. */
static void send_raw_fds(int fd, const char *bytes, size_t n)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(8 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (char *)(uintptr_t)bytes, .iov_len = strlen(bytes) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
	assert_int_equal(sendmsg(fd, &msg, 0), iov.iov_len);
}

static void test_too_many_descriptors(void **state)
{
	struct pair *p = *state;
	json_t *line = NULL;
	size_t before = open_fds();

	send_raw_fds(p->raw, "{}\n", 8);
	assert_int_equal(ctl_recv(p->daemon, SOON, &line, NULL, NULL), -EPROTO);
	ctl_free(p->daemon);
	assert_int_equal(open_fds(), before - 1);
	p->daemon = NULL;
}

static void test_descriptors_in_pieces(void **state)
{
	struct pair *p = *state;
	auto_ctl_fds struct ctl_fds fds = CTL_FDS_INIT;
	json_t *line = NULL;
	size_t before = open_fds();

	/* Each piece of a line brings two: the second time it is one too many. */
	send_raw_fds(p->raw, "{", 2);
	assert_int_equal(ctl_recv(p->daemon, 0, &line, &fds, NULL), CTL_RECV_NOTHING);
	send_raw_fds(p->raw, "}\n", 2);
	assert_int_equal(ctl_recv(p->daemon, 0, &line, &fds, NULL), -EPROTO);
	ctl_free(p->daemon);
	assert_int_equal(open_fds(), before - 1);
	p->daemon = NULL;
}

/* --- messages --- */

static const struct request_row {
	const char *name, *text;
	int result; /* 0, or the code */
	enum ctl_request_kind kind;
	int command; /* or columns */
} request_rows[] = {
	{ "request: hello", "{\"labd\":1,\"command\":\"hello\",\"args\":{}}", 0,
	  CTL_REQUEST_COMMAND, CTL_HELLO },
	{ "request: down", "{\"labd\":1,\"command\":\"down\",\"args\":{\"x\":1}}", 0,
	  CTL_REQUEST_COMMAND, CTL_DOWN },
	{ "request: cancel", "{\"cancel\":true}", 0, CTL_REQUEST_CANCEL, 0 },
	{ "request: resize", "{\"resize\":[132,43]}", 0, CTL_REQUEST_RESIZE, 132 },
	{ "request: other protocol", "{\"labd\":2,\"command\":\"hello\",\"args\":{}}", -EPROTO, 0,
	  0 },
	{ "request: no protocol", "{\"command\":\"hello\",\"args\":{}}", -EPROTO, 0, 0 },
	{ "request: no command", "{\"labd\":1,\"args\":{}}", -EPROTO, 0, 0 },
	{ "request: unknown command", "{\"labd\":1,\"command\":\"fly\",\"args\":{}}", -ENOSYS, 0,
	  0 },
	{ "request: no args", "{\"labd\":1,\"command\":\"hello\"}", -EPROTO, 0, 0 },
	{ "request: args are an array", "{\"labd\":1,\"command\":\"hello\",\"args\":[]}", -EPROTO,
	  0, 0 },
	{ "request: cancel false", "{\"cancel\":false}", -EPROTO, 0, 0 },
	{ "request: resize to nothing", "{\"resize\":[0,43]}", -EPROTO, 0, 0 },
	{ "request: resize beyond", "{\"resize\":[10000,43]}", -EPROTO, 0, 0 },
	{ "request: resize of text", "{\"resize\":[\"80\",\"24\"]}", -EPROTO, 0, 0 },
	{ "request: resize of three", "{\"resize\":[80,24,1]}", -EPROTO, 0, 0 },
	{ "request: nothing", "{}", -EPROTO, 0, 0 },
};

static void test_request(void **state)
{
	const struct request_row *row = *state;
	auto_json json_t *line = json_loads(row->text, 0, NULL);
	struct ctl_request request = { 0 };
	struct err err = ERR_INIT;

	assert_non_null(line);
	assert_int_equal(ctl_request_parse(line, &request, &err), row->result);
	if (row->result < 0) {
		assert_true(err.msg[0]);
		return;
	}
	assert_int_equal(request.kind, row->kind);
	if (row->kind == CTL_REQUEST_COMMAND) {
		assert_int_equal(request.command, row->command);
		assert_true(json_is_object(request.args));
	}
	if (row->kind == CTL_REQUEST_RESIZE)
		assert_int_equal(request.cols, row->command);
}

static const struct reply_row {
	const char *name, *text;
	int result; /* 0, or the code of the parse */
	int code;   /* of an error reply */
} reply_rows[] = {
	{ "reply: event", "{\"event\":{\"type\":\"note\"}}", 0, 0 },
	{ "reply: result", "{\"result\":{}}", 0, 0 },
	{ "reply: error", "{\"error\":{\"code\":2,\"message\":\"no\"}}", 0, -ENOENT },
	{ "reply: error without code", "{\"error\":{\"message\":\"no\"}}", 0, -EIO },
	{ "reply: error with a negative code", "{\"error\":{\"code\":-2,\"message\":\"no\"}}", 0,
	  -EIO },
	{ "reply: error with a huge code", "{\"error\":{\"code\":99999999999,\"message\":\"no\"}}",
	  0, -EIO },
	{ "reply: result is no object", "{\"result\":1}", -EPROTO, 0 },
	{ "reply: nothing", "{}", -EPROTO, 0 },
};

static void test_reply(void **state)
{
	const struct reply_row *row = *state;
	auto_json json_t *line = json_loads(row->text, 0, NULL);
	struct ctl_reply reply;
	struct err err = ERR_INIT;

	assert_non_null(line);
	assert_int_equal(ctl_reply_parse(line, &reply, &err), row->result);
	if (row->result == 0 && reply.kind == CTL_REPLY_ERROR)
		assert_int_equal(ctl_reply_error(reply.body, &err), row->code);
}

static void test_conversation(void **state)
{
	struct pair *p = *state;
	struct err failure = ERR_INIT, err = ERR_INIT;
	enum ctl_reply_kind expected[] = { CTL_REPLY_EVENT, CTL_REPLY_RESULT, CTL_REPLY_ERROR };

	(void)err_set(&failure, ENOENT, "node '\xff\xfe': none");
	assert_int_equal(ctl_send_event(p->daemon, "stage", json_pack("{s:s}", "node", "a"), &err),
			 0);
	assert_int_equal(ctl_send_result(p->daemon, NULL, &err), 0);
	assert_int_equal(ctl_send_error(p->daemon, &failure, json_pack("{s:s}", "node", "a"), &err),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		auto_json json_t *line = NULL;
		struct ctl_reply reply;

		assert_int_equal(ctl_recv(p->client, SOON, &line, NULL, &err), CTL_RECV_LINE);
		assert_int_equal(ctl_reply_parse(line, &reply, &err), 0);
		assert_int_equal(reply.kind, expected[i]);
		if (reply.kind != CTL_REPLY_ERROR)
			continue;
		assert_int_equal(ctl_reply_error(reply.body, &err), -ENOENT);
		assert_string_equal(err.msg, "node '\\xff\\xfe': none");
		assert_string_equal(json_get_text(reply.body, "node", ""), "a");
	}
}

static void test_commands(void **state)
{
	(void)state;
	for (int i = 0; i < CTL_COMMANDS; i++)
		assert_int_equal(ctl_command_find(ctl_command_name((enum ctl_command)i)), i);
	assert_int_equal(ctl_command_find(""), -1);
}

/* --- the socket --- */

static void meet(const char *path)
{
	auto_close int listener = ctl_listen(path, NULL);
	auto_ctl struct ctl *client = NULL, *daemon = NULL;
	auto_json json_t *line = NULL;
	struct err err = ERR_INIT;
	struct stat st;

	assert_true(listener >= 0);
	assert_true(fcntl(listener, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ctl_accept(listener, &daemon, &err), -EAGAIN);
	assert_int_equal(ctl_connect(path, &client, &err), 0);
	assert_int_equal(ctl_accept(listener, &daemon, &err), 0);
	assert_true(fcntl(ctl_fd(daemon), F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(ctl_fd(client), F_GETFD) & FD_CLOEXEC);
	assert_int_equal(ctl_send_cancel(client, &err), 0);
	assert_int_equal(ctl_recv(daemon, SOON, &line, NULL, &err), CTL_RECV_LINE);
}

static void test_socket(void **state)
{
	auto_free char *path = xasprintf("%s/ctl.sock", folder);
	struct ctl *client = NULL;

	(void)state;
	assert_int_equal(ctl_connect(path, &client, NULL), -ENOENT);
	meet(path);
	/* What the last one left is in the way of nobody. */
	assert_int_equal(ctl_connect(path, &client, NULL), -ECONNREFUSED);
	meet(path);
}

static void test_long_path(void **state)
{
	auto_free char *deep = xasprintf("%s/%0100d/%0100d", folder, 1, 2);
	auto_free char *path = xasprintf("%s/ctl.sock", deep);

	(void)state;
	assert_int_equal(io_mkdirs(deep, 0700, NULL), 0);
	meet(path);
}

/* Connects as somebody else, who may reach the socket only since the test opens it to all. */
static void test_other_user(void **state)
{
	auto_free char *path = xasprintf("%s/ctl.sock", folder);
	auto_close int listener = ctl_listen(path, NULL);
	struct err err = ERR_INIT;
	struct ctl *ctl = NULL;
	int status = 0, stay[2];
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		print_message("only root can be somebody else\n");
		skip();
	}
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(pipe(stay), 0);
	pid = fork();
	if (pid == 0) {
		char c;

		(void)close(stay[1]);
		if (setuid(65534) < 0 || ctl_connect(path, &ctl, NULL) < 0)
			_exit(1);
		(void)!read(stay[0], &c, 1);
		_exit(0);
	}
	(void)close(stay[0]);
	for (int64_t deadline = SOON; !deadline_passed(deadline);) {
		if (ctl_accept(listener, &ctl, &err) != -EAGAIN)
			break;
	}
	(void)close(stay[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(err.code, -EPERM);
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, open_pair, close_pair)

int main(void)
{
	static const struct CMUnitTest single[] = {
		PAIR(test_pieces),
		PAIR(test_too_long),
		PAIR(test_deadline),
		PAIR(test_sizes),
		PAIR(test_gone),
		PAIR(test_threads),
		PAIR(test_descriptors),
		PAIR(test_unwanted_descriptors),
		PAIR(test_too_many_descriptors),
		PAIR(test_descriptors_in_pieces),
		PAIR(test_conversation),
		cmocka_unit_test(test_commands),
		FOLDER_TEST(test_socket),
		FOLDER_TEST(test_long_path),
		FOLDER_TEST(test_other_user),
	};

	ADD_TESTS(single);
	ADD_ROWS(line_rows, test_line);
	ADD_ROWS(request_rows, test_request);
	ADD_ROWS(reply_rows, test_reply);
	return run_added("ctl", NULL, NULL);
}
