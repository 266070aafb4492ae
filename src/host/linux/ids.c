/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define ATTEMPTS 8 /* looks for a slot whose process has ended, before a new one is taken */

/*
 * The host's ids that are given away, a slot at a time: above what systemd, useradd(8) and
 * directories of users give (those of FreeIPA and SSSD go up to 2,000,200,000), so that no user of
 * the host has one of them. What root in a container is, is the first id of a slot, and of none of
 * EXTENTS. Of EARLIER none are given any more: running containers have them that an earlier version
 * started.
 */
static const struct pool {
	uid_t first;
	size_t count; /* ids in a slot */
	size_t slots;
} pools[] = {
	[EARLIER] = {0x70000000U, IDS_COUNT, 0x1000},
	[SMALL] = {0x80000000U, IDS_COUNT, 0x2000},
	[LARGE] = {0xa0000000U, IDS_LARGE, 0x400},
	[EXTENTS] = {0xe0000000U, IDS_COUNT, 0x1ffe},
};

struct slots {
	pid_t *users; /* of each slot: the process whose namespace has it; 0: none */
	size_t n, next;
};

struct ids {
	pthread_mutex_t lock;
	struct slots slots[POOLS];
};

struct ids *ids_new(void)
{
	struct ids *ids = xcalloc(1, sizeof(*ids));

	pthread_mutex_init(&ids->lock, NULL);
	return ids;
}

void ids_free(struct ids *ids)
{
	if (ids == NULL)
		return;
	pthread_mutex_destroy(&ids->lock);
	for (int i = 0; i < POOLS; i++)
		free(ids->slots[i].users);
	free(ids);
}

/* The pool that has the id; POOLS: none. */
static int pool_of(uid_t uid)
{
	int i = 0;

	while (i < POOLS &&
		(uid < pools[i].first || uid - pools[i].first >= pools[i].count * pools[i].slots))
		i++;
	return i;
}

bool ids_is_root(uid_t uid)
{
	int pool = pool_of(uid);

	return pool < EXTENTS && (uid - pools[pool].first) % pools[pool].count == 0;
}

static void grow(struct slots *s, size_t n)
{
	if (n <= s->n)
		return;
	s->users = xrealloc(s->users, n * sizeof(*s->users));
	memset(s->users + s->n, 0, (n - s->n) * sizeof(*s->users));
	s->n = n;
}

static bool is_free(const struct slots *s, size_t slot)
{
	return s->users[slot] == 0 || (kill(s->users[slot], 0) != 0 && errno == ESRCH);
}

/* A slot nobody has, which is the daemon's own from now on. max: there is none. */
static size_t take_slot(struct slots *s, size_t max)
{
	size_t slot = max;

	for (size_t i = 0; i < s->n && slot == max; i++) {
		if (i == ATTEMPTS && s->n < max)
			break;
		s->next = (s->next + 1) % s->n;
		if (is_free(s, s->next))
			slot = s->next;
	}
	if (slot == max && s->n < max) {
		slot = s->n;
		grow(s, s->n + 1);
	}
	if (slot < max)
		s->users[slot] = getpid();
	return slot;
}

/* The first id of a free slot; 0: there is none. */
static uid_t take(struct ids *ids, enum pool_name pool)
{
	const struct pool *p = &pools[pool];
	size_t slot;

	pthread_mutex_lock(&ids->lock);
	slot = take_slot(&ids->slots[pool], p->slots);
	pthread_mutex_unlock(&ids->lock);
	return slot < p->slots ? (uid_t)(p->first + slot * p->count) : 0;
}

/* Notes whose the slots of the map are; 0: nobody's. */
static void give(struct ids *ids, const struct id_map *map, pid_t pid)
{
	pthread_mutex_lock(&ids->lock);
	for (size_t i = 0; i < map->n; i++) {
		int pool = pool_of(map->extents[i].outside);
		size_t slot;

		if (pool == POOLS)
			continue;
		slot = (map->extents[i].outside - pools[pool].first) / pools[pool].count;
		grow(&ids->slots[pool], slot + 1);
		ids->slots[pool].users[slot] = pid;
	}
	pthread_mutex_unlock(&ids->lock);
}

static void add(struct id_map *map, uid_t inside, uid_t outside, size_t count)
{
	map->extents[map->n++] = (struct id_extent){inside, outside, (uint32_t)count};
}

int ids_take(
	struct ids *ids, const struct ids_wanted *wanted, struct id_map *map, struct error *err)
{
	uid_t first = take(ids, LARGE);

	*map = (struct id_map){0};
	if (first != 0)
		add(map, 0, first, IDS_LARGE);
	else if ((first = take(ids, SMALL)) != 0)
		add(map, 0, first, IDS_COUNT);
	for (size_t i = 0; i < wanted->n && first != 0; i++) {
		uid_t inside = wanted->ids[i] - wanted->ids[i] % IDS_COUNT;

		/* the last ids of all mean "none" to the kernel */
		if (id_map_has(map, wanted->ids[i]) || inside == 0xffff0000U)
			continue;
		first = take(ids, EXTENTS);
		if (first != 0)
			add(map, inside, first, IDS_COUNT);
	}
	if (first != 0)
		return 0;
	ids_drop(ids, map);
	return error_set(err, ERROR_SYSTEM, "no user ids are left for another container");
}

void ids_drop(struct ids *ids, const struct id_map *map)
{
	give(ids, map, 0);
}

static int write_map(pid_t pid, const char *file, const struct buffer *map, struct error *err)
{
	char path[64];
	AUTO_CLOSE int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map->data, map->len) != (ssize_t)map->len)
		return error_errno(err, errno, "cannot write %s", path);
	return 0;
}

int ids_map(struct ids *ids, const struct id_map *map, pid_t pid, struct error *err)
{
	struct buffer text = {0};
	int result;

	give(ids, map, pid);
	for (size_t i = 0; i < map->n; i++)
		buffer_printf(&text, "%u %u %u\n", map->extents[i].inside, map->extents[i].outside,
			map->extents[i].count);
	result = write_map(pid, "uid_map", &text, err);
	if (result == 0)
		result = write_map(pid, "gid_map", &text, err);
	buffer_free(&text);
	return result;
}

/* A line of /proc/PID/uid_map: three numbers, by the kernel. */
static struct id_extent read_extent(const char *line)
{
	char *at;
	struct id_extent e = {.inside = (uid_t)strtoul(line, &at, 10)};

	e.outside = (uid_t)strtoul(at, &at, 10);
	e.count = (uint32_t)strtoul(at, NULL, 10);
	return e;
}

void ids_adopt(struct ids *ids, pid_t pid)
{
	char path[64], line[128];
	struct id_map map = {0};
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	file = fopen(path, "re");
	/* without a namespace of its own the map has ids that are not ours to give */
	while (file != NULL && map.n < ARRAY_SIZE(map.extents) &&
		fgets(line, sizeof(line), file) != NULL)
		map.extents[map.n++] = read_extent(line);
	if (file != NULL) /* else it has just ended */
		fclose(file);
	give(ids, &map, pid);
}
