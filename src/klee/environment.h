/* SPDX-License-Identifier: BSD-2-Clause */
/* Environment variables as options give them: -e NAME=VALUE, -e NAME, --env-file FILE. */
#ifndef KLEE_ENVIRONMENT_H
#define KLEE_ENVIRONMENT_H

#include "klee/klee.h"

/*
 * Gathers the variables of the options "env" and, if the command has it, "env-file": first the
 * files' lines, then the options', so that those win. A name alone takes its value from klee's own
 * environment, and is left out where it has none. In a file, empty lines and lines beginning with
 * '#' are skipped, as are blanks in front; nothing is unquoted or replaced. An entry without a
 * proper name is an error with, for files, name and line.
 */
int environment(const struct args *args, bool files, struct strings *env, struct error *err);

#endif
