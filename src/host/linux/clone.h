/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a process in fresh namespaces that shares the memory of the one that starts it. */
#ifndef HOST_LINUX_CLONE_H
#define HOST_LINUX_CLONE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * As clone(2) with CLONE_VM, SIGCHLD and the namespaces, on the stack of that size, aligned to 16
 * bytes. cgroup (-1: none): the directory of a group of version 2 that it is born into, which costs
 * nothing, while moving it there later waits for every processor of the host (about 10 ms). *born
 * says whether it was; it needs clone3(2) of Linux 5.7. Returns the process id, or -1 with errno.
 */
pid_t clone_with_memory(int (*run)(void *), void *arg, void *stack, size_t size, int namespaces,
	int cgroup, bool *born);

#endif
