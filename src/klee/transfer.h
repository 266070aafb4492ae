/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that only brings output: logs, the creation of an image. */
#ifndef KLEE_TRANSFER_H
#define KLEE_TRANSFER_H

#include "klee/closing.h"
#include "klee/klee.h"

/* Where the output is printed. */
enum transfer_to {
	TRANSFER_TO_BOTH, /* frames say which descriptor they are for */
	TRANSFER_TO_STDERR, /* it is for people, the result is something else */
	TRANSFER_TO_NOBODY,
};

/*
 * Opens the stream and prints what comes until it ends. Text frames that begin with '\r' are
 * progress, shown on standard error in one place. Returns whether there was any other output, with
 * *closing to be freed, or -1 with *err; a reader of our output that went away is -1 with EPIPE in
 * err->code and no message.
 */
int transfer(struct klee *k, const char *path, const json_t *config, enum transfer_to to,
	struct closing *closing, struct error *err);

/* Prints what the stream was for, the id in the closing message, and frees it. */
void transfer_result(struct closing *closing);

#endif
