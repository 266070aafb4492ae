/* SPDX-License-Identifier: BSD-2-Clause */
/* Making base images. */
#ifndef BUILD_IMAGE_CREATE_H
#define BUILD_IMAGE_CREATE_H

#include "http/api.h"

/* A stream_fn. */
int image_create(struct daemon *d, struct session *s, json_t *config, struct error *err);

#endif
