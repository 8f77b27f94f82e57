/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes, numbers and names of a saved guest, in and out. */
#include "hv/stream-bytes.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

int stream_damaged(const struct stream_bytes *f, struct err *err, const char *what)
{
	return err_set(err, EBADMSG, "saved guest: at byte %llu: %s", (unsigned long long)f->at,
		       what);
}

int stream_take(struct stream_bytes *f, void *data, size_t len, struct err *err)
{
	size_t n = fread(data, 1, len, f->in);

	f->at += n;
	if (n == len)
		return 0;
	return ferror(f->in) ? err_errno(err, errno, "saved guest: reading")
			     : stream_damaged(f, err, "it ends there");
}

int stream_put(struct stream_bytes *f, const void *data, size_t len, struct err *err)
{
	return fwrite(data, 1, len, f->out) == len ? 0
						   : err_errno(err, errno, "saved guest: writing");
}

/* Takes and puts. */
int stream_echo(struct stream_bytes *f, void *data, size_t len, struct err *err)
{
	int r = stream_take(f, data, len, err);

	return r < 0 ? r : stream_put(f, data, len, err);
}

int stream_echo_rest(struct stream_bytes *f, struct err *err)
{
	char data[65536];
	size_t n;

	while ((n = fread(data, 1, sizeof(data), f->in))) {
		int r = stream_put(f, data, n, err);

		f->at += n;
		if (r < 0)
			return r;
	}
	if (ferror(f->in))
		return err_errno(err, errno, "saved guest: reading");
	return fflush(f->out) == 0 ? 0 : err_errno(err, errno, "saved guest: writing");
}

/* A name with its length in front. */
int stream_take_name(struct stream_bytes *f, char name[256], struct err *err)
{
	uint8_t len;
	int r = stream_take(f, &len, 1, err);

	if (r == 0)
		r = stream_take(f, name, len, err);
	if (r < 0)
		return r;
	name[len] = '\0';
	return strlen(name) == len ? 0 : stream_damaged(f, err, "a name with a zero in it");
}

int stream_put_name(struct stream_bytes *f, const char *name, struct err *err)
{
	uint8_t len = (uint8_t)strlen(name);
	int r = stream_put(f, &len, 1, err);

	return r < 0 ? r : stream_put(f, name, len, err);
}

int stream_take_be32(struct stream_bytes *f, uint32_t *ret, struct err *err)
{
	int r = stream_take(f, ret, sizeof(*ret), err);

	*ret = be32toh(*ret);
	return r;
}

int stream_take_be64(struct stream_bytes *f, uint64_t *ret, struct err *err)
{
	int r = stream_take(f, ret, sizeof(*ret), err);

	*ret = be64toh(*ret);
	return r;
}

int stream_put_be(struct stream_bytes *f, uint64_t value, size_t len, struct err *err)
{
	value = htobe64(value);
	return stream_put(f, (char *)&value + sizeof(value) - len, len, err);
}
