/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"

/* as in <linux/fs.h>, which does not go together with <sys/mount.h> */
#define FS_IOC_GETFLAGS _IOR('f', 1, long)
#define FS_IOC_SETFLAGS _IOW('f', 2, long)
#define FS_IMMUTABLE_FL 0x10

static int icmp_socket(const char *argument)
{
	return socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static int icmp_socket6(const char *argument)
{
	return socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
}

static int packet_socket(const char *argument)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int load_module(const char *argument)
{
	return (int)syscall(SYS_init_module, "", 0, "");
}

static int mount_tmpfs(const char *where)
{
	return mount("attempt", where, "tmpfs", 0, NULL);
}

static int mount_bind(const char *where)
{
	return mount("/etc", where, NULL, MS_BIND, NULL);
}

/* The whole of a device of the host, by its number; argument: major:minor. */
static int mount_device(const char *number)
{
	char *colon;
	unsigned long major = strtoul(number, &colon, 10);

	if (mknod("/tmp/device", S_IFBLK | 0600, makedev(major, strtoul(colon + 1, NULL, 10))) != 0)
		return -1;
	return mount("/tmp/device", "/tmp", "ext4", MS_RDONLY, NULL);
}

/* The same through a file system's own interface: only reading the device. */
static int read_device(const char *number)
{
	char *colon;
	unsigned long major = strtoul(number, &colon, 10);

	if (mknod("/tmp/node", S_IFBLK | 0600, makedev(major, strtoul(colon + 1, NULL, 10))) != 0)
		return -1;
	return open("/tmp/node", O_RDONLY);
}

static int trace(const char *pid)
{
	return (int)ptrace(PTRACE_SEIZE, (pid_t)strtol(pid, NULL, 10), NULL, NULL);
}

/* A child of its own: what debuggers do. */
static int trace_child(const char *argument)
{
	pid_t pid = fork();
	int result, saved;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	result = (int)ptrace(PTRACE_SEIZE, pid, NULL, NULL);
	saved = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = saved;
	return result;
}

static int read_memory(const char *pid)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};

	return (int)process_vm_readv((pid_t)strtol(pid, NULL, 10), &local, 1, &remote, 1, 0);
}

static int limit(pid_t pid, int resource)
{
	const struct rlimit none = {0, 0};

	return prlimit(pid, (enum __rlimit_resource)resource, &none, NULL);
}

static int limit_files(pid_t pid)
{
	return limit(pid, RLIMIT_NOFILE);
}

static int limit_processors_time(pid_t pid)
{
	return limit(pid, RLIMIT_CPU);
}

static int limit_memory(pid_t pid)
{
	return limit(pid, RLIMIT_AS);
}

static int read_limit(pid_t pid)
{
	struct rlimit files;

	return prlimit(pid, RLIMIT_NOFILE, NULL, &files);
}

static int priority(pid_t pid)
{
	return setpriority(PRIO_PROCESS, (id_t)pid, 19);
}

static int priority_of_group(pid_t pid)
{
	return setpriority(PRIO_PGRP, (id_t)pid, 19);
}

static int scheduler(pid_t pid)
{
	const struct sched_param param = {0};

	return sched_setscheduler(pid, SCHED_IDLE, &param);
}

static int affinity(pid_t pid)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	return sched_setaffinity(pid, sizeof(first), &first);
}

/* IOPRIO_WHO_PROCESS, IOPRIO_CLASS_IDLE */
static int io_priority(pid_t pid)
{
	return (int)syscall(SYS_ioprio_set, 1, pid, 3 << 13);
}

static int memory(pid_t pid)
{
	char byte = 0;
	struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};

	return process_vm_writev(pid, &local, 1, &remote, 1, 0) < 0 ? -1 : 0;
}

static int seize(pid_t pid)
{
	return (int)ptrace(PTRACE_SEIZE, pid, NULL, NULL);
}

static int take_descriptor(pid_t pid)
{
	return (int)syscall(438, syscall(SYS_pidfd_open, pid, 0), 3, 0); /* pidfd_getfd(2) */
}

static int compare(pid_t pid)
{
	return (int)syscall(SYS_kcmp, pid, pid, 0, 0, 0);
}

static int move_pages_of(pid_t pid)
{
	return (int)syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0);
}

static int write_setting(pid_t pid, const char *name, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY);
	return fd < 0 ? -1 : (int)write(fd, value, strlen(value));
}

static int first_out_of_memory(pid_t pid)
{
	return write_setting(pid, "oom_score_adj", "1000");
}

static int group_priority(pid_t pid)
{
	return write_setting(pid, "autogroup", "19");
}

static int core(pid_t pid)
{
	return write_setting(pid, "coredump_filter", "0x7f");
}

/* Tries all that a user can do to his own processes, and prints what he could do to this one. */
static int steer(const char *argument)
{
	static const struct {
		const char *name;
		int (*run)(pid_t pid);
	} ways[] = {{"read-limit", read_limit}, {"priority", priority},
		{"priority-of-group", priority_of_group}, {"scheduler", scheduler},
		{"affinity", affinity}, {"io-priority", io_priority}, {"memory", memory},
		{"seize", seize}, {"descriptor", take_descriptor}, {"compare", compare},
		{"move-pages", move_pages_of}, {"oom", first_out_of_memory},
		{"autogroup", group_priority}, {"core", core}, {"limit-files", limit_files},
		{"limit-memory", limit_memory}, {"limit-time", limit_processors_time}};
	pid_t pid = (pid_t)strtol(argument, NULL, 10);

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].run(pid) >= 0)
			printf("%s ", ways[i].name);
	return 0;
}

static int user_namespace(const char *argument)
{
	return unshare(CLONE_NEWUSER);
}

static int network_namespace(const char *argument)
{
	return unshare(CLONE_NEWNET);
}

static int set_hostname(const char *name)
{
	return sethostname(name, 4);
}

static int read_log(const char *argument)
{
	return (int)syscall(SYS_syslog, 10, NULL, 0);
}

static int add_key(const char *argument)
{
	return (int)syscall(SYS_add_key, "user", "attempt", "x", 1, -4);
}

static int bpf(const char *argument)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

/* Binds a socket of TCP or UDP over IPv4 or IPv6 to a port of this host; argument: PORT[u][6]. */
static int bind_port(const char *argument)
{
	char *end;
	unsigned short port = htons((unsigned short)strtoul(argument, &end, 10));
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 address6 = {
		.sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int type = *end == 'u' ? SOCK_DGRAM : SOCK_STREAM;

	if (strchr(end, '6') == NULL)
		return bind(socket(AF_INET, type, 0), (struct sockaddr *)&address, sizeof(address));
	return bind(socket(AF_INET6, type, 0), (struct sockaddr *)&address6, sizeof(address6));
}

/* The same from a user namespace of the caller's own, in which it has all capabilities. */
static int bind_port_nested(const char *argument)
{
	return unshare(CLONE_NEWUSER) != 0 ? -1 : bind_port(argument);
}

static int netlink_socket(const char *protocol)
{
	return socket(AF_NETLINK, SOCK_RAW, (int)strtol(protocol, NULL, 10));
}

/* Connects to an abstract socket, unix(7). */
static int connect_abstract(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strncpy(address.sun_path + 1, name, sizeof(address.sun_path) - 2);
	return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

/* Connects to a socket in the file system. */
static int connect_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	return connect(
		socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
}

/* Connects to a port of 127.0.0.1. */
static int connect_port(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((unsigned short)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return connect(
		socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
}

static int inotify(const char *argument)
{
	return inotify_init();
}

/* Takes all that the kernel gives, tells it by a file, and keeps it. */
static int take_inotify(const char *file)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	while (inotify_init() >= 0)
		continue;
	/* a descriptor is left: it is something else that has come to an end */
	if (errno != EMFILE || open(file, O_CREAT | O_WRONLY, 0600) < 0)
		return -1;
	return pause();
}

/* argument: a call's number, and its arguments, separated by commas; the rest is 0. */
static int call(const char *argument)
{
	long values[6] = {0};

	for (int i = 0; i < 6 && *argument != '\0'; i++) {
		char *end;

		values[i] = strtol(argument, &end, 0);
		argument = *end == ',' ? end + 1 : end;
	}
	return (int)syscall(values[0], values[1], values[2], values[3], values[4], values[5]);
}

/* The same by the entry of 32-bit programs. */
static int call_32(const char *argument)
{
#ifdef __x86_64__
	char *end;
	long number = strtol(argument, &end, 0), first = *end == ',' ? strtol(end + 1, NULL, 0) : 0;

	__asm__ volatile("int $0x80"
			 : "+a"(number)
			 : "b"(first), "c"(0), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if (number >= 0)
		return 0;
	errno = (int)-number;
	return -1;
#else
	errno = ENOSYS;
	return -1;
#endif
}

/* Makes a file immutable, and undoes it. */
static int set_immutable(const char *path)
{
	int fd = open(path, O_RDONLY), flags, result;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
		return -1;
	flags |= FS_IMMUTABLE_FL;
	result = ioctl(fd, FS_IOC_SETFLAGS, &flags);
	if (result != 0)
		return result;
	flags &= ~FS_IMMUTABLE_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

const struct action actions[] = {
	{"icmp-socket", icmp_socket},
	{"icmp-socket6", icmp_socket6},
	{"packet-socket", packet_socket},
	{"load-module", load_module},
	{"mount", mount_tmpfs},
	{"mount-bind", mount_bind},
	{"mount-device", mount_device},
	{"read-device", read_device},
	{"trace", trace},
	{"trace-child", trace_child},
	{"read-memory", read_memory},
	{"steer", steer},
	{"user-namespace", user_namespace},
	{"network-namespace", network_namespace},
	{"set-hostname", set_hostname},
	{"read-log", read_log},
	{"add-key", add_key},
	{"bpf", bpf},
	{"bind-port", bind_port},
	{"bind-port-nested", bind_port_nested},
	{"netlink-socket", netlink_socket},
	{"connect-abstract", connect_abstract},
	{"connect-socket", connect_socket},
	{"connect-port", connect_port},
	{"inotify", inotify},
	{"take-inotify", take_inotify},
	{"call", call},
	{"call-32", call_32},
	{"set-immutable", set_immutable},
	{NULL, NULL},
};
