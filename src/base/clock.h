/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock by which all waiting goes: nobody sets it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds, clock_gettime(2). */
int64_t now_ms(void);

#endif
