/* A stream that only brings output: logs, the creation of an image. */
#ifndef KLEE_TRANSFER_H
#define KLEE_TRANSFER_H

#include "klee/closing.h"
#include "klee/klee.h"

/*
 * Opens the stream and prints what comes until it ends. split: frames say which descriptor they
 * are for. Text frames that begin with '\r' are progress, shown on standard error in one place.
 * Returns 0 with *closing to be freed, or -1 with *err; a reader of our output that went away is
 * -1 with EPIPE in err->code and no message.
 */
int transfer(struct klee *k, const char *path, const json_t *config, bool split,
	struct closing *closing, struct error *err);

#endif
