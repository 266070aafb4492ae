/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/detached.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

int detached_begin(const char *type, struct error *err)
{
	int fs = fsopen(type, FSOPEN_CLOEXEC);

	return fs >= 0 ? fs : error_errno(err, errno, "cannot make a file system %s", type);
}

int detached_end(int *fs, const char *type, unsigned int attributes, struct error *err)
{
	int fd = -1;

	if (fsconfig(*fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(*fs, FSMOUNT_CLOEXEC, attributes);
	if (fd < 0)
		error_errno(err, errno, "cannot make a file system %s", type);
	close_fd(fs);
	return fd;
}

int detached_make(const char *type, const char *options, unsigned int attributes, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(options ? options : "");
	AUTO_CLOSE int fs = detached_begin(type, err);
	char *rest = options ? copy : NULL, *name;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", type, 0) != 0)
		return fs < 0 ? -1 : error_errno(err, errno, "cannot name a %s", type);
	while ((name = strsep(&rest, ",")) != NULL) {
		char *value = strchr(name, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (fsconfig(fs, FSCONFIG_SET_STRING, name, value, 0) != 0)
			return error_errno(err, errno, "option %s=%s of %s", name, value, type);
	}
	return detached_end(&fs, type, attributes, err);
}

int detached_copy(int fd, const char *name, unsigned int attributes, struct error *err)
{
	struct mount_attr attr = {.attr_set = attributes};
	AUTO_CLOSE int tree =
		open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) != 0)
		return error_errno(err, errno, "cannot take %s a second time", name);
	return take_fd(&tree);
}

int detached_attach(
	int tree, int place, const char *name, struct mounted *mounted, struct error *err)
{
	if (move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
		return error_errno(err, errno, "cannot mount %s in the container", name);
	return mounted_note(mounted, tree, err);
}

int mounted_note(struct mounted *mounted, int fd, struct error *err)
{
	struct statx about;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &about) != 0)
		return error_errno(err, errno, "cannot examine a mount of the container");
	if (mounted->n == MOUNTED_MAX)
		return error_set(err, ERROR_SYSTEM, "the container has too many mounts");
	mounted->ids[mounted->n++] = about.stx_mnt_id;
	return 0;
}

static bool is_noted(const struct mounted *mounted, uint64_t id)
{
	for (size_t i = 0; i < mounted->n; i++)
		if (mounted->ids[i] == id)
			return true;
	return false;
}

int mounted_check(const struct mounted *mounted, int proc, struct error *err)
{
	AUTO_CLOSE int fd = openat(proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	AUTO_FREE char *line = NULL;
	size_t size = 0, n = 0;
	bool known = true;

	if (file == NULL)
		return error_errno(err, errno, "cannot read the container's table of mounts");
	(void)take_fd(&fd); /* it is the stream's now */
	while (known && getline(&line, &size, file) > 0) {
		known = is_noted(mounted, strtoull(line, NULL, 10));
		n++;
	}
	fclose(file);
	if (known && n == mounted->n)
		return 0;
	if (known)
		return error_set(err, ERROR_SYSTEM, "the container lacks %zu of its %zu mounts",
			mounted->n - n, mounted->n);
	line[strcspn(line, "\n")] = '\0';
	return error_set(err, ERROR_SYSTEM,
		"there is a mount in the container that is not its own: %s", line);
}

int root_check(struct error *err)
{
	struct statx root, above;

	if (statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &root) != 0 ||
		statx(AT_FDCWD, "/..", 0, STATX_INO | STATX_MNT_ID, &above) != 0)
		return error_errno(err, errno, "cannot examine the container's root directory");
	if (root.stx_mnt_id != above.stx_mnt_id || root.stx_ino != above.stx_ino)
		return error_set(
			err, ERROR_SYSTEM, "the container's root directory does not end its paths");
	return 0;
}
