/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a container that has exceeded its memory: it is ended, and that is told. */
#include "runtime/memory.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "params/limit.h"
#include "runtime/runtime_private.h"
#include "warden/journal.h"

/* Ends what the host has left of it; the warden need not be there any more. */
static void end_all(struct running *c)
{
	struct wire w = {0};
	struct error err;

	if (c->watch.fd < 0)
		return;
	wire_begin(&w, MSG_STOP);
	wire_u64(&w, FIELD_TIMEOUT, 0);
	wire_send(c->watch.fd, &w, NULL, 0, MSG_DONTWAIT, &err);
	wire_free(&w);
}

static bool is_noted(struct runtime *r, const struct running *c)
{
	bool noted;

	pthread_mutex_lock(&r->mutex);
	noted = c->exit.out_of_memory;
	pthread_mutex_unlock(&r->mutex);
	return noted;
}

static void has_exceeded(struct runtime *r, struct running *c)
{
	AUTO_FREE char *text = NULL;

	pthread_mutex_lock(&r->mutex);
	c->exit = (struct exit_status){.code = 128 + SIGKILL, .out_of_memory = true};
	c->exit_known = true;
	pthread_mutex_unlock(&r->mutex);
	text = runtime_memory_notice(r, c->id);
	log_notice("%s", text);
	end_all(c);
}

bool runtime_check_memory(struct runtime *r, struct running *c)
{
	if (is_noted(r, c))
		return true;
	if (!limits_exceeded(r->daemon->host, c->id))
		return false;
	has_exceeded(r, c);
	return true;
}

void runtime_memory_event(struct runtime *r, struct running *c)
{
	if (limits_happened(r->daemon->host, c->id, c->memory_watch) && !is_noted(r, c))
		has_exceeded(r, c);
}

void runtime_watch_memory(struct runtime *r, const char *id)
{
	struct running *c;

	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	if (c != NULL) {
		c->limited = true;
		runtime_attend(r, c);
	}
	pthread_mutex_unlock(&r->mutex);
}

bool runtime_out_of_memory(struct runtime *r, const char *id)
{
	struct container stored;
	struct running *c;
	struct error err;
	bool known, exceeded;

	/* first the host, which forgets it when the container is gone; then it has been noted */
	if (limits_exceeded(r->daemon->host, id))
		return true;
	pthread_mutex_lock(&r->mutex);
	c = running_find(r, id);
	known = c != NULL;
	exceeded = known && c->exit.out_of_memory;
	pthread_mutex_unlock(&r->mutex);
	if (known || store_get_container(r->daemon->store, id, &stored, &err) != 0)
		return exceeded;
	exceeded = stored.exit.out_of_memory;
	container_free(&stored);
	return exceeded;
}

char *runtime_memory_notice(struct runtime *r, const char *id)
{
	char text[MEMORY_TEXT_SIZE] = "0";
	struct container c;
	struct limits limits;
	struct error err;

	if (store_get_container(r->daemon->store, id, &c, &err) == 0) {
		if (limits_parse(c.config, &limits, &err) == 0)
			memory_text(limits.memory, text);
		container_free(&c);
	}
	return xasprintf("container %s exceeded its memory limit of %s", id, text);
}

void runtime_log_memory_notice(struct runtime *r, const char *id)
{
	AUTO_FREE char *notice = runtime_memory_notice(r, id);
	AUTO_FREE char *line = xasprintf("kleened: %s\n", notice);
	int logs[2] = {-1, -1};
	struct journal journal;
	struct error err;

	for (int i = 0; i < 2; i++)
		logs[i] = run_files_log(r->daemon, id, i, &err);
	if (logs[0] >= 0 && logs[1] >= 0) {
		journal_init(&journal, logs, -1, LOG_SIZE);
		journal_output(&journal, "stderr", line, strlen(line));
	}
	close_fd(&logs[0]);
	close_fd(&logs[1]);
}

void memory_tell(struct daemon *d, struct session *s, const char *id, bool tty)
{
	AUTO_FREE char *notice = runtime_memory_notice(d->runtime, id);
	AUTO_FREE char *line = xasprintf("kleened: %s%s", notice, tty ? "\r\n" : "\n");

	runtime_ending(d->runtime, id, 128 + SIGKILL);
	runtime_is_running(d->runtime, id, NULL); /* waits until its log says so too */
	session_last_words(s, line);
}
