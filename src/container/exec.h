/* SPDX-License-Identifier: BSD-2-Clause */
/* Running commands in containers: the endpoints of execution instances. */
#ifndef CONTAINER_EXEC_H
#define CONTAINER_EXEC_H

#include "http/api.h"

int exec_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int exec_stop(struct daemon *d, const struct request *req, struct response *res, struct error *err);
int exec_resize(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int exec_start(struct daemon *d, struct session *s, json_t *config, struct error *err);

#endif
