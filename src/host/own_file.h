/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the daemon's that a container sees in place of its image's while it runs, so that its
 * image stays as it is: /etc/hosts and /etc/resolv.conf. Linux: a file of the host's, or one in
 * memory, is mounted over the container's. FreeBSD, where mounting on a file can bring the host
 * down (jail_check_file_mounts): the text is written into the container's root directory, and what
 * was there waits beside it until own_file_withdraw.
 */
#ifndef HOST_OWN_FILE_H
#define HOST_OWN_FILE_H

#include "base/error.h"
#include "base/mem.h"
#include "host/jail.h"

struct own_file {
	const char *path; /* on the host, where the daemon has written the text; NULL: nowhere, as
			     it stays the same while the container runs */
	const char *destination; /* absolute path in the container */
	const struct buffer *text;
};

/*
 * Before a launch: has the container see the file. root: its root directory on the host
 * (storage_path), in which nothing runs and nothing is mounted. jail->root is filled in.
 */
int own_file_show(
	const struct own_file *f, const char *root, struct jail_config *jail, struct error *err);

/* While the container runs: the text is another one. */
int own_file_update(const struct own_file *f, const char *root, struct error *err);

/*
 * When nothing of the container runs, whether the file was shown or not: what the image has is
 * there again.
 */
int own_file_withdraw(const char *destination, const char *root, struct error *err);

#endif
