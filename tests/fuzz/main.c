/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fuzz target without libFuzzer: gives it each file that is named, and each file of each folder.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>

#include "base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path, unsigned int *files)
{
	auto_str struct str data = { 0 };
	struct err err = ERR_INIT;
	DIR *dir = opendir(path);
	struct dirent *entry;
	int failed = 0;

	if (!dir) {
		if (io_read_file(path, 64 << 20, &data, &err) < 0) {
			(void)fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		*files += 1;
		return LLVMFuzzerTestOneInput((const uint8_t *)str_text(&data), data.len);
	}
	while ((entry = readdir(dir))) {
		auto_free char *file = xasprintf("%s/%s", path, entry->d_name);

		if (entry->d_name[0] != '.')
			failed |= replay(file, files);
	}
	(void)closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	unsigned int files = 0;
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i], &files);
	(void)printf("%u inputs\n", files);
	return failed || !files;
}
