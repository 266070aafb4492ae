/* SPDX-License-Identifier: BSD-2-Clause */
/* `kleened stop-containers`: what becomes of containers when the host goes down. */
#ifndef KLEENED_STOP_ALL_H
#define KLEENED_STOP_ALL_H

#include "base/error.h"

struct daemon;

/*
 * Stops all containers that run, together, each as a stop by hand would, and waits for their ends.
 * It is nobody's wish that they stay down (host_ends in daemon.h), so that the next daemon starts
 * those whose restart policy wants it. For a daemon that answers no clients and starts nothing.
 * -1: some could not be ended; they are named in the log.
 */
int stop_all(struct daemon *d, struct error *err);

#endif
