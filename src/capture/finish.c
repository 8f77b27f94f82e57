/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a capture: secrets into each file, and all files merged into one. */
#include "capture/capture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "pcapng/merge.h"
#include "pcapng/pcapng.h"
#include "run/run.h"

#define MAX_FILES 1024U
#define APPLICATION "labd"

struct names {
	char **paths; /* of the folder's captures, in the lab's order, without the merged one */
	size_t n;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->paths[i]);
	free(names->paths);
}
AUTO_DEFINE(names_auto, struct names, names_free)
#define auto_names AUTO(names_autop)

static int is_capture(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 7 && entry->d_name[0] != '.' && str_eq(entry->d_name + len - 7, ".pcapng") &&
	       !str_eq(entry->d_name, RUN_ALL);
}

/* Moves the ports of capture.json to the front in the order in which they were captured: the lab's.
 */
static void order_names(const char *dir, struct names *names)
{
	auto_free char *path = run_path(dir, RUN_COUNTS);
	auto_json json_t *report = NULL;
	size_t front = 0, i;
	json_t *port;

	if (json_open(path, &report, NULL) < 0)
		return;
	json_array_foreach(json_object_get(report, "ports"), i, port) {
		auto_free char *want = run_capture_path(dir, json_get_text(port, "name", ""));

		for (size_t j = front; j < names->n; j++) {
			char *found = names->paths[j];

			if (!str_eq(found, want))
				continue;
			memmove(&names->paths[front + 1], &names->paths[front],
				(j - front) * sizeof(found));
			names->paths[front++] = found;
			break;
		}
	}
}

static int list_names(const char *dir, struct names *names, struct err *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, is_capture, alphasort);

	if (n < 0)
		return err_errno(err, errno, "folder '%s'", dir);
	names->paths = xcalloc((size_t)n + 1, sizeof(*names->paths));
	for (int i = 0; i < n; i++) {
		names->paths[names->n++] = xasprintf("%s/%s", dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	if (names->n > MAX_FILES)
		return err_set(err, E2BIG, "folder '%s': more than %u captures", dir, MAX_FILES);
	order_names(dir, names);
	return 0;
}

int capture_count(const char *path, struct capture_stats *ret, struct err *err)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	struct capture_stats stats = { 0 };
	struct pcapng_block b;
	int r = pcapng_open(path, &reader, err);

	if (r < 0)
		return r;
	while ((r = pcapng_next(reader, &b, err)) > 0) {
		if (b.kind != PCAPNG_KIND_PACKET)
			continue;
		stats.frames++;
		stats.bytes += b.packet.len;
	}
	if (r < 0 && r != -ENODATA)
		return err_context(err, "'%s'", path);
	*ret = stats;
	return 0;
}

/* A file in the making: a temporary beside the one that it will replace. */
struct output {
	char *path, *temporary;
	int fd;
	struct pcapng_writer *writer;
};

static void output_free(struct output *o)
{
	pcapng_writer_free(o->writer);
	if (o->fd >= 0) {
		(void)close(o->fd);
		(void)unlink(o->temporary);
	}
	free(o->temporary);
	free(o->path);
}
AUTO_DEFINE(output_auto, struct output, output_free)
#define auto_output AUTO(output_autop)

static int output_open(struct output *o, const char *path, const char *comment,
		       const char *tls_keys, struct err *err)
{
	const struct pcapng_secrets secrets = {
		.type = PCAPNG_TLS_KEYS,
		.data = tls_keys,
		.len = tls_keys ? (uint32_t)strnlen(tls_keys, PCAPNG_MAX_BLOCK) : 0
	};

	o->path = xstrdup(path);
	o->temporary = xasprintf("%s.XXXXXX", path);
	o->fd = mkostemp(o->temporary, O_CLOEXEC);
	if (o->fd < 0)
		return err_errno(err, errno, "temporary file");
	pcapng_writer_commented(o->fd, -1, APPLICATION, comment, &o->writer);
	return tls_keys ? pcapng_write_secrets(o->writer, &secrets, err) : 0;
}

static int output_commit(struct output *o, struct err *err)
{
	int r = pcapng_flush(o->writer, err);

	if (r < 0)
		return r;
	if (rename(o->temporary, o->path) < 0)
		return err_errno(err, errno, "replace");
	(void)close(take_fd(&o->fd));
	return 0;
}

/* Old secrets give way to the new ones, which stand in front already. */
static int but_secrets(void *ctx, struct pcapng_writer *to, const struct pcapng_block *b,
		       struct err *err)
{
	(void)ctx;
	return b->kind == PCAPNG_KIND_SECRETS ? 0 : pcapng_write_block(to, b, err);
}

static int put_secrets(const char *path, const char *tls_keys, struct err *err)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	auto_output struct output out = { .fd = -1 };
	int r = pcapng_open(path, &reader, err);

	if (r < 0)
		return r;
	r = output_open(&out, path, NULL, tls_keys, err);
	if (r == 0)
		r = pcapng_copy(reader, out.writer, but_secrets, NULL, err);
	if (r == -ENODATA) {
		err_clear(err);
		r = 0;
	}
	if (r == 0)
		r = output_commit(&out, err);
	return r < 0 ? err_context(err, "'%s'", path) : 0;
}

static int merge_all(const char *dir, const struct names *names, const char *tls_keys,
		     struct err *err)
{
	auto_free char *path = xasprintf("%s/" RUN_ALL, dir);
	auto_output struct output out = { .fd = -1 };
	int r = output_open(&out, path, PCAPNG_MERGE_COMMENT, tls_keys, err);

	if (r == 0)
		r = pcapng_merge(out.writer, names->paths, names->n, err);
	return r < 0 ? r : output_commit(&out, err);
}

int capture_finish(const char *dir, const char *tls_keys, struct err *err)
{
	auto_names struct names names = { 0 };
	int r = list_names(dir, &names, err);

	for (size_t i = 0; r == 0 && tls_keys && i < names.n; i++)
		r = put_secrets(names.paths[i], tls_keys, err);
	if (r < 0)
		return r;
	r = merge_all(dir, &names, tls_keys, err);
	return r < 0 ? err_context(err, "'%s/%s'", dir, RUN_ALL) : 0;
}
