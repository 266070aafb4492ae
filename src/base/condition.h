/* SPDX-License-Identifier: BSD-2-Clause */
/* Conditions that are waited for until some time of base/clock.h. */
#ifndef BASE_CONDITION_H
#define BASE_CONDITION_H

#include <pthread.h>
#include <stdint.h>

/* pthread_cond_init(3), for condition_wait. */
void condition_init(pthread_cond_t *c);

/* pthread_cond_timedwait(3): waits until now_ms() is time. Returns 0, or ETIMEDOUT. */
int condition_wait(pthread_cond_t *c, pthread_mutex_t *mutex, int64_t time);

#endif
