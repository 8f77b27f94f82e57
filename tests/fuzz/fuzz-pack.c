/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pack of anybody's making: whatever it is, nothing is written outside of the folder, nothing but
 * plain files, and no more than allowed. Seeds are tar without gzip, so that changes get far.
 */
#include <assert.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "pack/pack.h"

#define BYTES_MAX (64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pack_limits limits = { .files = 8, .bytes = BYTES_MAX };

/* Bytes of the plain files below; all else but folders is wrong. */
static int64_t count(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int64_t bytes = 0;
	struct stat st;

	assert(dir);
	while ((entry = readdir(dir))) {
		auto_free char *file = xasprintf("%s/%s", path, entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		assert(lstat(file, &st) == 0 && entry->d_name[0] != '.');
		assert(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
		bytes += S_ISDIR(st.st_mode) ? count(file) : (int64_t)st.st_size;
	}
	(void)closedir(dir);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char top[] = "/tmp/fuzz-pack.XXXXXX", file[64];
	auto_close int fd = memfd_create("pack", MFD_CLOEXEC);
	auto_pack struct pack *pack = NULL;
	auto_free char *out = NULL;
	struct err err = ERR_INIT;

	assert(fd >= 0 && mkdtemp(top) && io_write_all(fd, data, size) == 0);
	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	out = xasprintf("%s/out", top);
	assert(mkdir(out, 0700) == 0);
	if (pack_open(file, "run", &limits, &pack, &err) < 0 || pack_unpack(pack, out, &err) < 0)
		assert(err.code < 0 && err.msg[0]);
	assert(count(out) <= BYTES_MAX);
	assert(count(top) == count(out)); /* nothing beside it */
	assert(io_remove_tree(top, NULL) == 0);
	return 0;
}
