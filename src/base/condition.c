/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/condition.h"

#include <time.h>

void condition_init(pthread_cond_t *c)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(c, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int condition_wait(pthread_cond_t *c, pthread_mutex_t *mutex, int64_t time)
{
	const struct timespec until = {
		.tv_sec = (time_t)(time / 1000), .tv_nsec = (long)(time % 1000) * 1000000};

	return pthread_cond_timedwait(c, mutex, &until);
}
