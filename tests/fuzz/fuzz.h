/* SPDX-License-Identifier: BSD-2-Clause */
/* What fuzzing targets have in common. Each is for libFuzzer (`make fuzz`) and for replay.c. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true of any input; abort(3) is what a fuzzer notices. */
static inline void must(bool condition)
{
	if (!condition)
		abort();
}

/* The input as a string of its own, which the caller frees: reading past its end is noticed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
