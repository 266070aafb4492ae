/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/file.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/mem.h"

static int set(int fd, const char *name, const void *value, size_t size)
{
	if (fsetxattr(fd, name, value, size, 0) == 0)
		return 1;
	return errno == ENOTSUP ? 0 : -1;
}

static bool starts_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

int file_set_xattr(int fd, const char *name, const void *value, size_t size)
{
	if (strcmp(name, "security.capability") != 0 &&
		(!starts_with(name, "user.") || starts_with(name, "user.overlay.")))
		return 0;
	return set(fd, name, value, size);
}

static int compare(const void *a, const void *b)
{
	const struct file_acl_entry *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->id == y->id ? 0 : x->id < y->id ? -1 : 1;
}

int file_set_acl(int fd, bool inherited, const struct file_acl_entry *acl, size_t n)
{
	static const uint16_t tags[] = {
		ACL_USER_OBJ, ACL_USER, ACL_GROUP_OBJ, ACL_GROUP, ACL_MASK, ACL_OTHER};
	AUTO_FREE struct file_acl_entry *sorted = xcalloc(n, sizeof(*sorted));
	size_t size =
		sizeof(struct posix_acl_xattr_header) + n * sizeof(struct posix_acl_xattr_entry);
	AUTO_FREE struct posix_acl_xattr_header *header = xcalloc(1, size);
	struct posix_acl_xattr_entry *entry = (struct posix_acl_xattr_entry *)(header + 1);

	/* the kernel wants the entries in this order */
	if (n > 0)
		memcpy(sorted, acl, n * sizeof(*acl));
	qsort(sorted, n, sizeof(*sorted), compare);
	header->a_version = htole32(POSIX_ACL_XATTR_VERSION);
	for (size_t i = 0; i < n; i++) {
		bool named = sorted[i].tag == FILE_ACL_USER || sorted[i].tag == FILE_ACL_GROUP;
		entry[i].e_tag = htole16(tags[sorted[i].tag]);
		entry[i].e_perm = htole16(sorted[i].permissions & 7);
		entry[i].e_id = htole32(named ? sorted[i].id : (uint32_t)ACL_UNDEFINED_ID);
	}
	return set(fd, inherited ? "system.posix_acl_default" : "system.posix_acl_access", header,
		size);
}
