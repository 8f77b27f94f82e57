/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A labd without guests, for the test of labctl: it speaks the protocol, and does what the lab's
 * name says: "fails", "hangs", "dies", "deaf" (it takes no `down`); any other name comes up.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "ctl/message.h"
#include "sandbox/sandbox.h"

static const char *lab = "?";

struct client {
	struct ctl *ctl;
	struct ctl_request request;
	struct ctl_fds fds;
};

static json_t *parse(const char *text)
{
	return json_loads(text, 0, NULL);
}

/* Waits until the client cancels, goes away, or (true) asks for another size. */
static bool wait_word(struct client *c, int *cols, int *rows)
{
	auto_json json_t *line = NULL;
	struct ctl_request request;

	if (ctl_recv(c->ctl, deadline_in_ms(60000), &line, NULL, NULL) != CTL_RECV_LINE ||
	    ctl_request_parse(line, &request, NULL) < 0 || request.kind != CTL_REQUEST_RESIZE)
		return false;
	*cols = request.cols;
	*rows = request.rows;
	return true;
}

static void fail(struct client *c, int code, const char *text, json_t *extra)
{
	struct err err = ERR_INIT;

	(void)err_set(&err, code, "%s", text);
	(void)ctl_send_error(c->ctl, &err, extra, NULL);
}

static void stage(struct client *c, const char *node, const char *name)
{
	(void)ctl_send_event(
		c->ctl, "stage",
		json_pack("{s:s, s:s, s:s}", "node", node, "stage", name, "detail", "x\033[31my"),
		NULL);
}

static void do_up(struct client *c)
{
	int cols, rows;

	stage(c, "client", "boot");
	stage(c, "client", "ssh");
	if (strcmp(lab, "dies") == 0)
		_exit(0);
	if (strcmp(lab, "hangs") == 0)
		while (wait_word(c, &cols, &rows))
			;
	if (strcmp(lab, "fails") == 0) {
		fail(c, ETIMEDOUT, "node 'client': ssh: no answer",
		     parse("{\"node\":\"client\",\"stage\":\"ssh\",\"console\":[\"Kernel "
			   "panic\",\"the end\"]}"));
		return;
	}
	(void)ctl_send_event(c->ctl, "note", json_pack("{s:s}", "text", "a note"), NULL);
	stage(c, "client", "ready");
	(void)ctl_send_result(
		c->ctl, json_pack("{s:s, s:i, s:f}", "lab", lab, "nodes", 2, "seconds", 0.5), NULL);
}

static void do_status(struct client *c)
{
	json_t *status =
		parse("{\"state\":\"up\",\"topology\":\"/"
		      "x.xml\",\"seconds\":1.5,\"nodes\":[{\"name\":\"client\","
		      "\"stage\":\"ready\",\"detail\":\"red "
		      "\\u001b[31m\",\"pss_kib\":204800,\"addresses\":[\"eth0 "
		      "68.85.2.101/24\",\"eth0 2001:db8::1/64\"]},"
		      "{\"name\":\"www\",\"stage\":\"ready\",\"detail\":\"\",\"pss_kib\":102400,"
		      "\"addresses\":[]}],"
		      "\"links\":[{\"name\":\"air\",\"kind\":\"wifi\",\"state\":\"up\",\"shape\":"
		      "\"delay=60ms\","
		      "\"ends\":[\"client:wlan0\",\"ap:wlan0\"]}]}");

	(void)json_object_set_new(status, "lab", json_string(lab));
	(void)ctl_send_result(c->ctl, status, NULL);
}

static void do_run(struct client *c)
{
	const char *out = json_get_text(c->request.args, "out", "");
	const char *tls = json_get_text(json_object_get(c->request.args, "parameters"), "tls", "?");
	int cols, rows;

	(void)ctl_send_event(c->ctl, "step",
			     parse("{\"name\":\"lease\",\"node\":\"client\",\"state\":\"start\"}"),
			     NULL);
	(void)ctl_send_event(c->ctl, "step",
			     parse("{\"name\":\"lease\",\"node\":\"client\",\"state\":\"done\","
				   "\"seconds\":0.8}"),
			     NULL);
	if (strcmp(lab, "fails") == 0)
		(void)ctl_send_event(
			c->ctl, "step",
			parse("{\"name\":\"ask\",\"node\":\"client\",\"state\":\"failed\","
			      "\"seconds\":2,\"detail\":\"exit status 1: second\","
			      "\"output\":[\"first\",\"\\u001b[31m\",\"second\"]}"),
			NULL);
	(void)ctl_send_event(c->ctl, "note", parse("{\"text\":\"enough\"}"), NULL);
	if (strcmp(lab, "hangs") == 0)
		while (wait_word(c, &cols, &rows))
			;
	(void)ctl_send_result(
		c->ctl,
		json_pack("{s:s, s:s, s:s?, s:f, s:i, s:i, s:i, s:{s:s}}", "run", out, "outcome",
			  strcmp(lab, "fails") == 0 ? "failed" : "passed", "reason",
			  strcmp(lab, "fails") == 0 ? "expectation 'ack'" : NULL, "seconds", 2.5,
			  "frames", 120, "dropped", 0, "captures", 4, "facts", "TLS", tls),
		NULL);
}

/* "cat", "both", "exit N", "large", "endless", "hang", "sizes"; no command: says what it was given.
 */
static int run_command(struct client *c, const char *command)
{
	char buf[4096];
	int cols, rows;
	ssize_t n;

	if (strcmp(command, "cat") == 0)
		while ((n = read(c->fds.fd[0], buf, sizeof(buf))) > 0)
			(void)io_write_all(c->fds.fd[1], buf, (size_t)n);
	if (strcmp(command, "both") == 0) {
		(void)io_write_all(c->fds.fd[1], "to out\n", 7);
		(void)io_write_all(c->fds.fd[2], "to err\n", 7);
	}
	memset(buf, 'z', sizeof(buf));
	if (strcmp(command, "large") == 0)
		for (int i = 0; i < 1024; i++)
			(void)io_write_all(c->fds.fd[1], buf, sizeof(buf));
	if (strcmp(command, "endless") == 0)
		while (io_write_all(c->fds.fd[1], buf, sizeof(buf)) == 0)
			;
	if (strcmp(command, "hang") == 0) {
		(void)io_write_all(c->fds.fd[1], "hanging\n", 8);
		while (wait_word(c, &cols, &rows))
			;
	}
	if (strcmp(command, "sizes") == 0 && wait_word(c, &cols, &rows))
		(void)dprintf(c->fds.fd[1], "size=%dx%d\r\n", cols, rows);
	return str_prefix(command, "exit ") ? atoi(command + 5) : 0;
}

static void do_exec(struct client *c)
{
	const json_t *args = c->request.args;
	const char *command = json_get_text(args, "command", NULL);
	int status = 0;

	if (strcmp(json_get_text(args, "node", ""), "nobody") == 0) {
		fail(c, ENOENT, "node 'nobody': none", NULL);
		return;
	}
	if (json_is_true(json_object_get(args, "pty")))
		(void)dprintf(c->fds.fd[1], "pty %s %dx%d\r\n", json_get_text(args, "term", ""),
			      json_get_int(args, "cols", 0), json_get_int(args, "rows", 0));
	if (command)
		status = run_command(c, command);
	ctl_fds_close(&c->fds);
	(void)ctl_send_result(c->ctl, json_pack("{s:i}", "status", status), NULL);
}

/* Echoes in capitals until its input or its client ends. */
static void do_console(struct client *c)
{
	struct pollfd pfd[2] = { { .fd = c->fds.fd[0], .events = POLLIN },
				 { .fd = ctl_fd(c->ctl), .events = POLLIN } };
	char buf[512];

	while (poll(pfd, 2, 60000) > 0 && !pfd[1].revents) {
		ssize_t n = read(c->fds.fd[0], buf, sizeof(buf));

		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			buf[i] = (char)(buf[i] >= 'a' && buf[i] <= 'z' ? buf[i] - 32 : buf[i]);
		(void)io_write_all(c->fds.fd[1], buf, (size_t)n);
	}
	ctl_fds_close(&c->fds);
	(void)ctl_send_result(c->ctl, NULL, NULL);
}

static void do_capture(struct client *c)
{
	int cols, rows;

	(void)io_write_all(c->fds.fd[0], "pcapng!\n", 8);
	while (wait_word(c, &cols, &rows))
		;
	ctl_fds_close(&c->fds);
	(void)ctl_send_result(c->ctl, json_pack("{s:i, s:i}", "frames", 7, "dropped", 0), NULL);
}

static void do_link(struct client *c)
{
	const json_t *args = c->request.args;
	const char *name = json_get_text(args, "link", NULL);
	json_t *link = json_pack("{s:s, s:s, s:s, s:s, s:[s]}", "name", name ? name : "a-b", "kind",
				 "wire", "state", json_get_text(args, "state", "up"), "shape",
				 json_get_text(args, "delay", "plain"), "ends", "a:eth0");

	(void)ctl_send_result(c->ctl, name ? link : json_pack("{s:[o]}", "links", link), NULL);
}

static void do_restart(struct client *c)
{
	const char *node = json_get_text(c->request.args, "node", "");

	stage(c, node, "boot");
	if (strcmp(node, "www") == 0)
		fail(c, EHOSTDOWN, "node 'www': dead: its kernel panicked",
		     parse("{\"node\":\"www\",\"console\":[\"Kernel panic\"]}"));
	else
		(void)ctl_send_result(c->ctl, json_pack("{s:s}", "node", node), NULL);
}

static void do_freeze(struct client *c)
{
	(void)ctl_send_event(c->ctl, "note", json_pack("{s:s}", "text", "stands still\a"), NULL);
	(void)ctl_send_result(
		c->ctl,
		json_pack("{s:s, s:i, s:f}", "lab", lab, "until", 1800000000, "seconds", 2.0),
		NULL);
}

static void do_reset(struct client *c)
{
	const json_t *nodes = json_object_get(c->request.args, "nodes");

	if (json_array_size(nodes) == 1)
		fail(c, ENOENT, "lab 'alpha': there is nothing to go back to", NULL);
	else
		(void)ctl_send_result(c->ctl, json_pack("{s:s, s:f}", "lab", lab, "seconds", 3.0),
				      NULL);
}

static void answer(struct client *c)
{
	switch (c->request.command) {
	case CTL_HELLO:
		(void)ctl_send_result(c->ctl, json_pack("{s:s, s:s}", "lab", lab, "state", "up"),
				      NULL);
		break;
	case CTL_UP:
		do_up(c);
		break;
	case CTL_STATUS:
		do_status(c);
		break;
	case CTL_RUN:
		do_run(c);
		break;
	case CTL_EXEC:
		do_exec(c);
		break;
	case CTL_CONSOLE:
		do_console(c);
		break;
	case CTL_CAPTURE:
		do_capture(c);
		break;
	case CTL_LINK:
		do_link(c);
		break;
	case CTL_LOGS:
		(void)ctl_send_result(c->ctl, json_pack("{s:s}", "text", "boot\nbell\a\n"), NULL);
		break;
	case CTL_RESTART:
		do_restart(c);
		break;
	case CTL_FREEZE:
		do_freeze(c);
		break;
	case CTL_RESET:
		do_reset(c);
		break;
	case CTL_DOWN:
		if (strcmp(lab, "deaf") != 0) {
			(void)ctl_send_result(c->ctl, NULL, NULL);
			_exit(0);
		}
		break;
	case CTL_COMMANDS:
		break;
	}
}

static void *serve(void *arg)
{
	struct client c = { .ctl = arg, .fds = CTL_FDS_INIT };
	auto_json json_t *line = NULL;

	if (ctl_recv(c.ctl, deadline_in_ms(10000), &line, &c.fds, NULL) == CTL_RECV_LINE &&
	    ctl_request_parse(line, &c.request, NULL) == 0)
		answer(&c);
	ctl_fds_close(&c.fds);
	ctl_free(c.ctl);
	return NULL;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct pollfd pfd = { .events = POLLIN };
	pthread_t thread;

	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--name") == 0)
			lab = argv[i + 1];
	if (strcmp(lab, "deaf") == 0)
		(void)signal(SIGTERM, SIG_IGN);
	fprintf(stderr, "labd for the test of labctl: %s\n", lab);
	pfd.fd = ctl_listen(SANDBOX_CTL_SOCKET, &err);
	if (pfd.fd < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	for (;;) {
		struct ctl *ctl = NULL;

		(void)poll(&pfd, 1, -1);
		if (ctl_accept(pfd.fd, &ctl, NULL) == 0 &&
		    pthread_create(&thread, NULL, serve, ctl) == 0)
			(void)pthread_detach(thread);
	}
}
