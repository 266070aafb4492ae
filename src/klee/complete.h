/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the completion of shells asks: `klee __complete WORDS...`, where WORDS is what stands on the
 * command line behind "klee", the last one being the word to be completed, perhaps empty.
 *
 * Printed are the candidates that begin so, one a line, each with a tab and a few words about it
 * where there are any; and a last line that says what else the shell may add: ":files",
 * ":directories" or ":none".
 */
#ifndef KLEE_COMPLETE_H
#define KLEE_COMPLETE_H

#define COMPLETE_COMMAND "__complete"

/* words: argc of them. Returns the exit code; failures are silent, as nobody could read them. */
int complete(int argc, char **argv);

#endif
