/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's API. */
#ifndef API_ENDPOINTS_H
#define API_ENDPOINTS_H

#include "http/api.h"

extern const struct api api;

#endif
