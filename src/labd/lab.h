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
#include "image/frozen.h"
#include "labd/helper.h"
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
struct lab;
/* 0, or -EAGAIN where the lab is not up. */
int lab_check_up(const struct lab *lab, struct err *err);
/* Why nothing that needs all of a lab may begin, under its lock; NULL: it may. */
const char *lab_taken(const struct lab *lab);
/* All of it, until lab_let_go, for what the words say, which stay the caller's: no experiment runs
 * or begins. -EAGAIN where it is not up, -EBUSY where it is taken. */
int lab_claim(struct lab *lab, const char *words, struct err *err);
void lab_let_go(struct lab *lab);

struct lab_link;

struct lab_node {
	struct lab *lab;
	size_t index;
	const struct plan_node *plan;
	struct guest *guest;
	char *ssh_socket, *clone_socket, *console_socket, *console_log;
	char *radio_socket; /* NULL: no radio */
	bool no_template;   /* it and those like it have none yet, and it can be made */
	/* Under lab->lock. */
	enum lab_stage stage;
	char detail[256]; /* what it waits for, or why it failed */
	char fault[256];  /* what has happened to its guest, see health.h; "": nothing */
	json_t *lacks; /* checks that do not hold: {"node", "check", "why"} each; NULL: not asked */
	size_t starts; /* how often its guest was started anew */
	bool held;     /* somebody restarts or reconnects it: one at a time */
	bool reconnects; /* with held: which of the two */
	bool console_used;
	bool cloned;     /* its guest was made from a template; of who starts it alone */
	int64_t started; /* CLOCK_MONOTONIC, of the present stage */
	char memory_sum[DIGEST_TEXT]; /* of who freezes or thaws alone; see template.h */
	/* health.c's thread alone. */
	uint64_t console_read; /* bytes of the console that were looked at */
	int64_t lost;          /* ms without an SSH session */
};

/* A web server's certificate and key, PEM: made once per host name. */
struct lab_certificate {
	struct lab_certificate *next;
	char *subject, *cert, *key;
	const char *fault; /* plan_file's */
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
	struct lab_node *nodes;    /* as plan.nodes */
	struct lab_link *links;    /* as plan.links; see link.h */
	struct topo_points points; /* where the lab is captured */
	struct helper *helpers;    /* those of links, as plan.links, and the capture */
	size_t n_helpers;
	struct helper *capture;       /* one of them */
	int helpers_changed;          /* eventfd for who waits for them */
	char *kernel, *initrd, *root; /* the image's files; initrd is the lab's own */
	bool kvm;                     /* once `up` has begun */
	atomic_bool cancel;           /* an `up` or a run that is to end: the lab goes */
	atomic_bool prepared;         /* hv, wire and every node's guest are there */
	_Atomic enum lab_state state;
	pthread_mutex_t lock;   /* of what is below, and of the nodes' shared part */
	pthread_cond_t faulted; /* CLOCK_MONOTONIC: a node has a fault, or another guest, or a
				 * helper runs again */
	/* Of wire, links and certificates: held while they are changed. Comes before lock.
	 */
	pthread_mutex_t make_lock;
	bool running;            /* an experiment runs */
	const char *claimed;     /* what all of it is needed for; NULL: for nothing */
	size_t n_runs;           /* requests for one that have no answer yet */
	pthread_cond_t answered; /* CLOCK_MONOTONIC: one of them has */
	json_t *run;             /* of run_begun; NULL: none has begun */
	json_t *events;          /* what happened to links and nodes since it began; see event.h */
	atomic_bool *run_stop;   /* set at a fault: the run's commands end; NULL: no run, or it has
				  * captured all that it will */
	atomic_bool *run_cancel; /* with it: set when the lab goes */
	char run_fault[300];     /* the first fault since the run began; "": none */
	/* What is done for a node whose guest has ended to boot again, which is no death: with no
	 * lock held. */
	void (*rebooted)(struct lab_node *node);
	struct frozen frozen; /* to which `reset` goes back; its dir is NULL: to none */
	int64_t thawed;       /* CLOCK_REALTIME at which the lab was frozen; 0: it was not */
	json_t *planned;      /* what links would have been without that; NULL: see links */
	int64_t ready;        /* CLOCK_REALTIME */
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

struct lab_wishes {
	bool whole; /* as in a plan that says so: a check that does not hold is a failure */
	bool cold;  /* guests boot, and are not made from templates */
	bool fresh; /* the lab is not thawed */
};

/* Wires, starts, provisions and checks everything; returns when the lab is ready and has settled.
 */
int lab_up(struct lab *lab, const struct lab_wishes *wishes, const struct lab_progress *progress,
	   struct lab_failure *failure, struct err *err);

/* The certificate for a host name; NULL on failure. Waits for others who ask. */
const struct lab_certificate *lab_certificate(struct lab *lab, const char *subject,
					      const char *fault, struct err *err);
/* The key of that name (PLAN_CONTENT_ZONE_*), PEM, and the DS record of its zone. */
int lab_zone_key(struct lab *lab, const char *name, struct str *key, struct str *ds,
		 struct err *err);
/* Opens rtnetlink, and libvirt's driver with the guests that it finds running. */
int lab_open_wires(struct lab *lab, struct err *err);
int lab_open_hv(struct lab *lab, struct err *err);

/* --- find.c --- */
struct lab_node *lab_find_node(struct lab *lab, const char *name, struct err *err);
/* The node, and its NIC by index, of "node:nic". */
struct lab_node *lab_find_port(struct lab *lab, const char *port, size_t *nic, struct err *err);
/* The last lines of a node's console. */
void lab_console_tail(const struct lab_node *node, size_t lines, struct str *out);

/* The checks that did not hold when they were asked last, of all nodes; a new reference. */
json_t *lab_lacks(struct lab *lab);

#endif
