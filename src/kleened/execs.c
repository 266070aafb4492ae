#include "kleened/execs.h"

#include <pthread.h>
#include <string.h>

#include "base/id_table.h"

#define CREATED_MAX 4096 /* instances created and not started; each holds an environment */

struct entry {
	struct entry *next, *before;
	struct exec exec;
	bool doubted; /* execs_doubt */
};

struct execs {
	pthread_mutex_t mutex;
	struct id_table table;
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

static void unlink_entry(struct execs *x, struct entry *e)
{
	if (e->exec.state == EXEC_CREATED)
		x->created--;
	if (e->next != NULL)
		e->next->before = e->before;
	*(e->before != NULL ? &e->before->next : &x->entries) = e->next;
	id_table_take(&x->table, e->exec.id);
	entry_free(e);
}

static void forget_oldest(struct execs *x)
{
	struct entry *oldest = NULL;

	for (struct entry *e = x->entries; e != NULL; e = e->next)
		if (e->exec.state == EXEC_CREATED)
			oldest = e;
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
	link_entry(x, entry);
	pthread_mutex_unlock(&x->mutex);
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
		find(x, id)->exec.state = EXEC_STARTING;
		x->created--;
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
	*e = (struct exec){0};
}
