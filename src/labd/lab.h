/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one lab of this daemon: what was asked for, what was decided, and what runs. */
#ifndef LABD_LAB_H
#define LABD_LAB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/json.h"
#include "guest/guest.h"
#include "hv/hv.h"
#include "labd/helper.h"
#include "medium/medium.h"
#include "pki/pki.h"
#include "plan/plan.h"
#include "topo/topo.h"
#include "wire/wire.h"

/* All that is transient lives on a tmpfs that goes with the lab; short, since socket paths are. */
#define LAB_RUN "/run/labd"
#define LAB_SOCKET LAB_RUN "/ctl.sock"

/* The daemon's command line; strings belong to argv. */
struct lab_options {
	const char *name;        /* of the lab */
	const char *topology;    /* the file to load: flat, kept with the lab */
	const char *origin;      /* the file that the user named */
	const char *share;       /* topologies/, images/ */
	const char *libexec;     /* labd-cable, labd-capture */
	const char *image;       /* folder with vmlinux, initrd, root.erofs, manifest.json */
	const char *cache;       /* what libvirt learned about QEMU is kept below it */
	const char *accelerator; /* "kvm", "tcg", or NULL: what works here */
	int64_t patience_ms;     /* how long a guest may give no answer; 0: as health.c thinks */
};

/* How far a node is; a node never goes back but to FAILED, to DEAD when its guest has ended, or by
 * `restart`. */
enum lab_stage {
	LAB_WAITING,
	LAB_BOOT,
	LAB_SSH,
	LAB_PROVISION,
	LAB_CHECK,
	LAB_READY,
	LAB_FAILED,
	LAB_DEAD
};
const char *lab_stage_name(enum lab_stage stage);

enum lab_state { LAB_NEW, LAB_STARTING, LAB_UP, LAB_BROKEN };
const char *lab_state_name(enum lab_state state);

struct lab_node {
	struct lab *lab;
	size_t index;
	const struct plan_node *plan;
	struct guest *guest;
	char *ssh_socket, *console_socket, *console_log;
	char *radio_socket; /* NULL: no radio */
	/* Under lab->lock. */
	enum lab_stage stage;
	char detail[256]; /* what it waits for, or why it failed */
	char fault[256];  /* what has happened to its guest, see health.h; "": nothing */
	json_t *lacks; /* checks that do not hold: {"node", "check", "why"} each; NULL: not asked */
	bool held;     /* somebody restarts or reconnects it: one at a time */
	bool reconnects; /* with held: which of the two */
	bool console_used;
	int64_t started; /* CLOCK_MONOTONIC, of the present stage */
	/* health.c's thread alone. */
	uint64_t console_read; /* bytes of the console that were looked at */
	int64_t lost;          /* ms without an SSH session */
};

struct lab_link {
	const struct plan_wire *wire;
	struct net_shape shape;
	bool down;
	struct helper *cable;
};

/* A Wi-Fi link, and what its labd-medium was told; names are the plan's. */
struct lab_medium {
	const struct plan_medium *plan;
	char *control; /* the socket of its labd-medium */
	struct helper *helper;
	struct medium_path *paths; /* room for one of each pair of radios */
	size_t n_paths;
	bool *away; /* by radio: out of range */
};

/* A web server's certificate and key, PEM: made once per host name. */
struct lab_certificate {
	struct lab_certificate *next;
	char *subject, *cert, *key;
};

struct lab {
	struct lab_options options;
	struct topo topo;
	struct plan plan;
	struct hv *hv;
	struct wire *wire;
	struct guest_keys *keys;
	struct pki *pki;
	struct lab_certificate *certificates;
	struct lab_node *nodes;   /* as plan.nodes */
	struct lab_link *links;   /* as plan.wires */
	struct lab_medium *media; /* as plan.media */
	struct helper *helpers;   /* cables as plan.wires, media as plan.media, the capture */
	size_t n_helpers;
	struct helper *capture;       /* one of them */
	int helpers_changed;          /* eventfd for who waits for them */
	char *kernel, *initrd, *root; /* the image's files; initrd is the lab's own */
	bool kvm;                     /* once `up` has begun */
	atomic_bool cancel;           /* an `up` or a run that is to end: the lab goes */
	atomic_bool prepared;         /* hv, wire and every node's guest are there */
	_Atomic enum lab_state state;
	pthread_mutex_t lock;   /* of what is below, and of the nodes' shared part */
	pthread_cond_t faulted; /* CLOCK_MONOTONIC: a node has a fault, or a helper runs again */
	/* Of wire, links, media and certificates: held while they are changed. Comes before lock.
	 */
	pthread_mutex_t make_lock;
	bool running;            /* an experiment runs */
	size_t n_runs;           /* requests for one that have no answer yet */
	pthread_cond_t answered; /* CLOCK_MONOTONIC: one of them has */
	json_t *run;             /* of run_begun; NULL: none has begun */
	atomic_bool *run_stop;   /* set at a fault: the run's commands end; NULL: no run */
	atomic_bool *run_cancel; /* with it: set when the lab goes */
	char run_fault[300];     /* the first fault since the run began; "": none */
	int64_t ready;           /* CLOCK_REALTIME */
	double up_seconds;
};

/* Loads and plans; nothing is made yet. */
int lab_open(const struct lab_options *options, struct lab **ret, struct err *err);

/* Reports of lab_up: called from several threads. */
struct lab_progress {
	void (*stage)(void *ctx, const struct lab_node *node, const char *detail);
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

/* Which node failed an `up`; NULL: none in particular. */
struct lab_failure {
	const struct lab_node *node;
	enum lab_stage stage;
};

/*
 * Wires, boots, provisions and checks everything; returns when the lab is ready and has settled.
 * whole, or a plan that says so: a check that does not hold then is a failure.
 */
int lab_up(struct lab *lab, bool whole, const struct lab_progress *progress,
	   struct lab_failure *failure, struct err *err);

/* The certificate for a host name; NULL on failure. Waits for others who ask. */
const struct lab_certificate *lab_certificate(struct lab *lab, const char *subject,
					      struct err *err);
/* Opens rtnetlink, and libvirt's driver with the guests that it finds running. */
int lab_open_wires(struct lab *lab, struct err *err);
int lab_open_hv(struct lab *lab, struct err *err);
/* Makes bridge or cable what the link's shape says; its taps exist. */
int lab_set_wire(struct lab *lab, struct lab_link *link, struct err *err);
/* Of a labd that takes over: the cable that the link should have is watched, or missed. */
void lab_find_cable(struct lab *lab, struct lab_link *link);
/* What the link's cable did; -ENOENT where it cannot have one. */
int lab_get_wire(struct lab *lab, const struct lab_link *link, struct wire_stats *ret,
		 struct err *err);
/* Gives or takes the carrier of the guests' NICs on the link, as link->down says. */
int lab_set_carriers(struct lab *lab, const struct lab_link *link, struct err *err);

/* --- find.c --- */
struct lab_node *lab_find_node(struct lab *lab, const char *name, struct err *err);
/* The node, and its NIC by index, of "node:nic". */
struct lab_node *lab_find_port(struct lab *lab, const char *port, size_t *nic, struct err *err);
struct lab_link *lab_find_link(struct lab *lab, const char *name, struct err *err);
/* The last lines of a node's console. */
void lab_console_tail(const struct lab_node *node, size_t lines, struct str *out);

/* --- air.c --- */
void lab_open_media(struct lab *lab);
int lab_start_media(struct lab *lab, struct err *err);
/* Of a labd that takes over: each is watched, or missed. */
void lab_find_media(struct lab *lab);
/* What labctl link has made of it, for a labd that takes over; a new reference. */
json_t *lab_save_medium(const struct lab *lab, const struct lab_medium *medium);
void lab_read_medium(struct lab *lab, struct lab_medium *medium, const json_t *saved);
/* The medium of the Wi-Fi link with this name, NULL when there is none. */
struct lab_medium *lab_find_medium(struct lab *lab, const char *link);
/* As in `labctl status`; a new reference. */
json_t *lab_describe_medium(struct lab *lab, const struct lab_medium *medium);
/* Takes stations out of range or back, or sets what lies between two; the words of `labctl link`.
 * A successor does not know of it yet (lab_record). */
int lab_change_medium(struct lab *lab, struct lab_medium *medium, const json_t *args,
		      struct err *err);
/* The shell words with which a guest tells how its radio is; said_radio reads what it says. */
void lab_radio_question(const struct lab_node *node, struct str *out);

/* status.c: the checks that do not hold, of all nodes; a new reference. */
json_t *lab_lacks(struct lab *lab);
/* status.c: every link with its state, as in `labctl status`; a new reference. */
json_t *lab_describe_links(struct lab *lab);

#endif
