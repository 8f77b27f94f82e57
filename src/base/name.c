/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be a file's name, everywhere. */
#include "base/name.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

static bool is_plain(char c)
{
	return c > ' ' && c <= '~' && !strchr("\\/:*?\"<>|", c);
}

/* Windows asks for what stands before the first dot. */
static bool is_device(const char *name, size_t len)
{
	static const char *const devices[] = { "aux", "clock$", "con", "conin$", "conout$",
					       "nul", "prn",    "com", "lpt" };
	size_t stem = strcspn(name, "./");

	stem = stem < len ? stem : len;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		size_t n = strlen(devices[i]);
		bool numbered = str_eq(devices[i], "com") || str_eq(devices[i], "lpt");

		if (strncasecmp(name, devices[i], n) == 0 && stem == n + numbered &&
		    (!numbered || isdigit((unsigned char)name[n])))
			return true;
	}
	return false;
}

const char *name_fault(const char *name)
{
	size_t len = strlen(name);

	for (const char *p = name; *p; p++)
		if (!is_plain(*p))
			return "has a character that some file systems do not accept";
	if (!len || len > NAME_LEN)
		return len ? "is too long" : "is empty";
	if (name[0] == '.' || name[len - 1] == '.')
		return "begins or ends with a dot";
	return is_device(name, len) ? "is a device on Windows" : NULL;
}

static void add_part(struct str *out, const char *part, size_t len)
{
	if (is_device(part, len))
		str_adds(out, "_");
	len = len > NAME_LEN - 1 ? NAME_LEN - 1 : len;
	for (size_t i = 0; i < len; i++) {
		bool dot = part[i] == '.' && (i == 0 || i == len - 1);

		str_add(out, dot || !is_plain(part[i]) ? "_" : &part[i], 1);
	}
	if (!len)
		str_adds(out, "_");
}

char *name_portable(const char *path)
{
	struct str out = { 0 };

	for (;;) {
		size_t len = strcspn(path, "/");

		add_part(&out, path, len);
		if (!path[len])
			return str_take(&out);
		str_adds(&out, "/");
		path += len + 1;
	}
}
