/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The messages of the control protocol, made and taken apart. All made ones are sent at once;
 * arguments named "stolen" give their reference away, even on failure.
 */
#ifndef CTL_MESSAGE_H
#define CTL_MESSAGE_H

#include "ctl/commands.h"
#include "ctl/ctl.h"

/* What a client may send. */
enum ctl_request_kind { CTL_REQUEST_COMMAND, CTL_REQUEST_CANCEL, CTL_REQUEST_RESIZE };

struct ctl_request {
	enum ctl_request_kind kind;
	enum ctl_command command; /* of CTL_REQUEST_COMMAND */
	const json_t *args;       /* an object, never NULL; borrowed from the line */
	int cols, rows;           /* of CTL_REQUEST_RESIZE: 1..9999 */
};

/* For labd. -EPROTO: no request of this protocol, or another version; -ENOSYS: unknown command. */
int ctl_request_parse(const json_t *line, struct ctl_request *ret, struct err *err);
/* {"event":{"type":type, ...fields}}; fields is an object or NULL, stolen. */
int ctl_send_event(struct ctl *ctl, const char *type, json_t *fields, struct err *err);
/* {"result":result}; result is an object or NULL for {}, stolen. */
int ctl_send_result(struct ctl *ctl, json_t *result, struct err *err);
/* {"error":{"code":..,"message":.., ...extra}} out of failure; extra is an object or NULL, stolen.
 */
int ctl_send_error(struct ctl *ctl, const struct err *failure, json_t *extra, struct err *err);

/* For labctl. args is an object or NULL, stolen. */
int ctl_send_command(struct ctl *ctl, enum ctl_command command, json_t *args, const int *fds,
		     size_t n_fds, struct err *err);
int ctl_send_cancel(struct ctl *ctl, struct err *err);
int ctl_send_resize(struct ctl *ctl, int cols, int rows, struct err *err);

enum ctl_reply_kind { CTL_REPLY_EVENT, CTL_REPLY_RESULT, CTL_REPLY_ERROR };

struct ctl_reply {
	enum ctl_reply_kind kind;
	const json_t *body; /* the object inside; borrowed from the line */
};

/* For labctl. -EPROTO: neither event nor result nor error. */
int ctl_reply_parse(const json_t *line, struct ctl_reply *ret, struct err *err);
/* Turns an error reply's body into err; returns the negative code (-EIO where it has none). */
int ctl_reply_error(const json_t *body, struct err *err);

#endif
