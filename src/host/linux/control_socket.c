/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets by /proc/self/fd, proc(5): host/control_socket.h. */
#include "host/control_socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/mem.h"

static struct sockaddr_un address_of(int directory, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(
		address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", directory, name);
	return address;
}

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int control_bind(int directory, const char *name, struct error *err)
{
	const struct sockaddr_un address = address_of(directory, name);
	AUTO_CLOSE int fd = new_socket();

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return error_errno(err, errno, "cannot make the control socket");
	return take_fd(&fd);
}

int control_connect(int directory, const char *name, struct error *err)
{
	const struct sockaddr_un address = address_of(directory, name);
	AUTO_CLOSE int fd = new_socket();

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return error_errno(err, errno, "cannot connect to the control socket");
	return take_fd(&fd);
}
