/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/mountlist.h"

#include <string.h>

#include "base/mem.h"

void mount_list_add(struct mount_list *list, const char *on, const char *from, const char *type,
	const int fsid[2])
{
	list->v = xrealloc(list->v, (list->n + 1) * sizeof(*list->v));
	list->v[list->n++] = (struct mount_entry){
		.on = xstrdup(on),
		.from = xstrdup(from),
		.type = xstrdup(type),
		.fsid = {fsid[0], fsid[1]},
	};
}

void mount_list_free(struct mount_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].on);
		free(list->v[i].from);
		free(list->v[i].type);
	}
	free(list->v);
	*list = (struct mount_list){0};
}

bool path_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return path[0] == '/' && path[1] != '\0';
	return strncmp(path, directory, len) == 0 && path[len] == '/';
}

size_t mount_list_below(
	const struct mount_list *list, const char *root, bool at_root, size_t *order)
{
	size_t n = 0;

	for (size_t i = list->n; i-- > 0;) {
		const char *on = list->v[i].on;

		if (path_below(on, root) || (at_root && strcmp(on, root) == 0))
			order[n++] = i;
	}
	return n;
}

const struct mount_entry *mount_list_user(const struct mount_list *list, const char *directory)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct mount_entry *m = &list->v[i];

		if (strcmp(m->type, "nullfs") == 0 && !path_below(m->on, directory) &&
			(strcmp(m->from, directory) == 0 || path_below(m->from, directory)))
			return m;
	}
	return NULL;
}
