/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control socket of a helper (child_serve()), both ends of it: AF_UNIX, SOCK_SEQPACKET. Only
 * the helper's own uid is heard; SO_PEERCRED tells its pid. A request is one message, words with a
 * blank between and at most one descriptor with them; the answer is "ok", "ok WORDS" or "error
 * SENTENCE". "quit" ends the helper: the end of the connection is the answer.
 */
#ifndef BASE_CONTROL_H
#define BASE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define CONTROL_MESSAGE_MAX 1024
#define CONTROL_WORDS_MAX 20
#define CONTROL_CLIENTS_MAX 16

/* --- the helper's end --- */

struct control_client {
	int fd; /* -1: free */
	/* The helper's own: it gets every frame as a datagram, and was too slow for so many. */
	bool following;
	uint64_t missed;
};

struct control {
	int fd; /* of epoll: readable when there is something to hear */
	int listener;
	char *path; /* NULL: it does not listen */
	struct control_client clients[CONTROL_CLIENTS_MAX];
	bool over; /* somebody has said quit */
};
#define CONTROL_INIT                     \
	{                                \
		.fd = -1, .listener = -1 \
	}

struct control_request {
	struct control_client *client;
	char *words[CONTROL_WORDS_MAX];
	size_t n;
	int fd; /* came with them; -1: none. Who keeps it sets it to -1 */
};

/* Does what is asked for; what goes behind "ok" is added to answer, with a blank in front. */
typedef int control_obey(void *ctx, struct control_request *request, struct str *answer,
			 struct err *err);

/* As socket_listen(). */
int control_open(struct control *control, const char *path, struct err *err);
/* In the process that is going to serve, which a fork may have made: its pid is now the one that
 * clients see. */
int control_begin(const struct control *control, struct err *err);
/* Takes clients in and answers what they have said; does not wait. */
void control_hear(struct control *control, control_obey *obey, void *ctx);
/* Removes the socket where the process sees it. Comes last: it tells who said quit that nothing is
 * left. */
void control_close(struct control *control);

/* --- the other end --- */

/* As socket_reach(). */
int control_reach(const char *path, struct err *err);
/* Asks, with the descriptor pass unless it is negative. What stands behind "ok" goes to answer.
 * -EINVAL: the helper refuses; -EIO: it has ended. */
int control_ask(int fd, const char *words, int pass, char answer[CONTROL_MESSAGE_MAX],
		struct err *err);
/* The same, on a connection of its own. */
int control_ask_at(const char *path, const char *words, int pass, char answer[CONTROL_MESSAGE_MAX],
		   struct err *err);

#endif
