/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "base/clock.h"

int lock_take(int fd, int how, int milliseconds)
{
	/* flock(2) itself has no time limit, and says nothing to poll(2) */
	const struct timespec pause = {.tv_nsec = 10000000};
	int64_t end = now_ms() + milliseconds;

	while (flock(fd, how | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || now_ms() >= end)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}
