/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding a virtio-serial port by its name. */
#define _GNU_SOURCE
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT_CLASS "/sys/class/virtio-ports"

enum { PORT_WAIT_MS = 30000 };

/* The port named `name`, as /dev/vportNpM in ret; -1 when there is none (yet). */
static int find_port(const char *name, char *ret, size_t size)
{
	DIR *dir = opendir(PORT_CLASS);
	struct dirent *entry;
	int found = -1;

	while (dir && found < 0 && (entry = readdir(dir))) {
		char path[sizeof(PORT_CLASS) + sizeof(entry->d_name) + 8];
		char line[128] = "";
		FILE *file;

		snprintf(path, sizeof(path), PORT_CLASS "/%s/name", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file)) {
			line[strcspn(line, "\n")] = '\0';
			if (strcmp(line, name) == 0) {
				snprintf(ret, size, "/dev/%s", entry->d_name);
				found = 0;
			}
		}
		fclose(file);
	}
	if (dir)
		closedir(dir);
	return found;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Ports and their names arrive by messages of the device, some time after its driver: wait for the
 * kernel's announcements and look again after each. */
int port_open(const char *name)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int events =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	long deadline = now_ms() + PORT_WAIT_MS;
	struct pollfd pfd = { .fd = events, .events = POLLIN };
	char path[300];
	char event[4096];

	if (events < 0)
		return -1;
	if (bind(events, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		close(events);
		return -1;
	}
	while (find_port(name, path, sizeof(path)) != 0) {
		long left = deadline - now_ms();

		if (left <= 0 || poll(&pfd, 1, (int)left) < 0) {
			close(events);
			errno = ENODEV;
			return -1;
		}
		while (recv(events, event, sizeof(event), 0) > 0)
			;
	}
	close(events);
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}
