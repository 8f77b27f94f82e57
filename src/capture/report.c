/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DIR/capture.json: what was captured of each port, and a lock while that goes on. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/str.h"
#include "capture/recorder.h"
#include "run/run.h"

#define ROOM_PER_PORT 1024

static json_t *describe(struct recorder_port *p)
{
	struct pcapng_stats s = tap_stats(p->tap);
	struct pcapng_counts written = pcapng_written(p->writer);
	json_t *j;

	if (s.received < written.packets)
		s.received = written.packets;
	j = json_pack("{s:s, s:I, s:I, s:I}", "name", p->port.name, "frames",
		      (json_int_t)written.packets, "bytes", (json_int_t)written.bytes, "dropped",
		      (json_int_t)(s.received - written.packets));
	if (j && *p->error)
		(void)json_object_set_new(j, "error", json_string(p->error));
	return j;
}

static int write_report(int fd, const json_t *report, size_t room, struct err *err)
{
	auto_free char *text = json_dumps(report, JSON_INDENT(2));
	auto_str struct str s = { 0 };
	int r;

	str_addf(&s, "%s\n", text ? text : "");
	while (s.len < room)
		str_adds(&s, " ");
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, errno, "capture.json");
	r = io_write_all(fd, s.data, s.len);
	if (r == 0 && ftruncate(fd, (off_t)s.len) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, -r, "capture.json") : 0;
}

int report_open(const char *dir, const struct recorder_port *ports, size_t n, struct err *err)
{
	auto_free char *path = run_path(dir, RUN_COUNTS);
	auto_json json_t *list = json_array();
	auto_json json_t *running = json_pack("{s:b, s:O}", "running", 1, "ports", list);
	auto_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r;

	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	if (fcntl(fd, F_SETLK, &lock) < 0)
		return errno == EACCES || errno == EAGAIN
			       ? err_set(err, EBUSY,
					 "'%s': another capture is running in this folder", dir)
			       : io_lock_failed(path, errno, err);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s}", "name", ports[i].port.name));
	r = write_report(fd, running, n * ROOM_PER_PORT, err);
	return r < 0 ? err_context(err, "'%s'", dir) : take_fd(&fd);
}

int report_close(int fd, struct recorder_port *ports, size_t n, struct err *err)
{
	auto_json json_t *list = json_array();
	auto_json json_t *report = json_pack("{s:O}", "ports", list);

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, describe(&ports[i]));
	return write_report(fd, report, 0, err);
}
