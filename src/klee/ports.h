/* Published ports as the option gives them: -p [IF:]HOST[:CONTAINER][/tcp|udp]. */
#ifndef KLEE_PORTS_H
#define KLEE_PORTS_H

#include "klee/klee.h"

/*
 * Makes a PublishedPortConfig of [IF:]HOST[:CONTAINER][/tcp|udp]. IF begins with no digit. HOST is
 * a port or a range N:M, and CONTAINER the first port of a range N:*, whose M may be given, too.
 * NULL with *err.
 */
json_t *port_parse(const char *text, struct error *err);

/* All of the option "publish", a list that may be empty; NULL with *err. */
json_t *ports(const struct args *args, struct error *err);

#endif
