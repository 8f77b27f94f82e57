/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The numbers of draft-ietf-opsawg-pcapng that the writer and the reader share. */
#ifndef PCAPNG_FORMAT_H
#define PCAPNG_FORMAT_H

#include <stdint.h>

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define BLOCK_OVERHEAD 12U /* type, length, length again */

enum block_type {
	BLOCK_SHB = 0x0a0d0d0a, /* reads the same in both byte orders */
	BLOCK_IDB = 1,
	BLOCK_ISB = 5,
	BLOCK_EPB = 6,
	BLOCK_DSB = 10,
};

enum option_code {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	IF_TSOFFSET = 14,
	EPB_FLAGS = 2,
	EPB_DROPCOUNT = 4,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
};

static inline uint32_t padded(uint32_t len)
{
	return (len + 3U) & ~3U;
}

#endif
