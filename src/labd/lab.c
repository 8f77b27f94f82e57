/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one lab of this daemon: loading it, and what all of it shares. */
#include "labd/lab.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "labd/link.h"
#include "pki/zone-key.h"
#include "role/role.h"

static int load(struct lab *lab, struct err *err)
{
	auto_free char *schemas = xasprintf("%s/topologies", lab->options.share);
	auto_problems struct topo_problems problems = { 0 };
	auto_str struct str text = { 0 };
	int r = io_read_file(lab->options.topology, TOPO_FLAT_MAX, &text, err);

	if (r == 0)
		r = topo_load_text(str_text(&text), text.len, lab->options.origin, schemas,
				   role_all, &lab->topo, &problems, err);
	if (r < 0)
		return r;
	plan_build(&lab->topo, &lab->plan);
	topo_points(&lab->topo, &lab->points);
	return 0;
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
		node->clone_socket = xasprintf(LAB_RUN "/n/%zu.id", i);
		node->console_socket = xasprintf(LAB_RUN "/n/%zu.tty", i);
		node->console_log = xasprintf(LAB_RUN "/n/%zu.log", i);
		if (plan_radio_of(node->plan))
			node->radio_socket = xasprintf(LAB_RUN "/n/%zu.air/hub", i);
	}
}

int lab_open(const struct lab_options *options, struct lab **ret, struct err *err)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));
	pthread_condattr_t attr;
	int r;

	lab->options = *options;
	lab->frozen = (struct frozen)FROZEN_INIT;
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
	link_open(lab);
	*ret = lab;
	return 0;
}

const struct lab_certificate *lab_certificate(struct lab *lab, const char *subject,
					      const char *fault, struct err *err)
{
	struct lab_certificate *c;

	(void)pthread_mutex_lock(&lab->make_lock);
	for (c = lab->certificates; c; c = c->next)
		if (str_eq(c->subject, subject) && c->fault == fault)
			break;
	if (!c) {
		c = xcalloc(1, sizeof(*c));
		if (pki_issue(lab->pki, subject, fault, &c->cert, &c->key, err) < 0) {
			free(c);
			c = NULL;
		} else {
			c->subject = xstrdup(subject);
			c->fault = fault;
			c->next = lab->certificates;
			lab->certificates = c;
		}
	}
	(void)pthread_mutex_unlock(&lab->make_lock);
	return c;
}

int lab_zone_key(struct lab *lab, const char *name, struct str *key, struct str *ds,
		 struct err *err)
{
	auto_free char *path = xasprintf(LAB_RUN "/zone-key.%s", name);
	const char *dot = strchr(name, '.');
	int r;

	assert(dot);
	(void)pthread_mutex_lock(&lab->make_lock);
	r = zone_key_open(path, key, err);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return r < 0 ? r : zone_key_ds(str_text(key), dot + 1, ds, err);
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

json_t *lab_lacks(struct lab *lab)
{
	json_t *all = json_array();

	(void)pthread_mutex_lock(&lab->lock);
	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		if (lab->nodes[i].lacks)
			(void)json_array_extend(all, lab->nodes[i].lacks);
	(void)pthread_mutex_unlock(&lab->lock);
	return all;
}

int lab_check_up(const struct lab *lab, struct err *err)
{
	return lab->state == LAB_UP ? 0
				    : err_set(err, EAGAIN, "lab '%s': is %s, not up",
					      lab->options.name, lab_state_name(lab->state));
}

const char *lab_taken(const struct lab *lab)
{
	return lab->running ? "an experiment is running" : lab->claimed;
}

int lab_claim(struct lab *lab, const char *words, struct err *err)
{
	const char *taken;

	if (lab_check_up(lab, err) < 0)
		return err->code;
	(void)pthread_mutex_lock(&lab->lock);
	taken = lab_taken(lab);
	if (!taken)
		lab->claimed = words;
	(void)pthread_mutex_unlock(&lab->lock);
	return taken ? err_set(err, EBUSY, "lab '%s': %s", lab->options.name, taken) : 0;
}

void lab_let_go(struct lab *lab)
{
	(void)pthread_mutex_lock(&lab->lock);
	lab->claimed = NULL;
	(void)pthread_mutex_unlock(&lab->lock);
}
