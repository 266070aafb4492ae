/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/table.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "klee/klee.h"
#include "klee/terminal.h"

#define GAP	   3 /* blanks between columns */
#define WIDTH_GOOD 12 /* enough of a column to be easily read */
#define WIDTH_MIN  6 /* columns are not shortened further */
#define CUT	   "..."

/* Characters of UTF-8, taken as one column each: names and commands are seldom wider. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void table_add(struct table *t, const char *text)
{
	strings_take(&t->cells, klee_one_line(text));
}

static size_t count_columns(const struct table *t)
{
	size_t n = 0;

	while (t->titles[n] != NULL)
		n++;
	return n;
}

static void measure(const struct table *t, size_t columns, size_t *widths)
{
	assert(columns > 0);
	for (size_t i = 0; i < columns; i++)
		widths[i] = width_of(t->titles[i]);
	for (size_t i = 0; i < t->cells.n; i++) {
		size_t width = width_of(t->cells.v[i]);

		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
}

/* The cell, or as much of it as the column has room for. To be freed. */
static char *cut(const char *cell, size_t width)
{
	size_t n = 0, end = 0;

	if (width_of(cell) <= width)
		return xstrdup(cell);
	while (n < width - strlen(CUT) || ((unsigned char)cell[end] & 0xc0) == 0x80)
		n += ((unsigned char)cell[end++] & 0xc0) != 0x80;
	return xasprintf("%.*s" CUT, (int)end, cell);
}

/* The cells without a line's end. */
static void print_row(FILE *f, const char *const *cells, size_t columns, const size_t *widths)
{
	for (size_t i = 0; i < columns; i++) {
		AUTO_FREE char *cell = cut(cells[i], widths[i]);

		fputs(cell, f);
		if (i + 1 < columns)
			fprintf(f, "%*s", (int)(widths[i] - width_of(cell) + GAP), "");
	}
}

static void print_rule(FILE *f, size_t columns, const size_t *widths)
{
	size_t n = GAP * (columns - 1) + 2;

	for (size_t i = 0; i < columns; i++)
		n += widths[i];
	for (size_t i = 0; i < n; i++)
		fputs("\u2500", f);
	fputc('\n', f);
}

/* Takes from the widest columns, one character after another, until the rest fits. */
static void fit(size_t columns, size_t *widths, size_t room)
{
	for (;;) {
		size_t sum = GAP * (columns - 1), widest = 0;

		for (size_t i = 0; i < columns; i++) {
			sum += widths[i];
			if (i > 0 && (widest == 0 || widths[i] > widths[widest]))
				widest = i;
		}
		if (sum <= room || widest == 0 || widths[widest] <= WIDTH_MIN)
			return;
		widths[widest]--;
	}
}

void table_print(const struct table *t, FILE *f, bool fancy)
{
	size_t columns = count_columns(t);
	unsigned int rows, room;
	AUTO_FREE size_t *widths = xcalloc(columns, sizeof(*widths));
	const char *const *cells = (const char *const *)t->cells.v;

	measure(t, columns, widths);
	if (!t->whole && isatty(fileno(f)) && terminal_size(&rows, &room))
		fit(columns, widths, room - (fancy ? 2 : 0));
	if (fancy)
		fputs("\033[1;36m ", f); /* bold and cyan, readable on dark and light */
	print_row(f, t->titles, columns, widths);
	fputs(fancy ? "\033[0m\n" : "\n", f);
	if (fancy)
		print_rule(f, columns, widths);
	for (size_t i = 0; i + columns <= t->cells.n; i += columns) {
		if (fancy)
			fputc(' ', f);
		print_row(f, cells + i, columns, widths);
		fputc('\n', f);
	}
}

bool table_fits(const struct table *t, FILE *f)
{
	size_t columns = count_columns(t), sum = GAP * columns;
	AUTO_FREE size_t *widths = xcalloc(columns, sizeof(*widths));
	unsigned int rows, room;

	if (t->whole || !isatty(fileno(f)) || !terminal_size(&rows, &room))
		return true;
	measure(t, columns, widths);
	for (size_t i = 0; i < columns; i++)
		sum += widths[i] < WIDTH_GOOD ? widths[i] : WIDTH_GOOD;
	return sum <= room;
}

void table_free(struct table *t)
{
	strings_free(&t->cells);
}
