/* SPDX-License-Identifier: BSD-2-Clause */
/* Where members of the running kernel's structures lie: its description of its own types, BTF. */
#ifndef HOST_LINUX_BTF_H
#define HOST_LINUX_BTF_H

#include <stddef.h>

#include "base/error.h"

/*
 * The offset of the member in the structure, in bytes, from a description as the kernel has it in
 * /sys/kernel/btf/vmlinux. -1: there is no such member, or the bytes are no such description.
 */
long btf_offset(const void *data, size_t len, const char *structure, const char *member);

#endif
