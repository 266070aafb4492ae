/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for containers that were given none: "adjective_scientist". */
#ifndef PARAMS_NAMES_H
#define PARAMS_NAMES_H

/*
 * Returns a random name; from the attempt'th try on with more and more digits behind, so that one
 * is free in the end. The caller frees it.
 */
char *name_generate(unsigned int attempt);

#endif
