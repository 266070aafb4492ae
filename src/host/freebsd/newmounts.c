/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/newmounts.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/freebsd/devfs.h"
#include "host/freebsd/mounts.h"
#include "host/inside.h"
#include "host/params.h"

#define LIST_MAX 24 /* of names and values for nmount(2), with what ends it */

/* Names and values of nmount(2), and its flags. */
struct list {
	const char *v[LIST_MAX];
	size_t n;
	int flags;
};

static void put(struct list *l, const char *name, const char *value)
{
	if (l->n + 2 < LIST_MAX) {
		l->v[l->n++] = name;
		l->v[l->n++] = value;
	}
}

/* Takes "name=value" and words, separated by commas; the text is changed and must stay. */
static void put_options(struct list *l, char *text)
{
	char *option;

	while ((option = strsep(&text, ",")) != NULL) {
		char *value = strchr(option, '=');

		if (strcmp(option, "noexec") == 0)
			l->flags |= MNT_NOEXEC;
		else if (strcmp(option, "nosuid") == 0)
			l->flags |= MNT_NOSUID;
		if (value == NULL)
			continue;
		*value++ = '\0';
		put(l, option, value);
	}
}

int newmount_at(int dir, const struct jail_mount *m, int ruleset, struct error *err)
{
	AUTO_FREE char *options = xstrdup(m->options ? m->options : "");
	struct list list = {.flags = m->read_only ? MNT_RDONLY : 0};
	char number[16];
	int rc;

	put(&list, "fstype", m->type);
	/* the directory that was looked at, whatever its path now leads to */
	put(&list, "fspath", ".");
	put(&list, "from", m->type);
	if (strcmp(m->type, "devfs") == 0 && ruleset != 0) {
		if (devfs_check_ruleset(ruleset, err) != 0)
			return -1;
		snprintf(number, sizeof(number), "%d", ruleset);
		put(&list, "ruleset", number);
	}
	put_options(&list, options);
	if (fchdir(dir) != 0)
		return error_errno(err, errno, "cannot change to its directory");
	rc = mounts_add(list.v, list.flags, err);
	if (chdir("/") != 0 && rc == 0)
		rc = error_errno(err, errno, "cannot change to /");
	return rc;
}

static int mount_wanted(const char *root, const struct jail_mount *m, struct error *err)
{
	AUTO_CLOSE int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO(inside_free) struct inside where = {.fd = -1, .parent = -1};

	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", root);
	if (inside_make(fd, m->destination, true, &where, err) != 0 ||
		newmount_at(where.fd, m, 0, err) != 0)
		return error_prefix(err, "mount on %s", m->destination);
	return 0;
}

int newmounts_wanted(const struct jail_config *config, const char *root, struct error *err)
{
	char fdescfs[] = "fdescfs", procfs[] = "procfs", fd[] = "/dev/fd", proc[] = "/proc";
	const struct {
		const char *param;
		struct jail_mount mount;
	} wanted[] = {{"mount.fdescfs", {.type = fdescfs, .destination = fd}},
		{"mount.procfs", {.type = procfs, .destination = proc}}};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const char *value = param_value(&config->params, wanted[i].param);

		if (value != NULL && strcmp(value, "true") == 0 &&
			mount_wanted(root, &wanted[i].mount, err) != 0)
			return -1;
	}
	return 0;
}
