/* SPDX-License-Identifier: BSD-2-Clause */
/* Options that are fields of a ContainerConfig as they are written, and those that Kleene refuses.
 */
#ifndef KLEE_CONTAINER_FIELDS_H
#define KLEE_CONTAINER_FIELDS_H

#include "klee/klee.h"

extern const struct option process_options[]; /* how its processes run, what is noted beside it */

extern const struct option confinement_options[]; /* what it is given or denied of the host */

/* Sets the fields of those that were given; *err where one of them cannot be had. */
int container_fields(const struct args *args, json_t *config, struct error *err);

#endif
