/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of a program for seccomp(2) that look at a system call's arguments. Pure. */
#ifndef HOST_LINUX_FILTER_ARGUMENTS_H
#define HOST_LINUX_FILTER_ARGUMENTS_H

#include "base/mem.h"
#include "host/linux/filter_calls.h"

/* Appends what decides about the calls of that verdict; all its ways end. features: enum feature.
 */
void filter_arguments_put(struct buffer *program, enum verdict verdict, unsigned int features);

#endif
