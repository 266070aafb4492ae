/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of the disk images, containers and volumes take: counted for requests that ask for it.
 */
#ifndef DATASET_SIZES_H
#define DATASET_SIZES_H

#include <jansson.h>

#include "http/api.h"

/* Whether the query asks for sizes: ?size=true. */
bool sizes_wanted(const struct request *req);

/*
 * Sets "size", the bytes that the dataset alone takes, and "virtual_size", those with what it
 * shares. Neither if that cannot be told, be it that the dataset is being removed. No lock is held
 * or needed.
 */
void sizes_add(struct daemon *d, const char *dataset, json_t *object);

#endif
