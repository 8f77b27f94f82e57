/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine has, and whether that is enough for a lab. */
#include "labctl/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "labctl/out.h"
#include "sandbox/sandbox.h"

#define MIB (1024LL * 1024)
/* Beside its guest's memory a QEMU has code, devices and, emulating, translated code (48 MiB). */
#define QEMU_MIB 80
/* Address space costs nothing, but ulimit -v counts it, and ulimit -d what of it is no file's. */
#define QEMU_ADDRESS_MIB 768
#define QEMU_DATA_MIB 384
#define LABD_ADDRESS_MIB 1024
/* The log and the lab's own files; a run of school.xml takes about 1 MiB. */
#define DISK_MIB 64
#define FILE_MIB 64

long long machine_disk_mib(const char *path)
{
	auto_free char *folder = xstrdup(path);
	struct statvfs fs;
	char *slash;

	/* The nearest folder above path that exists. */
	while (statvfs(folder, &fs) < 0) {
		slash = strrchr(folder, '/');
		if (errno != ENOENT || !slash || slash == folder)
			return -1;
		*slash = '\0';
	}
	if (access(folder, W_OK | X_OK) < 0)
		return -1;
	return (long long)fs.f_bavail * (long long)fs.f_frsize / MIB;
}

const struct machine_needs machine_school = {
	.guests = 17,
	.memory_mib = 3536,
	.threads = 260,
	.files = 350,
	.address_mib = 1536,
	.data_mib = 512,
	.file_mib = FILE_MIB,
};

void machine_needs(const struct plan *plan, struct machine_needs *ret)
{
	long long n = (long long)plan->n_nodes, largest = 0, ports = 0;
	struct machine_needs needs = { .guests = plan->n_nodes, .file_mib = FILE_MIB };

	for (size_t i = 0; i < plan->n_nodes; i++) {
		needs.memory_mib += plan->nodes[i].memory_mib + QEMU_MIB;
		largest = MAX(largest, (long long)plan->nodes[i].memory_mib);
		ports += (long long)plan->nodes[i].n_nics;
	}
	/* Measured: QEMU has 5 threads and now and then some more, labd 2 for each guest; QEMU has
	 * 110 open files, labd 4 for each guest, a capture 3 for each port. */
	needs.threads = 24 + 12 * n + (long long)plan->n_links;
	needs.files = 112 + 6 * n + 3 * ports;
	needs.address_mib = MAX(largest + QEMU_ADDRESS_MIB, LABD_ADDRESS_MIB + 16 * n);
	needs.data_mib = largest + QEMU_DATA_MIB;
	*ret = needs;
}

void machine_limits(const struct machine_needs *needs, const struct limits *limits,
		    struct machine_limit ret[MACHINE_LIMITS])
{
	const struct machine_limit all[MACHINE_LIMITS] = {
		{ "memory", " MiB", needs->memory_mib, &limits->memory_mib },
		{ "threads", "", needs->threads, &limits->threads },
		{ "open files of a process", "", needs->files, &limits->files },
		{ "address space of a process", " MiB", needs->address_mib, &limits->address_mib },
		{ "data of a process", " MiB", needs->data_mib, &limits->data_mib },
		{ "size of a file", " MiB", needs->file_mib, &limits->file_mib },
	};

	memcpy(ret, all, sizeof(all));
}

int machine_check_limits(const struct machine_needs *needs, const struct limits *limits,
			 struct err *err)
{
	struct machine_limit all[MACHINE_LIMITS];

	machine_limits(needs, limits, all);
	for (size_t i = 0; i < MACHINE_LIMITS; i++) {
		const struct machine_limit *m = &all[i];
		long long have = m->have->value;

		if (have >= m->need)
			continue;
		return err_set(err, ENOMEM,
			       "%s: %zu guests need %lld%s, %lld%s are available%s%s: "
			       "%lld%s are missing%s",
			       m->what, needs->guests, m->need, m->unit, have, m->unit,
			       m->have->by[0] ? " by " : "", m->have->by, m->need - have, m->unit,
			       m->have->by[0] ? "; raise that limit" : "");
	}
	return 0;
}

int machine_check_disk(const char *what, const char *path, const char *variable, long long have_mib,
		       struct err *err)
{
	auto_free char *advice = xasprintf("set %s to another place", variable);

	if (have_mib < 0) {
		(void)err_errno(err, errno, "disk for %s: '%s'", what, path);
		return err_advise(err, advice);
	}
	if (have_mib >= DISK_MIB)
		return 0;
	return err_set(err, ENOSPC,
		       "disk for %s: '%s' needs %d MiB, %lld MiB are free: %lld MiB are missing",
		       what, path, DISK_MIB, have_mib, DISK_MIB - have_mib);
}

/* With --force it is said and no obstacle. */
static int judge(const struct labctl *l, int r, bool force, struct err *err)
{
	auto_free char *clean = NULL;

	if (r == 0)
		return EXIT_DONE;
	if (!force) {
		(void)err_advise(err, "--force goes on anyway");
		return out_error(l, EXIT_MACHINE, err);
	}
	clean = out_clean(err->msg, false);
	fprintf(stderr, "labctl: %s; going on, as --force says\n", clean);
	return EXIT_DONE;
}

int machine_check(const struct labctl *l, const struct plan *plan, bool force)
{
	const struct paths *p = &l->paths;
	struct sandbox_facts facts;
	struct machine_needs needs;
	struct limits limits;
	struct err err = ERR_INIT;
	int code;

	memset(&facts, 0, sizeof(facts));
	sandbox_check(&facts);
	if (facts.namespaces.code)
		return out_error(l, EXIT_MACHINE, &facts.namespaces);
	if (facts.tun.code)
		return out_error(l, EXIT_MACHINE, &facts.tun);
	machine_needs(plan, &needs);
	limits_read(&limits);
	code = judge(l, machine_check_limits(&needs, &limits, &err), force, &err);
	if (code == EXIT_DONE)
		code = judge(l,
			     machine_check_disk("the lab", p->state, "XDG_STATE_HOME",
						machine_disk_mib(p->state), &err),
			     force, &err);
	if (code == EXIT_DONE)
		code = judge(l,
			     machine_check_disk("runs", p->data, "XDG_DATA_HOME",
						machine_disk_mib(p->data), &err),
			     force, &err);
	return code;
}
