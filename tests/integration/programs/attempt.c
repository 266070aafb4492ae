/* SPDX-License-Identifier: BSD-2-Clause */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct {
	int number;
	const char *name;
} errors[] = {{EPERM, "EPERM"}, {EACCES, "EACCES"}, {ENOSYS, "ENOSYS"}, {ENOENT, "ENOENT"},
	{EINVAL, "EINVAL"}, {ESRCH, "ESRCH"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
	{EAFNOSUPPORT, "EAFNOSUPPORT"}, {EROFS, "EROFS"}, {ENXIO, "ENXIO"}, {EBADF, "EBADF"},
	{ENOMEM, "ENOMEM"}, {EAGAIN, "EAGAIN"}, {EMFILE, "EMFILE"}, {ENETUNREACH, "ENETUNREACH"},
	{ECONNREFUSED, "ECONNREFUSED"}};

static int raw_socket(const char *argument)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int raw_socket6(const char *argument)
{
	return socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
}

static int set_clock(const char *argument)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now);
}

static int open_file(const char *path)
{
	return open(path, O_RDONLY);
}

static int open_to_write(const char *path)
{
	return open(path, O_WRONLY);
}

/* argument: the number of a queue that there is; "": a new one. */
static int message_queue(const char *number)
{
	struct msqid_ds about;
	int id;

	if (*number)
		return msgctl((int)strtol(number, NULL, 10), IPC_STAT, &about);
	id = msgget(IPC_PRIVATE, 0600);
	if (id >= 0)
		msgctl(id, IPC_RMID, NULL);
	return id;
}

static int semaphores(const char *argument)
{
	int id = semget(IPC_PRIVATE, 1, 0600);

	if (id >= 0)
		semctl(id, 0, IPC_RMID);
	return id;
}

static int shared_memory(const char *argument)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return id;
}

/* More than any system lets a process lock that may not. */
static int lock_memory(const char *argument)
{
	const size_t size = 64 << 20;
	void *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);

	return memory == MAP_FAILED ? -1 : mlock(memory, size);
}

static int take_memory(const char *megabytes)
{
	size_t size = strtoul(megabytes, NULL, 10) << 20;
	volatile char *memory = malloc(size);

	if (memory == NULL)
		return -1;
	for (size_t i = 0; i < size; i += 1024)
		memory[i] = 'x';
	return 0;
}

/* Says so when it has the memory, and keeps it. */
static int hold_memory(const char *megabytes)
{
	if (take_memory(megabytes) != 0)
		return -1;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static int reserved_port(const char *argument)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(81)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static const struct action common[] = {
	{"raw-socket", raw_socket},
	{"raw-socket6", raw_socket6},
	{"set-clock", set_clock},
	{"open", open_file},
	{"write", open_to_write},
	{"message-queue", message_queue},
	{"semaphores", semaphores},
	{"shared-memory", shared_memory},
	{"lock-memory", lock_memory},
	{"take-memory", take_memory},
	{"hold-memory", hold_memory},
	{"reserved-port", reserved_port},
	{NULL, NULL},
};

static const struct action *find(const struct action *list, const char *name)
{
	while (list->name != NULL && strcmp(list->name, name) != 0)
		list++;
	return list->name != NULL ? list : NULL;
}

int main(int argc, char **argv)
{
	const struct action *action = argc > 1 ? find(common, argv[1]) : NULL;

	if (action == NULL && argc > 1)
		action = find(actions, argv[1]);
	if (action == NULL) {
		fputs("usage: attempt ACTION [ARGUMENT]\n", stderr);
		return 2;
	}
	if (action->run(argc > 2 ? argv[2] : "") >= 0) {
		puts("done");
		return 0;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == errno) {
			puts(errors[i].name);
			return 0;
		}
	printf("error %d\n", errno);
	return 0;
}
