/* SPDX-License-Identifier: BSD-2-Clause */
/* How something that takes minutes tells its user how far it is, and learns that it should end. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Every function may be NULL. They are called by the thread that does the work. */
struct progress {
	/* A line of output, without its newline, that stays. */
	void (*line)(void *arg, const char *text);
	/* How far it is: a line that the next one replaces, four times a second at most. */
	void (*update)(void *arg, const char *text);
	/* True if nobody waits for the result any more. */
	bool (*cancelled)(void *arg);
	void *arg;
};

static inline void progress_line(const struct progress *p, const char *text)
{
	if (p->line != NULL)
		p->line(p->arg, text);
}

static inline void progress_update(const struct progress *p, const char *text)
{
	if (p->update != NULL)
		p->update(p->arg, text);
}

static inline bool progress_cancelled(const struct progress *p)
{
	return p->cancelled != NULL && p->cancelled(p->arg);
}

#endif
