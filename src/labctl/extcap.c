/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl under the name of labd-extcap: Wireshark finds it in a folder of such programs, asks it
 * for interfaces, and lets it capture into a FIFO (extcap(4)). Every port and the air of every
 * running lab is an interface, LAB/NODE:NIC or LAB/wifi:LINK. Errors on stderr are shown by
 * Wireshark.
 */
#include "labctl/extcap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "labctl/out.h"
#include "labctl/place.h"
#include "labctl/ports.h"
#include "net/point.h"

#define ETHERNET 1   /* LINKTYPE_ETHERNET */
#define RADIOTAP 127 /* LINKTYPE_IEEE802_11_RADIOTAP */

/* What Wireshark asks for; options that do not matter here are passed over. */
struct request {
	bool interfaces, dlts, capture;
	const char *interface, *fifo;
};

static void parse(int argc, char **argv, struct request *ret)
{
	for (int i = 1; i < argc; i++) {
		ret->interfaces |= str_eq(argv[i], "--extcap-interfaces");
		ret->dlts |= str_eq(argv[i], "--extcap-dlts");
		ret->capture |= str_eq(argv[i], "--capture");
		if (i + 1 < argc && str_eq(argv[i], "--extcap-interface"))
			ret->interface = argv[++i];
		else if (i + 1 < argc && str_eq(argv[i], "--fifo"))
			ret->fifo = argv[++i];
	}
}

/* Names of labs and ports are checked when topologies are read: none has a brace. */
static void print_interfaces(const char *lab, const struct topo *topo)
{
	auto_points struct topo_points points = { 0 };

	topo_points(topo, &points);
	for (size_t i = 0; i < points.n; i++)
		printf("interface {value=%s/%s}{display=lab %s, %s}\n", lab, points.list[i].name,
		       lab, points.list[i].name);
}

static int list_interfaces(const struct labctl *l)
{
	auto_places struct places labs = { 0 };
	struct err err = ERR_INIT;

	printf("extcap {version=%s}{display=labd}\n", PACKAGE_VERSION);
	if (place_list(l, &labs, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	for (size_t i = 0; i < labs.n; i++) {
		auto_topo struct topo topo = { 0 };

		if (place_is_starting(&labs.list[i]))
			continue;
		place_load(l, &labs.list[i], &topo);
		print_interfaces(place_name(&labs.list[i]), &topo);
	}
	return EXIT_DONE;
}

static int list_dlts(const char *port)
{
	bool air = net_air_of(port);

	printf("dlt {number=%d}{name=%s}{display=%s}\n", air ? RADIOTAP : ETHERNET,
	       air ? "IEEE802_11_RADIO" : "EN10MB",
	       air ? "802.11 plus radiotap header" : "Ethernet");
	return EXIT_DONE;
}

/* As `labctl -l LAB capture PORT -w FIFO`, which ends when Wireshark sends SIGTERM. */
static int capture(struct labctl *l, const char *port, const char *fifo)
{
	struct arg to = { "write", fifo };
	const char *operands[] = { port, NULL };
	const struct args a = {
		.options = &to, .n_options = 1, .operands = operands, .n_operands = 1
	};

	return cmd_capture(l, &a);
}

int extcap_run(struct labctl *l, int argc, char **argv)
{
	struct request request = { 0 };
	struct err err = ERR_INIT;
	auto_free char *lab = NULL;
	const char *slash;

	parse(argc, argv, &request);
	if (request.interfaces)
		return list_interfaces(l);
	slash = request.interface ? strchr(request.interface, '/') : NULL;
	if (!slash)
		return out_error(l, EXIT_USAGE,
				 (err_set(&err, EINVAL,
					  "this is for Wireshark; --extcap-interface takes "
					  "LAB/NODE:NIC or LAB/wifi:LINK"),
				  &err));
	if (request.dlts)
		return list_dlts(slash + 1);
	if (!request.capture)
		return EXIT_DONE; /* --extcap-config: there is nothing to choose */
	lab = xstrndup(request.interface, (size_t)(slash - request.interface));
	l->lab = lab;
	return capture(l, slash + 1, request.fifo);
}
