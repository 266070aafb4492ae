/* SPDX-License-Identifier: BSD-2-Clause */
/* Help and usage, written from the tables of commands and options. */
#ifndef KLEE_HELP_H
#define KLEE_HELP_H

#include <stdio.h>

#include "klee/command.h"

void help_top(FILE *f, const struct option *const *global_options);
void help_group(FILE *f, const struct group *group);
void help_command(FILE *f, const struct command *command);

#endif
