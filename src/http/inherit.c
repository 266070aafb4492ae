/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/inherit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 3
#define MOST  64

static long number(const char *variable)
{
	const char *text = getenv(variable);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

/* Whether the socket is bound to the file at this path, however that is called: /run, /var/run. */
static bool is_bound(int fd, const struct stat *file)
{
	struct sockaddr_un address = {0};
	socklen_t len = sizeof(address) - 1;
	struct stat st;
	int listening = 0;
	socklen_t size = sizeof(listening);

	return getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	       address.sun_family == AF_UNIX && address.sun_path[0] == '/' &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
	       listening != 0 && stat(address.sun_path, &st) == 0 && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

int inherited_socket(const char *path)
{
	struct stat file;
	long n = number("LISTEN_FDS");

	if (number("LISTEN_PID") != (long)getpid() || n <= 0 || stat(path, &file) != 0)
		return -1;
	for (int fd = FIRST; fd < FIRST + (n < MOST ? n : MOST); fd++) {
		if (!is_bound(fd, &file))
			continue;
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
			return -1;
		return fd;
	}
	return -1;
}
