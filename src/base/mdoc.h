/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing mdoc(7), for the programs that make manual pages out of tables when Kleene is built. */
#ifndef BASE_MDOC_H
#define BASE_MDOC_H

/*
 * Prints a text to standard output, each sentence beginning a line and lines being short, as mandoc
 * -Tlint asks for; 'end' ends it, as "." does for one without a full stop.
 */
void mdoc_text(const char *text, const char *end);

/* The same for a text without a full stop, that may begin with a small letter: "a text" "A text."
 */
void mdoc_sentence(const char *text);

/*
 * Copies standard input to standard output; a line "@NAME@" is replaced by what print(arg) prints
 * for that name. A name of none is an error. Returns an exit code.
 */
struct mdoc_mark {
	const char *name;
	void (*print)(void *arg);
};
int mdoc_fill(const struct mdoc_mark *marks, void *arg); /* ends with a row without name */

#endif
