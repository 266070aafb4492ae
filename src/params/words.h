/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quoting as in jail.conf(5): '…' and "…" keep blanks and commas together, a backslash takes the
 * next character as it is or begins an escape (\n, \t, \101, \x41, …). Variables have no part in
 * it.
 */
#ifndef PARAMS_WORDS_H
#define PARAMS_WORDS_H

#include "base/error.h"
#include "base/mem.h"

/* The text without its quotes and escapes; the caller frees. NULL: a quote is not closed. */
char *words_unquote(const char *text, struct error *err);

/* Appends what stands between blanks. */
void words_split(const char *text, struct strings *words);

/*
 * Appends what executes a command of jail parameters, as jail(8) does it: its words, or, where one
 * of the shell's characters is in it, /bin/sh -c with the whole as it stands. Nothing: it is empty.
 * Only for commands of whoever may have root run what he likes anyway.
 */
void words_command(const char *text, struct strings *argv);

/*
 * Appends the elements of a list separated by commas, without the blanks around them, their quotes
 * still in place; empty ones are left out. ERROR_INVALID: a quote is not closed.
 */
int words_elements(const char *text, struct strings *elements, struct error *err);

/* True if the whole text is a single quoted string. */
bool words_quoted(const char *text);

#endif
