/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt writes in front of a saved guest: whose it is, as domain XML. */
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "hv/stream-bytes.h"
#include "hv/stream.h"

#define HEAD_ALIGN 65536 /* libvirt pads so that the stream begins at a multiple of it */
#define XML_MAX (1 << 20)

int stream_take_head(struct stream_bytes *f, struct stream_head *head, char **ret, struct err *err)
{
	auto_free char *data = NULL;
	int r = stream_take(f, head, sizeof(*head), err);

	if (r < 0)
		return r;
	if (memcmp(head->magic, "LibvirtQemudPart", sizeof(head->magic)) == 0)
		return stream_damaged(f, err, "it was not written to its end");
	if (memcmp(head->magic, "LibvirtQemudSave", sizeof(head->magic)) != 0)
		return stream_damaged(f, err, "libvirt has not saved it");
	if (head->version != 2 || head->compressed != 0)
		return stream_damaged(f, err, "libvirt saved it in another format");
	if (head->data_len == 0 || head->data_len > XML_MAX || head->cookie > head->data_len)
		return stream_damaged(f, err, "its XML has an impossible length");
	data = xcalloc(1, head->data_len + 1);
	r = stream_take(f, data, head->data_len, err);
	if (r == 0)
		*ret = take_ptr(data);
	return r;
}

static int put_head(struct stream_bytes *f, const struct stream_head *head, const char *xml,
		    struct err *err)
{
	static const char zeros[HEAD_ALIGN];
	size_t len = strlen(xml) + 1, end = sizeof(*head) + len;
	size_t pad = (HEAD_ALIGN - end % HEAD_ALIGN) % HEAD_ALIGN;
	struct stream_head own = *head;
	int r;

	own.data_len = (uint32_t)(len + pad);
	own.cookie = 0; /* what libvirt wants to know of the old domain's processor */
	r = stream_put(f, &own, sizeof(own), err);
	if (r == 0)
		r = stream_put(f, xml, len, err);
	return r < 0 ? r : stream_put(f, zeros, pad, err);
}

int stream_dress(FILE *saved, const char *xml, FILE *stream, struct err *err)
{
	struct stream_bytes f = { .in = saved, .out = stream };
	struct stream_head head;
	auto_free char *old = NULL;
	int r = stream_take_head(&f, &head, &old, err);

	if (r == 0)
		r = put_head(&f, &head, xml, err);
	return r < 0 ? r : stream_echo_rest(&f, err);
}
