/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What writing and reading share. */
#ifndef PACK_FORMAT_H
#define PACK_FORMAT_H

#define PACK_FORMAT 1
#define PACK_CONTENTS_MAX (4 << 20)
#define PACK_CHUNK 65536

#endif
