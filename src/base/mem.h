/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory, strings and lists of strings. Running out of memory ends the program: the daemon can be
 * killed at any instruction without harm, so that is the one safe answer to it.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* calloc(3), malloc(3), realloc(3), strdup(3), strndup(3) that never return NULL. */
void *xcalloc(size_t n, size_t size);
void *xmalloc(size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/* asprintf(3): the caller frees the result. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A list of strings it owns; v is NULL-terminated whenever n > 0, so that it can be an argv. */
struct strings {
	char **v;
	size_t n;
};

void strings_add(struct strings *list, const char *s); /* copies s */
void strings_add_len(struct strings *list, const char *s, size_t n); /* copies n bytes of s */
void strings_take(struct strings *list, char *s); /* takes s over */
void strings_copy(struct strings *to, const struct strings *from); /* appends copies */
char *strings_join(const struct strings *list, const char *between); /* the caller frees */
bool strings_has(const struct strings *list, const char *s);
void strings_free(struct strings *list); /* and empties it */

/* Sets or replaces NAME=VALUE in a list of variables. entry: "NAME=VALUE". */
void strings_setenv(struct strings *env, const char *entry);

/* A growing run of bytes; data is NUL-terminated behind len whenever it is not NULL. */
struct buffer {
	char *data;
	size_t len, cap;
};

void buffer_add(struct buffer *b, const void *data, size_t n);
void buffer_puts(struct buffer *b, const char *s);
void buffer_printf(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buffer_free(struct buffer *b); /* and empties it */

/*
 * Releases what a variable holds when it goes out of scope: every error path is one line. Some,
 * such as locks, are there for that alone, which clang would take for unused.
 */
#define AUTO(release) __attribute__((cleanup(release), unused))
#define AUTO_FREE     AUTO(auto_free)
#define AUTO_CLOSE    AUTO(auto_close)

static inline void auto_free(void *p)
{
	free(*(void **)p);
}

static inline void auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Hands a value out of a variable marked AUTO_…, which then releases nothing. */
static inline int take_fd(int *fd)
{
	int n = *fd;
	*fd = -1;
	return n;
}

static inline void *take_ptr(void *p)
{
	void *v = *(void **)p;
	*(void **)p = NULL;
	return v;
}

/* Closes *fd unless it is negative, and sets it to -1. */
void close_fd(int *fd);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
