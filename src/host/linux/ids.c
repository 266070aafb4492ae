#include "host/linux/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define IDS_SLOTS ((0xffff0000U - IDS_FIRST) / IDS_COUNT)
#define ATTEMPTS  8 /* looks for a slot whose process has ended, before a new one is taken */

struct ids {
	pthread_mutex_t lock;
	pid_t *users; /* of each slot: the process whose namespace has it; 0: none */
	size_t n, next;
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
	free(ids->users);
	free(ids);
}

bool ids_is_root(uid_t uid)
{
	return uid >= IDS_FIRST && (uid - IDS_FIRST) % IDS_COUNT == 0;
}

static void grow(struct ids *ids, size_t n)
{
	if (n <= ids->n)
		return;
	ids->users = xrealloc(ids->users, n * sizeof(*ids->users));
	memset(ids->users + ids->n, 0, (n - ids->n) * sizeof(*ids->users));
	ids->n = n;
}

static bool is_free(const struct ids *ids, size_t slot)
{
	return ids->users[slot] == 0 || (kill(ids->users[slot], 0) != 0 && errno == ESRCH);
}

/* A slot nobody has, which is the daemon's own from now on. IDS_SLOTS: there is none. */
static size_t take_slot(struct ids *ids)
{
	size_t slot = IDS_SLOTS;

	pthread_mutex_lock(&ids->lock);
	for (size_t i = 0; i < ids->n && slot == IDS_SLOTS; i++) {
		if (i == ATTEMPTS && ids->n < IDS_SLOTS)
			break;
		ids->next = (ids->next + 1) % ids->n;
		if (is_free(ids, ids->next))
			slot = ids->next;
	}
	if (slot == IDS_SLOTS && ids->n < IDS_SLOTS) {
		slot = ids->n;
		grow(ids, ids->n + 1);
	}
	if (slot < IDS_SLOTS)
		ids->users[slot] = getpid();
	pthread_mutex_unlock(&ids->lock);
	return slot;
}

static void give_slot(struct ids *ids, uid_t first, pid_t pid)
{
	pthread_mutex_lock(&ids->lock);
	ids->users[(first - IDS_FIRST) / IDS_COUNT] = pid;
	pthread_mutex_unlock(&ids->lock);
}

uid_t ids_take(struct ids *ids, struct error *err)
{
	size_t slot = take_slot(ids);

	if (slot < IDS_SLOTS)
		return (uid_t)(IDS_FIRST + slot * IDS_COUNT);
	error_set(err, ERROR_SYSTEM, "no user ids are left for another container");
	return 0;
}

void ids_drop(struct ids *ids, uid_t first)
{
	give_slot(ids, first, 0);
}

static int write_map(pid_t pid, const char *file, const char *map, struct error *err)
{
	char path[64];
	AUTO_CLOSE int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, strlen(map)) != (ssize_t)strlen(map))
		return error_errno(err, errno, "cannot write %s", path);
	return 0;
}

int ids_map(struct ids *ids, uid_t first, pid_t pid, struct error *err)
{
	char map[64];

	give_slot(ids, first, pid);
	snprintf(map, sizeof(map), "0 %u %u\n", first, IDS_COUNT);
	if (write_map(pid, "uid_map", map, err) != 0)
		return -1;
	return write_map(pid, "gid_map", map, err);
}

/* The host's first id of a map with one range of a container's; 0 if it is another map. */
static unsigned long range_of(const char *map)
{
	char *at;
	unsigned long inside = strtoul(map, &at, 10), outside = strtoul(at, &at, 10);

	if (inside != 0 || strtoul(at, NULL, 10) != IDS_COUNT || outside > UINT32_MAX ||
		!ids_is_root((uid_t)outside))
		return 0;
	return outside;
}

void ids_adopt(struct ids *ids, pid_t pid)
{
	char path[64], map[256];
	AUTO_CLOSE int fd = -1;
	unsigned long first;
	size_t slot;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, map, sizeof(map) - 1);
	if (n < 0)
		return; /* it has just ended */
	map[n] = '\0';
	first = range_of(map);
	slot = (first - IDS_FIRST) / IDS_COUNT;
	if (first == 0 || slot >= IDS_SLOTS)
		return;
	pthread_mutex_lock(&ids->lock);
	grow(ids, slot + 1);
	ids->users[slot] = pid;
	pthread_mutex_unlock(&ids->lock);
}
