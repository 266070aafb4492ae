#include "kleened/execs.h"

#include <pthread.h>
#include <string.h>

#define CREATED_MAX 4096 /* instances created and not started; each holds an environment */

struct entry {
	struct entry *next;
	struct exec exec;
};

struct execs {
	pthread_mutex_t mutex;
	struct entry *entries; /* newest first */
	size_t created;
};

struct execs *execs_new(void)
{
	struct execs *x = xcalloc(1, sizeof(*x));

	pthread_mutex_init(&x->mutex, NULL);
	return x;
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
	pthread_mutex_destroy(&x->mutex);
	free(x);
}

static struct entry **find(struct execs *x, const char *id)
{
	struct entry **at = &x->entries;

	while (*at != NULL && strcmp((*at)->exec.id, id) != 0)
		at = &(*at)->next;
	return at;
}

static void unlink_entry(struct execs *x, struct entry **at)
{
	struct entry *e = *at;

	if (e->exec.state == EXEC_CREATED)
		x->created--;
	*at = e->next;
	entry_free(e);
}

static void forget_oldest(struct execs *x)
{
	struct entry **oldest = NULL;

	for (struct entry **at = &x->entries; *at != NULL; at = &(*at)->next)
		if ((*at)->exec.state == EXEC_CREATED)
			oldest = at;
	if (oldest != NULL)
		unlink_entry(x, oldest);
}

void execs_create(struct execs *x, struct exec *e, char id[ID_LEN + 1])
{
	struct entry *entry = xcalloc(1, sizeof(*entry));

	entry->exec = *e;
	*e = (struct exec){0};
	entry->exec.state = EXEC_CREATED;
	id_new(entry->exec.id);
	memcpy(id, entry->exec.id, ID_LEN + 1);
	pthread_mutex_lock(&x->mutex);
	if (x->created >= CREATED_MAX)
		forget_oldest(x);
	x->created++;
	entry->next = x->entries;
	x->entries = entry;
	pthread_mutex_unlock(&x->mutex);
}

void execs_found(struct execs *x, const char *id, const char *container, bool tty)
{
	struct entry *entry = xcalloc(1, sizeof(*entry));

	memcpy(entry->exec.id, id, ID_LEN + 1);
	memcpy(entry->exec.container, container, ID_LEN + 1);
	entry->exec.state = EXEC_RUNNING;
	entry->exec.tty = tty;
	pthread_mutex_lock(&x->mutex);
	entry->next = x->entries;
	x->entries = entry;
	pthread_mutex_unlock(&x->mutex);
}

static int copy(struct execs *x, const char *id, struct exec *e, struct error *err)
{
	struct entry *entry = *find(x, id);

	*e = (struct exec){0};
	if (entry == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no such execution instance '%s'", id);
	*e = entry->exec;
	e->cmd = e->env = (struct strings){0};
	strings_copy(&e->cmd, &entry->exec.cmd);
	strings_copy(&e->env, &entry->exec.env);
	e->user = xstrdup(entry->exec.user ? entry->exec.user : "");
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
		(*find(x, id))->exec.state = EXEC_STARTING;
		x->created--;
	}
	pthread_mutex_unlock(&x->mutex);
	return result;
}

void execs_running(struct execs *x, const char *id)
{
	struct entry *e;

	pthread_mutex_lock(&x->mutex);
	e = *find(x, id);
	if (e != NULL)
		e->exec.state = EXEC_RUNNING;
	pthread_mutex_unlock(&x->mutex);
}

void execs_remove(struct execs *x, const char *id)
{
	struct entry **at;

	pthread_mutex_lock(&x->mutex);
	at = find(x, id);
	if (*at != NULL)
		unlink_entry(x, at);
	pthread_mutex_unlock(&x->mutex);
}

static void remove_of(struct execs *x, const char *container, bool running_only)
{
	pthread_mutex_lock(&x->mutex);
	for (struct entry **at = &x->entries; *at != NULL;) {
		if (strcmp((*at)->exec.container, container) == 0 &&
			(!running_only || (*at)->exec.state == EXEC_RUNNING))
			unlink_entry(x, at);
		else
			at = &(*at)->next;
	}
	pthread_mutex_unlock(&x->mutex);
}

void execs_remove_running(struct execs *x, const char *container)
{
	remove_of(x, container, true);
}

void execs_remove_container(struct execs *x, const char *container)
{
	remove_of(x, container, false);
}

void exec_free(struct exec *e)
{
	strings_free(&e->cmd);
	strings_free(&e->env);
	free(e->user);
	*e = (struct exec){0};
}
