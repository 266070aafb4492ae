/* Building images from Dockerfiles: the endpoint. */
#ifndef KLEENED_BUILD_BUILD_H
#define KLEENED_BUILD_BUILD_H

#include "kleened/api/api.h"

/*
 * /images/build. The image id is known from the first message on; the build ends when the client
 * goes away, and nothing is left of it then.
 */
int image_build(struct daemon *d, struct session *s, json_t *config, struct error *err);

#endif
