/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes behind a URL, one block after another, without a file in between. */
#ifndef FETCH_STREAM_H
#define FETCH_STREAM_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/progress.h"

struct stream;

/*
 * Begins to fetch a file://, http:// or https:// URL; redirections stay with the last two, and
 * certificates are verified. Proxies are taken from the environment as curl(1) does. NULL with *err
 * if the URL is none of these or the file cannot be opened.
 */
struct stream *stream_open(const char *url, struct error *err);
void stream_close(struct stream *s);

/*
 * Waits for the next block and points *block to it, good until the next call; returns its size, 0
 * at the end. -1 with *err if the server or the network fails, if nothing comes for a minute, or
 * if *p is cancelled.
 */
ssize_t stream_read(
	struct stream *s, const void **block, const struct progress *p, struct error *err);

/* The bytes read so far, and those that it will be in all: 0 if that is not known. */
uint64_t stream_done(const struct stream *s);
uint64_t stream_total(const struct stream *s);

/* The URL without user and password, for messages; good as long as s. */
const char *stream_url(const struct stream *s);

#endif
