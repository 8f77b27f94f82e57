/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labd-medium NAME CONTROL RADIO... [--path=A,B,SIGNAL,LOSS_PPM]...: the air that radios share. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/child.h"
#include "base/str.h"
#include "jail/jail.h"
#include "medium/server.h"

static const char usage[] =
	"Usage: labd-medium NAME CONTROL RADIO... [--path=A,B,SIGNAL,LOSS_PPM]...\n"
	"The air that radios share. RADIO is NODE,MAC,SOCKET: the node's QEMU connects to SOCKET\n"
	"with the serial port of its radio. A path is what lies between two of them: dBm, and how\n"
	"many of a million frames are lost. Clients find it at the socket CONTROL.\n";

/* NODE,MAC,SOCKET */
static int add_radio(struct server *server, const char *text, struct err *err)
{
	char name[64], card[18], path[108];
	struct net_mac mac;

	if (sscanf(text, "%63[^,],%17[^,],%107s", name, card, path) != 3 ||
	    net_mac_parse(card, &mac) < 0)
		return err_set(err, EINVAL, "radio '%s': not NODE,MAC,SOCKET", text);
	return server_add_radio(server, name, mac, path, err);
}

static int add_path(struct server *server, const char *text, struct err *err)
{
	char a[64], b[64];
	struct hub_path path;
	unsigned int loss;
	size_t from, to;

	if (sscanf(text, "%63[^,],%63[^,],%hhd,%u", a, b, &path.signal, &loss) != 4)
		return err_set(err, EINVAL, "path '%s': not A,B,SIGNAL,LOSS_PPM", text);
	path.loss_ppm = loss;
	from = server_find_radio(server, a);
	to = server_find_radio(server, b);
	if (from == SIZE_MAX || to == SIZE_MAX)
		return err_set(err, ENOENT, "path '%s': no such radio", text);
	hub_set_path(&server->hub, from, to, path);
	return 0;
}

int main(int argc, char **argv)
{
	static struct server server;
	struct err err = ERR_INIT;
	int r = 0;

	if (argc < 4) {
		(void)fputs(usage, stderr);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	server_init(&server, argv[1]);
	for (int i = 3; r == 0 && i < argc; i++)
		r = str_prefix(argv[i], "--path=") ? add_path(&server, argv[i] + 7, &err)
						   : add_radio(&server, argv[i], &err);
	if (r == 0)
		r = server_listen(&server, argv[2], &err);
	if (r == 0)
		r = jail_enter(NULL, 0, &err);
	if (r == 0)
		r = jail_fork(&err);
	if (r == 0)
		r = child_ready(&err);
	if (r == 0)
		r = medium_run(&server, &err);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", err.msg);
	server_close(&server);
	return r < 0 ? 1 : 0;
}
