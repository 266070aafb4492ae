/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of networks and network drivers of containers, and which may go together. */
#ifndef NET_DRIVER_H
#define NET_DRIVER_H

#include <stdbool.h>

#include "base/error.h"

enum network_type { NETWORK_LOOPBACK, NETWORK_BRIDGE, NETWORK_CUSTOM, NETWORK_TYPES };

enum network_driver { DRIVER_IPNET, DRIVER_VNET, DRIVER_HOST, DRIVER_DISABLED, NETWORK_DRIVERS };

/* As users and the store write them. */
extern const char *const network_type_names[NETWORK_TYPES];
extern const char *const network_driver_names[NETWORK_DRIVERS];

/* Read such names; ERROR_INVALID names the text and what there is. */
int network_type_parse(const char *text, enum network_type *type, struct error *err);
int network_driver_parse(const char *text, enum network_driver *driver, struct error *err);

/* The type of a network that is made for containers of that driver, and the reverse. */
enum network_type driver_default_type(enum network_driver driver);

bool driver_may_join(enum network_driver driver, enum network_type type);

/*
 * Whether a container of that driver can be connected to a network of that type; running: now, or
 * for its next start. If not, ERROR_CONFLICT says why.
 */
int driver_check_join(
	enum network_driver driver, enum network_type type, bool running, struct error *err);

/* Whether a container of that driver can publish ports; if not, ERROR_INVALID says why. */
int driver_check_publish(enum network_driver driver, struct error *err);

#endif
