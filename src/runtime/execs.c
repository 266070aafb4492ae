/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/execs.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/id_table.h"

/* Of instances created and not started: how many, how much memory, and for how long (seconds). */
#define CREATED_MAX   4096
#define CREATED_BYTES ((size_t)32 * 1024 * 1024)
#define CREATED_TIME  600

#define EXEC_BYTES  ((size_t)4 * 1024 * 1024) /* of one; execve(2) takes less */
#define STRING_COST (2 * sizeof(void *) + sizeof(char *)) /* of malloc(3), and in the list */

struct entry {
	struct entry *next, *before;
	size_t bytes; /* of memory */
	time_t since; /* CLOCK_MONOTONIC */
	struct exec exec;
	bool doubted; /* execs_doubt */
};

struct execs {
	pthread_mutex_t mutex;
	struct id_table table;
	struct entry *entries; /* newest first */
	size_t created, bytes; /* of those that are only created */
	time_t looked; /* when those were last looked through */
};

struct execs *execs_new(void)
{
	struct execs *x = xcalloc(1, sizeof(*x));

	pthread_mutex_init(&x->mutex, NULL);
	return x;
}

static size_t strings_bytes(const struct strings *list)
{
	size_t bytes = 0;

	for (size_t i = 0; i < list->n; i++)
		bytes += strlen(list->v[i]) + 1 + STRING_COST;
	return bytes;
}

static void entry_free(struct entry *e)
{
	exec_free(&e->exec);
	free(e);
}

void execs_free(struct execs *x)
{
	if (x == NULL)
		return;
	while (x->entries != NULL) {
		struct entry *e = x->entries;

		x->entries = e->next;
		entry_free(e);
	}
	id_table_free(&x->table);
	pthread_mutex_destroy(&x->mutex);
	free(x);
}

static struct entry *find(struct execs *x, const char *id)
{
	return id_table_get(&x->table, id);
}

static void link_entry(struct execs *x, struct entry *e)
{
	id_table_put(&x->table, e->exec.id, e);
	e->next = x->entries;
	if (e->next != NULL)
		e->next->before = e;
	x->entries = e;
}

/* It waits no more. */
static void taken(struct execs *x, const struct entry *e)
{
	x->created--;
	x->bytes -= e->bytes;
}

static void unlink_entry(struct execs *x, struct entry *e)
{
	if (e->exec.state == EXEC_CREATED)
		taken(x, e);
	if (e->next != NULL)
		e->next->before = e->before;
	*(e->before != NULL ? &e->before->next : &x->entries) = e->next;
	id_table_take(&x->table, e->exec.id);
	entry_free(e);
}

/* Forgets what has waited too long, and the oldest of what is too much beside one more. */
static void make_room(struct execs *x, size_t bytes, time_t time)
{
	size_t number = 1;

	if (x->created < CREATED_MAX && x->bytes + bytes <= CREATED_BYTES && x->looked == time)
		return;
	x->looked = time;
	for (struct entry *e = x->entries, *next; e != NULL; e = next) {
		next = e->next;
		if (e->exec.state != EXEC_CREATED)
			continue;
		number++;
		bytes += e->bytes;
		if (number > CREATED_MAX || bytes > CREATED_BYTES ||
			time - e->since > CREATED_TIME) {
			number--;
			bytes -= e->bytes;
			unlink_entry(x, e);
		}
	}
}

int execs_create(struct execs *x, struct exec *e, char id[ID_LEN + 1], struct error *err)
{
	struct entry *entry = xcalloc(1, sizeof(*entry));

	entry->exec = *e;
	*e = (struct exec){0};
	entry->bytes = sizeof(*entry) + strings_bytes(&entry->exec.cmd) +
		       strings_bytes(&entry->exec.env) + strlen(entry->exec.user) +
		       (entry->exec.directory ? strlen(entry->exec.directory) : 0);
	if (entry->bytes > EXEC_BYTES) {
		entry_free(entry);
		return error_set(err, ERROR_TOO_LARGE,
			"command and environment take more than %zu MiB", EXEC_BYTES >> 20);
	}
	entry->exec.state = EXEC_CREATED;
	entry->since = (time_t)(now_ms() / 1000);
	id_new(entry->exec.id);
	memcpy(id, entry->exec.id, ID_LEN + 1);
	pthread_mutex_lock(&x->mutex);
	make_room(x, entry->bytes, entry->since);
	x->created++;
	x->bytes += entry->bytes;
	link_entry(x, entry);
	pthread_mutex_unlock(&x->mutex);
	return 0;
}

void execs_found(struct execs *x, const char *id, const char *container, bool tty)
{
	struct entry *e;

	pthread_mutex_lock(&x->mutex);
	e = find(x, id);
	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		memcpy(e->exec.id, id, ID_LEN + 1);
		memcpy(e->exec.container, container, ID_LEN + 1);
		e->exec.state = EXEC_RUNNING;
		e->exec.tty = tty;
		link_entry(x, e);
	} else if (strcmp(e->exec.container, container) == 0) {
		e->doubted = false;
	}
	pthread_mutex_unlock(&x->mutex);
}

static int copy(struct execs *x, const char *id, struct exec *e, struct error *err)
{
	const struct entry *entry = find(x, id);

	*e = (struct exec){0};
	if (entry == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no such execution instance '%s'", id);
	*e = entry->exec;
	e->cmd = e->env = (struct strings){0};
	strings_copy(&e->cmd, &entry->exec.cmd);
	strings_copy(&e->env, &entry->exec.env);
	e->user = xstrdup(entry->exec.user ? entry->exec.user : "");
	e->directory = entry->exec.directory ? xstrdup(entry->exec.directory) : NULL;
	return 0;
}

int execs_get(struct execs *x, const char *id, struct exec *e, struct error *err)
{
	int result;

	pthread_mutex_lock(&x->mutex);
	result = copy(x, id, e, err);
	pthread_mutex_unlock(&x->mutex);
	return result;
}

int execs_start(struct execs *x, const char *id, struct exec *e, struct error *err)
{
	int result;

	pthread_mutex_lock(&x->mutex);
	result = copy(x, id, e, err);
	if (result == 0 && e->state == EXEC_STARTING) {
		exec_free(e);
		result = error_set(
			err, ERROR_CONFLICT, "execution instance %s is being started", id);
	} else if (result == 0 && e->state == EXEC_CREATED) {
		struct entry *entry = find(x, id);

		taken(x, entry);
		entry->exec.state = EXEC_STARTING;
	}
	pthread_mutex_unlock(&x->mutex);
	return result;
}

void execs_running(struct execs *x, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&x->mutex);
	e = find(x, id);
	if (e != NULL)
		e->exec.state = EXEC_RUNNING;
	pthread_mutex_unlock(&x->mutex);
}

void execs_failed(struct execs *x, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&x->mutex);
	e = find(x, id);
	if (e != NULL && e->exec.state == EXEC_STARTING) {
		e->exec.state = EXEC_CREATED;
		x->created++;
		x->bytes += e->bytes;
	}
	pthread_mutex_unlock(&x->mutex);
}

void execs_remove(struct execs *x, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&x->mutex);
	e = find(x, id);
	if (e != NULL)
		unlink_entry(x, e);
	pthread_mutex_unlock(&x->mutex);
}

static bool is_running(const struct entry *e)
{
	return e->exec.state == EXEC_RUNNING;
}

static bool is_doubted(const struct entry *e)
{
	return e->doubted;
}

/* Those of a container that are such; NULL: all. */
static void remove_of(struct execs *x, const char *container, bool (*such)(const struct entry *e))
{
	struct entry *next;

	pthread_mutex_lock(&x->mutex);
	for (struct entry *e = x->entries; e != NULL; e = next) {
		next = e->next;
		if (strcmp(e->exec.container, container) == 0 && (such == NULL || such(e)))
			unlink_entry(x, e);
	}
	pthread_mutex_unlock(&x->mutex);
}

void execs_doubt(struct execs *x, const char *container)
{
	pthread_mutex_lock(&x->mutex);
	for (struct entry *e = x->entries; e != NULL; e = e->next)
		if (strcmp(e->exec.container, container) == 0)
			e->doubted = is_running(e);
	pthread_mutex_unlock(&x->mutex);
}

void execs_settle(struct execs *x, const char *container)
{
	remove_of(x, container, is_doubted);
}

void execs_remove_running(struct execs *x, const char *container)
{
	remove_of(x, container, is_running);
}

void execs_remove_container(struct execs *x, const char *container)
{
	remove_of(x, container, NULL);
}

void exec_free(struct exec *e)
{
	strings_free(&e->cmd);
	strings_free(&e->env);
	free(e->user);
	free(e->directory);
	*e = (struct exec){0};
}
