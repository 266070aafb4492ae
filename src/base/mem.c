/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void *must(void *p)
{
	if (p == NULL) {
		static const char msg[] = "out of memory\n";
		(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
		abort();
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *xmalloc(size_t size)
{
	return must(malloc(size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return must(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return must(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return must(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return must(s);
}

void strings_take(struct strings *list, char *s)
{
	/* room for the terminator, doubled at each power of two */
	if ((list->n & (list->n + 1)) == 0)
		list->v = xrealloc(list->v, (2 * (list->n + 1) + 1) * sizeof(*list->v));
	list->v[list->n++] = s;
	list->v[list->n] = NULL;
}

void strings_add(struct strings *list, const char *s)
{
	strings_take(list, xstrdup(s));
}

void strings_add_len(struct strings *list, const char *s, size_t n)
{
	strings_take(list, xstrndup(s, n));
}

void strings_copy(struct strings *to, const struct strings *from)
{
	for (size_t i = 0; i < from->n; i++)
		strings_add(to, from->v[i]);
}

char *strings_join(const struct strings *list, const char *between)
{
	struct buffer text = {0};

	buffer_add(&text, "", 0);
	for (size_t i = 0; i < list->n; i++)
		buffer_printf(&text, "%s%s", i > 0 ? between : "", list->v[i]);
	return text.data;
}

bool strings_has(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], s) == 0)
			return true;
	return false;
}

void strings_free(struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct strings){0};
}

void strings_setenv(struct strings *env, const char *entry)
{
	size_t name = strcspn(entry, "=");

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], entry, name) == 0 && env->v[i][name] == '=') {
			free(env->v[i]);
			env->v[i] = xstrdup(entry);
			return;
		}
	}
	strings_add(env, entry);
}

void buffer_add(struct buffer *b, const void *data, size_t n)
{
	if (b->len + n + 1 > b->cap) {
		b->cap = (b->len + n + 1) * 2;
		b->data = xrealloc(b->data, b->cap);
	}
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buffer_puts(struct buffer *b, const char *s)
{
	buffer_add(b, s, strlen(s));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	buffer_puts(b, must(s));
	free(s);
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
