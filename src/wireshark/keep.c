/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers in files of the user's cache, and which of them go when there are many. */
#include "wireshark/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "wireshark/made.h"

#define FORMAT 1
#define FOLDER "answers"
#define FILE_MAX (32U << 20)  /* bytes of one keep */
#define ALL_MAX (256LL << 20) /* of all of them; then half of it stays, what was written last */

struct keep {
	char *path; /* NULL: nothing is kept */
	json_t *answers;
	json_t *made_of; /* of the sharkd that answered; NULL: it did not */
	bool changed;
};

/* The JSON below the hash; NULL: damaged, or none of ours. */
static json_t *read_whole(const char *path)
{
	auto_str struct str text = { 0 };
	char digest[DIGEST_TEXT];
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    io_read_file(path, FILE_MAX, &text, NULL) < 0 || text.len <= DIGEST_TEXT ||
	    digest_bytes(text.data + DIGEST_TEXT, text.len - DIGEST_TEXT, digest, NULL) < 0 ||
	    memcmp(digest, text.data, DIGEST_TEXT - 1) != 0)
		return NULL;
	return json_loadb(text.data + DIGEST_TEXT, text.len - DIGEST_TEXT, 0, NULL);
}

struct keep *keep_open(const char *cache, const char *program, const char key[DIGEST_TEXT])
{
	struct keep *k = xcalloc(1, sizeof(*k));
	auto_json json_t *file = NULL;

	if (cache) {
		k->path = xasprintf("%s/" FOLDER "/%s", cache, key);
		file = read_whole(k->path);
	}
	if (json_get_int(file, "format", 0) == FORMAT &&
	    made_same(json_object_get(file, "sharkd"), program))
		k->answers = json_incref(json_object_get(file, "answers"));
	if (!json_is_object(k->answers)) {
		json_decref(k->answers);
		k->answers = json_object();
	}
	return k;
}

const json_t *keep_find(const struct keep *k, const char *question)
{
	return json_object_get(k->answers, question);
}

void keep_add(struct keep *k, const char *question, json_t *answer, const struct sharkd *s)
{
	if (k->path && !k->made_of)
		k->made_of = sharkd_made_of(s);
	k->changed |= json_object_set_new(k->answers, question, answer) == 0;
}

void keep_forget(struct keep *k)
{
	if (k)
		k->changed = false;
}

/* --- writing --- */

struct kept_file {
	char *path;
	int64_t written_ns;
	off_t size;
};

static int by_age(const void *a, const void *b)
{
	const struct kept_file *x = a, *y = b;

	return (x->written_ns > y->written_ns) - (x->written_ns < y->written_ns);
}

static void list_files(const char *folder, struct kept_file **list, size_t *n, int64_t *bytes)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct kept_file file = { .path = xasprintf("%s/%s", folder, entry->d_name) };
		struct stat st;

		if (lstat(file.path, &st) < 0 || !S_ISREG(st.st_mode)) {
			free(file.path);
			continue;
		}
		file.written_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
		file.size = st.st_size;
		*bytes += file.size;
		*array_add(*list, *n) = file;
	}
	if (dir)
		(void)closedir(dir);
}

void keep_prune(const char *cache)
{
	auto_free char *folder = xasprintf("%s/" FOLDER, cache);
	auto_free struct kept_file *list = NULL;
	int64_t bytes = 0, target;
	size_t n = 0;

	list_files(folder, &list, &n, &bytes);
	target = bytes > ALL_MAX ? ALL_MAX / 2 : ALL_MAX;
	if (n)
		qsort(list, n, sizeof(*list), by_age);
	for (size_t i = 0; i < n; i++) {
		if (bytes > target && unlink(list[i].path) == 0)
			bytes -= list[i].size;
		free(list[i].path);
	}
}

static bool save(const struct keep *k)
{
	auto_json json_t *file = json_pack("{s:i, s:O, s:O}", "format", FORMAT, "sharkd",
					   k->made_of, "answers", k->answers);
	auto_free char *text = file ? json_dumps(file, JSON_COMPACT) : NULL;
	auto_free char *folder = xstrndup(k->path, (size_t)(strrchr(k->path, '/') - k->path));
	auto_str struct str whole = { 0 };
	char digest[DIGEST_TEXT];

	if (!text || strlen(text) + DIGEST_TEXT > FILE_MAX ||
	    digest_bytes(text, strlen(text), digest, NULL) < 0 || io_mkdirs(folder, 0700, NULL) < 0)
		return false;
	str_addf(&whole, "%s\n", digest);
	str_adds(&whole, text);
	return io_write_file(k->path, whole.data, whole.len, 0600, NULL) == 0;
}

bool keep_close(struct keep *k)
{
	bool saved;

	if (!k)
		return false;
	saved = k->path && k->changed && k->made_of && save(k);
	free(k->path);
	json_decref(k->answers);
	json_decref(k->made_of);
	free(k);
	return saved;
}
