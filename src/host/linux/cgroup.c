/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, joining and removing the groups of a container: host/linux/cgroup.h. */
#include "host/linux/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define ATTEMPTS   16 /* to make what somebody else may be removing at that moment */
#define DEPTH_MAX  64 /* of groups that a container has made in its own */
#define LEAVE_TIME 1000 /* ms that ended processes have to leave their group */
#define END_TIME   5000 /* ms that killed processes may take to end */
#define PASSES_MAX 1000 /* over the processes of a container that keeps starting more */

/* ---- removing ---- */

static int remove_tree(int parent, const char *name, int depth);

/* Removes the groups in a directory; control files go with it. */
static void remove_below(int parent, const char *name, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (dir == NULL) {
		close_fd(&fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			remove_tree(fd, entry->d_name, depth + 1);
	closedir(dir);
}

static int remove_tree(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY || depth == DEPTH_MAX)
		return -1;
	remove_below(parent, name, depth);
	return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* A process that has ended may be counted for a moment more. */
static int remove_patiently(int parent, const char *name)
{
	int result;

	for (int i = 0;
		(result = remove_tree(parent, name, 0)) != 0 && errno == EBUSY && i < LEAVE_TIME;
		i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return result;
}

int cgroup_remove(const struct cgroups *c, const char *id, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s/%s", c->instance, id);
	int result = 0;

	for (size_t i = 0; i < c->n; i++)
		if (remove_patiently(c->list[i].fd, path) != 0)
			result = error_errno(
				err, errno, "cannot remove the control group of container %s", id);
	return result;
}

void cgroups_sweep(const struct cgroups *c)
{
	for (size_t i = 0; i < c->n; i++) {
		int fd = openat(c->list[i].fd, c->instance, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
		struct dirent *entry;

		while (dir != NULL && (entry = readdir(dir)) != NULL)
			if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
				remove_tree(fd, entry->d_name, 0);
		if (dir != NULL)
			closedir(dir);
		else
			close_fd(&fd);
	}
}

/* ---- making ---- */

/* Makes the directory that holds the groups of all containers. */
static void make_instance(const struct cgroups *c, const struct hierarchy *h)
{
	if (mkdirat(h->fd, c->instance, 0755) != 0 || !h->unified)
		return;
	/* all at once, so that a limit that comes later finds counted what the container has */
	for (int i = 0; i < CONTROLLERS; i++)
		if (h->controllers & 1u << i)
			cgroup_enable(c, h, (enum controller)i);
}

int cgroups_open_instance(const struct cgroups *c)
{
	if (c->n == 0 || !c->list[0].unified) {
		errno = ENOENT;
		return -1;
	}
	make_instance(c, &c->list[0]);
	return openat(c->list[0].fd, c->instance, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Makes an empty group; one of an earlier run is replaced. -1 with errno. */
static int make_group(const struct cgroups *c, const char *id, const struct hierarchy *h)
{
	AUTO_FREE char *path = xasprintf("%s/%s", c->instance, id);

	for (int i = 0; i < ATTEMPTS; i++) {
		if (mkdirat(h->fd, path, 0755) == 0)
			return 0;
		if (errno == ENOENT)
			make_instance(c, h);
		else if (errno != EEXIST || remove_patiently(h->fd, path) != 0)
			break;
	}
	return -1;
}

static int open_procs(const struct cgroups *c, const char *id, const struct hierarchy *h)
{
	AUTO_FREE char *path = xasprintf("%s/%s/cgroup.procs", c->instance, id);

	return openat(h->fd, path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

/* Whether a hierarchy takes part in a container with these limits. */
static bool takes_part(const struct cgroups *c, size_t i, const struct limits *l)
{
	if (i == 0)
		return true;
	for (int k = 0; k < CONTROLLERS; k++)
		if (c->list[i].controllers & 1u << k && cgroup_limited(l, (enum controller)k))
			return true;
	return false;
}

/* Makes the group in one hierarchy with its limits. */
static int make_one(const struct cgroups *c, const char *id, const struct hierarchy *h,
	const struct limits *l, struct error *err)
{
	if (make_group(c, id, h) != 0)
		return error_errno(err, errno, "cannot make a control group for container %s", id);
	for (int i = 0; i < CONTROLLERS; i++)
		if (h->controllers & 1u << i && cgroup_limited(l, (enum controller)i) &&
			cgroup_limit(c, id, (enum controller)i, l, err) != 0)
			return -1;
	return 0;
}

static bool limited(const struct limits *l)
{
	return l->memory != 0 || l->cpu != 0 || l->pids != 0;
}

int cgroup_make(const struct cgroups *c, const char *id, const struct limits *l, int *home,
	struct error *err)
{
	*home = -1;
	if (cgroups_check(c, l, err) != 0)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		/* without limits it runs as it would on a host without control groups */
		if (takes_part(c, i, l) && make_one(c, id, &c->list[i], l, err) != 0 && limited(l))
			return -1;
	if (c->n > 0 && c->list[0].unified)
		*home = cgroup_open(c, id, &c->list[0]);
	return 0;
}

int cgroup_join(const struct cgroups *c, const char *id, const struct limits *l, pid_t pid,
	bool born, struct error *err)
{
	AUTO_FREE char *text = xasprintf("%d\n", (int)pid);

	for (size_t i = born ? 1 : 0; i < c->n; i++) {
		AUTO_CLOSE int procs = -1;

		if (!takes_part(c, i, l))
			continue;
		procs = open_procs(c, id, &c->list[i]);
		if ((procs < 0 || write(procs, text, strlen(text)) < 0) && limited(l))
			return error_errno(
				err, errno, "cannot put container %s into its control group", id);
	}
	return 0;
}

/* ---- bringing a running container along ---- */

/* The processes of a container in a hierarchy, as text; NULL with errno. The caller frees. */
static char *read_procs(const struct cgroups *c, const char *id, const struct hierarchy *h)
{
	AUTO_FREE char *path = xasprintf("%s/%s/cgroup.procs", c->instance, id);
	AUTO_CLOSE int fd = openat(h->fd, path, O_RDONLY | O_CLOEXEC);
	struct buffer text = {0};
	char piece[4096];
	ssize_t n = fd >= 0 ? 0 : -1;

	buffer_puts(&text, "\n");
	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		buffer_add(&text, piece, (size_t)n);
	if (n < 0)
		buffer_free(&text);
	return text.data;
}

/* Moves the processes of the home that are not in the group; how many they were, -1 with errno. */
static int move_some(const struct cgroups *c, const char *id, const struct hierarchy *to, int procs)
{
	AUTO_FREE char *all = read_procs(c, id, &c->list[0]);
	AUTO_FREE char *there = all ? read_procs(c, id, to) : NULL;
	int moved = 0;
	char *rest;

	if (there == NULL)
		return -1;
	for (char *pid = strtok_r(all, "\n", &rest); pid != NULL;
		pid = strtok_r(NULL, "\n", &rest)) {
		AUTO_FREE char *line = xasprintf("\n%s\n", pid);

		if (strstr(there, line) != NULL)
			continue;
		/* it may have ended meanwhile */
		if (write(procs, line + 1, strlen(pid) + 1) < 0 && errno != ESRCH)
			return -1;
		moved++;
	}
	return moved;
}

int cgroup_extend(
	const struct cgroups *c, const char *id, const struct hierarchy *to, struct error *err)
{
	AUTO_CLOSE int home = cgroup_open(c, id, &c->list[0]), there = cgroup_open(c, id, to);
	AUTO_CLOSE int procs = -1;
	int n = 1;

	if (home < 0)
		return error_set(err, ERROR_CONFLICT,
			"container %s has no control group: its limits change when it is started "
			"anew",
			id);
	if (there >= 0)
		return 0;
	if (make_group(c, id, to) != 0 || (procs = open_procs(c, id, to)) < 0)
		return error_errno(err, errno, "cannot make a control group for container %s", id);
	/* a child is born into its parent's groups, so this comes to an end */
	for (int i = 0; n > 0 && i < PASSES_MAX; i++)
		n = move_some(c, id, to, procs);
	if (n == 0)
		return 0;
	if (n > 0)
		return error_set(err, ERROR_SYSTEM,
			"container %s starts processes faster than they can be brought into its "
			"control group",
			id);
	return error_errno(err, errno, "cannot put container %s into its control group", id);
}

/* ---- ending all of it ---- */

int cgroup_kill(const struct cgroups *c, const char *id, struct error *err)
{
	AUTO_FREE char *path = xasprintf("%s/%s/cgroup.kill", c->instance, id);
	AUTO_FREE char *all = NULL;
	AUTO_CLOSE int fd = -1;
	char *rest;

	if (c->n == 0)
		return error_set(err, ERROR_SYSTEM,
			"cannot find the processes of container %s: there are no control groups",
			id);
	fd = openat(c->list[0].fd, path, O_WRONLY | O_CLOEXEC); /* version 2, Linux 5.14 */
	if (fd >= 0 && write(fd, "1", 1) == 1)
		return 0;
	all = read_procs(c, id, &c->list[0]);
	if (all == NULL)
		return errno == ENOENT ? 0
				       : error_errno(err, errno,
						 "cannot find the processes of container %s", id);
	/* its PID 1 among them, with which all go */
	for (char *pid = strtok_r(all, "\n", &rest); pid != NULL; pid = strtok_r(NULL, "\n", &rest))
		kill((pid_t)strtol(pid, NULL, 10), SIGKILL);
	return 0;
}

/* Whether a process is in the container's home; a group that is not there has none. */
static int is_populated(const struct cgroups *c, const char *id, struct error *err)
{
	AUTO_FREE char *all = c->n > 0 ? read_procs(c, id, &c->list[0]) : NULL;

	if (all != NULL)
		return strcmp(all, "\n") != 0;
	/* ENODEV: it has been removed since it was opened */
	if (c->n == 0 || errno == ENOENT || errno == ENODEV)
		return 0;
	return error_errno(err, errno, "cannot find the processes of container %s", id);
}

int cgroup_end(const struct cgroups *c, const char *id, bool *found, struct error *err)
{
	int populated = is_populated(c, id, err);

	*found = populated > 0;
	for (int i = 0; populated > 0 && i < END_TIME; i++) {
		if (cgroup_kill(c, id, err) != 0)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		populated = is_populated(c, id, err);
	}
	if (populated > 0)
		return error_set(err, ERROR_SYSTEM,
			"container %s has processes that do not end when they are killed", id);
	return populated;
}
