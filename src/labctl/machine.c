/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine has, and whether that is enough for a lab. */
#include "labctl/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/io.h"
#include "labctl/out.h"
#include "sandbox/sandbox.h"

#define MIB (1024LL * 1024)
/* Beside its guest's memory a QEMU has code, devices and, emulating, translated code (48 MiB). */
#define QEMU_MIB 80
/* The log and the lab's own files; a run of school.xml takes about 1 MiB. */
#define DISK_MIB 64

long long machine_memory_mib(void)
{
	auto_str struct str text = { 0 };
	const char *line;

	if (io_read_file("/proc/meminfo", 65536, &text, NULL) < 0)
		return -1;
	line = strstr(text.data, "\nMemAvailable:");
	return line ? strtoll(line + strlen("\nMemAvailable:"), NULL, 10) / 1024 : -1;
}

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
	return (long long)fs.f_bavail * (long long)fs.f_frsize / MIB;
}

void machine_needs(const struct plan *plan, struct machine_needs *ret)
{
	*ret = (struct machine_needs){ .guests = plan->n_nodes };
	for (size_t i = 0; i < plan->n_nodes; i++)
		ret->memory_mib += plan->nodes[i].memory_mib + QEMU_MIB;
}

int machine_check_memory(const struct machine_needs *needs, long long have_mib, struct err *err)
{
	if (have_mib < 0 || have_mib >= needs->memory_mib)
		return 0;
	return err_set(
		err, ENOMEM,
		"memory: %zu guests need %lld MiB, %lld MiB are available: %lld MiB are missing",
		needs->guests, needs->memory_mib, have_mib, needs->memory_mib - have_mib);
}

int machine_check_disk(const char *what, const char *path, long long have_mib, struct err *err)
{
	if (have_mib < 0)
		return err_errno(err, errno, "disk for %s: '%s'", what, path);
	if (have_mib >= DISK_MIB)
		return 0;
	return err_set(err, ENOSPC,
		       "disk for %s: '%s' needs %d MiB, %lld MiB are free: %lld MiB are missing",
		       what, path, DISK_MIB, have_mib, DISK_MIB - have_mib);
}

/* With --force it is said and no obstacle. */
static int judge(const struct labctl *l, int r, bool force, struct err *err)
{
	size_t len = strlen(err->msg);

	if (r == 0)
		return EXIT_DONE;
	if (!force) {
		(void)snprintf(err->msg + len, sizeof(err->msg) - len,
			       "; --force goes on all the same");
		return out_error(l, EXIT_MACHINE, err);
	}
	fprintf(stderr, "labctl: %s; going on, as --force says\n", err->msg);
	return EXIT_DONE;
}

int machine_check(const struct labctl *l, const struct plan *plan, bool force)
{
	const struct paths *p = &l->paths;
	struct sandbox_facts facts;
	struct machine_needs needs;
	struct err err = ERR_INIT;
	int code;

	memset(&facts, 0, sizeof(facts));
	sandbox_check(&facts);
	if (facts.namespaces.code)
		return out_error(l, EXIT_MACHINE, &facts.namespaces);
	if (facts.tun.code)
		return out_error(l, EXIT_MACHINE, &facts.tun);
	machine_needs(plan, &needs);
	code = judge(l, machine_check_memory(&needs, machine_memory_mib(), &err), force, &err);
	if (code == EXIT_DONE)
		code = judge(
			l,
			machine_check_disk("the lab", p->state, machine_disk_mib(p->state), &err),
			force, &err);
	if (code == EXIT_DONE)
		code = judge(l,
			     machine_check_disk("runs", p->data, machine_disk_mib(p->data), &err),
			     force, &err);
	return code;
}
