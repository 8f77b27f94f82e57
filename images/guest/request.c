/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a request: nothing of it is done before all of it is known to be right. */
#include "request.h"

#include <string.h>

#include "identity.h"

/* Between them, in bytes, a field may be long. */
static const struct {
	size_t min, max;
} limits[CLONE_FIELDS] = {
	[CLONE_CLOCK] = { sizeof(int64_t), sizeof(int64_t) },
	[CLONE_SEED] = { 1, CLONE_SEED_MAX },
	[CLONE_NAME] = { 1, CLONE_NAME_MAX },
	[CLONE_HOST_KEY] = { 1, CLONE_BODY_MAX },
	[CLONE_HOST_PUBLIC] = { 1, CLONE_BODY_MAX },
	[CLONE_AUTHORIZED] = { 1, CLONE_BODY_MAX },
	[CLONE_RESCAN] = { 0, 0 },
};

long request_length(const uint8_t *data, size_t n)
{
	const uint32_t mark = CLONE_MARK;
	struct clone_head head;

	if (memcmp(data, &mark, n < sizeof(mark) ? n : sizeof(mark)) != 0)
		return -1;
	if (n < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	return head.len <= CLONE_BODY_MAX ? (long)(sizeof(head) + head.len) : -1;
}

static const char *take_field(const uint8_t **p, const uint8_t *end, struct request *ret)
{
	struct clone_field_head head;

	if ((size_t)(end - *p) < sizeof(head))
		return "a field has no end";
	memcpy(&head, *p, sizeof(head));
	*p += sizeof(head);
	if (head.field == 0 || head.field >= CLONE_FIELDS)
		return "a field is unknown";
	if (head.len > (size_t)(end - *p))
		return "a field has no end";
	if (head.len < limits[head.field].min || head.len > limits[head.field].max)
		return "a field has a wrong length";
	if (ret->field[head.field].data)
		return "a field is there twice";
	ret->field[head.field].data = *p;
	ret->field[head.field].len = head.len;
	*p += head.len;
	return NULL;
}

const char *request_parse(const uint8_t *data, size_t len, struct request *ret)
{
	const uint8_t *p = data + sizeof(struct clone_head), *end = data + len;
	const char *wrong;
	struct clone_head head;

	memset(ret, 0, sizeof(*ret));
	memcpy(&head, data, sizeof(head));
	ret->id = head.id;
	while (p < end) {
		wrong = take_field(&p, end, ret);
		if (wrong)
			return wrong;
	}
	if (!ret->field[CLONE_CLOCK].data)
		return "the time is missing";
	memcpy(&ret->clock, ret->field[CLONE_CLOCK].data, sizeof(ret->clock));
	if (ret->clock < 0)
		return "the time is before 1970";
	if (!ret->field[CLONE_NAME].data)
		return NULL;
	memcpy(ret->name, ret->field[CLONE_NAME].data, ret->field[CLONE_NAME].len);
	if (strlen(ret->name) != ret->field[CLONE_NAME].len || !identity_is_name(ret->name))
		return "the name is not a host name";
	return NULL;
}
