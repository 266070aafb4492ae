/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing the files of control groups: host/linux/cgroup.h. */
#include "host/linux/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int cgroup_open(const struct cgroups *c, const char *id, const struct hierarchy *h)
{
	AUTO_FREE char *path = xasprintf("%s/%s", c->instance, id);

	return openat(h->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int cgroup_put(int directory, const char *file, const char *text)
{
	int fd = openat(directory, file, O_WRONLY | O_TRUNC | O_CLOEXEC), errnum;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	errnum = errno;
	close(fd);
	errno = errnum;
	return n < 0 ? -1 : 0;
}

/* The text behind "key " at the beginning of a line; NULL if there is none. */
static const char *find(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text != NULL && (strncmp(text, key, len) != 0 || text[len] != ' ')) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + len + 1 : NULL;
}

int cgroup_get(int directory, const char *file, const char *key, uint64_t *value)
{
	AUTO_CLOSE int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	const char *number = text;

	if (n < 0)
		return -1;
	text[n] = '\0';
	if (key != NULL && (number = find(text, key)) == NULL) {
		errno = ENOENT;
		return -1;
	}
	*value = strncmp(number, "max", 3) == 0 ? UINT64_MAX : strtoull(number, NULL, 10);
	return 0;
}

int cgroup_enable(const struct cgroups *c, const struct hierarchy *h, enum controller controller)
{
	AUTO_FREE char *text = xasprintf("+%s", controller_name(controller));
	AUTO_FREE char *below = xasprintf("%s/cgroup.subtree_control", c->instance);

	/* the one in the root may be there already where we may not write to it */
	int result = cgroup_put(h->fd, "cgroup.subtree_control", text), errnum = errno;

	if (cgroup_put(h->fd, below, text) == 0)
		return 0;
	if (result != 0)
		errno = errnum;
	return -1;
}
