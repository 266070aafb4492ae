/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS connections whose client has not said anything yet: how many there can be at once. */
#include "base/log.h"
#include "http/conn_private.h"

#define HANDSHAKES_MAX 128

void handshake_leave(struct conn *c)
{
	struct handshakes *all;

	if (!c->shaking)
		return;
	all = server_handshakes(c->server);
	*(c->shaking_before ? &c->shaking_before->shaking_after : &all->first) = c->shaking_after;
	*(c->shaking_after ? &c->shaking_after->shaking_before : &all->last) = c->shaking_before;
	c->shaking_before = c->shaking_after = NULL;
	c->shaking = false;
	all->n--;
}

void handshake_enter(struct conn *c)
{
	struct handshakes *all = server_handshakes(c->server);

	while (all->n >= HANDSHAKES_MAX) {
		struct conn *oldest = all->first;

		handshake_leave(oldest);
		if (SSL_is_init_finished(lws_get_ssl(oldest->wsi)))
			continue;
		log_debug("%d TLS handshakes are under way: the oldest is ended", HANDSHAKES_MAX);
		lws_set_timeout(oldest->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	}
	c->shaking = true;
	c->shaking_before = all->last;
	*(all->last ? &all->last->shaking_after : &all->first) = c;
	all->last = c;
	all->n++;
}
