/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ending containers: their wardens are asked to do it, and when the time that may take is over, the
 * kernel, whatever the warden does or does not. So whoever waits for an end waits for what only the
 * kernel could keep from coming.
 */
#include "network/netstate.h"
#include "params/process_settings.h"
#include "runtime/runtime_private.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/log.h"

#define GRACE	      5000 /* ms that a warden has beyond the time for SIGTERM */
#define RELEASE_TIME  120000 /* ms: to unmount, once no process is left */
#define FORCE_TIME    60000 /* ms: for the kernel to end what it was told to end */
#define FORCE_TICK_MS 1000

static const struct stop_how at_once = {.timeout = 0};

enum stage {
	STAGE_ENDING, /* no process is left */
	STAGE_ENDED, /* nor the warden's, and the host has released the container */
};

/* The caller holds the mutex. */
static bool has_reached(struct runtime *r, const char *id, enum stage stage)
{
	const struct running *c = running_find(r, id);

	return c == NULL || c->given_up || c->ended || (stage == STAGE_ENDING && c->ending);
}

/* Waits for the stage, ms at most; whether it was reached. */
static bool wait_stage(struct runtime *r, const char *id, enum stage stage, int64_t ms)
{
	int64_t until = now_ms() + ms;
	bool reached;
	int rc = 0;

	pthread_mutex_lock(&r->mutex);
	while (!(reached = has_reached(r, id, stage)) && rc != ETIMEDOUT)
		rc = condition_wait(&r->changed, &r->mutex, until);
	pthread_mutex_unlock(&r->mutex);
	return reached;
}

/* Sends STOP, and does not wait for an answer: the end is one. */
static int tell(struct runtime *r, const char *id, const struct stop_how *how, struct error *err)
{
	AUTO(wire_conn_close) struct wire_conn conn = {.fd = -1};
	struct wire w = {0};
	int result;

	conn.fd = run_files_connect(r->daemon, id, err);
	if (conn.fd < 0)
		return -1;
	wire_begin(&w, MSG_STOP);
	wire_u64(&w, FIELD_TIMEOUT, (uint64_t)how->timeout);
	if (how->signal != 0)
		wire_u64(&w, FIELD_SIGNAL, (uint64_t)how->signal);
	result = wire_send(conn.fd, &w, NULL, 0, MSG_DONTWAIT, err);
	wire_free(&w);
	return result;
}

/* Asks the warden and waits until no process is left; false when the time is over. */
static bool ask(struct runtime *r, const char *id, const struct stop_how *how)
{
	int64_t left = how->timeout + GRACE, deadline = now_ms() + left;
	bool told = false;
	struct error err;

	while (left > 0) {
		if (!told && tell(r, id, how, &err) == 0)
			told = true;
		else if (!told)
			log_debug("container %s: %s", id, err.message);
		/* what cannot be told now may be told a moment later */
		if (wait_stage(r, id, STAGE_ENDING,
			    told || left < FORCE_TICK_MS ? left : FORCE_TICK_MS))
			return true;
		left = deadline - now_ms();
	}
	return false;
}

int runtime_force_end(struct runtime *r, const char *id, struct error *err)
{
	const struct running *c;
	int result = 0;

	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	if (c != NULL && !c->ended) /* without the one the number may be another's by now */
		result = container_kill(
			r->daemon->host, id, c->process, c->process >= 0 ? c->pid : -1, err);
	pthread_mutex_unlock(&r->mutex);
	return result;
}

/* Has the kernel do it, and waits. */
static int force(struct runtime *r, const char *id, struct error *err)
{
	int result = 0;

	log_warning("container %s: its warden has not ended it in time, so the kernel has to", id);
	for (int64_t ms = 0; ms < FORCE_TIME; ms += FORCE_TICK_MS) {
		result = runtime_force_end(r, id, err);
		if (wait_stage(r, id, STAGE_ENDED, FORCE_TICK_MS))
			return 0;
	}
	return result != 0 ? -1
			   : error_set(err, ERROR_SYSTEM,
				     "container %s has been killed, but the kernel has not ended "
				     "it within %d "
				     "seconds: something in it waits for a disk or a file system",
				     id, FORCE_TIME / 1000);
}

/* From STAGE_ENDING on, if it has come to that. */
static int finish(struct runtime *r, const char *id, bool ending, struct error *err)
{
	if ((!ending || !wait_stage(r, id, STAGE_ENDED, RELEASE_TIME)) && force(r, id, err) != 0)
		return -1;
	runtime_wait_end(r, id);
	return 0;
}

int runtime_stop(struct runtime *r, const char *id, const struct stop_how *how, struct error *err)
{
	if (finish(r, id, ask(r, id, how), err) != 0)
		return -1;
	netstate_settle(r->daemon->netstate, id); /* its ports are free */
	return 0;
}

void runtime_end(struct runtime *r, const char *id)
{
	struct error err;

	if (runtime_stop(r, id, &at_once, &err) != 0)
		log_error("%s", err.message);
}

void runtime_abort(struct runtime *r, const char *id, int code)
{
	struct running *c;
	struct error err;

	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	if (c != NULL && code >= 0) {
		running_exited(c, code);
		c->ending = c->exit_known = true; /* the end of what is ended now is none */
	}
	if (c != NULL)
		c->starting = false;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	if (tell(r, id, &at_once, &err) != 0 && runtime_force_end(r, id, &err) != 0)
		log_error("%s", err.message);
	if (finish(r, id, wait_stage(r, id, STAGE_ENDED, GRACE), &err) != 0)
		log_error("%s", err.message);
}
