/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/waiting.h"

#include <errno.h>

#include "base/clock.h"
#include "daemon/daemon.h"
#include "http/session.h"

#define TICK_MS 500 /* how long it takes to see that nobody waits any more */

int wait_message(struct daemon *d, struct session *s, struct wire_conn *c, struct wire_message *m,
	int64_t timeout_ms, struct error *err)
{
	int64_t deadline = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;

	for (;;) {
		int64_t left = deadline - now_ms();
		int slice = (int)(left < 0 ? 0 : left < TICK_MS ? left : TICK_MS);
		int n = wire_conn_wait(c, m, slice, err);

		if (n >= 0 || err->code != ETIMEDOUT || left <= 0)
			return n;
		if (d->stopping)
			return error_set(err, ERROR_UNAVAILABLE, "kleened is stopping");
		if (s != NULL && session_gone(s))
			return error_set(err, ERROR_UNAVAILABLE, "the client has gone");
	}
}
