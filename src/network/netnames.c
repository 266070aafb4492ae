/* SPDX-License-Identifier: BSD-2-Clause */
#include "network/netnames.h"

#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "net/sockaddr.h"
#include "network/joining.h"
#include "network/netstate.h"

#define HOST_SERVERS "/etc/resolv.conf"

/*
 * Clients append the search domains that they have been given before they ask for a short name as
 * it is: who asks for a container so, and not for whatever the host's servers call that.
 */
static bool find_with_suffix(
	struct daemon *d, const char *id, const char *name, struct address **list, size_t *n)
{
	AUTO(strings_free) struct strings domains = {0};
	size_t len = strlen(name);
	bool found = false;

	if (strchr(name, '.') == NULL)
		return false;
	network_files_search(d, id, &domains);
	for (size_t i = 0; i < domains.n && !found; i++) {
		size_t suffix = strlen(domains.v[i]);
		AUTO_FREE char *own = NULL;

		if (len < suffix + 2 || name[len - suffix - 1] != '.' ||
			strcmp(name + len - suffix, domains.v[i]) != 0)
			continue;
		own = xstrndup(name, len - suffix - 1);
		found = netstate_find(d->netstate, id, own, list, n);
	}
	return found;
}

static enum resolver_verdict addresses(
	void *arg, const struct address *client, const char *name, struct address **list, size_t *n)
{
	struct netstate *s = ((struct daemon *)arg)->netstate;
	char id[ID_LEN + 1];

	if (!netstate_owner(s, client, id))
		return RESOLVER_STRANGER;
	if (netstate_find(s, id, name, list, n) || find_with_suffix(arg, id, name, list, n))
		return RESOLVER_ANSWER;
	return netstate_has_outside(s, id) ? RESOLVER_FORWARD : RESOLVER_DENY;
}

static enum resolver_verdict name(
	void *arg, const struct address *client, const struct address *address, char **to)
{
	struct netstate *s = ((struct daemon *)arg)->netstate;
	char id[ID_LEN + 1];

	if (!netstate_owner(s, client, id))
		return RESOLVER_STRANGER;
	*to = netstate_name(s, id, address);
	if (*to != NULL)
		return RESOLVER_ANSWER;
	return netstate_has_outside(s, id) ? RESOLVER_FORWARD : RESOLVER_DENY;
}

static size_t servers(
	void *arg, const struct address *client, struct server_address list[SERVERS_MAX])
{
	AUTO(container_free) struct container c = {0};
	struct daemon *d = arg;
	char id[ID_LEN + 1];
	struct address a;
	struct error err;
	json_t *item;
	size_t i, n = 0;

	if (!netstate_owner(d->netstate, client, id) ||
		store_get_container(d->store, id, &c, &err) != 0)
		return 0;
	json_array_foreach (json_object_get(c.config, "dns"), i, item)
		if (n < SERVERS_MAX &&
			address_parse(json_string_value(item), AF_UNSPEC, &a, &err) == 0) {
			list[n].len = sockaddr_make(&list[n].address, &a, RESOLVER_PORT);
			n++;
		}
	return n;
}

struct resolver *netnames_start(struct daemon *d, struct error *err)
{
	static const struct resolver_names names = {addresses, name, servers};

	return resolver_new(HOST_SERVERS, &names, d, err);
}

void netnames_listen(struct daemon *d, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];
	struct error err;

	if (d->resolver != NULL && resolver_listen(d->resolver, address, RESOLVER_PORT, &err) != 0)
		log_debug("no names at %s: %s", address_format(address, text), err.message);
}
