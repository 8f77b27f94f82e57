/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches a client while its command runs. */
#include "labd/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>

/* Takes every line that has come; false when the client has cancelled or gone. */
static bool take_lines(struct watch *watch)
{
	for (;;) {
		struct ctl_request request;
		auto_json json_t *line = NULL;
		int r = ctl_recv(watch->ctl, 0, &line, NULL, NULL);

		if (r == CTL_RECV_NOTHING)
			return true;
		watch->gone = r != CTL_RECV_LINE;
		if (watch->gone || ctl_request_parse(line, &request, NULL) < 0)
			return false;
		if (request.kind != CTL_REQUEST_RESIZE)
			return false;
		if (watch->resize)
			watch->resize(watch->arg, request.cols, request.rows);
	}
}

static void *watch_thread(void *arg)
{
	struct watch *watch = arg;
	struct pollfd pfd[2] = { { .fd = ctl_fd(watch->ctl), .events = POLLIN },
				 { .fd = watch->stop, .events = POLLIN } };

	/* Lines may have come together with the command: look before waiting. */
	while (take_lines(watch)) {
		if (poll(pfd, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (pfd[1].revents)
			return NULL;
	}
	*watch->cancel = true;
	if (watch->also)
		*watch->also = true;
	if (watch->cancelled)
		watch->cancelled(watch->arg);
	if (watch->changed >= 0)
		(void)eventfd_write(watch->changed, 1);
	return NULL;
}

int watch_begin(struct watch *watch, struct err *err)
{
	int r;

	watch->stop = eventfd(0, EFD_CLOEXEC);
	if (watch->stop < 0)
		return err_errno(err, errno, "eventfd");
	r = pthread_create(&watch->thread, NULL, watch_thread, watch);
	if (r) {
		auto_closep(&watch->stop);
		return err_errno(err, r, "thread");
	}
	return 0;
}

void watch_end(struct watch *watch)
{
	(void)eventfd_write(watch->stop, 1);
	(void)pthread_join(watch->thread, NULL);
	auto_closep(&watch->stop);
}
