/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether guests can run on the processor itself (KVM). That /dev/kvm opens is not enough: inside
 * some virtual machines it does and yet no kernel gets far in it. So the image's kernel is tried.
 */
#ifndef IMAGE_KVM_H
#define IMAGE_KVM_H

#include <stdbool.h>

#define IMAGE_KVM_WHY 160

/*
 * True when /dev/kvm opens and kernel (an ELF with a PVH entry) comes up in it; why says so, or why
 * not, in words. What a trial showed is kept in CACHE/kvm.json until the machine is booted again:
 * the first call takes about a second, or IMAGE_KVM_SECONDS where the kernel hangs.
 */
#define IMAGE_KVM_SECONDS 15
bool image_kvm(const char *kernel, const char *cache, char why[IMAGE_KVM_WHY]);

#endif
