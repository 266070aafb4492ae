/* SPDX-License-Identifier: BSD-2-Clause */
/* `kleened init` and `kleened dryinit`: whether the host has what Kleene needs, and its making. */
#ifndef KLEENED_SETUP_H
#define KLEENED_SETUP_H

#include <stdbool.h>
#include <stdio.h>

#include "host/setup.h"

/*
 * Checks each item, prepares what is missing if apply, and writes a line for each to out: a word
 * (ok, done, reboot, advice, missing, failed), the item, how it is. Returns how many are missing
 * at the end.
 */
int setup_run(const struct setup_item *items, const struct setup *s, bool apply, FILE *out);

/* The whole command with the configuration (config_load). Returns the exit code. */
int setup_main(const char *config_path, bool apply);

#endif
