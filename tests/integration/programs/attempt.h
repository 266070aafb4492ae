/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attempt ACTION [ARGUMENT]: tries what a container must not do, and prints "done" or the name of
 * the error. What an action is, each system's own file says.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

struct action {
	const char *name;
	int (*run)(const char *argument); /* -1 with errno, as system calls do */
};

extern const struct action actions[]; /* ends with an empty one */

#endif
