/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mdoc.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_WIDTH 76
#define LINE_MAX   1024

/* Prints a word; one that begins a line must not be taken for a request. Returns its columns. */
static size_t put_word(const char *word, size_t len, bool first)
{
	size_t n = 0;

	if (first && (*word == '.' || *word == '\''))
		n += (size_t)printf("\\&");
	for (size_t i = 0; i < len; i++)
		n += (size_t)printf(word[i] == '\\' ? "\\e" : "%c", word[i]);
	return n;
}

/* Prints text with another first letter, if that is not 0. */
static void put_text(char initial, const char *text, const char *end)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		bool ends = text[len] == ' ' && strchr(".?!", text[len - 1]) != NULL;

		if (column > 0 && column + 1 + len > LINE_WIDTH) {
			putchar('\n');
			column = 0;
		}
		if (column > 0)
			column += (size_t)printf(" ");
		if (initial != '\0')
			column += (size_t)printf("%c", initial);
		column += put_word(text + (initial != '\0'), len - (initial != '\0'),
			column == 0 && initial == '\0');
		initial = '\0';
		if (ends) {
			putchar('\n');
			column = 0;
		}
		text += len + (text[len] == ' ');
	}
	puts(end);
}

void mdoc_text(const char *text, const char *end)
{
	put_text('\0', text, end);
}

void mdoc_sentence(const char *text)
{
	size_t word = strcspn(text, " ,:;=");

	/* a name, such as "no" in a list of values, stays as it is */
	put_text(text[word] == ' ' || text[word] == '\0' ? (char)toupper((unsigned char)*text)
							 : '\0',
		text, ".");
}

static int replace(const char *line, const struct mdoc_mark *marks, void *arg)
{
	size_t len = strlen(line) - 3; /* between "@" and "@\n" */

	for (; marks->name != NULL; marks++) {
		if (strlen(marks->name) == len && strncmp(line + 1, marks->name, len) == 0) {
			marks->print(arg);
			return 0;
		}
	}
	fprintf(stderr, "unknown mark %s", line);
	return 1;
}

int mdoc_fill(const struct mdoc_mark *marks, void *arg)
{
	char line[LINE_MAX];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t len = strlen(line);

		if (len < 4 || line[0] != '@' || strcmp(line + len - 2, "@\n") != 0)
			fputs(line, stdout);
		else if (replace(line, marks, arg) != 0)
			return 1;
	}
	return ferror(stdin) || fflush(stdout) != 0;
}
