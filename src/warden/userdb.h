/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The container's own user database, passwd(5) and group(5). The files are the container's, so
 * hostile: read with limits, and never anything but regular files. The host's are never consulted.
 */
#ifndef WARDEN_USERDB_H
#define WARDEN_USERDB_H

#include <sys/types.h>

#include "base/error.h"
#include "base/mem.h"

#define USER_GROUPS_MAX 256

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_GROUPS_MAX]; /* all of them, gid among them */
	size_t ngroups;
	char *name, *home, *shell; /* never NULL after a look-up */
};

/*
 * Finds a user by "NAME", "UID", or either with ":GROUP" or ":GID" in the texts of passwd and
 * group (NULL: no such file). "" is root. Root and numbers need no entry. ERROR_INVALID if there is
 * no such user or group.
 */
int user_find(const char *who, const char *passwd, const char *group, struct user *user,
	struct error *err);

/*
 * Adds groups, each a name or a number, to those of a user. ERROR_INVALID if there is no such
 * group, or there are too many.
 */
int user_join(
	struct user *user, const struct strings *groups, const char *group, struct error *err);

/*
 * user_find and user_join with /etc/passwd and /etc/group of the container whose root directory
 * root is of.
 */
int user_lookup(int root, const char *who, const struct strings *groups, struct user *user,
	struct error *err);

void user_free(struct user *user);

#endif
