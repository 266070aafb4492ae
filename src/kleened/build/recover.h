/* Builds that were under way when the daemon ended. */
#ifndef KLEENED_BUILD_RECOVER_H
#define KLEENED_BUILD_RECOVER_H

#include "base/error.h"

struct daemon;

/*
 * At start, after runtime_recover: ends their processes, and makes of each what its failure would
 * have made of it: an image tagged "failed", or nothing.
 */
int builds_recover(struct daemon *d, struct error *err);

#endif
