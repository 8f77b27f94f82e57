/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What guests say to labd's questions, taken apart. */
#include "labd/said.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "ctl/message.h"

#define CONSOLE_COLUMNS 400 /* of a line are kept */

static void read_status_line(const char *line, json_t *addresses, json_t *ports, struct str *down)
{
	char nic[32], family[8], address[64], service[64];

	/* One on trial, or that somebody else has, is not its own yet. */
	if (sscanf(line, "%*d: %31s %7s %63s", nic, family, address) == 3 &&
	    (str_eq(family, "inet") || (str_eq(family, "inet6") && !strstr(line, " tentative") &&
					!strstr(line, " dadfailed"))))
		(void)json_array_append_new(addresses, json_sprintf("%s %s", nic, address));
	else if (sscanf(line, "port %31s of %*[^:]: %63[^,],", nic, address) == 2)
		(void)json_array_append_new(ports, json_sprintf("%s %s", nic, address));
	else if (sscanf(line, "down: /etc/service/%63[^:]:", service) == 1)
		str_addf(down, "%s%s", down->len ? ", " : "", service);
}

void said_status(const char *text, json_t *addresses, json_t *ports, struct str *down)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');
		auto_free char *line = xstrndup(text, (size_t)(end - text));

		read_status_line(line, addresses, ports, down);
		text = *end ? end + 1 : end;
	}
}

/* "\tSSID: x" or "\tssid x": what stands behind the word; NULL for another line. */
static const char *value_of(const char *line, const char *word)
{
	size_t len = strlen(word);

	while (*line == '\t' || *line == ' ')
		line++;
	if (strncasecmp(line, word, len) != 0 || (line[len] != ':' && line[len] != ' '))
		return NULL;
	line += len + 1;
	return line + strspn(line, " ");
}

/* An SSID as iw prints it: what it takes for not printable is "\\xNN", a backslash too. */
static json_t *ssid_of(const char *text)
{
	auto_str struct str ssid = { 0 };

	while (*text) {
		unsigned int byte;
		int n = 0;

		if (sscanf(text, "\\x%2x%n", &byte, &n) != 1 || n != 4) {
			byte = (unsigned char)*text;
			n = 1;
		}
		str_add(&ssid, &(char){ (char)byte }, 1);
		text += n;
	}
	return json_text(str_text(&ssid));
}

static void read_line(json_t *out, const char *line, int *stations)
{
	const char *ssid = value_of(line, "ssid"), *signal = value_of(line, "signal");
	const char *type = value_of(line, "type"), *freq = value_of(line, "freq");
	const char *channel = value_of(line, "channel");
	int number;

	if (str_prefix(line, "Connected to "))
		(void)json_object_set_new(out, "state", json_string("connected"));
	else if (str_prefix(line, "Not connected"))
		(void)json_object_set_new(out, "state", json_string("not connected"));
	else if (type && str_eq(type, "AP"))
		(void)json_object_set_new(out, "state", json_string("access point"));
	else if (type && str_eq(type, "monitor"))
		(void)json_object_set_new(out, "state", json_string("listens"));
	else if (str_prefix(line, "Station "))
		(*stations)++;
	else if (ssid)
		(void)json_object_set_new(out, "ssid", ssid_of(ssid));
	else if (signal && sscanf(signal, "%d", &number) == 1 && !*stations)
		(void)json_object_set_new(out, "signal_dbm", json_integer(number));
	else if (freq && sscanf(freq, "%d", &number) == 1)
		(void)json_object_set_new(out, "mhz", json_integer(number));
	else if (channel && sscanf(channel, "%*d (%d MHz)", &number) == 1)
		(void)json_object_set_new(out, "mhz", json_integer(number));
}

json_t *said_radio(const char *text)
{
	json_t *out = json_object();
	int stations = 0;

	while (*text) {
		const char *end = strchrnul(text, '\n');
		auto_free char *line = xstrndup(text, (size_t)(end - text));

		read_line(out, line, &stations);
		text = *end ? end + 1 : end;
	}
	if (str_eq(json_get_text(out, "state", NULL), "access point"))
		(void)json_object_set_new(out, "stations", json_integer(stations));
	return out;
}

char *said_waits(const char *text, size_t *check)
{
	const char *why = NULL, *end;

	for (*check = SIZE_MAX; (end = strchr(text, '\n')); text = end + 1) {
		char *rest = (char *)(uintptr_t)text + 1;
		size_t of = isdigit((unsigned char)*rest) ? strtoul(rest, &rest, 10) : SIZE_MAX;

		/* One at a time, until it holds or is given up. */
		if (*text == '~' && (!why || *check == of || *check == SIZE_MAX)) {
			why = rest + strspn(rest, " ");
			*check = of;
		} else if (str_prefix(text, "- ")) {
			why = text + 2;
			*check = SIZE_MAX;
		} else if ((*text == '+' || *text == '-') && (*check == of || *check == SIZE_MAX)) {
			why = NULL;
			*check = SIZE_MAX;
		}
	}
	return why ? xstrndup(why, strcspn(why, "\n")) : NULL;
}

const char *said_checks(struct str *text, struct said_check *checks, size_t n, const char **fatal)
{
	const char *last = "", *other = "";
	char *save = NULL, *line;

	*fatal = NULL;
	for (line = text->data ? strtok_r(text->data, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *rest = line + 1;
		unsigned long i;

		if (str_prefix(line, "- ") || *line == '~') {
			last = line + 1 + (*line == '~' ? strspn(line + 1, "0123456789") : 0);
			last += strspn(last, " ");
			continue;
		}
		if (str_prefix(line, "! "))
			*fatal = line + 2;
		if ((*line != '+' && *line != '-') || !isdigit((unsigned char)*rest)) {
			other = line;
			continue;
		}
		i = strtoul(rest, &rest, 10);
		if (i >= n)
			continue;
		checks[i].state = *line == '+' ? SAID_HOLDS : SAID_MISSING;
		checks[i].why = rest + strspn(rest, " ");
		if (*line == '+')
			last = "";
	}
	return *last ? last : other;
}

/* --- services --- */

#define STATUS_BYTES 20 /* of a supervise/status of runit's: a TAI64N label, a pid, flags */
#define TAI64_EPOCH UINT64_C(4611686018427387914)

/* A line of od's: true where it has all bytes. */
static bool read_bytes(const char *line, uint8_t bytes[STATUS_BYTES])
{
	for (size_t i = 0; i < STATUS_BYTES; i++) {
		unsigned int byte;
		int n = 0;

		if (sscanf(line, " %2x%n", &byte, &n) != 1)
			return false;
		bytes[i] = (uint8_t)byte;
		line += n;
	}
	return !*line;
}

static json_t *service_of(const uint8_t bytes[STATUS_BYTES])
{
	uint64_t seconds = 0, ns = 0, pid = 0;

	for (size_t i = 0; i < 8; i++)
		seconds = seconds << 8 | bytes[i];
	for (size_t i = 8; i < 12; i++)
		ns = ns << 8 | bytes[i];
	for (size_t i = 16; i-- > 12;)
		pid = pid << 8 | bytes[i];
	seconds -= TAI64_EPOCH;
	if (seconds >= INT64_MAX / NS_PER_S || ns >= NS_PER_S)
		return NULL;
	return json_pack("{s:I, s:I}", "pid", (json_int_t)pid, "since_ns",
			 (json_int_t)(seconds * NS_PER_S + ns));
}

json_t *said_services(const char *text)
{
	auto_free char *copy = xstrdup(text);
	char *rest = copy, *names = strsep(&rest, "\n"), *name, *line, *end;
	json_t *services = json_object();
	json_int_t now_ns = 0;

	while (names && (name = strsep(&names, " "))) {
		uint8_t bytes[STATUS_BYTES];
		json_t *service = NULL;

		line = strsep(&rest, "\n");
		if (line && read_bytes(line, bytes))
			service = service_of(bytes);
		if (service)
			(void)json_object_set_new(services, name, service);
	}
	line = strsep(&rest, "\n");
	if (line && isdigit((unsigned char)*line))
		now_ns = strtoll(line, &end, 10);
	return json_pack("{s:I, s:o}", "now_ns", now_ns, "services", services);
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_t *said_stopped(const json_t *before, const json_t *after)
{
	json_int_t now = number_of(after, "now_ns");
	json_t *out = json_array();
	const json_t *was;
	const char *name;

	json_object_foreach(json_object_get(before, "services"), name, was) {
		const json_t *is = json_object_get(json_object_get(after, "services"), name);
		json_int_t pid = number_of(is, "pid"), since = number_of(is, "since_ns");

		if (is && number_of(was, "pid") && pid != number_of(was, "pid") && since <= now)
			(void)json_array_append_new(out, json_pack("{s:s, s:b, s:I}", "service",
								   name, "again", pid != 0,
								   "ago_ns", now - since));
	}
	return out;
}

void said_console(const char *text, size_t len, struct str *out)
{
	size_t column = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			column = 0;
		else if (c < ' ' || c == 0x7f || ++column > CONSOLE_COLUMNS)
			continue;
		str_add(out, &text[i], 1);
	}
}
