/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

/*
 * ThreadSanitizer takes what the child does for something the thread that made it does, unordered
 * with all others: built with it, the child has a copy of the memory instead.
 */
#ifdef __SANITIZE_THREAD__
#define MEMORY 0
#else
#define MEMORY CLONE_VM
#endif

/*
 * clone3(2) with a stack. libc has no wrapper, and syscall(2) would return on the new stack, where
 * there is nothing to return to: so the child's few instructions are written out. Returns what the
 * kernel does, a process id or a negative error.
 */
#if defined(__x86_64__)
static long clone3_run(struct clone_args *args, int (*run)(void *), void *arg)
{
	register int (*function)(void *) __asm__("r8") = run;
	register void *argument __asm__("r9") = arg;
	long result = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %[argument], %%rdi\n\t"
			 "call *%[function]\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov %[exit], %%eax\n\t"
			 "syscall\n\t"
			 "hlt\n"
			 "1:"
			 : "+a"(result)
			 : "D"(args), "S"(sizeof(*args)), [function] "r"(function),
			 [argument] "r"(argument), [exit] "i"(SYS_exit)
			 : "rcx", "r11", "memory", "cc");
	return result;
}
#elif defined(__aarch64__)
static long clone3_run(struct clone_args *args, int (*run)(void *), void *arg)
{
	register int (*function)(void *) __asm__("x9") = run;
	register void *argument __asm__("x10") = arg;
	register long number __asm__("x8") = SYS_clone3;
	register long result __asm__("x0") = (long)args;
	register size_t size __asm__("x1") = sizeof(*args);

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, %[argument]\n\t"
			 "blr %[function]\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(result)
			 : "r"(size), "r"(number), [function] "r"(function),
			 [argument] "r"(argument), [exit] "i"(SYS_exit)
			 : "memory", "cc");
	return result;
}
#else
static long clone3_run(struct clone_args *args, int (*run)(void *), void *arg)
{
	return -ENOSYS;
}
#endif

pid_t clone_with_memory(int (*run)(void *), void *arg, void *stack, size_t size, int namespaces,
	int cgroup, bool *born)
{
	struct clone_args args = {
		.flags = (uint64_t)namespaces | MEMORY | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = size,
		.cgroup = (uint64_t)cgroup,
	};

	if (cgroup >= 0) {
		long pid = clone3_run(&args, run, arg);

		*born = pid > 0;
		if (pid > 0)
			return (pid_t)pid;
		/* whatever it was, this says so too, or it does without the group */
	}
	*born = false;
	return clone(run, (char *)stack + size, MEMORY | SIGCHLD | namespaces, arg);
}
