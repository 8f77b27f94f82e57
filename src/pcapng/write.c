/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pcapng writer: whole blocks in a buffer, so that a full disk leaves a file that is still
 * good. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "pcapng/format.h"
#include "pcapng/pcapng.h"

#define BUFFER (64U << 10)

struct pcapng_writer {
	int fd, stop_fd;
	bool regular;
	int failed; /* the code that every call returns from then on */
	uint32_t n_ifaces;
	off_t end;      /* behind the last whole block in a regular file */
	struct str buf; /* whole blocks only, except while one is being put together */
	size_t block;   /* where the block being put together starts */
	struct pcapng_counts written;
};

static void put16(struct pcapng_writer *w, uint16_t v)
{
	str_add(&w->buf, &v, sizeof(v));
}

static void put32(struct pcapng_writer *w, uint32_t v)
{
	str_add(&w->buf, &v, sizeof(v));
}

static void put_time(struct pcapng_writer *w, uint64_t ns)
{
	put32(w, (uint32_t)(ns >> 32));
	put32(w, (uint32_t)ns);
}

static void put_padded(struct pcapng_writer *w, const void *data, uint32_t len)
{
	static const char zeros[4];

	if (len)
		str_add(&w->buf, data, len);
	str_add(&w->buf, zeros, padded(len) - len);
}

static void put_option(struct pcapng_writer *w, uint16_t code, const void *value, uint16_t len)
{
	put16(w, code);
	put16(w, len);
	put_padded(w, value, len);
}

static void put_text(struct pcapng_writer *w, uint16_t code, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len)
		put_option(w, code, text, len > UINT16_MAX ? UINT16_MAX : (uint16_t)len);
}

static void put_counter(struct pcapng_writer *w, uint16_t code, uint64_t value)
{
	if (value != PCAPNG_UNKNOWN)
		put_option(w, code, &value, sizeof(value));
}

static void begin(struct pcapng_writer *w, uint32_t type)
{
	w->block = w->buf.len;
	put32(w, type);
	put32(w, 0);
}

/* Fills in the length and flushes a buffer that has grown large. */
static int end(struct pcapng_writer *w, struct err *err)
{
	uint32_t len = (uint32_t)(w->buf.len - w->block) + 4;

	memcpy(w->buf.data + w->block + 4, &len, sizeof(len));
	put32(w, len);
	return w->buf.len < BUFFER ? 0 : pcapng_flush(w, err);
}

static int write_failed(const struct pcapng_writer *w, struct err *err)
{
	return err_errno(err, -w->failed, "write");
}

void pcapng_writer_new(int fd, int stop_fd, const char *application, struct pcapng_writer **ret)
{
	pcapng_writer_commented(fd, stop_fd, application, NULL, ret);
}

void pcapng_writer_commented(int fd, int stop_fd, const char *application, const char *comment,
			     struct pcapng_writer **ret)
{
	struct pcapng_writer *w = xcalloc(1, sizeof(*w));
	static const int64_t unknown_length = -1;
	struct stat st;

	w->fd = fd;
	w->stop_fd = stop_fd;
	w->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (w->regular)
		w->end = lseek(fd, 0, SEEK_CUR);
	begin(w, BLOCK_SHB);
	put32(w, BYTE_ORDER_MAGIC);
	put16(w, 1); /* version 1.0 */
	put16(w, 0);
	str_add(&w->buf, &unknown_length, sizeof(unknown_length));
	put_text(w, SHB_USERAPPL, application);
	put_text(w, OPT_COMMENT, comment);
	put32(w, OPT_END);
	(void)end(w, NULL);
	*ret = w;
}

int pcapng_write_iface(struct pcapng_writer *w, const struct pcapng_iface *iface, struct err *err)
{
	static const uint8_t nanoseconds = 9;
	int r;

	if (w->failed)
		return write_failed(w, err);
	if (w->n_ifaces == PCAPNG_MAX_IFACES)
		return err_set(err, E2BIG, "more than %u interfaces", PCAPNG_MAX_IFACES);
	begin(w, BLOCK_IDB);
	put16(w, iface->linktype);
	put16(w, 0);
	put32(w, iface->snaplen);
	put_text(w, IF_NAME, iface->name);
	put_text(w, IF_DESCRIPTION, iface->description);
	put_option(w, IF_TSRESOL, &nanoseconds, sizeof(nanoseconds));
	put32(w, OPT_END);
	r = end(w, err);
	return r < 0 ? r : (int)w->n_ifaces++;
}

int pcapng_write_packet(struct pcapng_writer *w, const struct pcapng_packet *p, struct err *err)
{
	uint32_t flags = p->direction;
	bool comment = p->comment && *p->comment;

	assert(p->iface < w->n_ifaces);
	if (w->failed)
		return write_failed(w, err);
	if (p->len > PCAPNG_MAX_BLOCK / 2)
		return err_set(err, EFBIG, "frame of %u bytes", p->len);
	begin(w, BLOCK_EPB);
	put32(w, p->iface);
	put_time(w, p->time_ns);
	put32(w, p->len);
	put32(w, p->orig_len);
	put_padded(w, p->data, p->len);
	if (flags)
		put_option(w, EPB_FLAGS, &flags, sizeof(flags));
	if (p->dropped)
		put_counter(w, EPB_DROPCOUNT, p->dropped);
	if (comment)
		put_text(w, OPT_COMMENT, p->comment);
	if (flags || p->dropped || comment)
		put32(w, OPT_END);
	return end(w, err);
}

int pcapng_write_stats(struct pcapng_writer *w, const struct pcapng_stats *s, struct err *err)
{
	assert(s->iface < w->n_ifaces);
	if (w->failed)
		return write_failed(w, err);
	begin(w, BLOCK_ISB);
	put32(w, s->iface);
	put_time(w, s->time_ns);
	put_counter(w, ISB_IFRECV, s->received);
	put_counter(w, ISB_IFDROP, s->dropped);
	put32(w, OPT_END);
	return end(w, err);
}

int pcapng_write_secrets(struct pcapng_writer *w, const struct pcapng_secrets *s, struct err *err)
{
	if (w->failed)
		return write_failed(w, err);
	if (s->len > PCAPNG_MAX_BLOCK / 2)
		return err_set(err, EFBIG, "secrets of %u bytes", s->len);
	begin(w, BLOCK_DSB);
	put32(w, s->type);
	put32(w, s->len);
	put_padded(w, s->data, s->len);
	return end(w, err);
}

/* Counts the whole blocks among the n bytes that were written; returns how long they are. */
static size_t count_blocks(struct pcapng_writer *w, size_t n)
{
	size_t pos = 0;

	while (pos < n) {
		uint32_t head[7] = { 0 }; /* of a packet: type, length, interface, time, bytes */
		size_t left = w->buf.len - pos;

		memcpy(head, w->buf.data + pos, left < sizeof(head) ? left : sizeof(head));
		if (head[1] > n - pos)
			break;
		if (head[0] == BLOCK_EPB) {
			w->written.packets++;
			w->written.bytes += head[5];
		}
		pos += head[1];
	}
	return pos;
}

/* Waits until a pipe takes a page, which is what POLLOUT promises of one. */
static int wait_writable(const struct pcapng_writer *w)
{
	struct pollfd pfd[2] = { { .fd = w->fd, .events = POLLOUT },
				 { .fd = w->stop_fd, .events = POLLIN } };

	while (poll(pfd, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return pfd[0].revents ? 0 : -ECANCELED;
}

/* Returns how much it wrote; *failed says why it was not all. */
static size_t write_some(const struct pcapng_writer *w, int *failed)
{
	size_t done = 0;

	while (done < w->buf.len && !*failed) {
		size_t want = w->buf.len - done;
		ssize_t n;

		if (w->stop_fd >= 0)
			*failed = wait_writable(w);
		if (*failed)
			break;
		if (w->stop_fd >= 0 && want > 4096)
			want = 4096;
		n = write(w->fd, w->buf.data + done, want);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR && (errno != EAGAIN || w->stop_fd < 0))
			*failed = -errno;
	}
	return done;
}

int pcapng_flush(struct pcapng_writer *w, struct err *err)
{
	size_t done, whole;

	if (w->failed)
		return write_failed(w, err);
	done = write_some(w, &w->failed);
	whole = count_blocks(w, done);
	w->end += (off_t)whole;
	w->buf.len = 0;
	if (!w->failed)
		return 0;
	if (w->regular && done > whole && ftruncate(w->fd, w->end) < 0)
		return err_errno(err, errno, "cut behind a failed write");
	return write_failed(w, err);
}

struct pcapng_counts pcapng_written(const struct pcapng_writer *w)
{
	return w->written;
}

void pcapng_writer_free(struct pcapng_writer *w)
{
	if (!w)
		return;
	str_free(&w->buf);
	free(w);
}
