/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of Wireshark's data without its large tables. */
#include "wireshark/data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "pki/digest.h"

#define INSTALLED "/usr/share/wireshark"
#define MAKERS "manuf"
#define MAKERS_MAX (16U << 20)
#define MAKERS_FEW 65536 /* bytes of the table, below which nothing is saved */
#define PREFIX 8         /* of "00:16:D3", which all makers' lines begin with */
#define NAME_DIGITS 16

static bool is_large(const char *name)
{
	return str_eq(name, MAKERS) || str_eq(name, "enterprises.tsv") || str_eq(name, "services");
}

/* What the lines begin with that the lab's own cards need, each once; free with free(). */
static char (*list_prefixes(const struct manner *manner, size_t *ret))[NET_TEXT]
{
	char(*list)[NET_TEXT] = NULL;
	size_t n = 0;

	for (size_t i = 0; i < manner->n_macs; i++) {
		char prefix[NET_TEXT];
		size_t j = 0;

		(void)net_mac_text(manner->macs[i], prefix);
		prefix[PREFIX] = '\0';
		while (j < n && strcmp(list[j], prefix) != 0)
			j++;
		if (j == n)
			memcpy(array_add(list, n), prefix, sizeof(prefix));
	}
	*ret = n;
	return list;
}

/* The lines of the table that the lab's own cards need; false: there is no such table. */
static bool read_makers(const struct manner *manner, struct str *ret)
{
	size_t n = 0;
	auto_free char(*wanted)[NET_TEXT] = list_prefixes(manner, &n);
	auto_str struct str table = { 0 };
	const char *end;

	if (io_read_file(INSTALLED "/" MAKERS, MAKERS_MAX, &table, NULL) < 0 ||
	    table.len < MAKERS_FEW)
		return false;
	for (const char *line = str_text(&table); *line; line = end) {
		end = strchrnul(line, '\n');
		end += *end == '\n';
		for (size_t i = 0; i < n; i++)
			if (strncasecmp(line, wanted[i], PREFIX) == 0)
				str_add(ret, line, (size_t)(end - line));
	}
	return true;
}

/* The folder's name says which Wireshark and which makers it is for. NULL: it cannot be known. */
static char *path_of(const char *parent, const struct str *makers)
{
	auto_str struct str text = { 0 };
	char digest[DIGEST_TEXT];
	struct stat st;

	if (stat(INSTALLED, &st) < 0)
		return NULL;
	str_addf(&text, "%lld.%09ld\n%s", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		 str_text(makers));
	if (digest_bytes(text.data, text.len, digest, NULL) < 0)
		return NULL;
	return xasprintf("%s/%.*s", parent, NAME_DIGITS, digest);
}

/* Makes what is in the folder, which is there and empty. */
static int fill(const char *folder, const struct str *makers)
{
	auto_free char *path = xasprintf("%s/%s", folder, MAKERS);
	DIR *dir = opendir(INSTALLED);
	const struct dirent *entry;
	int r = dir ? io_write_file(path, str_text(makers), makers->len, 0600, NULL) : -errno;

	while (r == 0 && (entry = readdir(dir))) {
		auto_free char *target = xasprintf("%s/%s", INSTALLED, entry->d_name);
		auto_free char *link = xasprintf("%s/%s", folder, entry->d_name);

		if (entry->d_name[0] != '.' && !is_large(entry->d_name) &&
		    symlink(target, link) < 0)
			r = -errno;
	}
	if (dir)
		(void)closedir(dir);
	return r;
}

/* There as a whole or not at all, whoever else makes it at the same time. */
static bool make(const char *path, const struct str *makers)
{
	auto_free char *temporary = xasprintf("%s.XXXXXX", path);

	if (!mkdtemp(temporary))
		return false;
	if (fill(temporary, makers) == 0 && rename(temporary, path) == 0)
		return true;
	(void)io_remove_tree(temporary, NULL);
	return access(path, X_OK) == 0;
}

/* For root, sharkd looks at such a folder only as somebody else. */
static bool is_looked_at(void)
{
	const char *const argv[] = { SHARKD_ASIDE, "true", NULL };
	const struct child_opts opts = { .stderr_fd = -1, .deadline_ms = 10000 };
	auto_str struct str out = { 0 };

	return !sharkd_stands_aside() || child_run(argv, &opts, &out, NULL) == 0;
}

char *data_folder(const char *cache, const struct manner *manner)
{
	auto_free char *parent = cache ? xasprintf("%s/wireshark", cache) : NULL;
	auto_free char *path = NULL;
	auto_str struct str makers = { 0 };

	if (!parent || !read_makers(manner, &makers) || !is_looked_at())
		return NULL;
	path = path_of(parent, &makers);
	if (!path || io_mkdirs(parent, 0700, NULL) < 0)
		return NULL;
	return access(path, X_OK) == 0 || make(path, &makers) ? take_ptr(path) : NULL;
}
