/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints: the third part of host/network.h. Those of a vnet container are epair(4)s, whose
 * host's end is a port of the network's bridge; those of others are addresses of the network's
 * interface.
 */
#include <sys/param.h>

#include <net/if.h>
#include <string.h>

#include "base/log.h"
#include "firewall/firewall.h"
#include "host/freebsd/alias.h"
#include "host/freebsd/claim.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/netif.h"
#include "host/freebsd/network_impl.h"
#include "host/freebsd/vnet.h"

/* ---- epairs ---- */

/* The host's end is named last: what has the name is whole. */
static int set_up_pair(
	struct host *h, const char *name, const struct jail_endpoint *e, struct error *err)
{
	char peer[INTERFACE_MAX];

	memcpy(peer, name, sizeof(peer));
	peer[strlen(peer) - 1] = 'b';
	if (interface_set_mark(h, name, e->id, peer, err) < 0 ||
		netif_set_hardware(peer, e->hardware, err) < 0 ||
		netif_join_group(name, FIREWALL_PF_GROUP, err) < 0 || netif_up(name, err) < 0 ||
		netif_join_bridge(name, e->network, !e->icc, err) < 0)
		return -1;
	return netif_rename(name, e->interface, err);
}

static int make_pair(struct host *h, const struct jail_endpoint *e, struct error *err)
{
	char name[INTERFACE_MAX];
	struct error ignored;
	struct mark mark;
	int result;

	if (netif_exists(e->interface)) {
		if (!interface_is_ours(h, e->interface, &mark))
			return error_set(err, ERROR_CONFLICT,
				"the host has an interface '%s' that is not ours", e->interface);
		if (netif_destroy(e->interface, err) < 0)
			return -1;
	}
	if (claim_make(h, "epair", name, err) < 0)
		return -1;
	result = set_up_pair(h, name, e, err);
	if (result < 0)
		netif_destroy(name, &ignored);
	claim_drop(h, name);
	return result;
}

/* ---- both ---- */

bool endpoint_has_interface(enum network_driver driver)
{
	return driver == DRIVER_VNET;
}

int endpoints_make(struct host *h, enum network_driver driver,
	const struct jail_endpoint *endpoints, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct jail_endpoint *e = &endpoints[i];

		if (driver == DRIVER_VNET ? make_pair(h, e, err) == 0 : aliases_add(h, e, err) == 0)
			continue;
		while (i-- > 0)
			endpoint_release(h, &endpoints[i]);
		return -1;
	}
	return 0;
}

int endpoint_connect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err)
{
	if (aliases_add(h, e, err) < 0)
		return -1;
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]) &&
			jailcall_change_address(number, &e->address[i], true, err) < 0) {
			struct error ignored;

			for (; i >= 0; i--)
				jailcall_change_address(number, &e->address[i], false, &ignored);
			aliases_remove(h, e);
			return -1;
		}
	return 0;
}

/* A jail that is gone has no addresses and no routes: nothing has failed. */
static int unless_ended(const struct error *err)
{
	return err->kind == ERROR_NOT_FOUND ? 0 : -1;
}

int endpoint_disconnect(struct host *h, int number, const struct jail_endpoint *e,
	const struct jail_endpoint *all, size_t n, struct error *err)
{
	struct mark mark;

	if (interface_is_ours(h, e->interface, &mark)) {
		if (netif_destroy(e->interface, err) < 0)
			return -1;
		return vnet_set_routes(number, all, n, err) < 0 ? unless_ended(err) : 0;
	}
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]) &&
			jailcall_change_address(number, &e->address[i], false, err) < 0 &&
			unless_ended(err) < 0)
			return -1;
	aliases_remove(h, e);
	return 0;
}

void endpoint_release(struct host *h, const struct jail_endpoint *e)
{
	struct error err;
	struct mark mark;

	if (interface_is_ours(h, e->interface, &mark)) {
		if (netif_destroy(e->interface, &err) < 0)
			log_error("%s", err.message);
	} else {
		aliases_remove(h, e);
	}
}

void endpoints_sweep(struct host *h, const struct strings *known)
{
	struct if_nameindex *all;
	struct error err;
	struct mark mark;

	claims_sweep(h);
	aliases_sweep(h, known);
	all = if_nameindex();
	for (struct if_nameindex *i = all; i != NULL && i->if_name != NULL; i++) {
		/* one that has its mark and not its name yet is in no list */
		if (strings_has(known, i->if_name) || !interface_is_ours(h, i->if_name, &mark) ||
			mark.peer[0] == '\0')
			continue;
		if (netif_destroy(i->if_name, &err) < 0)
			log_error("%s", err.message);
		else
			log_notice(
				"interface %s was left of a container: it is removed", i->if_name);
	}
	if (all != NULL)
		if_freenameindex(all);
}
