/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/suggest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LENGTH_MAX  63 /* bytes of a name that are looked at; longer ones are left out */
#define PREFIX_MIN  3 /* bytes that a beginning must have to mean something */
#define LETTERS_MAX 3 /* that may be wrong in a long name */
#define LETTER	    4 /* what a changed letter costs */
#define LETTER_CASE 1 /* and one whose case is another */

static unsigned int change_cost(char a, char b)
{
	if (a == b)
		return 0;
	return tolower((unsigned char)a) == tolower((unsigned char)b) ? LETTER_CASE : LETTER;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Damerau and Levenshtein's distance, of strings of at most LENGTH_MAX bytes. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][LENGTH_MAX + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		rows[0][j] = (unsigned int)j * LETTER;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		unsigned int *row = rows[i % 3];
		const unsigned int *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = (unsigned int)i * LETTER;
		for (size_t j = 1; j <= n; j++) {
			row[j] = least(last[j], row[j - 1]) + LETTER;
			row[j] = least(row[j], last[j - 1] + change_cost(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + LETTER);
		}
	}
	return rows[strlen(a) % 3][n];
}

size_t suggest(const char *written, const struct strings *names)
{
	size_t len = strlen(written), best = SUGGEST_NONE, prefix = SUGGEST_NONE;
	unsigned int nearest = LETTER * least((unsigned int)(len + 2) / 3, LETTERS_MAX) + 1;

	if (len == 0 || len > LENGTH_MAX)
		return SUGGEST_NONE;
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i];
		unsigned int d;

		if (strlen(name) > LENGTH_MAX)
			continue;
		d = distance(written, name);
		/* what has no letter in common with it is not meant */
		if (d < nearest && d < LETTER * len) {
			nearest = d;
			best = i;
		}
		if (prefix == SUGGEST_NONE && len >= PREFIX_MIN &&
			strncasecmp(name, written, len) == 0)
			prefix = i;
	}
	/* who wrote this much of a name rather means that than another with two letters changed */
	return prefix != SUGGEST_NONE && nearest > LETTER ? prefix : best;
}

char *suggest_text(const char *written, const struct strings *names)
{
	size_t i = suggest(written, names);

	return i == SUGGEST_NONE ? xstrdup("") : xasprintf(". Did you mean '%s'?", names->v[i]);
}
