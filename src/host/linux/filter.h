/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls a container may not make, seccomp(2): from one table to a program for BPF. */
#ifndef HOST_LINUX_FILTER_H
#define HOST_LINUX_FILTER_H

#include "base/error.h"
#include "base/mem.h"

/* Appends the program (struct sock_filter, one after another) for these features to *program. */
int filter_make(unsigned int features, struct buffer *program, struct error *err);

#endif
