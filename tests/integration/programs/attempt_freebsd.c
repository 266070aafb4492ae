/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/jail.h>
#include <sys/linker.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

static int mount_type(const char *type, const char *where)
{
	struct iovec iov[4] = {
		{(void *)(uintptr_t) "fstype", sizeof("fstype")},
		{(void *)(uintptr_t)type, strlen(type) + 1},
		{(void *)(uintptr_t) "fspath", sizeof("fspath")},
		{(void *)(uintptr_t)where, strlen(where) + 1},
	};

	return nmount(iov, 4, 0);
}

static int mount_tmpfs(const char *where)
{
	return mount_type("tmpfs", where);
}

static int load_module(const char *argument)
{
	return kldload("nullfs");
}

static int trace(const char *pid)
{
	return ptrace(PT_ATTACH, (pid_t)strtol(pid, NULL, 10), NULL, 0);
}

static int trace_child(const char *argument)
{
	pid_t pid = fork();
	int result, saved;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	result = ptrace(PT_ATTACH, pid, NULL, 0);
	saved = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = saved;
	return result;
}

static int set_hostname(const char *name)
{
	return sethostname(name, (int)strlen(name));
}

static int read_log(const char *argument)
{
	size_t size = 0;

	return sysctlbyname("kern.msgbuf", NULL, &size, NULL, 0);
}

/* Makes a file immutable, and undoes it. */
static int set_immutable(const char *path)
{
	return chflags(path, SF_IMMUTABLE) == 0 ? chflags(path, 0) : -1;
}

/* Makes a jail of its own: children.max is 0. */
static int make_jail(const char *argument)
{
	struct iovec iov[2] = {
		{(void *)(uintptr_t) "path", sizeof("path")},
		{(void *)(uintptr_t) "/", sizeof("/")},
	};

	return jail_set(iov, 2, JAIL_CREATE);
}

/* How many descriptors beyond the three it was started with; ENOENT: none. */
static int inherited_files(const char *argument)
{
	int n = 0;

	for (int fd = 3; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	errno = ENOENT;
	return n > 0 ? 0 : -1;
}

/*
 * Traces whoever has entered the jail and is not yet one of its own programs, until that succeeds
 * or was refused to it three times.
 */
static int trace_newcomers(const char *argument)
{
	int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
	static struct kinfo_proc list[512];

	for (int refused = 0; refused < 3;) {
		size_t size = sizeof(list);

		if (sysctl(mib, 3, list, &size, NULL, 0) != 0)
			continue;
		for (size_t i = 0; i < size / sizeof(*list); i++) {
			if (strcmp(list[i].ki_comm, "warden") != 0)
				continue;
			if (ptrace(PT_ATTACH, list[i].ki_pid, NULL, 0) == 0)
				return 0;
			refused += errno == EPERM;
		}
	}
	errno = EPERM;
	return -1;
}

/* Waits at a socket for one who connects, and gives him its root directory. */
static int give_root(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char space[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd, root = open("/", O_RDONLY);

	strlcpy(address.sun_path, path, sizeof(address.sun_path));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(listener, 1) != 0 || (fd = accept(listener, NULL, NULL)) < 0)
		return -1;
	*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(c), &root, sizeof(root));
	return sendmsg(fd, &m, 0) == 1 && read(fd, &byte, 1) >= 0 ? 0 : -1;
}

/* argument: the socket, ':' and a path on the host without its slash: goes up from what it is
 * given. */
static int take_root(const char *argument)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char space[CMSG_SPACE(sizeof(int))], byte, up[256] = "";
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space)};
	const char *file = strchr(argument, ':') + 1;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), root;

	memcpy(address.sun_path, argument, (size_t)(file - argument - 1));
	for (int tries = 0; connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0;
		tries++) {
		if (tries == 1000)
			return -1;
		usleep(10000);
	}
	if (recvmsg(fd, &m, 0) != 1 || m.msg_controllen < CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&root, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(root));
	for (int i = 0; i < 32; i++)
		strlcat(up, "../", sizeof(up));
	strlcat(up, file, sizeof(up));
	return openat(root, up, O_RDONLY);
}

const struct action actions[] = {
	{"make-jail", make_jail},
	{"inherited-files", inherited_files},
	{"trace-newcomers", trace_newcomers},
	{"give-root", give_root},
	{"take-root", take_root},
	{"load-module", load_module},
	{"mount", mount_tmpfs},
	{"trace", trace},
	{"trace-child", trace_child},
	{"set-hostname", set_hostname},
	{"read-log", read_log},
	{"set-immutable", set_immutable},
	{NULL, NULL},
};
