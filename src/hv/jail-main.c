/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-jail ARGS...: QEMU with these arguments, in a jail (jail/jail.h). It is the <emulator> of
 * our domains, and libvirt takes it for QEMU: sockets, taps and logs come as descriptors, what has
 * to be opened by path is named in the environment (hv/view.h). When nothing is named there,
 * libvirt asks what QEMU can do, no guest will run, and QEMU gets its own way, since it is then to
 * leave its parent and to write a pid that libvirt knows.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "hv/view.h"
#include "jail/jail.h"

extern char **environ;

/* Of the system's files: the program, its libraries and firmware. Not every system has each. */
static const char *const system_paths[] = { VIEW_QEMU,      "/lib",
					    "/lib64",       "/usr/lib",
					    "/usr/lib64",   "/usr/share",
					    "/dev/urandom", "/etc/ld.so.cache" };

struct view {
	struct jail_path *paths;
	size_t n;
};

static void add(struct view *view, const char *path)
{
	*array_add(view->paths, view->n) = (struct jail_path){ .path = path };
}

/* The secret that libvirt has for each QEMU lies in a file, whose name only the arguments tell. */
static void add_master_key(struct view *view, char **argv)
{
	static const char file[] = "\"file\":\"";

	for (; *argv; argv++) {
		const char *p = strstr(*argv, "\"id\":\"masterKey0\"") ? strstr(*argv, file) : NULL;

		if (p)
			add(view, xstrndup(p + strlen(file), strcspn(p + strlen(file), "\"")));
	}
}

static void read_view(struct view *view, char **argv)
{
	for (;;) {
		auto_free char *name = xasprintf(VIEW_PREFIX "%zu", view->n);
		const char *path = getenv(name);

		if (!path)
			break;
		add(view, path);
	}
	if (!view->n)
		return;
	add_master_key(view, argv);
	for (size_t i = 0; i < ARRAY_SIZE(system_paths); i++)
		if (access(system_paths[i], F_OK) == 0)
			add(view, system_paths[i]);
}

/*
 * The guest's memory is the file that is named, mapped privately, in the place of nothing but
 * zeros. (libvirt can say so too, but only with a path of its own, which has the domain's number in
 * it: nobody knows it before the start.) -ENOENT: libvirt has not said what memory there is in
 * words that we know.
 */
static int give_memory(struct view *view, char **argv, char *env[3], struct err *err)
{
	static const char anonymous[] = "\"qom-type\":\"memory-backend-ram\",\"id\":\"pc.ram\"";
	const char *path = getenv(VIEW_MEMORY);
	const char *slash = path ? strrchr(path, '/') : NULL;
	char *preload;

	if (!slash)
		return 0;
	preload = xasprintf("%.*s/" VIEW_PRELOAD, (int)(slash - path), path);
	if (strpbrk(path, "\"\\"))
		return err_set(err, EINVAL, "memory '%s': a name that QEMU would not understand",
			       path);
	for (; *argv; argv++) {
		const char *p = strstr(*argv, anonymous);

		if (!p)
			continue;
		*argv = xasprintf("%.*s\"qom-type\":\"memory-backend-file\",\"id\":\"pc.ram\","
				  "\"share\":false,\"mem-path\":\"%s\"%s",
				  (int)(p - *argv), *argv, path, p + strlen(anonymous));
		add(view, path);
		add(view, preload);
		env[0] = xasprintf(VIEW_MEMORY "=%s", path);
		env[1] = xasprintf("LD_PRELOAD=%s", preload);
		return 0;
	}
	return err_set(err, ENOENT, "memory '%s': QEMU has no argument for it", path);
}

int main(int argc, char **argv)
{
	struct view view = { 0 };
	struct err err = ERR_INIT;
	char *env[3] = { NULL };
	int r = 0;

	if (argc < 2) {
		(void)fputs("labd-jail: libvirt runs this program in the place of QEMU\n", stderr);
		return 2;
	}
	read_view(&view, argv);
	if (view.n)
		r = give_memory(&view, argv, env, &err);
	if (r == 0 && view.n)
		r = jail_enter(view.paths, view.n, &err);
	if (r == 0 && view.n)
		r = jail_fork(&err);
	if (r == 0) {
		argv[0] = (char *)(uintptr_t)VIEW_QEMU;
		/* A QEMU in a jail has no use for the user's PATH and folders. */
		(void)execve(VIEW_QEMU, argv, view.n ? env : environ);
		(void)err_errno(&err, errno, "'%s'", VIEW_QEMU);
	}
	(void)fprintf(stderr, "labd-jail: %s\n", err.msg);
	_exit(1);
}
