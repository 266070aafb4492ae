/* The daemon's API. */
#ifndef KLEENED_ENDPOINTS_H
#define KLEENED_ENDPOINTS_H

#include "kleened/api/api.h"

extern const struct api api;

#endif
