/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hierarchies of control groups the host has: host/linux/cgroup.h. */
#include "host/linux/cgroup.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static const char *const names[CONTROLLERS] = {"memory", "cpu", "pids"};

const char *controller_name(enum controller c)
{
	return names[c];
}

const struct hierarchy *cgroups_with(const struct cgroups *c, enum controller controller)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].controllers & 1u << controller)
			return &c->list[i];
	return NULL;
}

/* The controllers among the words of a list. It is cut apart. */
static unsigned int controllers_among(char *list, const char *separators)
{
	unsigned int found = 0;
	char *rest;

	for (char *word = strtok_r(list, separators, &rest); word != NULL;
		word = strtok_r(NULL, separators, &rest))
		for (int i = 0; i < CONTROLLERS; i++)
			if (strcmp(word, names[i]) == 0)
				found |= 1u << i;
	return found;
}

static unsigned int unified_controllers(int directory)
{
	AUTO_CLOSE int fd = openat(directory, "cgroup.controllers", O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n < 0)
		return 0;
	text[n] = '\0';
	return controllers_among(text, " \n");
}

/* Characters that mount tables write as \ooo, in place. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from != '\0'; from++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* What a line of the table tells; the strings are parts of it. */
struct mount {
	char *point, *type, *options; /* options: of the file system */
};

static bool parse(char *line, struct mount *m)
{
	char *rest, *separator = strstr(line, " - ");

	if (separator == NULL)
		return false;
	*separator = '\0';
	strtok_r(line, " ", &rest);
	for (int field = 2; field < 5; field++) /* parent, device, root */
		strtok_r(NULL, " ", &rest);
	m->point = strtok_r(NULL, " ", &rest);
	m->type = strtok_r(separator + 3, " \n", &rest);
	strtok_r(NULL, " \n", &rest); /* the source means nothing */
	m->options = strtok_r(NULL, " \n", &rest);
	return m->point != NULL && m->type != NULL && m->options != NULL;
}

/* Takes a hierarchy up if it is there for writing and has something no other has. */
static void add(struct cgroups *c, const char *root, struct mount *m)
{
	bool unified = strcmp(m->type, "cgroup2") == 0;
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = -1;
	unsigned int controllers, known = 0;

	if ((!unified && strcmp(m->type, "cgroup") != 0) || c->n == HIERARCHIES_MAX)
		return;
	unescape(m->point);
	path = xasprintf("%s%s", root, m->point);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, "cgroup.procs", W_OK, 0) != 0)
		return;
	controllers = unified ? unified_controllers(fd) : controllers_among(m->options, ",");
	for (size_t i = 0; i < c->n; i++) {
		if (unified && c->list[i].unified) /* mounted twice */
			return;
		known |= c->list[i].controllers;
	}
	controllers &= ~known;
	if (controllers != 0 || unified)
		c->list[c->n++] = (struct hierarchy){take_fd(&fd), unified, controllers};
}

/* How well a hierarchy serves as home. In version 1, pids costs the least. */
static int rank(const struct hierarchy *h)
{
	if (h->unified)
		return 3;
	if (h->controllers & 1u << CONTROLLER_PIDS)
		return 2;
	return h->controllers & 1u << CONTROLLER_CPU ? 1 : 0;
}

struct cgroups *cgroups_open(FILE *mounts, const char *root, const char *instance)
{
	struct cgroups *c = xcalloc(1, sizeof(*c));
	AUTO_FREE char *line = NULL;
	size_t size = 0, home = 0;
	struct mount m;

	c->instance = xstrdup(instance);
	while (mounts != NULL && getline(&line, &size, mounts) > 0)
		if (parse(line, &m))
			add(c, root, &m);
	for (size_t i = 1; i < c->n; i++)
		if (rank(&c->list[i]) > rank(&c->list[home]))
			home = i;
	if (home > 0) {
		struct hierarchy first = c->list[0];

		c->list[0] = c->list[home];
		c->list[home] = first;
	}
	return c;
}

struct cgroups *cgroups_of_host(const char *instance)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	struct cgroups *c = cgroups_open(mounts, "", instance);
	if (mounts != NULL)
		fclose(mounts);
	return c;
}

void cgroups_close(struct cgroups *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		unlinkat(c->list[i].fd, c->instance, AT_REMOVEDIR);
		close(c->list[i].fd);
	}
	free(c->instance);
	free(c);
}
