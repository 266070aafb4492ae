/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to wardens, and requests on them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "runtime/runtime_private.h"

#define END_SEEN_TIME 2000 /* ms until a warden that has ended must have been seen to */

/* The caller, a thread that may wait, has the connection to itself. */
static int connect_waiting(
	struct runtime *r, const char *id, struct wire_conn *c, struct error *err)
{
	const struct timeval patience = {.tv_sec = REQUEST_TIMEOUT / 1000};

	*c = (struct wire_conn){.fd = run_files_connect(r->daemon, id, err)};
	if (c->fd < 0)
		return -1;
	/* a warden that does not read must not keep whoever sends it more than fits */
	if (fcntl(c->fd, F_SETFL, 0) == 0 &&
		setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0)
		return 0;
	error_errno(err, errno, "cannot reach the warden of container %s", id);
	wire_conn_close(c);
	return -1;
}

/*
 * Nobody listens at the control socket: false if that is since the container has ended, which may
 * still have to become known.
 */
static bool lives_on(struct runtime *r, const char *id)
{
	const struct running *c;
	int64_t until = now_ms() + END_SEEN_TIME;
	int rc = 0;

	pthread_mutex_lock(&r->mutex);
	while ((c = running_find(r, id)) != NULL && !c->ending && rc != ETIMEDOUT)
		rc = condition_wait(&r->changed, &r->mutex, until);
	pthread_mutex_unlock(&r->mutex);
	return c != NULL && rc == ETIMEDOUT;
}

int runtime_connect(struct runtime *r, const char *id, struct wire_conn *c, struct error *err)
{
	*c = (struct wire_conn){.fd = -1};
	if (!runtime_is_running(r, id, NULL))
		return error_set(err, ERROR_CONFLICT, "container not running");
	if (connect_waiting(r, id, c, err) == 0)
		return 0;
	if (err->code == ECONNREFUSED || err->code == ENOENT) {
		if (!lives_on(r, id))
			return error_set(err, ERROR_CONFLICT, "container not running");
		return error_set(err, ERROR_UNAVAILABLE,
			"the warden of container %s does not listen any more", id);
	}
	if (err->code == EAGAIN || err->code == EWOULDBLOCK)
		return error_set(
			err, ERROR_UNAVAILABLE, "the warden of container %s does not answer", id);
	return -1;
}

int runtime_request(struct runtime *r, const char *id, struct wire *w, struct error *err)
{
	struct wire_conn c;
	struct wire_message m = {0};
	int n;

	if (runtime_connect(r, id, &c, err) != 0)
		return -1;
	n = wire_send(c.fd, w, NULL, 0, 0, err);
	if (n == 0)
		n = wire_conn_wait(&c, &m, REQUEST_TIMEOUT, err);
	else if (err->code == EPIPE)
		n = 0; /* the warden has just ended */
	if (n > 0) {
		n = m.type == MSG_FAILED ? protocol_get_failed(&m, err) : 0;
		wire_message_free(&m);
	} else if (n == 0) {
		n = error_set(err, ERROR_CONFLICT, "container not running");
	}
	wire_conn_close(&c);
	return n;
}
