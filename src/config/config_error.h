/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with a configuration file of either program, in one line: "FILE:LINE: REASON". */
#ifndef CONFIG_CONFIG_ERROR_H
#define CONFIG_CONFIG_ERROR_H

#include <cyaml/cyaml.h>

#include "base/error.h"
#include "base/mem.h"

/* A cyaml_log_fn_t: gathers the lines that libcyaml logs; ctx is a struct strings. */
void config_log(cyaml_log_t level, void *ctx, const char *fmt, va_list args);

/*
 * Makes the error out of what was logged for the file. libcyaml tells the place of the token before
 * the mistake where a key is unknown, and none where the file is no YAML: those are looked for
 * again. Returns -1.
 */
int config_error(const char *path, cyaml_err_t code, const struct strings *log, struct error *err);

#endif
