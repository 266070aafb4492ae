/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounted file systems in the order they were mounted, and which of them lie below a directory. */
#ifndef FREEBSD_MOUNTLIST_H
#define FREEBSD_MOUNTLIST_H

#include <stdbool.h>
#include <stddef.h>

struct mount_entry {
	char *on, *from, *type; /* f_mntonname, f_mntfromname, f_fstypename of statfs(2) */
	int fsid[2];
};

/* Zero-initialised; owns its strings. */
struct mount_list {
	struct mount_entry *v;
	size_t n;
};

/* Appends copies. */
void mount_list_add(struct mount_list *list, const char *on, const char *from, const char *type,
	const int fsid[2]);
void mount_list_free(struct mount_list *list);

/* True if path is strictly below directory. Both absolute, without trailing '/'. */
bool path_below(const char *path, const char *directory);

/*
 * Writes the indices of the mounts strictly below root, those of root itself too if at_root, in
 * the order in which they can be unmounted: the last one first. That is right also where one
 * mount hides another, which "deepest path first" is not. order: room for list->n. Returns how
 * many.
 */
size_t mount_list_below(
	const struct mount_list *list, const char *root, bool at_root, size_t *order);

/*
 * A mount of type nullfs that shows directory, or something below it, outside of it; NULL if
 * there is none.
 */
const struct mount_entry *mount_list_user(const struct mount_list *list, const char *directory);

#endif
