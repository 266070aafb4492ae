/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/file.h"

#include <sys/types.h>

#include <sys/acl.h>
#include <sys/extattr.h>

#include <errno.h>
#include <string.h>

int file_set_xattr(int fd, const char *name, const void *value, size_t size)
{
	/* the other name spaces are the kernel's own, and differ from Linux's */
	if (strncmp(name, "user.", 5) != 0)
		return 0;
	if (extattr_set_fd(fd, EXTATTR_NAMESPACE_USER, name + 5, value, size) >= 0)
		return 1;
	return errno == EOPNOTSUPP ? 0 : -1;
}

static int add_entry(acl_t *list, const struct file_acl_entry *e)
{
	static const acl_tag_t tags[] = {
		ACL_USER_OBJ, ACL_USER, ACL_GROUP_OBJ, ACL_GROUP, ACL_MASK, ACL_OTHER};
	static const acl_perm_t perms[] = {ACL_EXECUTE, ACL_WRITE, ACL_READ};
	uid_t id = e->id;
	acl_entry_t entry;
	acl_permset_t set;

	if (acl_create_entry(list, &entry) != 0 || acl_set_tag_type(entry, tags[e->tag]) != 0 ||
		acl_get_permset(entry, &set) != 0 || acl_clear_perms(set) != 0)
		return -1;
	for (unsigned int i = 0; i < 3; i++)
		if ((e->permissions & (1u << i)) != 0 && acl_add_perm(set, perms[i]) != 0)
			return -1;
	if (e->tag == FILE_ACL_USER || e->tag == FILE_ACL_GROUP)
		return acl_set_qualifier(entry, &id);
	return 0;
}

int file_set_acl(int fd, bool inherited, const struct file_acl_entry *acl, size_t n)
{
	acl_t list = acl_init((int)n);
	int rc = list == NULL ? -1 : 0, errnum;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add_entry(&list, &acl[i]);
	if (rc == 0)
		rc = acl_set_fd_np(fd, list, inherited ? ACL_TYPE_DEFAULT : ACL_TYPE_ACCESS);
	errnum = errno;
	if (list != NULL)
		acl_free(list);
	/* zfs(8) has lists of another kind, NFSv4's, and says EINVAL */
	if (rc != 0 && (errnum == EOPNOTSUPP || errnum == EINVAL))
		return 0;
	errno = errnum;
	return rc == 0 ? 1 : -1;
}
