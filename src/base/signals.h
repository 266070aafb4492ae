/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals by their names, signal(7). */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include "base/error.h"

/*
 * The number of a signal: "TERM", "SIGTERM", in either case, "RTMIN+3", or a number. -1 with
 * ERROR_INVALID if this system has no such signal.
 */
int signal_parse(const char *text, struct error *err);

#endif
