/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting limits, in the files of both versions of control groups: host/linux/cgroup.h. */
#include "host/linux/cgroup.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"

#define CPU_PERIOD 100000 /* microseconds: the kernel's own choice */

/* A file that not every kernel has. */
static int put_if_there(int group, const char *file, const char *text)
{
	int result = cgroup_put(group, file, text);

	return result != 0 && (errno == ENOENT || errno == EOPNOTSUPP) ? 0 : result;
}

/* Makes the group give back what it can do without. -1 with EBUSY if that does not suffice. */
static int shrink(int group, uint64_t memory)
{
	AUTO_FREE char *text = xasprintf("%llu", (unsigned long long)memory);
	uint64_t current;

	/* a lower memory.max would end processes instead of being refused */
	if (cgroup_get(group, "memory.current", NULL, &current) != 0 || current <= memory)
		return 0;
	cgroup_put(group, "memory.high", text);
	cgroup_get(group, "memory.current", NULL, &current);
	cgroup_put(group, "memory.high", "max");
	errno = EBUSY;
	return current <= memory ? 0 : -1;
}

static int set_memory2(int group, uint64_t memory)
{
	AUTO_FREE char *text =
		memory ? xasprintf("%llu", (unsigned long long)memory) : xstrdup("max");

	if (memory != 0 && shrink(group, memory) != 0)
		return -1;
	/* in one piece: half a container is of no use, and its warden is in there too */
	if (put_if_there(group, "memory.oom.group", memory ? "1" : "0") != 0 ||
		put_if_there(group, "memory.swap.max", memory ? "0" : "max") != 0)
		return -1;
	return cgroup_put(group, "memory.max", text);
}

static int set_memory1(int group, uint64_t memory)
{
	static const char limit[] = "memory.limit_in_bytes",
			  total[] = "memory.memsw.limit_in_bytes";
	AUTO_FREE char *text =
		memory ? xasprintf("%llu", (unsigned long long)memory) : xstrdup("-1");

	/* the total, with swap, must never be less than the memory alone */
	if (cgroup_put(group, limit, text) == 0)
		return put_if_there(group, total, text);
	if (errno != EINVAL || put_if_there(group, total, text) != 0)
		return -1;
	return cgroup_put(group, limit, text);
}

static int set_cpu(int group, bool unified, unsigned int cpu)
{
	unsigned long long quota = (unsigned long long)cpu * (CPU_PERIOD / 1000);
	AUTO_FREE char *text = NULL;

	if (!unified) {
		text = cpu ? xasprintf("%llu", quota) : xstrdup("-1");
		return cgroup_put(group, "cpu.cfs_quota_us", text);
	}
	text = cpu ? xasprintf("%llu %d", quota, CPU_PERIOD) : xstrdup("max");
	return cgroup_put(group, "cpu.max", text);
}

static int set_pids(int group, unsigned int pids)
{
	/* the warden is in the group, but nobody's concern */
	AUTO_FREE char *text = pids ? xasprintf("%u", pids + 1) : xstrdup("max");

	return cgroup_put(group, "pids.max", text);
}

static int set(int group, bool unified, enum controller controller, const struct limits *l)
{
	switch (controller) {
	case CONTROLLER_MEMORY:
		return unified ? set_memory2(group, l->memory) : set_memory1(group, l->memory);
	case CONTROLLER_CPU:
		return set_cpu(group, unified, l->cpu);
	case CONTROLLER_PIDS:
		return set_pids(group, l->pids);
	case CONTROLLERS:
		break;
	}
	return 0;
}

bool cgroup_limited(const struct limits *l, enum controller controller)
{
	switch (controller) {
	case CONTROLLER_MEMORY:
		return l->memory != 0;
	case CONTROLLER_CPU:
		return l->cpu != 0;
	case CONTROLLER_PIDS:
		return l->pids != 0;
	case CONTROLLERS:
		break;
	}
	return false;
}

int cgroups_check(const struct cgroups *c, const struct limits *l, struct error *err)
{
	for (int i = 0; i < CONTROLLERS; i++) {
		const char *name = controller_name((enum controller)i);

		if (!cgroup_limited(l, (enum controller)i))
			continue;
		if (c->n == 0)
			return error_set(err, ERROR_INVALID,
				"no limit of '%s' is possible: this host has no control groups "
				"(cgroups) mounted for writing",
				name);
		if (cgroups_with(c, (enum controller)i) == NULL)
			return error_set(err, ERROR_INVALID,
				"no limit of '%s' is possible: this host has no cgroup controller "
				"'%s'",
				name, name);
	}
	return 0;
}

/* The group has not got the controller's files: it is not enabled for the instance's groups. */
static int enable(const struct cgroups *c, const struct hierarchy *h, enum controller controller,
	struct error *err)
{
	errno = ENOENT;
	if (h->unified && cgroup_enable(c, h, controller) == 0)
		return 0;
	return error_errno(err, errno, "cannot enable the cgroup controller '%s' for containers",
		controller_name(controller));
}

int cgroup_limit(const struct cgroups *c, const char *id, enum controller controller,
	const struct limits *l, struct error *err)
{
	const struct hierarchy *h = cgroups_with(c, controller);
	AUTO_CLOSE int group = h != NULL ? cgroup_open(c, id, h) : -1;
	int result;

	if (group < 0 && !cgroup_limited(l, controller))
		return 0;
	if (group < 0)
		return error_errno(err, errno, "container %s has no control group for '%s'", id,
			controller_name(controller));
	result = set(group, h->unified, controller, l);
	if (result != 0 && errno == ENOENT) {
		if (!cgroup_limited(l, controller))
			return 0;
		if (enable(c, h, controller, err) != 0)
			return -1;
		result = set(group, h->unified, controller, l);
	}
	if (result == 0)
		return 0;
	if (errno == EBUSY && controller == CONTROLLER_MEMORY)
		return error_set(
			err, ERROR_CONFLICT, "container %s uses more memory than that", id);
	return error_errno(err, errno, "cannot set the limit of '%s' for container %s",
		controller_name(controller), id);
}
