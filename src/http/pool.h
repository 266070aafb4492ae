/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Worker threads. A job runs at once: on an idle thread, or on a new one while there are fewer
 * than the limit. So a build that takes minutes never delays a listing. Beyond the limit, or where
 * the system gives no more threads, a pool refuses jobs; or, if it was made as a queue, keeps them
 * until a thread is free. Idle threads end after a while.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "base/error.h"

struct pool;

struct pool *pool_new(unsigned int limit);

/* A queue; it has one thread from the beginning. NULL with *err if there is none to be had. */
struct pool *pool_new_queue(unsigned int limit, struct error *err);

/*
 * Runs fn(arg) on a worker thread. Returns 0, or -1 if the job is refused: no thread is free, or,
 * as a queue, only if pool_free has been called.
 */
int pool_run(struct pool *p, void (*fn)(void *arg), void *arg);

/* Takes no more jobs, waits for those under way and in the queue, frees the pool. */
void pool_free(struct pool *p);

#endif
