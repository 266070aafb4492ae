/* SPDX-License-Identifier: BSD-2-Clause */
/* The group whose members may use the daemon's socket, as an item of host/setup.h. */
#ifndef HOST_SETUP_GROUP_H
#define HOST_SETUP_GROUP_H

#include "host/setup.h"

/* arg: the group's name. The same on every host. */
enum setup_state group_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note);

/* Each host has a command of its own for it. */
int group_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err);

#endif
