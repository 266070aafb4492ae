/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/id_table.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#define SIZE_MIN 64

struct id_entry {
	struct id_entry *next;
	char id[ID_LEN + 1];
	void *value;
};

/* FNV-1a. Ids are random, but for those that somebody asks for. */
static size_t hash(const char *id)
{
	uint32_t h = 2166136261u;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h;
}

static struct id_entry **find(const struct id_table *t, const char *id)
{
	struct id_entry **at = &t->slots[hash(id) & (t->size - 1)];

	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

void *id_table_get(const struct id_table *t, const char *id)
{
	const struct id_entry *e = t->size > 0 ? *find(t, id) : NULL;

	return e != NULL ? e->value : NULL;
}

static void grow(struct id_table *t)
{
	struct id_table bigger = {.size = t->size > 0 ? 2 * t->size : SIZE_MIN, .n = t->n};

	bigger.slots = xcalloc(bigger.size, sizeof(struct id_entry *));
	for (size_t i = 0; i < t->size; i++) {
		while (t->slots[i] != NULL) {
			struct id_entry *e = t->slots[i];
			struct id_entry **to = &bigger.slots[hash(e->id) & (bigger.size - 1)];

			t->slots[i] = e->next;
			e->next = *to;
			*to = e;
		}
	}
	free(t->slots);
	*t = bigger;
}

void id_table_put(struct id_table *t, const char *id, void *value)
{
	struct id_entry *e = xcalloc(1, sizeof(*e)), **to;

	if (t->n >= t->size)
		grow(t);
	strncpy(e->id, id, ID_LEN);
	e->value = value;
	to = &t->slots[hash(e->id) & (t->size - 1)];
	e->next = *to;
	*to = e;
	t->n++;
}

void *id_table_take(struct id_table *t, const char *id)
{
	struct id_entry **at = t->size > 0 ? find(t, id) : NULL;
	struct id_entry *e = at != NULL ? *at : NULL;
	void *value = NULL;

	if (e != NULL) {
		value = e->value;
		*at = e->next;
		free(e);
		t->n--;
	}
	return value;
}

void *id_table_next(const struct id_table *t, struct id_cursor *at)
{
	struct id_entry *e = at->next;

	while (e == NULL && at->slot < t->size)
		e = t->slots[at->slot++];
	if (e == NULL)
		return NULL;
	at->next = e->next;
	return e->value;
}

void id_table_free(struct id_table *t)
{
	for (size_t i = 0; i < t->size; i++) {
		while (t->slots[i] != NULL) {
			struct id_entry *e = t->slots[i];

			t->slots[i] = e->next;
			free(e);
		}
	}
	free(t->slots);
	*t = (struct id_table){0};
}
