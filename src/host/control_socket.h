/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unix sockets in a directory that is open: paths may be longer than a socket's address can be.
 */
#ifndef HOST_CONTROL_SOCKET_H
#define HOST_CONTROL_SOCKET_H

#include "base/error.h"

/* A new socket, which does not wait, at a name that is not taken; listen(2) is for who serves it.
 */
int control_bind(int directory, const char *name, struct error *err);

/*
 * A connection to the socket of that name, without waiting. err->code: EAGAIN where as many wait
 * already as it takes, ECONNREFUSED where nobody listens, ENOENT where there is none.
 */
int control_connect(int directory, const char *name, struct error *err);

#endif
