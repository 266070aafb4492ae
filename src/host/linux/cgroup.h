/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control groups, cgroups(7). A container's is <hierarchy>/<instance>/<id>, in one or several of
 * the hierarchies the host has:
 *
 *   version 2   one hierarchy with all controllers
 *   hybrid      one of version 2 without controllers, and those of version 1 beside it
 *   version 1   one hierarchy for each controller or two
 *
 * Each container is in its *home*, which is that of version 2 if there is one: that tells which
 * processes are its own, and what processor time they have had. Hierarchies of version 1 are joined
 * for a limit alone, as each costs a start about a tenth of a millisecond, and memory of version 1
 * also slows down what runs in it.
 */
#ifndef HOST_LINUX_CGROUP_H
#define HOST_LINUX_CGROUP_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "host/limit.h"

enum controller { CONTROLLER_MEMORY, CONTROLLER_CPU, CONTROLLER_PIDS, CONTROLLERS };

struct hierarchy {
	int fd; /* its root directory */
	bool unified; /* version 2 */
	unsigned int controllers; /* bits 1 << enum controller */
};

#define HIERARCHIES_MAX (1 + CONTROLLERS)

struct cgroups {
	struct hierarchy list[HIERARCHIES_MAX]; /* the first is the home */
	size_t n; /* 0: the host has no control groups, or none that can be written */
	char *instance;
};

/* ---- cgroup_mounts.c ---- */

/*
 * Finds the hierarchies. mounts: a table as /proc/self/mountinfo has it, proc(5); root: put before
 * the paths in it, "" for the host's own. NULL: there is no table, and so no hierarchy.
 */
struct cgroups *cgroups_open(FILE *mounts, const char *root, const char *instance);

/* The same of this host as it is. */
struct cgroups *cgroups_of_host(const char *instance);

/* Removes the instance's directories if no container is in them. */
void cgroups_close(struct cgroups *c);

/* Controllers are named as in cgroup.controllers. */
const char *controller_name(enum controller c);

/* The hierarchy that has the controller; NULL if there is none. */
const struct hierarchy *cgroups_with(const struct cgroups *c, enum controller controller);

/* ---- cgroup.c ---- */

/*
 * Makes the groups that a container needs for its limits and sets these. *home: the directory of
 * the group that its first process can be born into (host/linux/clone.h), to be closed; -1: there
 * is none. Where no limit is asked for, a host without control groups will do. On failure, and once
 * the container has ended, cgroup_remove.
 */
int cgroup_make(const struct cgroups *c, const char *id, const struct limits *l, int *home,
	struct error *err);

/*
 * The directory that holds the groups of all containers, of version 2, made when missing; to be
 * closed. -1 with errno if there is none.
 */
int cgroups_open_instance(const struct cgroups *c);

/*
 * Puts a container's first process into its groups; born: but for the home, where it is already.
 * Its namespace of groups, cgroup_namespaces(7), must be made after that: then what is in it sees
 * its own group as "/".
 */
int cgroup_join(const struct cgroups *c, const char *id, const struct limits *l, pid_t pid,
	bool born, struct error *err);

/* Makes a running container's group in another hierarchy and brings all its processes there. */
int cgroup_extend(
	const struct cgroups *c, const char *id, const struct hierarchy *to, struct error *err);

/* Sends SIGKILL to all that is in a container's home. */
int cgroup_kill(const struct cgroups *c, const char *id, struct error *err);

/*
 * Ends all that is in a container's home, and waits until nothing is; *found says whether something
 * was. Succeeds if there is no such group.
 */
int cgroup_end(const struct cgroups *c, const char *id, bool *found, struct error *err);

/* Removes the groups of a container whose processes have ended; waits a moment for the last. */
int cgroup_remove(const struct cgroups *c, const char *id, struct error *err);

/* Removes the groups of all containers that have no process. */
void cgroups_sweep(const struct cgroups *c);

/* ---- cgroup_file.c ---- */

/* The container's group in the hierarchy, to be closed; -1 with errno if it has none there. */
int cgroup_open(const struct cgroups *c, const char *id, const struct hierarchy *h);

/* Writes the text to a file of the directory. Returns 0 or -1 with errno. */
int cgroup_put(int directory, const char *file, const char *text);

/*
 * Reads the number behind key in a file of lines "key number"; key NULL: the file is the number.
 * "max" is UINT64_MAX. Returns 0 or -1 with errno, ENOENT also if the key is missing.
 */
int cgroup_get(int directory, const char *file, const char *key, uint64_t *value);

/* Has the groups of the instance's containers get a controller of version 2. -1 with errno. */
int cgroup_enable(const struct cgroups *c, const struct hierarchy *h, enum controller controller);

/* ---- cgroup_limits.c ---- */

/*
 * Sets one limit of a container's group in the hierarchy that has its controller; 0 removes it.
 * ERROR_CONFLICT if the group uses more memory than that.
 */
int cgroup_limit(const struct cgroups *c, const char *id, enum controller controller,
	const struct limits *l, struct error *err);

/* limits_check of host/limit.h. */
int cgroups_check(const struct cgroups *c, const struct limits *l, struct error *err);

/* Whether the limits include one of the controller's. */
bool cgroup_limited(const struct limits *l, enum controller controller);

#endif
