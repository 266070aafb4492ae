/* SPDX-License-Identifier: BSD-2-Clause */
/* Datasets of the daemon's objects: what they are called, and which has what an object began as. */
#ifndef DATASET_DATASETS_H
#define DATASET_DATASETS_H

#include "base/error.h"

struct container;
struct daemon;

/* The dataset of a container, an image or a volume: "container/<id>". Caller frees. */
char *dataset_name(const char *kind, const char *id);

#define IMAGE_SNAPSHOT "image" /* the state of an image when it was finished */

/*
 * The dataset that has the snapshot of an image: the image's own, or that of one it was made from.
 * The caller frees. NULL with *err if there is none.
 */
char *image_state_dataset(
	struct daemon *d, const char *image, const char *snapshot, struct error *err);

/* Makes the dataset of a container anew if it is gone, and says so. Its image must be there. */
int container_dataset_restore(struct daemon *d, const struct container *c, struct error *err);

#endif
