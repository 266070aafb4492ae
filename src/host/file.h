/* SPDX-License-Identifier: BSD-2-Clause */
/* What files carry beyond POSIX.1: extended attributes and access control lists. */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Sets an extended attribute by the name archives and Linux have for it ("user.…",
 * "security.capability"), xattr(7); extattr(2) on FreeBSD. 1: set; 0: this host, the file system or
 * the policy has no place for it; -1 with errno. Attributes of overlayfs itself, which would change
 * what a directory shows, are never set.
 */
int file_set_xattr(int fd, const char *name, const void *value, size_t size);

enum file_acl_tag {
	FILE_ACL_OWNER,
	FILE_ACL_USER,
	FILE_ACL_GROUP_OWNER,
	FILE_ACL_GROUP,
	FILE_ACL_MASK,
	FILE_ACL_OTHER,
};

struct file_acl_entry {
	enum file_acl_tag tag;
	unsigned int permissions; /* 4 read, 2 write, 1 execute */
	id_t id; /* of FILE_ACL_USER and FILE_ACL_GROUP */
};

/*
 * Sets a complete access control list in the sense of POSIX.1e draft 17, acl(5) and acl(3); if
 * inherited, the one that new files in the directory get. 1: set; 0: not supported here; -1 with
 * errno.
 */
int file_set_acl(int fd, bool inherited, const struct file_acl_entry *acl, size_t n);

/*
 * Copies the extended attributes and the access control lists from one file or directory to
 * another, those that file_set_xattr and file_set_acl would set; what the target has no place for
 * is left out. -1 with errno.
 */
int file_copy_attributes(int from, int to);

/* Waits until all that was written to the file system of fd is on disk. -1 with errno. */
int file_sync_all(int fd);

#endif
