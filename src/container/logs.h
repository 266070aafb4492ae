/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading containers' logs: the endpoint behind "klee container logs". */
#ifndef CONTAINER_LOGS_H
#define CONTAINER_LOGS_H

#include "http/api.h"

int logs_stream(struct daemon *d, struct session *s, json_t *config, struct error *err);

#endif
