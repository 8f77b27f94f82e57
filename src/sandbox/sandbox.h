/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lab is one process tree in namespaces of its own: starting one, finding it, ending it. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * What a process inside sees:
 *   - Its own user, mount, PID, network, IPC and UTS namespaces (user_namespaces(7)).
 *   - The caller's uid and gid; 1000 for both when the caller is root. It is never 0, so libvirt is
 *     unprivileged for everyone. Other ids show as nobody.
 *   - The host's files, a fresh /proc, and a tmpfs on /run (at most 1 GiB) that goes with the lab.
 *     The host's /run is hidden: no path that a lab needs may lie below it.
 *   - SANDBOX_RUN (0700), and in it home, run, cache, config, data and tmp: HOME, XDG_RUNTIME_DIR,
 *     XDG_CACHE_HOME, XDG_CONFIG_HOME, XDG_DATA_HOME and TMPDIR name them.
 *   - Of the caller's environment only PATH, LANG, LC_*, TZ, LABD_* and *SAN_OPTIONS: pass paths as
 *     arguments.
 *   - No network device but a loopback that is down; IPv6 is off for devices to come.
 *   - CAP_NET_ADMIN and CAP_NET_RAW over that network, and no other capability.
 *
 * labd is restarted when it dies (LABD_RESTARTED=N says how often that happened), and what it has
 * started keeps running meanwhile. Its fourth death within 60 s ends the lab, as does its exit with
 * status 0.
 */
#define SANDBOX_RUN "/run/labd"
#define SANDBOX_CTL_SOCKET SANDBOX_RUN "/ctl.sock"

struct sandbox_spec {
	const char *init_program; /* path of labd-init */
	const char *const *argv;  /* labd and its arguments, NULL-terminated; argv[0] is a path */
	const char *log_path; /* appended to, made 0600: stdout and stderr of everything inside */
	/*
	 * Called once the init's pid is known and before anything else happens in the lab; NULL:
	 * nothing. Here the caller publishes the lab, so that there is none that no entry names:
	 * when this fails or the caller dies before, the lab ends without having started.
	 */
	int (*announce)(pid_t init, void *ctx, struct err *err);
	void *ctx;
	/*
	 * Set to a descriptor when the lab has started; NULL: it is closed then. The first labd has
	 * the other end of it as number LABD_LEASH, and so hears when the caller closes it or dies.
	 */
	int *leash;
};

/*
 * Starts a lab and waits, at most 10 s, until its mounts are done and labd was executed; *ret_pid
 * is the init's pid as the caller sees it. The lab is not a child of the caller, has no terminal
 * and outlives it. -EPERM or -ENOSPC: namespaces are forbidden here, the sentence says what to do.
 * The caller must have no other threads.
 */
int sandbox_start(const struct sandbox_spec *spec, pid_t *ret_pid, struct err *err);

/*
 * "/proc/PID/root/run/labd/ctl.sock": where the lab's user (and root) can connect(2) from outside.
 * Inside, SO_PEERCRED shows that user as geteuid() and the pid as 0.
 */
#define SANDBOX_CTL_PATH_SIZE 64
void sandbox_ctl_path(pid_t init, char buf[SANDBOX_CTL_PATH_SIZE]);

/*
 * Field 22 of /proc/PID/stat (clock ticks since boot): tells a process from the next with its pid.
 * -ESRCH: it is gone or a zombie.
 */
int sandbox_start_time(pid_t pid, uint64_t *ret, struct err *err);

/*
 * Ends the lab: SIGTERM (labd has 2 s then), past half of the time SIGKILL; returns when no process
 * of it is left. A lab that is gone already is fine. -ETIMEDOUT past deadline (base/clock.h).
 */
int sandbox_end(pid_t init, uint64_t start_time, int64_t deadline, struct err *err);

/* For `labctl doctor`: each is empty (code 0) or says what is missing and what to do. */
struct sandbox_facts {
	struct err namespaces;
	struct err tun; /* /dev/net/tun */
};
void sandbox_check(struct sandbox_facts *ret);

#endif
