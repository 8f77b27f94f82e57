/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one lab of this daemon: loading it, and what `up` and `link` make of its wires. */
#include "labd/lab.h"

#include <errno.h>

#include "base/io.h"
#include "role/role.h"

static int load(struct lab *lab, struct err *err)
{
	auto_free char *schemas = xasprintf("%s/topologies", lab->options.share);
	auto_problems struct topo_problems problems = { 0 };
	auto_str struct str text = { 0 };
	int r = io_read_file(lab->options.topology, 8 << 20, &text, err);

	if (r == 0)
		r = topo_load_text(str_text(&text), text.len, lab->options.origin, schemas,
				   role_all, &lab->topo, &problems, err);
	if (r == 0)
		plan_build(&lab->topo, &lab->plan);
	return r;
}

static int cable_again(struct helper *helper, struct err *err)
{
	return lab_set_wire(helper->lab, helper->ctx, err);
}

static void make_nodes(struct lab *lab)
{
	lab->nodes = xcalloc(lab->plan.n_nodes, sizeof(*lab->nodes));
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		struct lab_node *node = &lab->nodes[i];

		node->lab = lab;
		node->index = i;
		node->plan = &lab->plan.nodes[i];
		/* By index: a name may be longer than what is left of 108 bytes. */
		node->ssh_socket = xasprintf(LAB_RUN "/n/%zu.ssh", i);
		node->console_socket = xasprintf(LAB_RUN "/n/%zu.tty", i);
		node->console_log = xasprintf(LAB_RUN "/n/%zu.log", i);
		if (plan_radio_of(node->plan))
			node->radio_socket = xasprintf(LAB_RUN "/n/%zu.air/hub", i);
	}
	lab->links = xcalloc(lab->plan.n_wires, sizeof(*lab->links));
	for (size_t i = 0; i < lab->plan.n_wires; i++) {
		struct lab_link *link = &lab->links[i];

		link->wire = &lab->plan.wires[i];
		link->shape = lab->plan.wires[i].shape;
		link->cable = &lab->helpers[i];
		link->cable->kind = HELPER_CABLE;
		link->cable->link = link->wire->link;
		link->cable->again = cable_again;
		link->cable->ctx = link;
	}
}

int lab_open(const struct lab_options *options, struct lab **ret, struct err *err)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));
	pthread_condattr_t attr;
	int r;

	lab->options = *options;
	(void)pthread_mutex_init(&lab->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&lab->faulted, &attr);
	(void)pthread_cond_init(&lab->answered, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&lab->make_lock, NULL);
	lab->kernel = xasprintf("%s/vmlinux", options->image);
	lab->root = xasprintf("%s/root.erofs", options->image);
	lab->initrd = xstrdup(LAB_RUN "/initrd");
	r = load(lab, err);
	if (r == 0)
		r = io_mkdirs(LAB_RUN "/n", 0700, err);
	if (r == 0)
		r = helper_open(lab, err);
	if (r < 0)
		return r; /* the process ends now, and with it all of this */
	make_nodes(lab);
	lab_open_media(lab);
	*ret = lab;
	return 0;
}

const struct lab_certificate *lab_certificate(struct lab *lab, const char *subject, struct err *err)
{
	struct lab_certificate *c;

	(void)pthread_mutex_lock(&lab->make_lock);
	for (c = lab->certificates; c; c = c->next)
		if (str_eq(c->subject, subject))
			break;
	if (!c) {
		c = xcalloc(1, sizeof(*c));
		if (pki_issue(lab->pki, subject, &c->cert, &c->key, err) < 0) {
			free(c);
			c = NULL;
		} else {
			c->subject = xstrdup(subject);
			c->next = lab->certificates;
			lab->certificates = c;
		}
	}
	(void)pthread_mutex_unlock(&lab->make_lock);
	return c;
}

int lab_open_wires(struct lab *lab, struct err *err)
{
	auto_free char *cable = xasprintf("%s/labd-cable", lab->options.libexec);
	struct wire_opts opts = { cable, LAB_RUN "/cable" };

	return wire_open(&opts, &lab->wire, err);
}

int lab_open_hv(struct lab *lab, struct err *err)
{
	auto_free char *cache = xasprintf("%s/libvirt", lab->options.cache);

	return hv_open(LAB_RUN "/v", cache, &lab->hv, err);
}

/* As the wire wants it; the caller frees taps. */
static struct wire_link wire_of(const struct lab_link *link, const char ***taps)
{
	*taps = xcalloc(link->wire->n_taps, sizeof(**taps));
	for (size_t i = 0; i < link->wire->n_taps; i++)
		(*taps)[i] = link->wire->taps[i];
	return (struct wire_link){ link->wire->link, link->wire->bridge, *taps,
				   link->wire->n_taps };
}

int lab_set_wire(struct lab *lab, struct lab_link *link, struct err *err)
{
	auto_free const char **taps = NULL;
	struct wire_link wl = wire_of(link, &taps);
	bool plain = net_shape_is_plain(&link->shape);
	int cable = -1, r;

	if (plain)
		helper_ends(link->cable);
	r = wire_set(lab->wire, &wl, &link->shape, &cable, err);
	if (cable >= 0)
		helper_runs(link->cable, cable);
	else if (r < 0 && plain)
		helper_stays(link->cable);
	return r;
}

void lab_find_cable(struct lab *lab, struct lab_link *link)
{
	auto_free const char **taps = NULL;
	struct wire_link wl = wire_of(link, &taps);
	int cable = net_shape_is_plain(&link->shape) ? -1 : wire_cable(lab->wire, &wl, NULL);

	if (cable >= 0)
		helper_runs(link->cable, cable);
	else if (!net_shape_is_plain(&link->shape))
		helper_is_gone(link->cable);
}

int lab_get_wire(struct lab *lab, const struct lab_link *link, struct wire_stats *ret,
		 struct err *err)
{
	auto_free const char **taps = NULL;
	struct wire_link wl = wire_of(link, &taps);

	if (wl.n_taps != 2)
		return err_set(err, ENOENT, "link '%s': no cable", link->wire->link);
	return wire_get_stats(lab->wire, &wl, ret, err);
}

int lab_set_carriers(struct lab *lab, const struct lab_link *link, struct err *err)
{
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		const struct plan_node *node = &lab->plan.nodes[i];

		for (size_t j = 0; j < node->n_nics; j++) {
			char mac[NET_TEXT];
			struct hv_nic nic = { node->nics[j].tap,
					      net_mac_text(node->nics[j].mac, mac) };
			struct err why = ERR_INIT;
			int r;

			if (node->nics[j].wire != (size_t)(link - lab->links))
				continue;
			r = hv_set_carrier(lab->hv, node->name, &nic, !link->down, &why);
			/* A guest that has ended has no carrier to lose. */
			if (r < 0 && r != -ENOENT)
				return err_set(err, -r, "link '%s': node '%s': NIC '%s': %s",
					       link->wire->link, node->name, node->nics[j].name,
					       why.msg);
		}
	}
	return 0;
}
