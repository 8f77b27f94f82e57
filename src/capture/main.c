/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-capture: captures taps, one pcapng file each, until SIGTERM; or streams them, live.
 *
 * A process of its own, one thread: it outlives a labd that dies, and it holds the one capability
 * that capturing needs.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "capture/recorder.h"

#define MAX_PORTS 1024
#define LIMIT_MIB 1024

static const char usage[] =
	"Usage: labd-capture [OPTION...] --dir DIR PORT...\n"
	"       labd-capture [OPTION...] --live PORT...\n"
	"Captures network interfaces until SIGTERM.\n"
	"\n"
	"PORT is IFNAME,NODE:NIC,MAC[,host]: the interface, what it is called in the capture, the "
	"MAC\n"
	"of the guest on it (may be empty), and whether that guest never passes on frames of "
	"others.\n"
	"\n"
	"      --dir=DIR       write DIR/NODE_NIC.pcapng and, at the end, DIR/capture.json;\n"
	"                      print 'ready' when capturing has begun\n"
	"      --limit=MIB     end when the files have so much in all (default: 1024)\n"
	"      --live          write one pcapng stream to standard output\n"
	"      --snaplen=BYTES cut frames to BYTES (default: MTU and headers, so nothing is cut)\n"
	"      --buffer=KIB    per interface, in the kernel (default: 2 to 16 MiB, the fewer\n"
	"                      the more)\n"
	"  -h, --help          show this and exit\n";

static int usage_error(const char *what)
{
	(void)fprintf(stderr, "labd-capture: %s\nTry 'labd-capture --help'.\n", what);
	return 2;
}

static int add_ports(struct recorder *c, char **args, int n, struct err *err)
{
	for (int i = 0; i < n; i++) {
		struct recorder_port *p = array_add(c->ports, c->n);
		int r = tap_parse(args[i], &p->port, err);

		p->fd = -1;
		if (r < 0)
			return r;
		for (size_t j = 0; j + 1 < c->n; j++)
			if (str_eq(c->ports[j].port.name, p->port.name))
				return err_set(err, EINVAL, "port '%s' is named twice",
					       p->port.name);
	}
	return 0;
}

/*
 * What the kernel keeps for each interface while this process waits for a processor: a share of 128
 * MiB. A busy host may keep it waiting for a tenth of a second, in which 2 MiB are full.
 */
static int default_buffer(size_t ports)
{
	size_t share = (128U << 20) / (ports ? ports : 1), least = 2U << 20, most = 16U << 20;

	return (int)(share < least ? least : share > most ? most : share);
}

static int parse_number(const char *text, unsigned long min, unsigned long max, int scale, int *ret)
{
	unsigned long v;

	if (str_to_ulong(text, min, max, &v) < 0)
		return -EINVAL;
	*ret = (int)v * scale;
	return 0;
}

/* Returns -1 to go on, or the exit status. */
static int parse_args(int argc, char **argv, struct recorder *c, struct err *err)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "limit", required_argument, NULL, 'L' },
		{ "live", no_argument, NULL, 'l' },
		{ "snaplen", required_argument, NULL, 's' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool live = false;
	int o, limit = LIMIT_MIB;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (o == 'h')
			return fputs(usage, stdout) < 0;
		if (o == 'd')
			c->dir = optarg;
		else if (o == 'l')
			live = true;
		else if (o == '?' ||
			 (o == 's' && parse_number(optarg, 64, 262144, 1, &c->tap.snaplen) < 0) ||
			 (o == 'L' && parse_number(optarg, 1, 1048576, 1, &limit) < 0) ||
			 (o == 'b' && parse_number(optarg, 64, 65536, 1024, &c->tap.buffer) < 0))
			return usage_error("bad option");
	}
	if (live == !!c->dir)
		return usage_error("give one of --dir and --live");
	if (c->dir && *c->dir != '/')
		return usage_error("DIR is an absolute path");
	/* A lab that is all air has no taps; capture.json tells of its run all the same. */
	if ((live && optind == argc) || argc - optind > MAX_PORTS)
		return usage_error("give the ports to capture, 1024 at most");
	c->limit = (uint64_t)limit << 20;
	if (!c->tap.buffer)
		c->tap.buffer = default_buffer((size_t)(argc - optind));
	if (add_ports(c, argv + optind, argc - optind, err) == 0)
		return -1;
	(void)fprintf(stderr, "labd-capture: %s\n", err->msg);
	return 2;
}

int main(int argc, char **argv)
{
	struct recorder c = { .signals = -1, .report = -1 };
	struct err err = ERR_INIT;
	int status = parse_args(argc, argv, &c, &err);

	if (status < 0) {
		status = recorder_run(&c, &err) < 0;
		if (status)
			(void)fprintf(stderr, "labd-capture: %s\n", err.msg);
		for (size_t i = 0; i < c.n; i++)
			status |= *c.ports[i].error != '\0';
	}
	recorder_free(&c);
	return status;
}
