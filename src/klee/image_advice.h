/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do when there is no image of the name that was given. */
#ifndef KLEE_IMAGE_ADVICE_H
#define KLEE_IMAGE_ADVICE_H

#include "klee/klee.h"

/* If that is what the error says, and it names none that may be meant: k->advice names the images
 * there are, and how one is got. */
void image_advice(struct klee *k, const struct error *err);

/* The same for all that a container may lack to be made: a network too. */
void creation_advice(struct klee *k, const struct error *err);

#endif
