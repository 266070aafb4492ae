/*
 * Worker threads. A job runs at once: on an idle thread, or on a new one while there are fewer
 * than the limit; beyond it jobs are refused. So a build that takes minutes never delays a
 * listing. Idle threads end after a while.
 */
#ifndef KLEENED_POOL_H
#define KLEENED_POOL_H

struct pool;

struct pool *pool_new(unsigned int limit);

/* Runs fn(arg) on a worker thread. Returns 0, or -1 if limit jobs are under way or it is ending. */
int pool_run(struct pool *p, void (*fn)(void *arg), void *arg);

/* Takes no more jobs, waits for those under way, frees the pool. */
void pool_free(struct pool *p);

#endif
