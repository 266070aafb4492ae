/* SPDX-License-Identifier: BSD-2-Clause */
/* Can containers have user namespaces here? The kernel is asked by doing what a container does. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fds.h"
#include "host/linux/handover.h"
#include "host/linux/host.h"

/* What is in the trial's directory, in the order in which it can be removed. */
static const struct entry {
	const char *name;
	enum { BEFORE, DURING } made;
	int flags; /* for unlinkat(2) */
} entries[] = {
	{"upper/file", DURING, 0},
	{"work/work", DURING, AT_REMOVEDIR},
	{"lower", BEFORE, AT_REMOVEDIR},
	{"upper", BEFORE, AT_REMOVEDIR},
	{"work", BEFORE, AT_REMOVEDIR},
};

/*
 * In the new namespaces: mounts an overlay of the tree and writes to it. Returns an errno. No
 * wrappers of libc, which would change the ids of all threads it believes there are.
 */
static int mount_overlay(int tree)
{
	static const char options[] = "lowerdir=lower,upperdir=upper,workdir=work,userxattr";

	if (syscall(SYS_setgid, 0) != 0 || syscall(SYS_setuid, 0) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		move_mount(tree, "", AT_FDCWD, SCRATCH, MOVE_MOUNT_F_EMPTY_PATH) != 0 ||
		fchdir(tree) != 0 || mount("overlay", "lower", "overlay", 0, options) != 0 ||
		open("lower/file", O_WRONLY | O_CREAT, 0600) < 0)
		return errno;
	return 0;
}

/*
 * The child: waits for the tree's descriptor and exits with an errno. If the daemon dies it does
 * not come: nothing else holds the other end of sync, nor does the child hold the root's lock.
 */
_Noreturn static void child_main(int sync)
{
	int tree;

	fds_keep(&sync, 1);
	tree = fd_receive(sync);
	if (tree < 0)
		_exit(ECANCELED);
	_exit(mount_overlay(tree));
}

static int try_in(pid_t pid, int sync, const char *directory, struct error *err)
{
	AUTO_CLOSE int userns = -1, tree = -1;
	struct ids *ids = ids_new();
	const struct ids_wanted none = {.n = 0};
	struct id_map map;
	int result = ids_take(ids, &none, &map, err), status;

	if (result == 0)
		result = ids_map(ids, &map, pid, err);
	ids_free(ids);
	if (result != 0 || (userns = userns_open(pid, err)) < 0 ||
		(tree = tree_open(directory, false, userns, err)) < 0)
		return -1;
	if (fd_send(sync, tree) != 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return error_set(err, ERROR_SYSTEM, "a process in one ended early");
	if (WEXITSTATUS(status) != 0)
		return error_errno(err, WEXITSTATUS(status),
			"cannot mount an overlay of mapped user ids in one");
	return 0;
}

/*
 * True if something failed for a reason that says nothing of what the kernel can do. 0: a process
 * was ended from outside.
 */
static bool is_of_the_moment(int errnum)
{
	static const int errors[] = {0, ENOSPC, EDQUOT, EMFILE, ENFILE, EAGAIN, ENOMEM, ENOBUFS,
		EINTR, EIO, EROFS, ECANCELED, ESRCH};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errnum == errors[i])
			return true;
	return false;
}

static int try_with_child(const char *directory, struct error *err)
{
	const int flags = CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD;
	int sync[2], result;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync) != 0)
		return error_errno(err, errno, "cannot make a socket pair");
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid == 0)
		child_main(sync[1]);
	if (pid < 0 && errno == ENOSPC) /* user.max_user_namespaces: not what it says */
		result = error_errno(err, EUSERS, "cannot make one");
	else if (pid < 0)
		result = error_errno(err, errno, "cannot make one");
	else
		result = try_in(pid, sync[0], directory, err);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(sync[0]);
	close(sync[1]);
	return result;
}

static int try_in_directory(const char *directory, struct error *err)
{
	/* in the trash, which the next daemon empties if this one is killed meanwhile */
	AUTO_FREE char *path = xasprintf("%s/trash/trial-XXXXXX", directory);
	AUTO_CLOSE int fd = -1;
	int result = 0;

	if (mkdtemp(path) == NULL)
		return error_errno(err, errno, "cannot make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(entries) && result == 0; i++)
		if (entries[i].made == BEFORE && mkdirat(fd, entries[i].name, 0700) != 0)
			result = error_errno(err, errno, "cannot make directories in %s", path);
	if (result == 0)
		result = try_with_child(path, err);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		unlinkat(fd, entries[i].name, entries[i].flags);
	rmdir(path);
	return result;
}

int userns_try(const char *directory, struct error *err)
{
	if (try_in_directory(directory, err) == 0)
		return 0;
	if (is_of_the_moment(err->code))
		err->kind = ERROR_UNAVAILABLE;
	return -1;
}
