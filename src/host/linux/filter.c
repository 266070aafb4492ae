/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>

#include "host/linux/filter_arguments.h"
#include "host/linux/filter_calls.h"
#include "host/linux/filter_tree.h"

#define NUMBERS	      512 /* of calls, on every architecture */
#define ARM_FIRST     0x0f0000 /* ARM has a few more from here on */
#define ARM_NUMBERS   16
#define UNIFIED_FIRST 424 /* from here on, numbers are the same on all architectures */
#define NO_SUCH_CALL  (SECCOMP_RET_ERRNO | ENOSYS)

/* Architectures of which the kernel runs programs, too; 0: none. */
static uint32_t foreign_of(uint32_t native)
{
	switch (native) {
	case SCMP_ARCH_X86_64:
		return SCMP_ARCH_X86;
	case SCMP_ARCH_AARCH64:
		return SCMP_ARCH_ARM;
	default:
		return 0;
	}
}

/* Whether the word of the table is this call; name: the library's for the number, or NULL. */
static bool is_call(const char *word, size_t len, const char *name, unsigned int number)
{
	const char *equals;
	size_t of_name;

	if (number < UNIFIED_FIRST && (name == NULL || *name != *word))
		return false; /* quickly: nearly all that is compared */
	equals = memchr(word, '=', len);
	of_name = equals ? (size_t)(equals - word) : len;
	if (equals != NULL && strtoul(equals + 1, NULL, 10) == number && number >= UNIFIED_FIRST)
		return true;
	return name != NULL && strlen(name) == of_name && strncmp(word, name, of_name) == 0;
}

static const struct call_group *find_group(const char *name, unsigned int number)
{
	for (size_t i = 0; i < call_groups_count; i++) {
		const char *word = call_groups[i].names;

		for (size_t len; *word != '\0'; word += len + (word[len] == ' ')) {
			len = (size_t)(strchrnul(word, ' ') - word);
			if (is_call(word, len, name, number))
				return &call_groups[i];
		}
	}
	return NULL;
}

static uint32_t leaf_of(const struct call_group *group, unsigned int features)
{
	if ((group->needs & features) != group->needs)
		return SECCOMP_RET_ERRNO | (uint32_t)group->errnum;
	if (group->verdict == VERDICT_ALLOW)
		return SECCOMP_RET_ALLOW;
	return FILTER_PIECE | (uint32_t)group->verdict;
}

/* All calls of an architecture that the table knows, from the first number on. */
static size_t collect(uint32_t arch, unsigned int features, unsigned int first, unsigned int count,
	struct filter_call *calls)
{
	size_t n = 0;

	for (unsigned int number = first; number < first + count; number++) {
		AUTO_FREE char *name = seccomp_syscall_resolve_num_arch(arch, (int)number);
		const struct call_group *group = find_group(name, number);

		if (group != NULL)
			calls[n++] = (struct filter_call){number, leaf_of(group, features)};
	}
	return n;
}

/* The part for one architecture, whose number is in the accumulator; others go past it. */
static void put_architecture(
	struct buffer *program, struct filter_jumps *jumps, uint32_t arch, unsigned int features)
{
	struct filter_call calls[NUMBERS + ARM_NUMBERS];
	size_t n = collect(arch, features, 0, NUMBERS, calls), skip;

	if (arch == SCMP_ARCH_ARM)
		n += collect(arch, features, ARM_FIRST, ARM_NUMBERS, calls + n);
	filter_put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0));
	skip = program->len;
	filter_put(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	filter_put(program, (struct sock_filter)BPF_STMT(
				    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	filter_tree_put(program, jumps, calls, n, NO_SUCH_CALL);
	((struct sock_filter *)(void *)(program->data + skip))->k =
		(uint32_t)((program->len - skip) / sizeof(struct sock_filter) - 1);
}

int filter_make(unsigned int features, struct buffer *program, struct error *err)
{
	uint32_t native = seccomp_arch_native(), foreign = foreign_of(native);
	struct filter_jumps jumps = {0};

	filter_put(program, (struct sock_filter)BPF_STMT(
				    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	put_architecture(program, &jumps, native, features);
	if (foreign != 0)
		put_architecture(program, &jumps, foreign, features);
	filter_put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, NO_SUCH_CALL));
	for (uint32_t verdict = VERDICT_ALLOW + 1; verdict < VERDICTS; verdict++) {
		filter_jumps_land(program, &jumps, verdict);
		filter_arguments_put(program, (enum verdict)verdict, features);
	}
	filter_jumps_free(&jumps);
	if (program->len / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return error_set(err, ERROR_SYSTEM, "the filter of system calls is too long");
	return 0;
}
