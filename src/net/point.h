/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a place where frames are captured is named: "node:nic", or "wifi:link" for a link's air. */
#ifndef NET_POINT_H
#define NET_POINT_H

#define NET_AIR "wifi" /* what stands in the place of a node: no node has that name */

/* The link whose air the point is, a part of point; NULL where it is a NIC. */
const char *net_air_of(const char *point);

#endif
