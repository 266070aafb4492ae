/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes: their endpoints. */
#ifndef API_VOLUME_ENDPOINTS_H
#define API_VOLUME_ENDPOINTS_H

#include "http/api.h"

int volume_create(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_list(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_inspect(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_remove(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);
int volume_prune(
	struct daemon *d, const struct request *req, struct response *res, struct error *err);

#endif
