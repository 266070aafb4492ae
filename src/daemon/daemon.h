/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's parts, passed down to whatever needs them. Set up by main, then read only. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdatomic.h>

#include "daemon/config.h"
#include "daemon/instance.h"
#include "daemon/locks.h"
#include "daemon/movers.h"
#include "daemon/upkeep.h"
#include "dns/resolver.h"
#include "host/process.h"
#include "host/storage.h"
#include "http/pool.h"
#include "store/store.h"

/* those of rooms above this one: whoever asks them includes their headers */
struct execs;
struct followed;
struct netstate;
struct restarts;
struct runtime;

struct daemon {
	struct config *config;
	struct instance instance;
	struct storage *storage;
	struct store *store;
	struct locks *locks;
	struct execs *execs;
	struct host *host;
	struct runtime *runtime;
	struct restarts *restarts;
	struct netstate *netstate;
	struct resolver *resolver;
	struct upkeep *upkeep;
	struct movers *movers;
	struct followed *followed; /* logs.c's, in the movers' thread */
	/* clients' requests, and operations, which may last; more than their limits are refused */
	struct pool *requests, *operations;
	/* what is to be done at the end of an attachment, and the daemon's own work: queues */
	struct pool *endings, *housework;
	atomic_bool stopping; /* clients are being sent away, which ends no process */
	/* what is stopped is so since the host goes down (stop_all.h): no wish that it stay down */
	bool host_ends;
};

#endif
