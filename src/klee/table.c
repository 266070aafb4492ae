#include "klee/table.h"

#include <assert.h>
#include <string.h>

#include "klee/klee.h"

#define GAP 3 /* blanks between columns */

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

/* The cells without a line's end. */
static void print_row(FILE *f, const char *const *cells, size_t columns, const size_t *widths)
{
	for (size_t i = 0; i < columns; i++) {
		fputs(cells[i], f);
		if (i + 1 < columns)
			fprintf(f, "%*s", (int)(widths[i] - width_of(cells[i]) + GAP), "");
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

void table_print(const struct table *t, FILE *f, bool fancy)
{
	size_t columns = count_columns(t);
	AUTO_FREE size_t *widths = xcalloc(columns, sizeof(*widths));
	const char *const *cells = (const char *const *)t->cells.v;

	measure(t, columns, widths);
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

void table_free(struct table *t)
{
	strings_free(&t->cells);
}
