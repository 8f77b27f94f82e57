/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages of the control protocol, made and taken apart. */
#include "ctl/message.h"

#include <errno.h>

#include "base/str.h"

static int parse_resize(const json_t *size, struct ctl_request *ret, struct err *err)
{
	json_int_t cols = json_integer_value(json_array_get(size, 0));
	json_int_t rows = json_integer_value(json_array_get(size, 1));

	if (json_array_size(size) != 2 || cols < 1 || cols > 9999 || rows < 1 || rows > 9999)
		return err_set(err, EPROTO,
			       "control message: resize: not [COLS,ROWS] of 1 to 9999");
	*ret = (struct ctl_request){ .kind = CTL_REQUEST_RESIZE,
				     .cols = (int)cols,
				     .rows = (int)rows };
	return 0;
}

static int parse_command(const json_t *line, struct ctl_request *ret, struct err *err)
{
	const json_t *args = json_object_get(line, "args");
	const char *name = json_get_text(line, "command", NULL);
	int version = json_get_int(line, "labd", 0), command;

	if (version != CTL_PROTOCOL)
		return err_set(err, EPROTO, "control message: protocol %d, this labd speaks %d",
			       version, CTL_PROTOCOL);
	if (!name)
		return err_set(err, EPROTO, "control message: no command");
	command = ctl_command_find(name);
	if (command < 0)
		return err_set(err, ENOSYS, "command '%.64s': unknown to this labd", name);
	if (!json_is_object(args))
		return err_set(err, EPROTO, "command '%s': its args are no object", name);
	*ret = (struct ctl_request){
		.kind = CTL_REQUEST_COMMAND,
		.command = (enum ctl_command)command,
		.args = args,
	};
	return 0;
}

int ctl_request_parse(const json_t *line, struct ctl_request *ret, struct err *err)
{
	const json_t *size = json_object_get(line, "resize");

	if (json_is_true(json_object_get(line, "cancel"))) {
		*ret = (struct ctl_request){ .kind = CTL_REQUEST_CANCEL };
		return 0;
	}
	if (size)
		return parse_resize(size, ret, err);
	if (!json_object_get(line, "labd"))
		return err_set(err, EPROTO, "control message: not a request of labd's protocol");
	return parse_command(line, ret, err);
}

/* Sends {key: value}; value is stolen. */
static int send_pair(struct ctl *ctl, const char *key, json_t *value, struct err *err)
{
	auto_json json_t *line = json_object();

	if (json_object_set_new(line, key, value ? value : json_object()) < 0)
		return err_set(err, EINVAL, "control message: %s cannot be written", key);
	return ctl_send(ctl, line, NULL, 0, err);
}

int ctl_send_event(struct ctl *ctl, const char *type, json_t *fields, struct err *err)
{
	json_t *event = fields ? fields : json_object();

	(void)json_object_set_new(event, "type", json_string(type));
	return send_pair(ctl, "event", event, err);
}

int ctl_send_result(struct ctl *ctl, json_t *result, struct err *err)
{
	return send_pair(ctl, "result", result, err);
}

int ctl_send_error(struct ctl *ctl, const struct err *failure, json_t *extra, struct err *err)
{
	json_t *error = extra ? extra : json_object();

	(void)json_object_set_new(error, "code",
				  json_integer(failure->code ? -failure->code : EIO));
	(void)json_object_set_new(error, "message", json_text(failure->msg));
	return send_pair(ctl, "error", error, err);
}

int ctl_send_command(struct ctl *ctl, enum ctl_command command, json_t *args, const int *fds,
		     size_t n_fds, struct err *err)
{
	auto_json json_t *line =
		json_pack("{s:i, s:s, s:o}", "labd", CTL_PROTOCOL, "command",
			  ctl_command_name(command), "args", args ? args : json_object());

	return ctl_send(ctl, line, fds, n_fds, err);
}

int ctl_send_cancel(struct ctl *ctl, struct err *err)
{
	return send_pair(ctl, "cancel", json_true(), err);
}

int ctl_send_resize(struct ctl *ctl, int cols, int rows, struct err *err)
{
	return send_pair(ctl, "resize", json_pack("[i, i]", cols, rows), err);
}

int ctl_reply_parse(const json_t *line, struct ctl_reply *ret, struct err *err)
{
	static const char *const keys[] = {
		[CTL_REPLY_EVENT] = "event",
		[CTL_REPLY_RESULT] = "result",
		[CTL_REPLY_ERROR] = "error",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *body = json_object_get(line, keys[i]);

		if (json_is_object(body)) {
			*ret = (struct ctl_reply){ .kind = (enum ctl_reply_kind)i, .body = body };
			return 0;
		}
	}
	return err_set(err, EPROTO, "control message: not a reply of labd's protocol");
}

int ctl_reply_error(const json_t *body, struct err *err)
{
	int code = json_get_int(body, "code", EIO);

	return err_set(err, code > 0 && code < 4096 ? code : EIO, "%s",
		       json_get_text(body, "message", "labd gives no reason"));
}
