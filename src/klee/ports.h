/* SPDX-License-Identifier: BSD-2-Clause */
/* Published ports as the option gives them: -p [PLACE:]HOST[:CONTAINER][/tcp|udp]. */
#ifndef KLEE_PORTS_H
#define KLEE_PORTS_H

#include "klee/klee.h"

/*
 * Makes a PublishedPortConfig of [PLACE:]HOST[:CONTAINER][/tcp|udp]. PLACE is an interface, whose
 * name begins with no digit, or an address, of IPv6 in brackets. HOST is a port or a range N:M, and
 * CONTAINER the first port of a range N:*, whose M may be given, too; or both are ranges N-M. HOST
 * 0, or empty behind a place, is any free port, and so it is when there is nothing but one port,
 * which is the container's. NULL with *err.
 */
json_t *port_parse(const char *text, struct error *err);

/* All of the option "publish", a list that may be empty; NULL with *err. */
json_t *ports(const struct args *args, struct error *err);

#endif
