/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the manual page of Dockerfiles: its text from standard input, with the table of
 * instructions at the line "@INSTRUCTIONS@" and those that are refused at "@REFUSED@". It runs
 * where Kleene is built.
 */
#include <stdio.h>

#include "base/mdoc.h"
#include "build/instruction_table.h"

static void instructions(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < instruction_count; i++) {
		const struct instruction_row *row = &instruction_table[i];

		if (row->kind == INSTRUCTION_REFUSED)
			continue;
		printf(".It Cm %s %s\n", row->name, row->arguments);
		mdoc_text(row->text, "");
	}
}

static void refused(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < instruction_count; i++) {
		const struct instruction_row *row = &instruction_table[i];

		if (row->kind != INSTRUCTION_REFUSED)
			continue;
		printf(".It Cm %s\n", row->name);
		mdoc_sentence(row->text);
	}
}

int main(void)
{
	static const struct mdoc_mark marks[] = {
		{"INSTRUCTIONS", instructions}, {"REFUSED", refused}, {0}};
	int code = mdoc_fill(marks, NULL);

	return fflush(stdout) != 0 ? 1 : code;
}
