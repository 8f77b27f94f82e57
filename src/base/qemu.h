/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine that QEMU makes for a guest: one with a version, so that it means the same on every
 * host, and a baseline CPU that emulation offers too. */
#ifndef BASE_QEMU_H
#define BASE_QEMU_H

#define QEMU_MACHINE "pc-i440fx-7.2"
#define QEMU_CPU "qemu64"

#endif
