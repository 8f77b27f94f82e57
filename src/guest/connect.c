/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a serial port's socket to an SSH session that is logged in. */
#include <errno.h>
#include <fcntl.h>
#include <libssh/server.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/socket.h"
#include "guest/keys-private.h"
#include "guest/private.h"

static int open_socket(struct guest *guest, struct err *err)
{
	int fd = socket_reach(guest->socket, SOCK_STREAM, err);

	if (fd < 0)
		return fd;
	/* From now on guest_interrupt can end what follows. */
	(void)pthread_mutex_lock(&guest->lock);
	guest->fd = fd;
	(void)pthread_mutex_unlock(&guest->lock);
	return 0;
}

static int ssh_failure(struct guest *guest, const char *what, struct err *err)
{
	return err_set(err, ECONNRESET, "SSH: %s: %s", what, ssh_get_error(guest->session));
}

/* The guest must show the lab's own host key. */
static int check_host_key(struct guest *guest, struct err *err)
{
	ssh_key key = NULL;
	int same;

	if (ssh_get_server_publickey(guest->session, &key) != SSH_OK)
		return ssh_failure(guest, "host key", err);
	same = ssh_key_cmp(key, guest->keys->host, SSH_KEY_CMP_PUBLIC) == 0;
	ssh_key_free(key);
	return same ? 0 : err_set(err, EKEYREJECTED, "SSH: the host key is not the lab's");
}

/* A guest has nothing to ask of us. Without this libssh would keep what it asks, for ever. */
static int refuse(ssh_session session, ssh_message message, void *arg)
{
	(void)session;
	(void)message;
	(void)arg;
	return 1; /* libssh then answers that it cannot be */
}

int guest_handshake(struct guest *guest, int64_t deadline, struct err *err)
{
	long seconds = deadline_poll_ms(deadline) / 1000 + 1;
	int no = 0, theirs;

	if (open_socket(guest, err) < 0)
		return err->code;
	guest->session = ssh_new();
	if (!guest->session)
		return err_set(err, ENOMEM, "SSH: no session");
	ssh_set_message_callback(guest->session, refuse, NULL);
	/* libssh closes what it is given when the connection breaks: it gets one of its own. */
	theirs = fcntl(guest->fd, F_DUPFD_CLOEXEC, 3);
	if (theirs < 0)
		return err_errno(err, errno, "SSH");
	(void)ssh_options_set(guest->session, SSH_OPTIONS_PROCESS_CONFIG, &no);
	(void)ssh_options_set(guest->session, SSH_OPTIONS_HOST, guest->name);
	(void)ssh_options_set(guest->session, SSH_OPTIONS_USER, "root");
	(void)ssh_options_set(guest->session, SSH_OPTIONS_FD, &theirs);
	(void)ssh_options_set(guest->session, SSH_OPTIONS_TIMEOUT, &seconds);
	if (ssh_connect(guest->session) != SSH_OK)
		return ssh_failure(guest, "no answer", err);
	if (check_host_key(guest, err) < 0)
		return err->code;
	if (ssh_userauth_publickey(guest->session, NULL, guest->keys->login) != SSH_AUTH_SUCCESS)
		return ssh_failure(guest, "login", err);
	return 0;
}
