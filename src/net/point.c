/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of capture points. */
#include "net/point.h"

#include "base/str.h"

const char *net_air_of(const char *point)
{
	return str_prefix(point, NET_AIR ":") ? point + sizeof(NET_AIR) : NULL;
}
