/* SPDX-License-Identifier: BSD-2-Clause */
/* Building images from Dockerfiles: the endpoint. */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include "base/id.h"
#include "http/api.h"

/*
 * /images/build. The image id is known from the first message on; the build ends when the client
 * goes away, and nothing is left of it then.
 */
int image_build(struct daemon *d, struct session *s, json_t *config, struct error *err);

/*
 * Builds an image by a Dockerfile in memory that needs no context, in a container with the host's
 * network; what its commands write goes to the session. names: as of store_image_ready. Sets id. On
 * failure nothing is left.
 */
int image_build_lines(struct daemon *d, struct session *s, const char *dockerfile,
	const struct strings *names, char id[ID_LEN + 1], struct error *err);

#endif
