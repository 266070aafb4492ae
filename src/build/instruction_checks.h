/* SPDX-License-Identifier: BSD-2-Clause */
/* What of an instruction can be known to be wrong before anything is done. Pure. */
#ifndef BUILD_INSTRUCTION_CHECKS_H
#define BUILD_INSTRUCTION_CHECKS_H

#include "build/dockerfile.h"

/* Takes COPY's options off i->rest. ERROR_INVALID if there is no such one, or its value is bad. */
int copy_options(struct instruction *i, struct error *err);

/* Checks what stands behind the name, as the instruction's form wants it. ERROR_INVALID. */
int instruction_check(const struct instruction *i, struct error *err);

#endif
