/* SPDX-License-Identifier: BSD-2-Clause */
/* Which networks a container is to join, and what names there are for it and in it. */
#ifndef KLEE_NETWORKING_H
#define KLEE_NETWORKING_H

#include "klee/klee.h"

extern const struct option networking_options[];

struct networking {
	struct strings networks; /* to join, without 'host' and 'none' */
	struct strings aliases;
	const char *driver; /* a constant or part of argv; NULL: as kleened has it */
	const char *ip, *ip6; /* NULL: any */
};

/* Reads the options; -1 with *err if they contradict each other. */
int networking_parse(const struct args *args, struct networking *n, struct error *err);
void networking_free(struct networking *n);

/* A list of EndPointConfig, without containers. */
json_t *networking_json(const struct networking *n);

/* Sets what --hostname, --add-host and --dns say in a ContainerConfig. */
void networking_set_names(const struct args *args, json_t *config);

/* POST /networks/connect. ip, ip6: an address, "" for none, NULL for any. */
int network_connect(struct klee *k, const char *network, const char *container, const char *ip,
	const char *ip6, const struct strings *aliases, struct error *err);

#endif
