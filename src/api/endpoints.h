/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's API. */
#ifndef KLEENED_ENDPOINTS_H
#define KLEENED_ENDPOINTS_H

#include "http/api.h"

extern const struct api api;

#endif
