/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of the base system, for what has no system call and no library. */
#ifndef FREEBSD_COMMAND_H
#define FREEBSD_COMMAND_H

#include "base/error.h"
#include "base/mem.h"

/*
 * Runs the program argv[0], an absolute path, with the arguments that follow it (NULL at the end),
 * no shell between, and appends what it prints to *out (unless NULL). If it fails, the error is
 * what it says. Safe while other threads run.
 */
int command_run(const char *const argv[], struct buffer *out, struct error *err);

#endif
