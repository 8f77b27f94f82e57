/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One tap being captured, through libpcap. */
#include "capture/tap.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/str.h"

#define BATCH 512
#define DEFAULT_BUFFER (2 << 20)
#define HEADERS 36 /* Ethernet with two VLAN tags and some room */

struct tap {
	struct tap_port port;
	pcap_t *pcap;
	int snaplen;
	uint64_t frames;  /* handed on */
	uint64_t dropped; /* in the kernel, so far */
	uint64_t told;    /* of these, how many a frame in the file has told of */
	bool late;        /* a frame behind the last pump's limit was seen */
};

/* The name becomes a file's name. */
static bool good_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:";

	return *name && *name != '.' && strlen(name) <= TAP_NAME_MAX &&
	       !name[strspn(name, allowed)] && !str_eq(name, "all");
}

int tap_parse(const char *text, struct tap_port *ret, struct err *err)
{
	auto_free char *copy = xstrdup(text);
	char *rest = copy;
	char *ifname = strsep(&rest, ",");
	char *name = strsep(&rest, ",");
	char *mac = strsep(&rest, ",");
	struct tap_port port = { 0 };

	if (!mac || !*ifname || strlen(ifname) >= sizeof(port.ifname))
		return err_set(err, EINVAL, "port '%s': not IFNAME,NODE:NIC,MAC[,host]", text);
	if (!good_name(name))
		return err_set(err, EINVAL, "port '%s': '%s' cannot name a capture", text, name);
	if (rest && !str_eq(rest, "host"))
		return err_set(err, EINVAL, "port '%s': '%s' is not 'host'", text, rest);
	if (*mac && net_mac_parse(mac, &port.mac) < 0)
		return err_set(err, EINVAL, "port '%s': '%s' is not a MAC address", text, mac);
	port.has_mac = *mac;
	port.host = rest && port.has_mac;
	memcpy(port.ifname, ifname, strlen(ifname)); /* both fit: checked above */
	memcpy(port.name, name, strlen(name));
	*ret = port;
	return 0;
}

enum pcapng_direction tap_direction(const struct tap_port *port, const uint8_t *frame, uint32_t len)
{
	if (!port->has_mac || len < 12)
		return PCAPNG_NO_DIRECTION;
	if (memcmp(frame + 6, port->mac.byte, 6) == 0)
		return PCAPNG_INBOUND;
	if (port->host || memcmp(frame, port->mac.byte, 6) == 0)
		return PCAPNG_OUTBOUND;
	return PCAPNG_NO_DIRECTION;
}

/* libpcap's convention: negative is an error, the text is in the handle or in its own table. */
static int pcap_error(const struct tap *t, int code, struct err *err)
{
	const char *name = t->port.name;

	switch (code) {
	case PCAP_ERROR_PERM_DENIED:
		return err_set(err, EPERM, "port '%s': '%s': capturing needs CAP_NET_RAW", name,
			       t->port.ifname);
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return err_set(err, ENODEV, "port '%s': no interface '%s'", name, t->port.ifname);
	case PCAP_ERROR_IFACE_NOT_UP:
		return err_set(err, ENETDOWN, "port '%s': interface '%s' is down", name,
			       t->port.ifname);
	case PCAP_ERROR:
		return err_set(err, EIO, "port '%s': '%s': %s", name, t->port.ifname,
			       pcap_geterr(t->pcap));
	default:
		return err_set(err, EIO, "port '%s': '%s': %s", name, t->port.ifname,
			       pcap_statustostr(code));
	}
}

/* libpcap sizes every slot of its ring for the largest frame: a true bound makes room for many
 * more. */
static int default_snaplen(const char *ifname)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFMTU, &ifr) < 0 || ifr.ifr_mtu <= 0 ||
	    ifr.ifr_mtu > 65535 - HEADERS)
		return 65535;
	return ifr.ifr_mtu + HEADERS;
}

static int activate(struct tap *t, const struct tap_opts *opts, struct err *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int r;

	(void)pcap_set_snaplen(t->pcap, t->snaplen);
	(void)pcap_set_promisc(t->pcap, 0); /* a tap delivers everything as it is */
	(void)pcap_set_timeout(t->pcap, TAP_HOLD_MS);
	(void)pcap_set_buffer_size(t->pcap, opts->buffer ? opts->buffer : DEFAULT_BUFFER);
	(void)pcap_set_tstamp_precision(t->pcap, PCAP_TSTAMP_PRECISION_NANO);
	r = pcap_activate(t->pcap);
	if (r < 0)
		return pcap_error(t, r, err);
	r = pcap_datalink(t->pcap);
	if (r != DLT_EN10MB && r != DLT_IEEE802_11_RADIO)
		return err_set(err, EINVAL, "port '%s': '%s' carries no Ethernet", t->port.name,
			       t->port.ifname);
	if (pcap_setnonblock(t->pcap, 1, why) < 0)
		return err_set(err, EIO, "port '%s': %s", t->port.name, why);
	return 0;
}

int tap_open(const struct tap_port *port, const struct tap_opts *opts, struct tap **ret,
	     struct err *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct tap *t = xcalloc(1, sizeof(*t));
	int r;

	t->port = *port;
	t->snaplen = opts->snaplen ? opts->snaplen : default_snaplen(port->ifname);
	t->pcap = pcap_create(port->ifname, why);
	r = t->pcap ? activate(t, opts, err) : err_set(err, EIO, "port '%s': %s", port->name, why);
	if (r < 0) {
		tap_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

int tap_fd(const struct tap *t)
{
	return pcap_get_selectable_fd(t->pcap);
}

struct pcapng_iface tap_iface(const struct tap *t)
{
	return (struct pcapng_iface){ .name = t->port.name,
				      .description = t->port.ifname,
				      .linktype = (uint16_t)pcap_datalink(t->pcap),
				      .snaplen = (uint32_t)t->snaplen };
}

struct pump {
	struct tap *tap;
	struct pcapng_writer *writer;
	uint32_t iface;
	uint64_t until_ns;
	int failed;
	struct err *err;
};

static void on_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	struct pump *p = (struct pump *)(void *)user;
	struct tap *t = p->tap;
	struct pcapng_packet packet = {
		.iface = p->iface,
		.time_ns = (uint64_t)h->ts.tv_sec * NS_PER_S + (uint64_t)h->ts.tv_usec,
		.data = data,
		.len = h->caplen,
		.orig_len = h->len,
		.direction = tap_direction(&t->port, data, h->caplen),
		.dropped = t->dropped - t->told,
	};

	if (packet.time_ns > p->until_ns) {
		t->late = true;
		pcap_breakloop(t->pcap);
		return;
	}
	t->frames++;
	if (!p->writer)
		return;
	p->failed = pcapng_write_packet(p->writer, &packet, p->err);
	t->told = t->dropped;
	if (p->failed < 0)
		pcap_breakloop(t->pcap);
}

static void update_dropped(struct tap *t)
{
	struct pcap_stat s;

	if (pcap_stats(t->pcap, &s) == 0)
		t->dropped += (uint32_t)(s.ps_drop - (uint32_t)t->dropped);
}

int tap_pump(struct tap *t, struct pcapng_writer *w, uint32_t iface, uint64_t until_ns,
	     bool *write_failed, struct err *err)
{
	struct pump p = { .tap = t, .writer = w, .iface = iface, .until_ns = until_ns, .err = err };
	int n = pcap_dispatch(t->pcap, BATCH, on_frame, (u_char *)&p);

	if (n > 0 && n < BATCH) /* the ring is empty: what was lost came after all that it held */
		update_dropped(t);
	*write_failed = p.failed < 0;
	if (p.failed < 0)
		return p.failed;
	if (n == PCAP_ERROR_BREAK)
		return 0;
	return n < 0 ? pcap_error(t, n, err) : n;
}

bool tap_behind(const struct tap *t)
{
	struct pcap_stat s;

	return !t->late && pcap_stats(t->pcap, &s) == 0 &&
	       s.ps_recv - s.ps_drop != (uint32_t)t->frames;
}

struct pcapng_stats tap_stats(struct tap *t)
{
	update_dropped(t);
	return (struct pcapng_stats){ .time_ns = (uint64_t)clock_real_ns(),
				      .received = t->frames + t->dropped,
				      .dropped = t->dropped };
}

void tap_close(struct tap *t)
{
	if (!t)
		return;
	if (t->pcap)
		pcap_close(t->pcap);
	free(t);
}
