/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The generic netlink interface of the kernel's simulated radio,
 * drivers/net/wireless/mac80211_hwsim, as far as the agent uses it. The kernel has no header of it
 * for user space; the numbers are its ABI.
 */
#ifndef LABD_GUEST_HWSIM_H
#define LABD_GUEST_HWSIM_H

#define HWSIM_FAMILY "MAC80211_HWSIM"

enum {
	HWSIM_REGISTER = 1,
	HWSIM_FRAME = 2,
	HWSIM_TX_INFO = 3,
	HWSIM_NEW_RADIO = 4,
	HWSIM_ADD_MAC = 7
};

enum hwsim_attr {
	HWSIM_RECEIVER = 1,
	HWSIM_TRANSMITTER = 2,
	HWSIM_BYTES = 3,
	HWSIM_FLAGS = 4,    /* u32 */
	HWSIM_RX_RATE = 5,  /* u32, index of the band's rates */
	HWSIM_SIGNAL = 6,   /* u32, dBm in two's complement */
	HWSIM_RATES = 7,    /* 4 x { s8 index, u8 count }, index -1 ends it */
	HWSIM_COOKIE = 8,   /* u64 */
	HWSIM_CHANNELS = 9, /* u32 */
	HWSIM_NAME = 17,
	HWSIM_FREQ = 19, /* u32, MHz */
	HWSIM_MAC = 22,
};

enum { HWSIM_FLAG_NO_ACK = 2, HWSIM_FLAG_ACKED = 4, HWSIM_RATES_LEN = 8 };

#endif
