/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One lab's entry.json. */
#include "sandbox/entry.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/str.h"
#include "sandbox/sandbox.h"

/*
 * A pid means something only on one machine, in one boot and one PID namespace. Homes are shared
 * between machines (NFS) and containers, so an entry says which of each it means.
 */
struct place {
	char machine[65]; /* /etc/machine-id, else the host's name */
	char boot[65];
	json_int_t pid_ns; /* inode of /proc/self/ns/pid */
};

static void read_word(const char *path, char ret[65])
{
	auto_str struct str text = { 0 };
	size_t n;

	ret[0] = '\0';
	if (io_read_file(path, 256, &text, NULL) < 0)
		return;
	n = strcspn(str_text(&text), " \n");
	if (n > 64)
		n = 64;
	memcpy(ret, str_text(&text), n);
	ret[n] = '\0';
}

static void place_here(struct place *ret)
{
	struct stat st;

	read_word("/etc/machine-id", ret->machine);
	if (!ret->machine[0] && gethostname(ret->machine, sizeof(ret->machine) - 1) < 0)
		ret->machine[0] = '\0';
	ret->machine[sizeof(ret->machine) - 1] = '\0';
	read_word("/proc/sys/kernel/random/boot_id", ret->boot);
	ret->pid_ns = stat("/proc/self/ns/pid", &st) == 0 ? (json_int_t)st.st_ino : 0;
}

char *entry_dir(const char *state_dir, const char *name)
{
	return xasprintf("%s/labs/%s", state_dir, name);
}

static json_int_t get_number(const json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static enum entry_state judge(const json_t *obj)
{
	uint64_t start;
	struct place here;

	place_here(&here);
	if (!str_eq(json_get_text(obj, "machine", ""), here.machine))
		return ENTRY_FOREIGN;
	if (!str_eq(json_get_text(obj, "boot_id", ""), here.boot))
		return ENTRY_STALE;
	if (get_number(obj, "pid_namespace") != here.pid_ns)
		return ENTRY_FOREIGN;
	if (sandbox_start_time((pid_t)get_number(obj, "pid"), &start, NULL) < 0 ||
	    start != (uint64_t)get_number(obj, "start_time"))
		return ENTRY_STALE;
	return ENTRY_LIVE;
}

enum entry_state entry_load(const char *state_dir, const char *name, struct registry_entry *ret)
{
	auto_free char *dir = entry_dir(state_dir, name);
	auto_free char *path = xasprintf("%s/entry.json", dir);
	auto_json json_t *obj = NULL;
	enum entry_state state;

	if (json_open(path, &obj, NULL) < 0)
		return ENTRY_STALE;
	state = judge(obj);
	if (state == ENTRY_STALE)
		return state;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->name, name, strnlen(name, REGISTRY_NAME_MAX));
	ret->pid = (pid_t)get_number(obj, "pid");
	ret->start_time = (uint64_t)get_number(obj, "start_time");
	ret->starting = json_is_true(json_object_get(obj, "starting"));
	ret->topology = xstrdup(json_get_text(obj, "topology", ""));
	ret->created = get_number(obj, "created");
	ret->log = xasprintf("%s/labd.log", dir);
	ret->dir = take_ptr(dir);
	return state;
}

int entry_save(struct registry_entry *entry, struct err *err)
{
	auto_free char *path = xasprintf("%s/entry.json", entry->dir);
	auto_json json_t *obj = NULL;
	struct place here;
	int r = sandbox_start_time(entry->pid, &entry->start_time, err);

	if (r < 0)
		return r;
	place_here(&here);
	obj = json_pack("{s:i, s:s, s:I, s:I, s:b, s:s, s:s, s:I, s:s, s:I}", "version", 1, "name",
			entry->name, "pid", (json_int_t)entry->pid, "start_time",
			(json_int_t)entry->start_time, "starting", (int)entry->starting, "machine",
			here.machine, "boot_id", here.boot, "pid_namespace", here.pid_ns,
			"topology", entry->topology, "created", (json_int_t)entry->created);
	if (!obj)
		return err_set(err, EINVAL, "lab '%s': topology path '%s' is not UTF-8",
			       entry->name, entry->topology);
	return json_save(obj, path, err);
}
