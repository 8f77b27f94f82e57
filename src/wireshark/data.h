/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Wireshark 4.0 reads anew for each capture that it loads: 46,000 makers of network cards,
 * 60,000 enterprises and the names of ports, which take it twenty times as long as a capture of
 * ours. So sharkd is shown a folder with links to all of Wireshark's data but these, and with the
 * makers of the lab's own cards.
 */
#ifndef WIRESHARK_DATA_H
#define WIRESHARK_DATA_H

#include "wireshark/manner.h"

/*
 * The folder, below the cache; made if need be. NULL: sharkd does as it is used to, since this
 * Wireshark has such tables inside (4.2 and later), or the folder cannot be made or would not be
 * looked at. Free with free().
 */
char *data_folder(const char *cache, const struct manner *manner);

#endif
