/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What protects the host from a container beyond what every container has. What the host gave when
 * a container was made holds for its life: "protection" in its configuration says so, and a host
 * that cannot give it now does not start the container.
 *
 *     userns   a user namespace of its own (Linux): root in it is nobody on the host
 */
#ifndef RUNTIME_PROTECTION_H
#define RUNTIME_PROTECTION_H

#include "store/store.h"

struct daemon;

/* At creation: notes it in the configuration. ERROR_UNAVAILABLE: it cannot be told now. */
int protection_note(struct daemon *d, struct container *c, struct error *err);

/* Before a launch: whether the host still gives what was noted; if not, *err says what and why. */
int protection_check(struct daemon *d, const struct container *c, struct error *err);

#endif
