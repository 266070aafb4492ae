/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files as text. */
#ifndef TESTS_UNIT_READ_TEXT_H
#define TESTS_UNIT_READ_TEXT_H

#include <stdio.h>

#include "base/mem.h"

/* The file's contents, which the caller frees; a file that cannot be read ends the program. */
static inline char *read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	struct buffer b = {0};
	char part[4096];
	size_t n;

	if (file == NULL) {
		perror(path);
		exit(2);
	}
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buffer_add(&b, part, n);
	fclose(file);
	return b.data != NULL ? b.data : xstrdup("");
}

#endif
