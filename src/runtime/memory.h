/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client hears of a container that has exceeded its memory; the rest is in runtime.h. */
#ifndef RUNTIME_MEMORY_H
#define RUNTIME_MEMORY_H

#include "http/session.h"

struct daemon;

/* As the last line of standard error why the container has ended. tty: of a terminal. */
void memory_tell(struct daemon *d, struct session *s, const char *id, bool tty);

#endif
