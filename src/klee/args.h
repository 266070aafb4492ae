/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, taken apart by tables of options. */
#ifndef KLEE_ARGS_H
#define KLEE_ARGS_H

#include "base/error.h"
#include "base/mem.h"
#include "klee/command.h"

struct given {
	const struct option *option;
	bool on; /* false for --no-… */
	bool letter; /* a flag that was written as its letter */
	const char *value; /* part of argv; NULL for flags and switches */
};

/* Zero-initialised; strings point into argv. */
struct args {
	const struct option *const *tables; /* ends with NULL */
	struct given *given; /* in the order of the command line */
	size_t ngiven;
	char **words; /* not NULL-terminated */
	size_t nwords;
	const struct command
		*command; /* set by the caller: what others have for it is known; or NULL */

	/* Set by the caller, or NULL: at an option behind the leading words, whether it is none. */
	bool (*ends)(void *arg, const struct args *a);
	void *ends_arg;
	bool partial; /* set by the caller: values may be wrong, and the last one missing */
	bool ended; /* what follows can be no option of Klee's */
	const struct option *pending; /* partial: the last option's value is missing */

	/* On failure: what does what the option should, or NULL; whether it is behind a leading
	 * word. */
	const char *instead;
	bool behind;
};

/* All that is sent to kleened must be: it goes in JSON. */
bool text_is_utf8(const char *text);

/*
 * Parses argv[0] to argv[argc - 1]. Options and words may be mixed until more than 'leading'
 * words were seen or "--" was, or a->ends says so; all that follows is words. On failure returns -1
 * and *err has the exit code in err->code: EXIT_USAGE, or EXIT_KLEE_FAILED for a value out of its
 * choices.
 */
int args_parse(struct args *a, const struct option *const *tables, size_t leading, int argc,
	char **argv, struct error *err);
void args_free(struct args *a);

/* The option whose long name is or begins with these bytes; NULL: none or several. */
const struct option *args_find(const struct args *a, const char *name, size_t len);

/* Checks the number of words; the error has EXIT_USAGE in err->code. */
int args_check_words(const struct args *a, const struct command *command, struct error *err);

/* name: an option of the tables, else the program aborts: a typing error in a command. */
bool args_given(const struct args *a, const char *name); /* also one that the tables lack */
bool args_letter(const struct args *a, char letter); /* a flag, by its letter */
bool args_flag(const struct args *a, const char *name);
const char *args_value(const struct args *a, const char *name); /* NULL: not given */
void args_list(const struct args *a, const char *name, struct strings *list); /* adds copies */

/* How a switch was set: 1 --name, 0 --no-name, -1 not given. */
int args_switch(const struct args *a, const char *name);

/* The value of an option that is a whole number from min on; fallback when it is not given. */
int args_number(const struct args *a, const char *name, long long min, long long fallback,
	long long *n, struct error *err);

#endif
