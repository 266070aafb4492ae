/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems that a warden makes, mounted nowhere at first: fsmount(2). */
#ifndef HOST_LINUX_DETACHED_H
#define HOST_LINUX_DETACHED_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MOUNTED_MAX 64

/* The mounts that the container's mount namespace is to have, by the kernel's numbers. */
struct mounted {
	uint64_t ids[MOUNTED_MAX];
	size_t n;
};

/*
 * A new file system of a type, with options ("name=value" with commas between; NULL: none) and
 * attributes (MOUNT_ATTR_…), as a descriptor for use with openat(2) alone.
 */
int detached_make(
	const char *type, const char *options, unsigned int attributes, struct error *err);

/* The same in parts, for options of its own: what fsopen(2) gives, and the end, which closes it. */
int detached_begin(const char *type, struct error *err);
int detached_end(int *fs, const char *type, unsigned int attributes, struct error *err);

/*
 * A copy of what a descriptor is of, with the attributes added; it must be of a mount of this mount
 * namespace.
 */
int detached_copy(int fd, const char *name, unsigned int attributes, struct error *err);

/*
 * Mounts the tree on what the descriptor place is of, and notes it. No name is looked up. name: for
 * errors.
 */
int detached_attach(
	int tree, int place, const char *name, struct mounted *mounted, struct error *err);

/* Notes the mount that the descriptor is of. */
int mounted_note(struct mounted *mounted, int fd, struct error *err);

/*
 * An error unless this mount namespace shows exactly the mounts that were noted. proc: a descriptor
 * of a proc(5) of this PID namespace.
 */
int mounted_check(const struct mounted *mounted, int proc, struct error *err);

/* An error if something is mounted on the root directory, which ".." would lead to. */
int root_check(struct error *err);

#endif
