/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lies between taps: a bridge, or a cable that is found again by its control socket. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/control.h"
#include "base/io.h"
#include "wire/cable.h"
#include "wire/netlink.h"
#include "wire/oversize.h"
#include "wire/wire.h"

#define CABLE_MS 10000

int wire_open(const struct wire_opts *opts, struct wire **ret, struct err *err)
{
	auto_wire struct wire *wire = xcalloc(1, sizeof(*wire));
	int r;

	if (strlen(opts->cable_dir) > 80)
		return err_set(err, ENAMETOOLONG, "'%s': too long for control sockets",
			       opts->cable_dir);
	wire->cable_program = xstrdup(opts->cable_program);
	wire->cable_dir = xstrdup(opts->cable_dir);
	r = io_mkdirs(wire->cable_dir, 0700, err);
	if (r == 0)
		r = netlink_open(&wire->sock, err);
	if (r < 0)
		return r;
	*ret = take_ptr(wire);
	return 0;
}

void wire_close(struct wire *wire)
{
	if (!wire)
		return;
	if (wire->sock)
		nl_socket_free(wire->sock);
	oversize_free(wire);
	free(wire->cable_program);
	free(wire->cable_dir);
	free(wire);
}

static char *control_path(const struct wire *wire, const struct wire_link *link)
{
	return xasprintf("%s/%s.sock", wire->cable_dir, link->bridge);
}

static int check(const struct wire_link *link, struct err *err)
{
	int r = netlink_check_name(link->bridge, err);

	for (size_t i = 0; r == 0 && i < link->n_taps; i++)
		r = netlink_check_name(link->taps[i], err);
	return r;
}

/* ---- talking to a cable ---- */

/* A connection to the link's cable; fails where it has none. */
static int reach_cable(const struct wire *wire, const struct wire_link *link, struct err *err)
{
	auto_free char *path = control_path(wire, link);

	return control_reach(path, err);
}

/* *fd becomes a connection to a new cable, *process a pidfd of it; what they were is closed. */
static int start_cable(const struct wire *wire, const struct wire_link *link, int *fd, int *process,
		       struct err *err)
{
	auto_free char *path = control_path(wire, link);
	const char *const argv[] = { wire->cable_program, path, link->taps[0], link->taps[1],
				     NULL };

	auto_closep(fd);
	auto_closep(process);
	*fd = -1;
	*process = child_serve(argv, -1, deadline_in_ms(CABLE_MS), err);
	if (*process >= 0)
		*fd = reach_cable(wire, link, err);
	return *process < 0 ? *process : *fd < 0 ? *fd : 0;
}

static int end_cable(const struct wire *wire, const struct wire_link *link, struct err *err)
{
	auto_close int fd = reach_cable(wire, link, NULL);
	char answer[CONTROL_MESSAGE_MAX];
	auto_free char *path = control_path(wire, link);
	struct err why = ERR_INIT;
	int r;

	if (fd < 0)
		return 0;
	r = control_ask(fd, "quit", -1, answer, &why);
	if (r < 0 && r != -EIO) /* its end is the answer */
		return err_set(err, -r, "%s", why.msg);
	/* A cable in its jail does not see its own socket. */
	(void)unlink(path);
	return 0;
}

/* ---- the two ways ---- */

int wire_watch(struct wire *wire, const struct wire_link *link, uint32_t mtu, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < link->n_taps; i++)
		r = oversize_watch(wire, link->taps[i], mtu + NET_MTU_HEADERS + NET_MTU_SPARE, err);
	return r;
}

static int make_plain(struct wire *wire, const struct wire_link *link, uint32_t mtu,
		      struct err *err)
{
	int r = end_cable(wire, link, err);

	if (r == 0 && !wire_exists(wire, link->bridge))
		r = wire_bridge_add(wire, link->bridge, err);
	for (size_t i = 0; r == 0 && i < link->n_taps; i++)
		r = wire_bridge_attach(wire, link->bridge, link->taps[i], err);
	return r < 0 ? r : wire_watch(wire, link, mtu, err);
}

/*
 * A new cable carries nothing until it is told its shape, which comes right after the taps have
 * left the bridge: a frame may be lost then, but none is carried twice.
 */
static int make_cable(struct wire *wire, const struct wire_link *link,
		      const struct net_shape shapes[2], int *ret, struct err *err)
{
	auto_close int fd = -1;
	auto_close int process = -1;
	auto_str struct str word = { 0 };
	char answer[CONTROL_MESSAGE_MAX];
	bool found;
	int r;

	if (link->n_taps != 2)
		return err_set(err, EOPNOTSUPP,
			       "only a link with two ends can have more than an MTU");
	fd = reach_cable(wire, link, NULL);
	if (fd >= 0)
		process = child_peer(fd, NULL);
	found = process >= 0;
	r = found ? 0 : start_cable(wire, link, &fd, &process, err);
	if (r < 0)
		return r;
	str_adds(&word, "set");
	cable_add_shape(&word, &shapes[0]);
	cable_add_shape(&word, &shapes[1]);
	for (size_t i = 0; i < 2; i++) {
		oversize_forget(wire, link->taps[i]);
		r = wire_bridge_detach(wire, link->taps[i], err);
		if (r < 0)
			return r;
	}
	r = control_ask(fd, str_text(&word), -1, answer, err);
	if (r == -EIO && found) { /* it was at its end */
		r = start_cable(wire, link, &fd, &process, err);
		if (r == 0)
			r = control_ask(fd, str_text(&word), -1, answer, err);
	}
	if (r == 0 && ret)
		*ret = take_fd(&process);
	return r;
}

int wire_set(struct wire *wire, const struct wire_link *link, const struct net_shape shapes[2],
	     int *cable, struct err *err)
{
	uint32_t mtu = net_shape_mtu(&shapes[0]);
	int r = check(link, err);

	if (cable)
		*cable = -1;
	if (r == 0)
		r = cable_check_shape(&shapes[0], err);
	if (r == 0)
		r = cable_check_shape(&shapes[1], err);
	for (size_t i = 0; r == 0 && i < link->n_taps; i++)
		r = wire_tap_set_mtu(wire, link->taps[i], mtu, err);
	if (r == 0)
		r = net_shape_is_plain(&shapes[0]) && net_shape_is_plain(&shapes[1])
			    ? make_plain(wire, link, mtu, err)
			    : make_cable(wire, link, shapes, cable, err);
	return r < 0 ? err_context(err, "link '%s'", link->name) : 0;
}

int wire_cable(struct wire *wire, const struct wire_link *link, struct err *err)
{
	auto_close int fd = reach_cable(wire, link, err);
	int process = fd < 0 ? fd : child_peer(fd, err);

	return process < 0 ? err_context(err, "link '%s'", link->name) : process;
}

int wire_unset(struct wire *wire, const struct wire_link *link, struct err *err)
{
	int r = check(link, err);

	for (size_t i = 0; r == 0 && i < link->n_taps; i++)
		oversize_forget(wire, link->taps[i]);
	if (r == 0)
		r = end_cable(wire, link, err);
	if (r == 0)
		r = wire_del(wire, link->bridge, err);
	return r < 0 ? err_context(err, "link '%s'", link->name) : 0;
}

/* ---- statistics ---- */

/* The next numbers of an answer, eight of a shape and eleven of a flow. */
static bool read_shape(const char **text, struct net_shape *ret)
{
	unsigned long long rate;
	int n = 0;

	if (sscanf(*text, " " CABLE_SHAPE_FORMAT "%n", &ret->delay_us, &ret->jitter_us,
		   &ret->loss_ppm, &rate, &ret->duplicate_ppm, &ret->reorder_ppm, &ret->corrupt_ppm,
		   &ret->mtu, &n) != CABLE_SHAPE_WORDS)
		return false;
	ret->rate_bps = rate;
	*text += n;
	return true;
}

static bool read_flow(const char **text, struct wire_flow *ret)
{
	uint64_t *const numbers[] = { &ret->frames,     &ret->bytes,      &ret->lost,
				      &ret->tail_drops, &ret->missed,     &ret->errors,
				      &ret->in_flight,  &ret->duplicated, &ret->reordered,
				      &ret->corrupted,  &ret->too_large };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int n = 0;

		if (sscanf(*text, " %" SCNu64 "%n", numbers[i], &n) != 1)
			return false;
		*text += n;
	}
	return true;
}

static bool parse_stats(const char *text, struct wire_stats *ret)
{
	return read_shape(&text, &ret->shapes[0]) && read_shape(&text, &ret->shapes[1]) &&
	       read_flow(&text, &ret->flows[0]) && read_flow(&text, &ret->flows[1]);
}

/* No cable answers: right when the taps are in a bridge. */
static int plain_stats(struct wire *wire, const struct wire_link *link, struct wire_stats *ret,
		       struct err *err)
{
	int master = link->n_taps ? netlink_master(wire, link->taps[0], err) : 1;

	if (master < 0)
		return master;
	for (size_t i = 0; i < 2 && i < link->n_taps; i++)
		ret->flows[i].too_large = oversize_count(wire, link->taps[i]);
	return master ? 0 : err_set(err, EIO, "its cable is gone");
}

int wire_get_stats(struct wire *wire, const struct wire_link *link, struct wire_stats *ret,
		   struct err *err)
{
	auto_close int fd = reach_cable(wire, link, NULL);
	struct wire_stats stats;
	char answer[CONTROL_MESSAGE_MAX];
	int r;

	memset(&stats, 0, sizeof(stats));
	if (fd < 0) {
		r = plain_stats(wire, link, &stats, err);
	} else {
		r = control_ask(fd, "stats", -1, answer, err);
		stats.cable = true;
		if (r == -EIO || (r == 0 && !parse_stats(answer, &stats)))
			r = err_set(err, EIO, "its cable does not answer");
	}
	if (r < 0)
		return err_context(err, "link '%s'", link->name);
	*ret = stats;
	return 0;
}
