/* SPDX-License-Identifier: BSD-2-Clause */
/* What others want to know of the state of networks. */
#include <string.h>

#include "daemon/daemon.h"
#include "network/netstate_private.h"

bool netstate_gateway(struct netstate *s, char name[INTERFACE_MAX], struct error *err)
{
	bool found;

	pthread_mutex_lock(&s->mutex);
	found = netstate_begin(s, err) == 0 && s->view.gateway[0] != '\0';
	memcpy(name, found ? s->view.gateway : "", found ? INTERFACE_MAX : 1);
	pthread_mutex_unlock(&s->mutex);
	return found;
}

int netstate_has_interface(struct netstate *s, const char *name, struct error *err)
{
	AUTO(host_view_free) struct host_view view = {0};

	/* interfaces come and go without a word */
	if (host_view_read(s->daemon->host, &view, err) != 0)
		return -1;
	return strings_has(&view.interfaces, name);
}

int netstate_has_address(struct netstate *s, const struct address *a, struct error *err)
{
	AUTO(host_view_free) struct host_view view = {0};

	if (a->value == 0 || a->value == (a->family == AF_INET ? 0x7f000001 : 1))
		return true;
	if (host_view_read(s->daemon->host, &view, err) != 0)
		return -1;
	for (size_t i = 0; i < view.naddresses; i++)
		if (address_equal(&view.addresses[i].address, a))
			return true;
	return false;
}

bool netstate_is_on_loopback(struct netstate *s, const struct published_port *p)
{
	bool found = false;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->nhost && !found; i++)
		found = address_is_loopback(&s->host[i].address) && firewall_is_at(p, &s->host[i]);
	pthread_mutex_unlock(&s->mutex);
	return found;
}

void netstate_set_missing(struct netstate *s, const char *id, bool missing)
{
	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->nnetworks; i++)
		if (strcmp(s->networks[i].model.id, id) == 0)
			s->networks[i].missing = missing;
	pthread_mutex_unlock(&s->mutex);
}

bool netstate_is_missing(struct netstate *s, const char *id)
{
	bool missing = false;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->nnetworks; i++)
		missing |= s->networks[i].missing && strcmp(s->networks[i].model.id, id) == 0;
	pthread_mutex_unlock(&s->mutex);
	return missing;
}

static const struct firewall_endpoint *endpoint_of(
	const struct net_member *m, const struct address *a)
{
	for (size_t i = 0; i < m->nendpoints; i++)
		if (address_equal(&m->endpoints[i].address[family_index(a->family)], a))
			return &m->endpoints[i];
	return NULL;
}

/* Both are in one network: the endpoint of the second there. */
static bool shares(const struct net_member *m, const struct firewall_endpoint *e)
{
	for (size_t i = 0; i < m->nendpoints; i++)
		if (strcmp(m->endpoints[i].network_id, e->network_id) == 0)
			return true;
	return false;
}

bool netstate_owner(struct netstate *s, const struct address *a, char id[ID_LEN + 1])
{
	bool found = false;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->nmembers && !found; i++) {
		found = endpoint_of(&s->members[i], a) != NULL;
		if (found)
			memcpy(id, s->members[i].id, ID_LEN + 1);
	}
	pthread_mutex_unlock(&s->mutex);
	return found;
}

static const struct net_member *member_called(const struct netstate *s, const char *name)
{
	for (size_t i = 0; i < s->nmembers; i++)
		if (strcasecmp(s->members[i].name, name) == 0 ||
			strcmp(s->members[i].id, name) == 0)
			return &s->members[i];
	return NULL;
}

/* Whether the text, with blanks between names, has the name. */
static bool has_alias(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *end; *text != '\0'; text = end + (*end != '\0')) {
		end = text + strcspn(text, " ");
		if ((size_t)(end - text) == len && len > 0 && strncasecmp(text, name, len) == 0)
			return true;
	}
	return false;
}

struct found {
	struct address *list;
	size_t n;
	bool any;
};

/* Adds the addresses of other's in networks that who is in; alias (NULL: none) is its name there.
 */
static void add_addresses(const struct net_member *who, const struct net_member *other,
	const char *alias, struct found *f)
{
	for (size_t i = 0; i < other->nendpoints; i++) {
		const struct firewall_endpoint *e = &other->endpoints[i];

		if (!shares(who, e) || (alias != NULL && !has_alias(other->aliases[i].text, alias)))
			continue;
		f->any = true;
		f->list = xrealloc(f->list, (f->n + FAMILIES) * sizeof(*f->list));
		for (int k = 0; k < FAMILIES; k++)
			if (!address_is_none(&e->address[k]))
				f->list[f->n++] = e->address[k];
	}
}

bool netstate_find(
	struct netstate *s, const char *from, const char *name, struct address **list, size_t *n)
{
	const struct net_member *who, *other;
	struct found f = {0};

	pthread_mutex_lock(&s->mutex);
	who = netstate_member(s, from);
	other = member_called(s, name);
	if (who != NULL && other != NULL)
		add_addresses(who, other, NULL, &f);
	for (size_t i = 0; who != NULL && other == NULL && i < s->nmembers; i++)
		add_addresses(who, &s->members[i], name, &f);
	pthread_mutex_unlock(&s->mutex);
	*list = f.list;
	*n = f.n;
	return f.any;
}

char *netstate_name(struct netstate *s, const char *from, const struct address *a)
{
	const struct net_member *who;
	char *name = NULL;

	pthread_mutex_lock(&s->mutex);
	who = netstate_member(s, from);
	for (size_t i = 0; who != NULL && i < s->nmembers && name == NULL; i++) {
		const struct firewall_endpoint *e = endpoint_of(&s->members[i], a);

		if (e != NULL && shares(who, e))
			name = xstrdup(s->members[i].name);
	}
	pthread_mutex_unlock(&s->mutex);
	return name;
}

bool netstate_has_member(struct netstate *s, const char *id)
{
	bool found;

	pthread_mutex_lock(&s->mutex);
	found = netstate_member(s, id) != NULL;
	pthread_mutex_unlock(&s->mutex);
	return found;
}

bool netstate_has_outside(struct netstate *s, const char *id)
{
	const struct net_member *m;
	bool outside = false;

	pthread_mutex_lock(&s->mutex);
	m = netstate_member(s, id);
	for (size_t i = 0; m != NULL && i < m->nendpoints; i++)
		for (size_t k = 0; k < s->nnetworks; k++)
			outside |= !s->networks[k].model.internal &&
				   strcmp(s->networks[k].model.id, m->endpoints[i].network_id) == 0;
	pthread_mutex_unlock(&s->mutex);
	return outside;
}
