#include "kleened/netnames.h"

#include "base/log.h"
#include "kleened/daemon.h"

#define HOST_SERVERS "/etc/resolv.conf"

static enum resolver_verdict addresses(
	void *arg, const struct address *client, const char *name, struct address **list, size_t *n)
{
	struct netstate *s = ((struct daemon *)arg)->netstate;
	char id[ID_LEN + 1];

	if (!netstate_owner(s, client, id))
		return RESOLVER_STRANGER;
	if (netstate_find(s, id, name, list, n))
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

struct resolver *netnames_start(struct daemon *d, struct error *err)
{
	static const struct resolver_names names = {addresses, name};

	return resolver_new(HOST_SERVERS, &names, d, err);
}

void netnames_listen(struct daemon *d, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];
	struct error err;

	if (d->resolver != NULL && resolver_listen(d->resolver, address, RESOLVER_PORT, &err) != 0)
		log_debug("no names at %s: %s", address_format(address, text), err.message);
}
