/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What guests say, as any bytes: what comes of it is JSON, bounded, and fit for a terminal.
 * Covers: src/labd/said.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "labd/said.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void can_be_sent(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);

	require(text);
	free(text);
}

static void console(const uint8_t *data, size_t size)
{
	auto_str struct str out = { 0 };
	size_t column = 0;

	said_console((const char *)data, size, &out);
	require(out.len <= size);
	for (size_t i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.data[i];

		column = c == '\n' ? 0 : column + 1;
		require(column <= 400 && (c == '\n' || (c >= ' ' && c != 0x7f)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As guest_exec hands it on: there may be zeros in it, and one is at the end. */
	char *text = calloc(1, size + 1);
	auto_json json_t *addresses = json_array();
	auto_json json_t *ports = json_array();
	auto_json json_t *radio = NULL;
	auto_json json_t *services = NULL;
	auto_json json_t *stopped = NULL;
	auto_str struct str down = { 0 };
	struct said_check checks[3] = { 0 };
	struct str checked = { 0 };
	const char *fatal;

	require(text);
	if (size)
		memcpy(text, data, size);
	said_status(text, addresses, ports, &down);
	can_be_sent(addresses);
	can_be_sent(ports);
	require(down.len <= size);
	radio = said_radio(text);
	services = said_services(text);
	stopped = said_stopped(services, services);
	can_be_sent(services);
	require(!json_array_size(stopped));
	require(json_is_object(radio));
	can_be_sent(radio);
	str_add(&checked, text, size);
	require(said_checks(&checked, checks, ARRAY_SIZE(checks), &fatal));
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		require(checks[i].state == SAID_NOTHING || strlen(checks[i].why) <= size);
	str_free(&checked);
	console(data, size);
	free(text);
	return 0;
}
