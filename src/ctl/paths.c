/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things are on this machine.
 *
 * paths_find is the one place under src/ that reads the environment below labctl and labd: both
 * need exactly the same variables, and what is decided from them (paths_build) is pure.
 */
#include "ctl/paths.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static const char *given(const char *value)
{
	return value && value[0] ? value : NULL;
}

/* $XDG_.../labd, or HOME/fallback/labd; a relative XDG path is to be ignored, says the
 * specification. */
static char *user_folder(const char *xdg, const char *home, const char *fallback)
{
	if (given(xdg) && xdg[0] == '/')
		return xasprintf("%s/labd", xdg);
	if (given(home) && home[0] == '/')
		return xasprintf("%s/%s/labd", home, fallback);
	return NULL;
}

/* True when the program lies directly in the folder it was built in. */
static bool in_build_tree(const struct paths_from *from)
{
	size_t n = from->build ? strlen(from->build) : 0;

	return n && from->program && str_prefix(from->program, from->build) &&
	       from->program[n] == '/' && !strchr(from->program + n + 1, '/');
}

static char *pick(const char *override, bool built, const char *in_tree, const char *installed)
{
	return xstrdup(given(override) ? override : built ? in_tree : installed);
}

int paths_build(const struct paths_from *from, struct paths *ret, struct err *err)
{
	bool built = in_build_tree(from);
	auto_paths struct paths p = {
		.share = pick(from->share, built, ABS_SRCDIR, PKGDATADIR),
		.libexec = pick(from->libexec, built, ABS_BUILDDIR, PKGLIBEXECDIR),
		.labd = pick(from->labd, built, ABS_BUILDDIR "/labd", SBINDIR "/labd"),
		.state = user_folder(from->xdg_state, from->home, ".local/state"),
		.cache = user_folder(from->xdg_cache, from->home, ".cache"),
		.data = user_folder(from->xdg_data, from->home, ".local/share"),
	};

	p.guest_bin = xasprintf("%s/guest", p.libexec);
	if (p.share[0] != '/' || p.libexec[0] != '/' || p.labd[0] != '/')
		return err_set(err, EINVAL,
			       "LABD_SHARE, LABD_LIBEXEC, LABD_DAEMON: must be absolute paths");
	if (!p.state || !p.cache || !p.data)
		return err_set(err, ENOENT,
			       "the user's folders: HOME is not an absolute path; set it, or "
			       "XDG_STATE_HOME, XDG_CACHE_HOME and XDG_DATA_HOME");
	/* Not all that we use takes one: libvirt reads it as a space. */
	if (strchr(p.share, '\n') || strchr(p.libexec, '\n') || strchr(p.state, '\n') ||
	    strchr(p.cache, '\n') || strchr(p.data, '\n'))
		return err_set(err, EINVAL,
			       "the user's folders: one has a line break in its path; choose "
			       "others by XDG_STATE_HOME, XDG_CACHE_HOME and XDG_DATA_HOME");
	p.runs = xasprintf("%s/runs", p.data);
	*ret = p;
	p = (struct paths){ 0 };
	return 0;
}

int paths_find(struct paths *ret, struct err *err)
{
	char program[PATH_MAX], build[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const struct passwd *user;
	struct paths_from from = {
		.home = given(getenv("HOME")),
		.xdg_state = getenv("XDG_STATE_HOME"),
		.xdg_cache = getenv("XDG_CACHE_HOME"),
		.xdg_data = getenv("XDG_DATA_HOME"),
		.share = getenv("LABD_SHARE"),
		.libexec = getenv("LABD_LIBEXEC"),
		.labd = getenv("LABD_DAEMON"),
		.build = realpath(ABS_BUILDDIR,
				  build), /* as the kernel writes it in /proc/self/exe */
	};

	if (n > 0) {
		program[n] = '\0';
		from.program = program;
	}
	if (!from.home) {
		user = getpwuid(geteuid());
		from.home = user ? user->pw_dir : NULL;
	}
	return paths_build(&from, ret, err);
}

void paths_free(struct paths *paths)
{
	free(paths->share);
	free(paths->libexec);
	free(paths->guest_bin);
	free(paths->labd);
	free(paths->state);
	free(paths->cache);
	free(paths->data);
	free(paths->runs);
	*paths = (struct paths){ 0 };
}
