/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying what files carry beyond POSIX.1, for the warden: host/file.h. */
#include "host/file.h"

#include <sys/types.h>

#include <sys/acl.h>
#include <sys/extattr.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static bool is_unsupported(int errnum)
{
	return errnum == EOPNOTSUPP || errnum == EINVAL;
}

static int copy_attribute(int from, int to, const char *name)
{
	ssize_t size = extattr_get_fd(from, EXTATTR_NAMESPACE_USER, name, NULL, 0);
	AUTO_FREE void *value = NULL;

	if (size < 0)
		return errno == ENOATTR ? 0 : -1;
	value = xmalloc((size_t)size + 1);
	size = extattr_get_fd(from, EXTATTR_NAMESPACE_USER, name, value, (size_t)size);
	if (size < 0)
		return errno == ENOATTR ? 0 : -1;
	if (extattr_set_fd(to, EXTATTR_NAMESPACE_USER, name, value, (size_t)size) < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	return 0;
}

/* The list has, for each name, a byte that says how long it is, and the name. */
static int copy_attributes(int from, int to)
{
	ssize_t size = extattr_list_fd(from, EXTATTR_NAMESPACE_USER, NULL, 0), at = 0;
	AUTO_FREE unsigned char *list = NULL;

	if (size <= 0)
		return size == 0 || errno == EOPNOTSUPP ? 0 : -1;
	list = xmalloc((size_t)size);
	size = extattr_list_fd(from, EXTATTR_NAMESPACE_USER, list, (size_t)size);
	if (size < 0)
		return -1;
	while (at < size && at + 1 + list[at] <= size) {
		AUTO_FREE char *name = xstrndup((const char *)list + at + 1, list[at]);

		if (copy_attribute(from, to, name) != 0)
			return -1;
		at += 1 + list[at];
	}
	return 0;
}

/* A list that says no more than the mode is trivial, and the mode is set already. */
static int copy_acl(int from, int to, acl_type_t type)
{
	acl_t acl = acl_get_fd_np(from, type);
	int trivial = 0, rc = 0, errnum = 0;

	if (acl == NULL)
		return is_unsupported(errno) ? 0 : -1;
	if (acl_is_trivial_np(acl, &trivial) == 0 && !trivial)
		rc = acl_set_fd_np(to, acl, type);
	if (rc != 0)
		errnum = errno;
	acl_free(acl);
	if (rc == 0 || is_unsupported(errnum))
		return 0;
	errno = errnum;
	return -1;
}

int file_copy_attributes(int from, int to)
{
	if (copy_attributes(from, to) != 0 || copy_acl(from, to, ACL_TYPE_NFS4) != 0 ||
		copy_acl(from, to, ACL_TYPE_ACCESS) != 0)
		return -1;
	/* files have none, and say so */
	return copy_acl(from, to, ACL_TYPE_DEFAULT);
}

/* There is no such call for one file system; ZFS has written its log when this returns. */
int file_sync_all(int fd)
{
	sync();
	return fsync(fd);
}
