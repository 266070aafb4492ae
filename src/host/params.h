/* SPDX-License-Identifier: BSD-2-Clause */
/* Jail parameters as the daemon passes them on to the host: "name=value". */
#ifndef HOST_PARAMS_H
#define HOST_PARAMS_H

#include "base/mem.h"

/* The last value that the list gives the parameter, NULL if none. */
const char *param_value(const struct strings *params, const char *name);

#endif
