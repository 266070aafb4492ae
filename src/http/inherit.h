/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets that a service manager has opened beforehand, as sd_listen_fds(3) describes it. */
#ifndef HTTP_INHERIT_H
#define HTTP_INHERIT_H

/*
 * The listening Unix socket with this path among those handed over to this process, nonblocking and
 * closed at execve(2); -1: there is none. The path stays the service manager's.
 */
int inherited_socket(const char *path);

#endif
