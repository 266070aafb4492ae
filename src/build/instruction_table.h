/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of a Dockerfile's instructions, from which reading, checking and the manual page come.
 */
#ifndef BUILD_INSTRUCTION_TABLE_H
#define BUILD_INSTRUCTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum instruction_kind {
	INSTRUCTION_FROM,
	INSTRUCTION_ARG,
	INSTRUCTION_ENV,
	INSTRUCTION_USER,
	INSTRUCTION_WORKDIR,
	INSTRUCTION_SHELL,
	INSTRUCTION_RUN,
	INSTRUCTION_COPY,
	INSTRUCTION_ENTRYPOINT,
	INSTRUCTION_CMD,
	INSTRUCTION_EXPOSE,
	INSTRUCTION_VOLUME,
	INSTRUCTION_LABEL,
	INSTRUCTION_STOPSIGNAL,
	INSTRUCTION_MAINTAINER,
	INSTRUCTION_REFUSED, /* another builder has it, and this one says what to do instead */
};

/* What stands behind an instruction's name. */
enum instruction_form {
	FORM_WORD,
	FORM_WORDS, /* one or more */
	FORM_DECLARATIONS, /* NAME or NAME=VALUE each */
	FORM_VARIABLES, /* assignments.h */
	FORM_LABELS, /* the same, with any names */
	FORM_COMMAND, /* for a shell, or a list */
	FORM_LIST, /* in JSON alone */
	FORM_COPY,
	FORM_TEXT,
};

struct instruction_row {
	const char *name;
	enum instruction_kind kind;
	enum instruction_form form;
	bool json; /* what begins with '[' may be a list in JSON */
	const char *arguments; /* for the manual, mdoc(7) */
	const char *text; /* for the manual; of what is refused: what to do instead */
};

extern const struct instruction_row instruction_table[];
extern const size_t instruction_count;

#endif
