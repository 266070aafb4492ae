/* SPDX-License-Identifier: BSD-2-Clause */
/* What wardens tell of their containers, as the watching thread hears it. */
#include "base/log.h"
#include "runtime/execs.h"
#include "runtime/runtime_private.h"

static void process_has_ended(struct runtime *r, struct running *c, struct wire_message *m)
{
	AUTO_FREE char *id = NULL;
	struct wire_field f;
	bool last = false;
	int code = -1;

	while (wire_next(m, &f)) {
		if (f.tag == FIELD_ID && id == NULL)
			id = wire_field_str(&f);
		else if (f.tag == FIELD_CODE)
			code = (int)wire_field_u64(&f);
		else if (f.tag == FIELD_LAST)
			last = wire_field_u64(&f) != 0;
	}
	if (id != NULL)
		execs_remove(r->daemon->execs, id);
	runtime_check_memory(r, c);
	pthread_mutex_lock(&r->mutex);
	running_exited(c, code);
	c->ending |= last;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

static void all_have_ended(struct runtime *r, struct running *c, struct wire_message *m)
{
	struct wire_field f;

	pthread_mutex_lock(&r->mutex);
	while (wire_next(m, &f)) /* one that was not told may have been the last */
		if (f.tag == FIELD_CODE)
			running_exited(c, (int)wire_field_u64(&f));
	c->ending = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

static void process_is_there(struct runtime *r, const struct running *c, struct wire_message *m)
{
	AUTO_FREE char *id = NULL;
	struct wire_field f;
	bool tty = false;

	while (wire_next(m, &f)) {
		if (f.tag == FIELD_ID && id == NULL)
			id = wire_field_str(&f);
		else if (f.tag == FIELD_TTY)
			tty = wire_field_u64(&f) != 0;
	}
	if (id != NULL && id_valid(id))
		execs_found(r->daemon->execs, id, c->id, tty);
}

/* The answer to WATCH is complete. */
static void has_answered(struct runtime *r, struct running *c, struct wire_message *m)
{
	struct wire_field f;
	unsigned int version = protocol_version(0);
	int number = 0;

	while (wire_next(m, &f)) {
		if (f.tag == FIELD_NUMBER)
			number = (int)wire_field_u64(&f);
		else if (f.tag == FIELD_VERSION)
			version = protocol_version(wire_field_u64(&f));
	}
	pthread_mutex_lock(&r->mutex);
	c->version = version;
	c->number = number != 0 ? number : (int)c->pid;
	pthread_mutex_unlock(&r->mutex);
	c->link = LINK_UP;
	c->retry_delay = RETRY_MIN;
	execs_settle(r->daemon->execs, c->id);
	log_notice("container %s is running, warden %d, protocol version %u", c->id, (int)c->pid,
		version);
	runtime_decide(r, c);
}

int runtime_take_messages(struct runtime *r, struct running *c, struct error *err)
{
	struct wire_message m;
	int n;

	while ((n = wire_conn_next(&c->watch, &m, err)) > 0) {
		switch (m.type) {
		case MSG_EXEC:
			process_is_there(r, c, &m);
			break;
		case MSG_EXIT:
			process_has_ended(r, c, &m);
			break;
		case MSG_ENDED:
			all_have_ended(r, c, &m);
			break;
		case MSG_OK:
			if (c->link == LINK_ASKED)
				has_answered(r, c, &m);
			break;
		}
		wire_message_free(&m);
	}
	return n;
}
