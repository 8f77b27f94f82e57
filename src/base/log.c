/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of a long-lived process. */
#include "base/log.h"

#include <stdarg.h>
#include <time.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"

static int log_fd = -1;
static enum log_level log_max = LOG_LEVEL_INFO;

void log_open(int fd, enum log_level max)
{
	log_fd = fd;
	log_max = max;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	auto_str struct str line = { 0 };
	int64_t now = clock_real_ns();
	time_t seconds = now / NS_PER_S;
	struct tm tm;
	va_list ap;

	if (log_fd < 0 || level > log_max)
		return;
	(void)gmtime_r(&seconds, &tm);
	str_addf(&line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s: ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (int)(now % NS_PER_S / NS_PER_MS), names[level]);
	va_start(ap, fmt);
	str_addv(&line, fmt, ap);
	va_end(ap);
	/* A newline from outside must not forge a line of ours. */
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] < ' ')
			line.data[i] = ' ';
	str_adds(&line, "\n");
	(void)io_write_all(log_fd, line.data, line.len);
}
