/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits by control groups: host/limit.h. */
#include "host/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "host/linux/cgroup.h"
#include "host/linux/host.h"

int limits_check(struct host *h, const struct limits *l, struct error *err)
{
	return cgroups_check(h->cgroups, l, err);
}

static int change_one(struct host *h, const char *id, enum controller controller,
	const struct limits *to, struct error *err)
{
	const struct hierarchy *in = cgroups_with(h->cgroups, controller);

	if (in != NULL && cgroup_limited(to, controller) &&
		cgroup_extend(h->cgroups, id, in, err) != 0)
		return -1;
	return cgroup_limit(h->cgroups, id, controller, to, err);
}

int limits_change(struct host *h, const char *id, const struct limits *from,
	const struct limits *to, struct error *err)
{
	struct error ignored;
	int i;

	if (limits_check(h, to, err) != 0)
		return -1;
	for (i = 0; i < CONTROLLERS; i++)
		if (change_one(h, id, (enum controller)i, to, err) != 0)
			break;
	if (i == CONTROLLERS)
		return 0;
	for (; i >= 0; i--)
		cgroup_limit(h->cgroups, id, (enum controller)i, from, &ignored);
	return -1;
}

/* The container's group of the memory controller, to be closed, and its version; -1: none. */
static int memory_group(struct host *h, const char *id, bool *unified)
{
	const struct hierarchy *in = cgroups_with(h->cgroups, CONTROLLER_MEMORY);

	if (in == NULL)
		return -1;
	*unified = in->unified;
	return cgroup_open(h->cgroups, id, in);
}

static bool is_positive(int group, const char *file, const char *key)
{
	uint64_t n;

	return cgroup_get(group, file, key, &n) == 0 && n > 0;
}

/* Version 1 does not count how often the limit was met (newer kernels leave failcnt at 0). */
static bool has_met_limit(int group)
{
	uint64_t limit, most;

	return cgroup_get(group, "memory.limit_in_bytes", NULL, &limit) == 0 &&
	       cgroup_get(group, "memory.max_usage_in_bytes", NULL, &most) == 0 &&
	       most >= limit - limit / 8; /* the last piece may have been a large one */
}

bool limits_exceeded(struct host *h, const char *id)
{
	bool unified;
	AUTO_CLOSE int group = memory_group(h, id, &unified);

	/* the count of ended processes has also those that a host short of memory has ended */
	if (group < 0)
		return false;
	if (unified)
		return is_positive(group, "memory.events", "oom_kill") &&
		       is_positive(group, "memory.events", "oom");
	return is_positive(group, "memory.oom_control", "oom_kill") && has_met_limit(group);
}

/* Version 1 ends one process, and tells of it through an eventfd(2). */
int limits_watch(struct host *h, const char *id)
{
	bool unified;
	AUTO_CLOSE int group = memory_group(h, id, &unified);
	AUTO_CLOSE int events = -1, control = -1;
	AUTO_FREE char *request = NULL;

	if (group < 0 || unified)
		return -1;
	events = eventfd(limits_exceeded(h, id), EFD_CLOEXEC | EFD_NONBLOCK);
	control = openat(group, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	request = xasprintf("%d %d", events, control);
	if (events < 0 || control < 0 || cgroup_put(group, "cgroup.event_control", request) != 0) {
		log_warning("container %s: cannot watch its memory: errno %d", id, errno);
		return -1;
	}
	return take_fd(&events);
}

bool limits_happened(struct host *h, const char *id, int watch)
{
	uint64_t n;

	return read(watch, &n, sizeof(n)) == (ssize_t)sizeof(n);
}

void limits_release(struct host *h, const char *id)
{
	struct error err;

	if (cgroup_remove(h->cgroups, id, &err) != 0)
		log_warning("%s", err.message);
}

void limits_sweep(struct host *h)
{
	cgroups_sweep(h->cgroups);
}
