/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors of processes just made. All of it may be called in the child of a process with
 * threads, before execve(2): system calls only.
 */
#ifndef BASE_FDS_H
#define BASE_FDS_H

#include <stddef.h>

/*
 * Closes every descriptor but 0, 1, 2 and those of keep, which is sorted; close_range(2). The first
 * thing a child does: until then it holds copies of all that its parent has open, locks and other
 * children's sockets among them, whose end would not be seen.
 */
void fds_keep(int *keep, size_t n);

/* Passes a descriptor over a Unix socket, with one byte; -1 with errno. unix(4), unix(7) */
int fd_send(int socket, int fd);

/* Waits for one; -1: none came, or the other end is closed. It closes at execve(2). */
int fd_receive(int socket);

#endif
