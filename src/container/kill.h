/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals for containers. */
#ifndef CONTAINER_KILL_H
#define CONTAINER_KILL_H

#include "http/api.h"

/*
 * The endpoint: sends a signal to the process that the container was
 * started for, or, where that has ended, to all. KILL ends the container as a whole, and returns
 * when nothing is left of it.
 */
int container_kill_endpoint(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

#endif
