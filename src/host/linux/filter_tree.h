/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From numbers of system calls to what becomes of each: as a search tree in the language of
 * seccomp(2)'s programs. Pure.
 */
#ifndef HOST_LINUX_FILTER_TREE_H
#define HOST_LINUX_FILTER_TREE_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/*
 * What a call leads to: a return value of seccomp(2), SECCOMP_RET_…; or, with this bit, which none
 * of those has beside SECCOMP_RET_KILL_PROCESS, piece (leaf & ~FILTER_PIECE) of the program.
 */
#define FILTER_PIECE 0x80000000u

/* One call, or one and all above it up to the next. */
struct filter_call {
	uint32_t number;
	uint32_t leaf;
};

/* Jumps whose aim is not known yet: to the beginning of a piece. */
struct filter_jumps {
	struct filter_jump {
		size_t at; /* instruction */
		uint32_t piece;
	} * v;
	size_t n;
};

/* Appends an instruction to a program. */
void filter_put(struct buffer *program, struct sock_filter instruction);

/*
 * Appends the tree for the calls, which it sorts and joins to runs; other numbers lead to the leaf
 * otherwise. The number is in the accumulator. All ways end in a leaf.
 */
void filter_tree_put(struct buffer *program, struct filter_jumps *jumps, struct filter_call *calls,
	size_t n, uint32_t otherwise);

/* Has the jumps to the piece lead to what is appended next. */
void filter_jumps_land(struct buffer *program, const struct filter_jumps *jumps, uint32_t piece);

void filter_jumps_free(struct filter_jumps *jumps);

#endif
