/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/filter_tree.h"

#define JUMP_MAX 255 /* instructions that a conditional jump can pass over */

static int by_number(const void *a, const void *b)
{
	const struct filter_call *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Calls that lead to the same leaf, side by side: each run reaches up to the next. */
struct runs {
	struct filter_call *v;
	size_t n;
};

static void add_run(struct runs *runs, uint32_t first, uint32_t leaf)
{
	if (runs->n == 0 || runs->v[runs->n - 1].leaf != leaf)
		runs->v[runs->n++] = (struct filter_call){first, leaf};
}

static struct runs join(struct filter_call *calls, size_t n, uint32_t otherwise)
{
	struct runs runs = {.v = xcalloc(2 * n + 1, sizeof(*runs.v))};
	uint32_t next = 0;

	qsort(calls, n, sizeof(*calls), by_number);
	for (size_t i = 0; i < n; i++) {
		if (calls[i].number > next)
			add_run(&runs, next, otherwise);
		add_run(&runs, calls[i].number, calls[i].leaf);
		next = calls[i].number + 1;
	}
	add_run(&runs, next, otherwise);
	return runs;
}

void filter_put(struct buffer *program, struct sock_filter instruction)
{
	buffer_add(program, &instruction, sizeof(instruction));
}

static size_t length(const struct buffer *program)
{
	return program->len / sizeof(struct sock_filter);
}

static size_t tree_size(size_t n)
{
	size_t low = n / 2;
	size_t below = n > 1 ? tree_size(low) : 0;

	return n > 1 ? 1 + (below > JUMP_MAX) + below + tree_size(n - low) : 1;
}

static void put_leaf(struct buffer *program, struct filter_jumps *jumps, uint32_t leaf)
{
	if (!(leaf & FILTER_PIECE)) {
		filter_put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, leaf));
		return;
	}
	jumps->v = xrealloc(jumps->v, (jumps->n + 1) * sizeof(*jumps->v));
	jumps->v[jumps->n++] = (struct filter_jump){length(program), leaf & ~FILTER_PIECE};
	filter_put(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
}

/* The lower half comes first; to the upper one leads a jump, with another where that is too far. */
static void put_runs(struct buffer *program, struct filter_jumps *jumps,
	const struct filter_call *runs, size_t n)
{
	size_t low = n / 2, below;

	if (n == 1) {
		put_leaf(program, jumps, runs->leaf);
		return;
	}
	below = tree_size(low);
	if (below <= JUMP_MAX) {
		filter_put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
					    runs[low].number, (uint8_t)below, 0));
	} else {
		filter_put(program, (struct sock_filter)BPF_JUMP(
					    BPF_JMP | BPF_JGE | BPF_K, runs[low].number, 0, 1));
		filter_put(
			program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)below));
	}
	put_runs(program, jumps, runs, low);
	put_runs(program, jumps, runs + low, n - low);
}

void filter_tree_put(struct buffer *program, struct filter_jumps *jumps, struct filter_call *calls,
	size_t n, uint32_t otherwise)
{
	struct runs runs = join(calls, n, otherwise);

	put_runs(program, jumps, runs.v, runs.n);
	free(runs.v);
}

void filter_jumps_land(struct buffer *program, const struct filter_jumps *jumps, uint32_t piece)
{
	struct sock_filter *instructions = (struct sock_filter *)(void *)program->data;

	for (size_t i = 0; i < jumps->n; i++)
		if (jumps->v[i].piece == piece)
			instructions[jumps->v[i].at].k =
				(uint32_t)(length(program) - jumps->v[i].at - 1);
}

void filter_jumps_free(struct filter_jumps *jumps)
{
	free(jumps->v);
	*jumps = (struct filter_jumps){0};
}
