/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of loader.conf(5). */
#ifndef FREEBSD_LOADER_CONF_H
#define FREEBSD_LOADER_CONF_H

#include <stdbool.h>

#include "base/mem.h"

/* True if the loader would set the variable to that value: the last setting of it counts. */
bool loader_conf_has(const char *text, const char *name, const char *value);

/* Appends to *text, of which it is the end, what sets the variable. */
void loader_conf_add(struct buffer *text, const char *name, const char *value);

#endif
