/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's view of a Linux host: struct host of host/process.h. */
#ifndef HOST_LINUX_HOST_H
#define HOST_LINUX_HOST_H

#include <pthread.h>

#include "host/linux/cgroup.h"
#include "host/linux/ids.h"
#include "host/process.h"
#include "host/settings.h"

struct host {
	int warden; /* sealed memfd with the executable */
	int packets; /* of announce_open; -1: none */
	char *directory; /* the storage's, for trials */
	pthread_mutex_t trial; /* of the next two */
	bool userns; /* containers can have user namespaces of their own */
	struct error no_userns; /* why not */
	bool reserved_ports; /* those of the host's network, too, can bind to reserved ports */
	struct error no_reserved_ports;
	char *instance;
	struct settings *settings;
	struct ids *ids;
	struct cgroups *cgroups;
	pthread_mutex_t lock; /* of the filters */
	struct filter {
		unsigned int features;
		struct buffer program;
		struct filter *next;
	} * filters; /* made when first needed */
};

/*
 * Tries whether containers can have user namespaces: an overlay over idmapped layers, as one would
 * be mounted, in a scratch directory. -1 with the reason if they cannot, of ERROR_UNAVAILABLE if it
 * could not be tried.
 */
int userns_try(const char *directory, struct error *err);

/*
 * A detached mount of the directory or file at path, open_tree(2); recursive: with the mounts
 * below it. userns (-1: none): it is idmapped to that user namespace, mount_setattr(2).
 */
int tree_open(const char *path, bool recursive, int userns, struct error *err);

/* The user namespace of a process. */
int userns_open(pid_t pid, struct error *err);

#endif
