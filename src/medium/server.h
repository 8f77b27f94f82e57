/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What labd-medium is made of: the hub, a socket for each radio, and those who ask about it. */
#ifndef MEDIUM_SERVER_H
#define MEDIUM_SERVER_H

#include "base/control.h"
#include "base/err.h"
#include "medium/hub.h"
#include "medium/outbox.h"
#include "pcapng/pcapng.h"

#define SERVER_CAPTURES_MAX 8

/* A radio's side of the socket that its QEMU connects to. */
struct server_radio {
	char *name;        /* of the node */
	char *path;        /* of the listening socket */
	int listener, fd;  /* fd -1: nobody is there */
	bool writing;      /* epoll waits for room */
	uint8_t in[16384]; /* read, not yet taken */
	size_t n_in;
	struct outbox out;
};

/* A file that gets all frames. */
struct server_capture {
	char *name; /* by which it is stopped; NULL: free */
	int fd;
	struct pcapng_writer *writer;
	uint64_t seen;
	int64_t flush_at;
};

struct server {
	const char *name; /* of the medium */
	struct hub hub;
	struct server_radio radios[HUB_RADIOS_MAX];
	struct server_capture captures[SERVER_CAPTURES_MAX];
	struct control control;
	int epoll;
};

/* What epoll tells of: a kind and an index. */
enum server_kind { SERVER_CONTROL, SERVER_LISTENER, SERVER_RADIO };
static inline uint64_t server_source(enum server_kind kind, size_t index)
{
	return (uint64_t)kind << 32 | index;
}

void server_init(struct server *server, const char *name);
/* The radio's QEMU connects to path. */
int server_add_radio(struct server *server, const char *name, struct net_mac mac, const char *path,
		     struct err *err);
/* Index, or SIZE_MAX. */
size_t server_find_radio(const struct server *server, const char *name);
/* Listens for clients and for radios. */
int server_listen(struct server *server, const char *control, struct err *err);
/* epoll tells of the descriptor as of that source. */
int server_watch(struct server *server, int fd, uint32_t events, enum server_kind kind,
		 size_t index, struct err *err);
void server_close(struct server *server);

/* loop.c: serves radios and clients until one of these says quit. */
int medium_run(struct server *server, struct err *err);

/* obey.c: what clients ask for; protocol in medium/medium.h */
control_obey server_obey;

/* --- record.c: captures --- */
int record_start(struct server *server, const char *name, int fd, struct err *err);
/* Fills the counters and lets go of the file. */
int record_stop(struct server *server, const char *name, uint64_t *frames, uint64_t *bytes,
		uint64_t *dropped, struct err *err);
void record_see(struct server *server, const struct hub_sight *sight);
/* Writes out what has been kept for a second; ms until it has to be called again, -1: never. */
int record_flush(struct server *server);
void record_close(struct server *server);

#endif
