/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/guest against a guest whose root is hostile: an SSH server at the other end of the port that
 * floods, falls silent, asks for channels of its own and shows other keys. What labd asked for ends
 * by its deadline, and nothing grows without bound.
 * Covers: src/guest/connect.c src/guest/exec.c src/guest/guest.c src/guest/job.c
 */
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "guest/guest.h"
#include "lib/tests.h"

#define FLOOD ((size_t)1 << 40) /* bytes: longer than the test waits */

/* What the guest does once it is asked to run a command. */
enum mood {
	FLOODS,    /* output without end, as fast as it goes */
	SILENT,    /* says nothing, not even an exit status */
	ASKS,      /* opens channels towards labd, then answers */
	NO_STATUS, /* closes the channel without one */
	HANGS_UP,  /* ends the connection amid the command */
	CONTROLS,  /* answers with bytes that are no text */
};

struct host {
	int listener;
	enum mood mood;
	const char *key;  /* file name in the folder */
	const char *text; /* sent instead of SSH; NULL: speaks SSH */
	unsigned int refused;
	pthread_t thread;
	ssh_channel channel;
	struct ssh_channel_callbacks_struct of_channel;
	bool asked;
};

static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void flood(ssh_channel channel)
{
	static char junk[32768];
	size_t sent = 0;

	memset(junk, 'x', sizeof(junk));
	while (sent < FLOOD) {
		int n = ssh_channel_write(channel, junk, sizeof(junk));

		if (n <= 0)
			return;
		sent += (size_t)n;
	}
}

/* As X11 forwarding and `ssh -R` would: nobody asked for either. */
static void ask(struct host *host, ssh_session session)
{
	for (int i = 0; i < 40; i++) {
		ssh_channel own = ssh_channel_new(session);

		if ((i & 1 ? ssh_channel_open_x11(own, "127.0.0.1", 6000)
			   : ssh_channel_open_reverse_forward(own, "127.0.0.1", 22, "h", 1)) !=
		    SSH_OK)
			host->refused++;
		ssh_channel_free(own);
	}
}

static void behave(struct host *host, ssh_session session, ssh_channel channel)
{
	switch (host->mood) {
	case FLOODS:
		flood(channel);
		break;
	case SILENT:
		return;
	case ASKS:
		ask(host, session);
		(void)ssh_channel_write(channel, "asked\n", 6);
		(void)ssh_channel_request_send_exit_status(channel, 0);
		break;
	case NO_STATUS:
		break;
	case HANGS_UP:
		ssh_silent_disconnect(session);
		return;
	case CONTROLS:
		(void)ssh_channel_write(channel, "\0\033]0;x\007\377\n", 9);
		(void)ssh_channel_request_send_exit_status(channel, 4000000000U);
		break;
	}
	(void)ssh_channel_close(channel);
}

static int let_in(ssh_session session, const char *user, struct ssh_key_struct *key, char state,
		  void *arg)
{
	(void)session;
	(void)user;
	(void)key;
	(void)state;
	(void)arg;
	return SSH_AUTH_SUCCESS;
}

static int take_command(ssh_session session, ssh_channel channel, const char *command, void *arg)
{
	struct host *host = arg;

	(void)session;
	(void)channel;
	(void)command;
	host->asked = true;
	return 0;
}

static ssh_channel give_channel(ssh_session session, void *arg)
{
	struct host *host = arg;

	host->channel = ssh_channel_new(session);
	(void)ssh_set_channel_callbacks(host->channel, &host->of_channel);
	return host->channel;
}

/* From the handshake to the end. */
static void serve(struct host *host, ssh_session session)
{
	struct ssh_server_callbacks_struct callbacks = {
		.auth_pubkey_function = let_in,
		.channel_open_request_session_function = give_channel,
		.userdata = host,
	};
	ssh_event event = ssh_event_new();

	host->of_channel = (struct ssh_channel_callbacks_struct){ .channel_exec_request_function =
									  take_command,
								  .userdata = host };
	ssh_callbacks_init(&callbacks);
	ssh_callbacks_init(&host->of_channel);
	(void)ssh_set_server_callbacks(session, &callbacks);
	if (ssh_handle_key_exchange(session) == SSH_OK &&
	    ssh_event_add_session(event, session) == SSH_OK) {
		while (!host->asked && ssh_event_dopoll(event, 1000) != SSH_ERROR)
			;
		if (host->asked)
			behave(host, session, host->channel);
		/* Until labd has seen it and hangs up. */
		while (!(ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) &&
		       ssh_event_dopoll(event, 1000) != SSH_ERROR)
			;
	}
	ssh_event_free(event);
}

static void *host_thread(void *arg)
{
	struct host *host = arg;
	int fd = accept(host->listener, NULL, NULL);
	auto_free char *key = in_dir(host->key);
	ssh_bind bind = ssh_bind_new();
	ssh_session session = ssh_new();
	bool no = false;

	if (host->text) {
		(void)io_write_all(fd, host->text, strlen(host->text));
		(void)shutdown(fd, SHUT_WR);
		while (read(fd, (char[256]){ 0 }, 256) > 0)
			;
		(void)close(fd);
	} else {
		(void)ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
		(void)ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, key);
		if (ssh_bind_accept_fd(bind, session, fd) == SSH_OK)
			serve(host, session);
	}
	ssh_disconnect(session);
	ssh_free(session);
	ssh_bind_free(bind);
	return NULL;
}

static struct guest *start(struct host *host, const struct guest_keys *keys)
{
	auto_free char *path = in_dir("port");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)unlink(path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	host->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(host->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(host->listener, 1), 0);
	assert_int_equal(pthread_create(&host->thread, NULL, host_thread, host), 0);
	return guest_new("hostile", path, keys);
}

static void end(struct host *host, struct guest *guest)
{
	guest_free(guest);
	(void)pthread_join(host->thread, NULL);
	(void)close(host->listener);
}

static struct guest_keys *open_keys(void)
{
	struct guest_keys *keys = NULL;
	struct err err = ERR_INIT;

	if (guest_keys_open(folder, &keys, &err) < 0)
		fail_msg("%s", err.msg);
	return keys;
}

struct row {
	const char *name;
	enum mood mood;
	int deadline_ms; /* of the command */
	int result;      /* of guest_exec */
	int status;      /* where that is 0 */
	size_t most;     /* bytes of output that may come back */
};

static const struct row rows[] = {
	{ "floods", FLOODS, 2000, -ETIMEDOUT, 0, 65536 },
	{ "is silent", SILENT, 500, -ETIMEDOUT, 0, 0 },
	{ "asks for channels", ASKS, 60000, 0, 0, 6 },
	{ "gives no status", NO_STATUS, 60000, 0, 255, 0 },
	{ "hangs up", HANGS_UP, 60000, -ECONNRESET, 0, 0 },
	{ "says what is no text", CONTROLS, 60000, 0, 255, 9 },
};

static void run_row(const struct row *row, const struct guest_keys *keys)
{
	struct host host = { .mood = row->mood, .key = "ssh_host_ed25519_key" };
	struct guest *guest = start(&host, keys);
	struct guest_command command = { .command = "true", .limit = 65536 };
	auto_str struct str out = { 0 };
	struct err err = ERR_INIT;
	int status = 0, r = guest_connect(guest, deadline_in_ms(60000), NULL, &err);

	if (r < 0)
		fail_msg("a guest that %s: %s", row->name, err.msg);
	command.deadline = deadline_in_ms(row->deadline_ms);
	r = guest_exec(guest, &command, &out, &status, &err);
	if (r != row->result || (r == 0 && status != row->status) || out.len > row->most)
		fail_msg("a guest that %s: %d (%s), status %d, %zu bytes", row->name, r, err.msg,
			 status, out.len);
	end(&host, guest);
	if (row->mood == ASKS && host.refused != 40)
		fail_msg("a guest that %s got %u of 40", row->name, 40 - host.refused);
}

static void test_moods(void **state)
{
	struct guest_keys *keys = open_keys();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		run_row(&rows[i], keys);
	guest_keys_free(keys);
}

/* What does not even speak SSH, or is not the lab's, is refused for what it is. */
static void test_handshake(void **state)
{
	static const struct {
		const char *text, *key, *why;
	} greetings[] = {
		{ NULL, "id_ed25519", "the host key is not the lab's" },
		{ "", NULL, "SSH: no answer" },
		{ "HTTP/1.0 200 OK\r\n\r\n", NULL, "SSH: no answer" },
		{ "SSH-1.5-old\r\n", NULL, "SSH: no answer" },
		{ "SSH-2.0-x\r\n\377\377\377\377\377\377\377\377\377\377\377\377", NULL,
		  "SSH: no answer" },
	};
	struct guest_keys *keys = open_keys();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(greetings); i++) {
		struct host host = { .text = greetings[i].text,
				     .key = greetings[i].key ? greetings[i].key : "" };
		struct guest *guest = start(&host, keys);
		struct err err = ERR_INIT;

		if (guest_connect(guest, deadline_in_ms(60000), NULL, &err) >= 0 ||
		    !strstr(err.msg, greetings[i].why))
			fail_msg("greeting %zu: '%s', not '%s'", i, err.msg, greetings[i].why);
		end(&host, guest);
	}
	guest_keys_free(keys);
}

static int make_dir(void **state)
{
	(void)alarm(300); /* what waits for ever is a failure, too */
	return make_folder(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moods),
		cmocka_unit_test(test_handshake),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_folder);
}
