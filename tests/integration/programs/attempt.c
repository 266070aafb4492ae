#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct {
	int number;
	const char *name;
} errors[] = {{EPERM, "EPERM"}, {EACCES, "EACCES"}, {ENOSYS, "ENOSYS"}, {ENOENT, "ENOENT"},
	{EINVAL, "EINVAL"}, {ESRCH, "ESRCH"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
	{EAFNOSUPPORT, "EAFNOSUPPORT"}, {EROFS, "EROFS"}, {ENXIO, "ENXIO"}, {EBADF, "EBADF"}};

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

static const struct action common[] = {
	{"raw-socket", raw_socket},
	{"raw-socket6", raw_socket6},
	{"set-clock", set_clock},
	{"open", open_file},
	{"write", open_to_write},
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
