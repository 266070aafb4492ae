/* SPDX-License-Identifier: BSD-2-Clause */
/* A request on its way through a worker thread: from its body to the answer's bytes. */
#ifndef HTTP_WORK_H
#define HTTP_WORK_H

#include "http/router.h"
#include "http/task.h"

struct work {
	struct task task; /* posted when the answer is there */
	struct server *server;
	void *owner; /* the loop's: whom the answer is for, NULL: nobody any more */
	struct route route; /* owned */
	struct buffer body; /* owned: the request's, JSON text */
	bool keep_alive;
	struct buffer answer;
};

/* Runs the endpoint on the pool; then work->task is posted. -1: no thread is free. */
int work_start(struct work *work);
void work_free(struct work *work);

#endif
