#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/linker.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
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

const struct action actions[] = {
	{"load-module", load_module},
	{"mount", mount_tmpfs},
	{"trace", trace},
	{"trace-child", trace_child},
	{"set-hostname", set_hostname},
	{"read-log", read_log},
	{"set-immutable", set_immutable},
	{NULL, NULL},
};
