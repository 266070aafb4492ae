/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections of the daemon, and what it is told on them. */
#include <errno.h>
#include <poll.h>

#include "warden/warden.h"

/* ms that a warden whose container has ended waits for who does not read: the end is written down
 */
#define DRAIN_TIME 2000

struct connection *connection_add(struct warden *w, int fd)
{
	struct connection *c = xcalloc(1, sizeof(*c));

	c->wire.fd = fd;
	c->next = w->connections;
	w->connections = c;
	return c;
}

void connection_send(struct connection *c, struct wire *w, const int *fds, size_t nfds)
{
	if (!c->closed && outgoing_add(&c->out, c->wire.fd, w, fds, nfds) != 0)
		c->closed = true;
}

void connection_flush(struct connection *c)
{
	if (!c->closed && outgoing_flush(&c->out, c->wire.fd) != 0)
		c->closed = true;
}

void connections_drain(struct warden *w)
{
	int64_t deadline = now_ms() + DRAIN_TIME;

	for (struct connection *c = w->connections; c != NULL; c = c->next) {
		while (!c->closed && outgoing_waits(&c->out)) {
			struct pollfd p = {.fd = c->wire.fd, .events = POLLOUT};
			int64_t left = deadline - now_ms();

			if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
				return;
			connection_flush(c);
		}
	}
}

/* No process shall mean a connection that is gone. */
static void detach(struct warden *w, const struct connection *c)
{
	for (struct process *p = w->processes; p != NULL; p = p->next) {
		if (p->attached == c)
			p->attached = NULL;
		if (p->starter == c)
			p->starter = NULL;
		if (p->waiter == c)
			p->waiter = NULL;
	}
}

bool connections_forget(struct warden *w)
{
	struct connection **at = &w->connections;
	bool held = false;

	while (*at != NULL) {
		struct connection *c = *at;

		if (!c->closed) {
			at = &c->next;
			continue;
		}
		detach(w, c);
		*at = c->next;
		held |= c->holding;
		wire_conn_close(&c->wire);
		outgoing_free(&c->out);
		free(c);
	}
	return held;
}
