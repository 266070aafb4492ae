/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fds.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

static void sort(int *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t k = i; k > 0 && list[k - 1] > list[k]; k--) {
			int fd = list[k];

			list[k] = list[k - 1];
			list[k - 1] = fd;
		}
	}
}

void fds_keep(int *keep, size_t n)
{
	unsigned int from = 3;

	sort(keep, n);
	for (size_t i = 0; i < n; i++) {
		unsigned int fd = (unsigned int)keep[i];

		if (keep[i] < 0 || fd < from)
			continue;
		if (fd > from)
			close_range(from, fd - 1, 0);
		from = fd + 1;
	}
	close_range(from, ~0U, 0);
}

int fd_send(int socket, int fd)
{
	union control control = {0};
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space)};

	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	return sendmsg(socket, &msg, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int fd_receive(int socket)
{
	union control control = {0};
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space)};
	int fd = -1;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) == 1 &&
		control.align.cmsg_len == CMSG_LEN(sizeof(int)) &&
		control.align.cmsg_level == SOL_SOCKET && control.align.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.align), sizeof(fd));
	return fd;
}
