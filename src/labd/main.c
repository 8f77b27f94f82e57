/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labd, the daemon of one lab: command line, log, and the wait for clients. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/commit.h"
#include "base/log.h"
#include "image/image.h"
#include "labd/adopt.h"
#include "labd/restart.h"
#include "labd/server.h"

enum option_key {
	OPT_NAME = 256,
	OPT_TOPOLOGY,
	OPT_ORIGIN,
	OPT_SHARE,
	OPT_LIBEXEC,
	OPT_IMAGE,
	OPT_CACHE,
	OPT_ACCELERATOR,
	OPT_VERSION,
	OPT_HELP
};

static const struct option options[] = {
	{ "name", required_argument, NULL, OPT_NAME },
	{ "topology", required_argument, NULL, OPT_TOPOLOGY },
	{ "origin", required_argument, NULL, OPT_ORIGIN },
	{ "share", required_argument, NULL, OPT_SHARE },
	{ "libexec", required_argument, NULL, OPT_LIBEXEC },
	{ "image", required_argument, NULL, OPT_IMAGE },
	{ "cache", required_argument, NULL, OPT_CACHE },
	{ "accelerator", required_argument, NULL, OPT_ACCELERATOR },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static const char help[] =
	"Usage: labd --name NAME --topology FILE --share DIR --libexec DIR --image DIR [--origin "
	"FILE] [--cache DIR] [--accelerator kvm|tcg]\n"
	"\n"
	"The daemon of one lab. labctl up starts it inside the lab's namespaces; it is not for\n"
	"use by hand. See labd(8) and labctl(1).\n";

/* 0: go on; 1: done; 2: wrong. */
static int parse(int argc, char **argv, struct lab_options *ret)
{
	int key;

	while ((key = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (key) {
		case OPT_NAME:
			ret->name = optarg;
			break;
		case OPT_TOPOLOGY:
			ret->topology = optarg;
			break;
		case OPT_ORIGIN:
			ret->origin = optarg;
			break;
		case OPT_SHARE:
			ret->share = optarg;
			break;
		case OPT_LIBEXEC:
			ret->libexec = optarg;
			break;
		case OPT_IMAGE:
			ret->image = optarg;
			break;
		case OPT_CACHE:
			ret->cache = optarg;
			break;
		case OPT_ACCELERATOR:
			ret->accelerator = optarg;
			break;
		case OPT_VERSION:
			(void)printf("labd %s (commit %s)\n", PACKAGE_VERSION, COMMIT);
			return 1;
		case OPT_HELP:
			(void)fputs(help, stdout);
			return 1;
		default:
			return 2;
		}
	}
	if (!ret->origin)
		ret->origin = ret->topology;
	if (!ret->cache)
		ret->cache = LAB_RUN "/cache";
	if (optind < argc || !ret->name || !ret->topology || !ret->share || !ret->libexec ||
	    !ret->image) {
		(void)fputs(help, stderr);
		return 2;
	}
	return 0;
}

/* LABD_PATIENCE, in seconds, is for tests that wait for it to run out. */
static int64_t read_patience(void)
{
	const char *text = getenv("LABD_PATIENCE");
	unsigned long seconds;

	return text && str_to_ulong(text, 1, 3600, &seconds) == 0 ? (int64_t)seconds * 1000 : 0;
}

/* The descriptor of sandbox_start's leash, or -1. */
static int take_leash(void)
{
	const char *text = getenv("LABD_LEASH");
	unsigned long fd;

	if (!text || str_to_ulong(text, 3, 1 << 20, &fd) < 0 ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return (int)fd;
}

int main(int argc, char **argv)
{
	struct lab_options opts = { 0 };
	struct err err = ERR_INIT;
	struct lab *lab = NULL;
	int listener, leash, r = parse(argc, argv, &opts);

	if (r)
		return r == 1 ? 0 : 2;
	log_open(STDERR_FILENO, LOG_LEVEL_INFO);
	(void)umask(077); /* what libvirt and QEMU make is the user's alone, too */
	(void)signal(SIGPIPE, SIG_IGN);
	opts.patience_ms = read_patience();
	/* Open to the end, so that nobody removes the image meanwhile. */
	if (image_hold(opts.image, opts.cache, &err) < 0 || lab_open(&opts, &lab, &err) < 0) {
		log_error("%s", err.msg);
		return 1;
	}
	lab->rebooted = restart_rebooted;
	/* labd-init says so: an earlier daemon of this lab died. */
	if (getenv("LABD_RESTARTED") && lab_adopt(lab, &err) < 0)
		log_error("%s", err.msg);
	if (err.code == -EOWNERDEAD) {
		log_error("the lab ends: %s", err.msg);
		return 0;
	}
	leash = take_leash();
	listener = ctl_listen(LAB_SOCKET, &err);
	if (listener < 0) {
		log_error("control socket: %s", err.msg);
		return 1;
	}
	log_info("labd %s: lab '%s', %zu nodes", PACKAGE_VERSION, opts.name, lab->plan.n_nodes);
	if (server_run(lab, listener, leash, &err) < 0) {
		log_error("%s", err.msg);
		return 1;
	}
	log_info("down");
	/* Guests, captures and cables end with the lab's init; threads that still wait are of no
	 * account. */
	_exit(0);
}
