/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that limit what a container may use of the host. */
#ifndef KLEE_LIMIT_H
#define KLEE_LIMIT_H

#include "klee/klee.h"

extern const struct option limit_options[];

/* The value of an option in bytes; *bytes stays as it is when it is not given. "" stands for 0. */
int size_option(const struct args *args, const char *option, long long *bytes, struct error *err);

/*
 * Sets "memory", "cpus" and "pids" of a ContainerConfig for those options that were given; "0" and
 * "" stand for no limit.
 */
int limits_config(const struct args *args, json_t *config, struct error *err);

#endif
