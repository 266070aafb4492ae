/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that implement the networks' part of the store share. */
#ifndef STORE_STORE_NETWORK_SQL_H
#define STORE_STORE_NETWORK_SQL_H

#include "store/store_network.h"
#include "store/store_sql.h"

/*
 * Addresses in the store are hexadecimal digits, 8 or 32, so that they sort as the numbers do.
 * NULL stands for none.
 */
#define ADDRESS_KEY_MAX 33
const char *address_key(const struct address *a, char key[ADDRESS_KEY_MAX]);
struct address address_from_key(const char *key);

/* Within a transaction: makes the addresses low to high of a network free. */
int free_addresses(struct store *s, const char *network_id, struct address low, struct address high,
	struct error *err);

/*
 * Within a transaction: takes the lowest free address of a part of the network's subnet. Returns 1,
 * 0 if none is left, or -1.
 */
int take_any_address(struct store *s, const char *network_id, const struct subnet *within,
	struct address *a, struct error *err);

/* Within a transaction: takes that address. Returns 1, 0 if it is not free, or -1. */
int take_address(
	struct store *s, const char *network_id, const struct address *a, struct error *err);

/* Within a transaction: drops all endpoints of a container. */
int drop_endpoints(struct store *s, const char *container_id, struct error *err);

#endif
