/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry of running labs. */
#include "sandbox/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "sandbox/ended.h"
#include "sandbox/entry.h"

#define LOCK_MS 10000

void registry_entry_free(struct registry_entry *entry)
{
	free(entry->topology);
	free(entry->dir);
	free(entry->log);
	memset(entry, 0, sizeof(*entry));
}

void registry_list_free(struct registry_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		registry_entry_free(&list->entries[i]);
	free(list->entries);
	memset(list, 0, sizeof(*list));
}

static bool name_is_good(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n >= 1 && n <= REGISTRY_NAME_MAX && name[n] == '\0' && name[0] != '-' &&
	       name[n - 1] != '-';
}

int registry_check_name(const char *name, struct err *err)
{
	if (name_is_good(name))
		return 0;
	return err_set(
		err, EINVAL,
		"lab name '%.64s': may have 1 to %d of a-z, 0-9 and '-', with no '-' at either end",
		name, REGISTRY_NAME_MAX);
}

/* Held until the descriptor closes. flock(2) has no timeout: hence short waits and tries. */
static int lock(const char *state_dir, struct err *err)
{
	auto_free char *path = xasprintf("%s/labs/.lock", state_dir);
	auto_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int64_t deadline = deadline_in_ms(LOCK_MS);

	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return io_lock_failed(path, errno, err);
		if (deadline_passed(deadline))
			return err_set(err, ETIMEDOUT, "'%s': another command has held it for %d s",
				       path, LOCK_MS / 1000);
		(void)poll(NULL, 0, 10);
	}
	return take_fd(&fd);
}

static int make_folder(struct registry_entry *entry, const char *state_dir, const char *name,
		       const char *topology, struct err *err)
{
	auto_free char *absolute = realpath(topology, NULL);

	entry->dir = entry_dir(state_dir, name);
	entry->log = xasprintf("%s/labd.log", entry->dir);
	entry->topology = absolute ? take_ptr(absolute) : xstrdup(topology);
	memcpy(entry->name, name, strlen(name));
	entry->pid = getpid();
	entry->starting = true;
	entry->created = clock_real_ns();
	if (mkdir(entry->dir, 0700) < 0)
		return err_errno(err, errno, "folder '%s'", entry->dir);
	return entry_save(entry, err);
}

/* The lock is held. */
static int claim_locked(const char *state_dir, const char *name, const char *topology,
			struct registry_entry *ret, struct err *err)
{
	auto_registry_entry struct registry_entry other = { 0 };
	auto_registry_entry struct registry_entry entry = { 0 };
	enum entry_state state = entry_load(state_dir, name, &other);
	int r;

	if (state == ENTRY_FOREIGN)
		return err_set(err, EEXIST,
			       "lab '%s' was started on another machine or in a container: choose "
			       "another name with "
			       "--name, or remove '%s' if that machine no longer exists",
			       name, other.dir);
	if (state == ENTRY_LIVE)
		return err_set(
			err, EEXIST,
			"lab '%s' is already %s: choose another name with --name, or end it with "
			"'labctl -l %s down'",
			name, other.starting ? "starting" : "running", name);
	r = ended_sweep(state_dir, name, true, err);
	if (r == 0)
		r = make_folder(&entry, state_dir, name, topology, err);
	if (r < 0) {
		if (entry.dir)
			(void)io_remove_tree(entry.dir, NULL);
		return err_context(err, "lab '%s'", name);
	}
	*ret = entry;
	memset(&entry, 0, sizeof(entry));
	return 0;
}

int registry_claim(const char *state_dir, const char *name, const char *topology,
		   struct registry_entry *ret, struct err *err)
{
	auto_free char *labs = xasprintf("%s/labs", state_dir);
	auto_close int held = -1;
	int r = registry_check_name(name, err);

	if (r < 0)
		return r;
	r = io_mkdirs(labs, 0700, err);
	if (r < 0)
		return r;
	held = lock(state_dir, err);
	return held < 0 ? held : claim_locked(state_dir, name, topology, ret, err);
}

int registry_publish(const char *state_dir, const char *name, pid_t init, struct err *err)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	auto_close int held = -1;
	int r = registry_check_name(name, err);

	if (r < 0)
		return r;
	held = lock(state_dir, err);
	if (held < 0)
		return held;
	if (entry_load(state_dir, name, &entry) != ENTRY_LIVE || !entry.starting ||
	    entry.pid != getpid())
		return err_set(err, ESTALE,
			       "lab '%s': its entry in '%s' was changed by someone else", name,
			       state_dir);
	entry.pid = init;
	entry.starting = false;
	r = entry_save(&entry, err);
	return r < 0 ? err_context(err, "lab '%s'", name) : 0;
}

int registry_remove(const char *state_dir, const char *name, struct err *err)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	auto_free char *dir = entry_dir(state_dir, name);
	auto_close int held = -1;
	int r = registry_check_name(name, err);

	if (r < 0)
		return r;
	if (access(dir, F_OK) < 0 && errno == ENOENT)
		return 0;
	held = lock(state_dir, err);
	if (held < 0)
		return held;
	if (entry_load(state_dir, name, &entry) == ENTRY_LIVE && entry.pid != getpid())
		return err_set(err, EBUSY, "lab '%s' is still running", name);
	return ended_sweep(state_dir, name, false, err);
}

static int by_name(const void *a, const void *b)
{
	const struct registry_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The lock is held. */
static int list_locked(const char *state_dir, DIR *labs, struct registry_list *ret, struct err *err)
{
	struct registry_entry entry;
	const struct dirent *d;

	while ((d = readdir(labs))) {
		if (!name_is_good(d->d_name))
			continue;
		switch (entry_load(state_dir, d->d_name, &entry)) {
		case ENTRY_LIVE:
			*array_add(ret->entries, ret->n) = entry;
			break;
		case ENTRY_FOREIGN:
			registry_entry_free(&entry);
			break;
		case ENTRY_STALE:
			if (ended_sweep(state_dir, d->d_name, true, err) < 0)
				return err_context(err, "lab '%s' that has ended", d->d_name);
			break;
		}
	}
	if (ret->n)
		qsort(ret->entries, ret->n, sizeof(ret->entries[0]), by_name);
	return 0;
}

static void auto_closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

int registry_list(const char *state_dir, struct registry_list *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/labs", state_dir);
	auto_registry_list struct registry_list list = { 0 };
	AUTO(auto_closedirp) DIR *labs = opendir(path);
	auto_close int held = -1;
	int r;

	if (!labs && errno != ENOENT)
		return err_errno(err, errno, "'%s'", path);
	if (labs) {
		held = lock(state_dir, err);
		if (held < 0)
			return held;
		r = list_locked(state_dir, labs, &list, err);
		if (r < 0)
			return r;
	}
	*ret = list;
	memset(&list, 0, sizeof(list));
	return 0;
}

static int none_found(const struct registry_list *list, const char *name, struct err *err)
{
	auto_str struct str names = { 0 };

	for (size_t i = 0; i < list->n; i++)
		str_addf(&names, "%s%s", i ? ", " : "", list->entries[i].name);
	if (!list->n)
		return name ? err_set(err, ENOENT,
				      "lab '%s' is not running, nor is any other: 'labctl up' "
				      "starts one",
				      name)
			    : err_set(err, ENOENT,
				      "no lab is running; 'labctl up TOPOLOGY' starts one");
	if (name)
		return err_set(err, ENOENT, "lab '%s' is not running; these labs are: %s", name,
			       str_text(&names));
	return err_set(err, ENOTUNIQ, "several labs are running, choose one with -l: %s",
		       str_text(&names));
}

int registry_find(const char *state_dir, const char *name, struct registry_entry *ret,
		  struct err *err)
{
	auto_registry_list struct registry_list list = { 0 };
	struct registry_entry *found = NULL;
	int r = name ? registry_check_name(name, err) : 0;

	if (r == 0)
		r = registry_list(state_dir, &list, err);
	if (r < 0)
		return r;
	for (size_t i = 0; name && i < list.n; i++)
		if (str_eq(list.entries[i].name, name))
			found = &list.entries[i];
	if (!name && list.n == 1)
		found = &list.entries[0];
	if (!found)
		return none_found(&list, name, err);
	if (found->starting)
		return err_set(err, EAGAIN, "lab '%s' is still starting (process %d)", found->name,
			       (int)found->pid);
	*ret = *found;
	memset(found, 0, sizeof(*found));
	return 0;
}
