/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A conversation with sharkd: JSON lines, bounded, waited for as long as it works. */
#include "wireshark/sharkd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "wireshark/made.h"
#include "wireshark/start.h"

#define REPLY_MAX (16U << 20)
#define NOT_FOUND 127 /* env's exit status where it finds no program */
#define STILL_MS 60000
#define WORK_MS 600000
#define LOOK_MS 500 /* how often it is looked whether it works */

struct sharkd {
	char *program;
	pid_t pid;
	int fd;     /* both ways: a socket, whose write does not raise SIGPIPE */
	int errors; /* what it says on stderr: a file in memory */
	int copy;   /* the file that it has as START_COPY */
	bool aside;
	struct sharkd_patience patience;
	int64_t asked_ns; /* its processor time when the question was asked */
	int id;
	struct str got; /* read but not yet used */
};

int sharkd_start(const char *program, const char *data, const struct sharkd_patience *patience,
		 struct sharkd **ret, struct err *err)
{
	auto_close int errors = memfd_create("sharkd-stderr", MFD_CLOEXEC);
	auto_close int copy = memfd_create("capture", MFD_CLOEXEC);
	auto_close int ours = -1;
	auto_close int theirs = -1;
	struct sharkd *s;
	int pair[2];
	pid_t pid;

	if (errors < 0 || copy < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, errno, "'%s'", program);
	ours = pair[0];
	theirs = pair[1];
	if (io_set_nonblock(ours) < 0)
		return err_errno(err, errno, "'%s'", program);
	pid = start_sharkd(program, data, theirs, errors, copy, err);
	if (pid < 0)
		return pid;
	s = xcalloc(1, sizeof(*s));
	s->program = xstrdup(program);
	s->pid = pid;
	s->fd = take_fd(&ours);
	s->errors = take_fd(&errors);
	s->copy = take_fd(&copy);
	s->aside = data && sharkd_stands_aside();
	if (patience)
		s->patience = *patience;
	if (!s->patience.still_ms)
		s->patience.still_ms = STILL_MS;
	if (!s->patience.work_ms)
		s->patience.work_ms = WORK_MS;
	*ret = s;
	return 0;
}

/* The last line that is not empty of what it said on stderr; free with free(). */
static char *last_words(const struct sharkd *s)
{
	char text[4096] = "";
	off_t end = lseek(s->errors, 0, SEEK_END);
	off_t from = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
	ssize_t n = pread(s->errors, text, sizeof(text) - 1, from);
	char *line;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	line = strrchr(text, '\n');
	return xstrdup(line ? line + 1 : text);
}

/* It closed its end: finds out why. */
static int ended(struct sharkd *s, struct err *err)
{
	auto_free char *words = NULL;
	int status = 0;

	(void)kill(s->pid,
		   SIGKILL); /* it may have closed its end alone; else it is a zombie already */
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return err_set(
			err, ENOENT,
			"'%s' is not installed: it comes with the Debian package wireshark-common",
			s->program);
	words = last_words(s);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return err_set(err, EPIPE, "'%s': killed by signal %d (%s)", s->program,
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	return err_set(err, EPIPE, "'%s' ended: %s", s->program,
		       *words ? words : "it said nothing");
}

/* The processor time that it has used; 0 where that cannot be known. */
static int64_t used_ns(const struct sharkd *s)
{
	struct timespec ts;
	clockid_t clock;

	if (s->pid < 0 || clock_getcpuclockid(s->pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
		return 0;
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int wait_for(const struct sharkd *s, short events, struct err *err)
{
	int64_t still_ms = s->patience.still_ms, deadline = deadline_in_ms(still_ms);
	int64_t used = used_ns(s), now;

	for (;;) {
		struct pollfd pfd = { .fd = s->fd, .events = events };
		int left = deadline_poll_ms(deadline), n;

		n = poll(&pfd, 1, left < LOOK_MS ? left : LOOK_MS);
		if (n < 0 && errno != EINTR)
			return err_errno(err, errno, "'%s'", s->program);
		if (n > 0)
			return 0;
		if (s->patience.stop && *s->patience.stop)
			return err_errno(err, ECANCELED, "'%s'", s->program);
		now = used_ns(s);
		if (now - s->asked_ns > s->patience.work_ms * NS_PER_MS)
			return err_set(err, ETIMEDOUT, "'%s': no answer after %lld s of work",
				       s->program, (long long)(s->patience.work_ms / 1000));
		if (now != used)
			deadline = deadline_in_ms(still_ms);
		else if (deadline_passed(deadline))
			return err_set(err, ETIMEDOUT, "'%s': has stood still for %lld s",
				       s->program, (long long)(still_ms / 1000));
		used = now;
	}
}

static int send_all(struct sharkd *s, const char *data, size_t len, struct err *err)
{
	while (len) {
		ssize_t n = send(s->fd, data, len, MSG_NOSIGNAL);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return ended(s, err);
		} else if (errno != EAGAIN && errno != EINTR) {
			return err_errno(err, errno, "'%s'", s->program);
		} else {
			int r = wait_for(s, POLLOUT, err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Takes the next line, without its end, from what was read; false when there is no whole one. */
static bool take_line(struct sharkd *s, size_t *searched, struct str *line)
{
	const char *from = str_text(&s->got) + *searched;
	const char *nl = memchr(from, '\n', s->got.len - *searched);

	*searched = s->got.len;
	if (!nl)
		return false;
	line->len = 0;
	str_add(line, s->got.data, (size_t)(nl - s->got.data));
	str_drop(&s->got, line->len + 1);
	*searched = 0;
	return true;
}

static int read_line(struct sharkd *s, struct str *line, struct err *err)
{
	size_t searched = 0;
	char buf[65536];

	while (!take_line(s, &searched, line)) {
		ssize_t n = recv(s->fd, buf, sizeof(buf), 0);
		int r = 0;

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return ended(s, err);
		if (n > 0)
			str_add(&s->got, buf, (size_t)n);
		else if (errno == EAGAIN)
			r = wait_for(s, POLLIN, err);
		else if (errno != EINTR)
			r = err_errno(err, errno, "'%s'", s->program);
		if (r < 0)
			return r;
		if (s->got.len > REPLY_MAX)
			return err_set(err, EFBIG, "'%s': a reply of more than %u bytes",
				       s->program, REPLY_MAX);
	}
	return 0;
}

/* Reads until the reply to the question id or a later one; an empty line or an earlier one's reply
 * is passed over. */
static int read_reply(struct sharkd *s, int id, json_t **ret, struct err *err)
{
	auto_str struct str line = { 0 };

	for (;;) {
		json_error_t where;
		json_t *reply;
		int r = read_line(s, &line, err);

		if (r < 0)
			return r;
		if (!line.len)
			continue;
		reply = json_loadb(str_text(&line), line.len, 0, &where);
		if (!reply)
			return err_set(err, EPROTO, "'%s': a reply that is not JSON: %s",
				       s->program, where.text);
		if (json_get_int(reply, "id", -1) >= id) {
			*ret = reply;
			return 0;
		}
		json_decref(reply);
	}
}

int sharkd_send(struct sharkd *s, const char *method, json_t *params, struct err *err)
{
	auto_json json_t *question =
		json_pack("{s:s, s:i, s:s}", "jsonrpc", "2.0", "id", ++s->id, "method", method);
	auto_free char *text = NULL;
	auto_str struct str line = { 0 };

	if (params)
		(void)json_object_set_new(question, "params", params);
	text = json_dumps(question, JSON_COMPACT);
	if (!text)
		return err_set(err, EINVAL, "'%s': a question that is no JSON", s->program);
	if (s->pid < 0)
		return err_set(err, EPIPE, "'%s' has ended", s->program);
	s->asked_ns = used_ns(s);
	str_addf(&line, "%s\n", text);
	return send_all(s, line.data, line.len, err);
}

static int result_of(const struct sharkd *s, const json_t *reply, json_t **ret, struct err *err)
{
	const json_t *error = json_object_get(reply, "error");

	if (error)
		return err_set(err, EBADMSG, "%s",
			       json_get_text(error, "message", "unknown error"));
	*ret = json_incref(json_object_get(reply, "result"));
	return *ret ? 0 : err_set(err, EPROTO, "'%s': a reply without a result", s->program);
}

int sharkd_answer(struct sharkd *s, int pending, json_t **ret, struct err *err)
{
	auto_json json_t *reply = NULL;
	int r = read_reply(s, s->id - pending, &reply, err);

	return r < 0 ? r : result_of(s, reply, ret, err);
}

int sharkd_ask(struct sharkd *s, const char *method, json_t *params, json_t **ret, struct err *err)
{
	int r = sharkd_send(s, method, params, err);

	return r < 0 ? r : sharkd_answer(s, 0, ret, err);
}

/* Steals params. */
static int load_file(struct sharkd *s, json_t *params, struct err *err)
{
	auto_json json_t *reply = NULL;
	auto_json json_t *result = NULL;
	int load, r;

	r = sharkd_send(s, "load", params, err);
	load = s->id;
	if (r == 0)
		r = sharkd_send(s, "status", NULL, err);
	if (r == 0)
		r = read_reply(s, load, &reply, err);
	if (r < 0)
		return r;
	r = result_of(s, reply, &result, err);
	return r < 0 ? r : json_get_int(reply, "id", -1) > load;
}

int sharkd_copy(struct sharkd *s)
{
	return ftruncate(s->copy, 0) < 0 || lseek(s->copy, 0, SEEK_SET) < 0 ? -errno : s->copy;
}

int sharkd_load_copy(struct sharkd *s, struct err *err)
{
	return load_file(s, json_pack("{s:s}", "file", START_COPY), err);
}

int sharkd_load(struct sharkd *s, const char *file, struct err *err)
{
	json_t *params = json_pack("{s:s}", "file", file);
	auto_close int fd = params ? io_open(file, err) : -1;

	if (!params)
		return err_set(err, EBADMSG, "its path is not UTF-8, which sharkd asks for");
	if (fd == -EINVAL || fd == -EISDIR) {
		json_decref(params);
		return err_set(err, EBADMSG, "not a file");
	}
	if (s->aside && start_hand_over(fd, sharkd_copy(s))) {
		json_decref(params);
		return sharkd_load_copy(s, err);
	}
	return load_file(s, params, err);
}

int sharkd_set(struct sharkd *s, const char *name, const char *value, struct err *err)
{
	auto_json json_t *result = NULL;

	return sharkd_ask(s, "setconf", json_pack("{s:s, s:s}", "name", name, "value", value),
			  &result, err);
}

json_t *sharkd_made_of(const struct sharkd *s)
{
	return s->pid > 0 ? made_of(s->pid, s->program) : NULL;
}

void sharkd_free(struct sharkd *s)
{
	if (!s)
		return;
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(s->fd);
	(void)close(s->errors);
	(void)close(s->copy);
	free(s->program);
	str_free(&s->got);
	free(s);
}
