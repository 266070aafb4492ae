/* SPDX-License-Identifier: BSD-2-Clause */
#include "network/port_holds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/port.h"

static int compare(const void *a, const void *b)
{
	const struct held_port *x = a, *y = b;

	if (x->address.family != y->address.family)
		return x->address.family < y->address.family ? -1 : 1;
	if (x->address.value != y->address.value)
		return x->address.value < y->address.value ? -1 : 1;
	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

/* What the model redirects to the container, in order; fd is -1: nothing is held for it yet. */
static struct port_holds wanted(const struct firewall *fw, const char *container_id)
{
	struct port_holds w = {0};

	for (size_t i = 0; i < fw->nports; i++) {
		const struct published_port *p = &fw->ports[i];

		if (strcmp(p->container_id, container_id) != 0)
			continue;
		for (size_t k = 0; k < fw->nhost; k++) {
			if (!firewall_redirects(fw, p, &fw->host[k]))
				continue;
			w.v = xrealloc(w.v, (w.n + p->high - p->low + 1) * sizeof(*w.v));
			for (unsigned int port = p->low; port <= p->high; port++) {
				w.v[w.n] = (struct held_port){.address = fw->host[k].address,
					.protocol = p->protocol,
					.port = port,
					.fd = -1};
				memcpy(w.v[w.n++].container_id, p->container_id, ID_LEN + 1);
			}
		}
	}
	if (w.n > 0)
		qsort(w.v, w.n, sizeof(*w.v), compare);
	return w;
}

static struct held_port *find(const struct port_holds *h, const struct held_port *p)
{
	return h->n == 0 ? NULL : bsearch(p, h->v, h->n, sizeof(*h->v), compare);
}

static int refused(const struct held_port *p, struct error *err)
{
	char address[ADDRESS_TEXT_MAX];
	struct port_user user;
	int errnum = errno;

	address_format(&p->address, address);
	if (errnum != EADDRINUSE)
		return error_errno(err, errnum, "cannot hold port %u/%s of %s", p->port,
			protocol_names[p->protocol], address);
	if (port_find_user(&p->address, p->protocol, p->port, &user))
		return error_set(err, ERROR_CONFLICT,
			"port %u/%s of %s is taken by the host's process %d (%s)", p->port,
			protocol_names[p->protocol], address, (int)user.pid, user.name);
	return error_set(err, ERROR_CONFLICT,
		"port %u/%s of %s is taken by a process of the host's%s", p->port,
		protocol_names[p->protocol], address,
		p->protocol == PROTOCOL_TCP ? ", or by connections that one has left and that end "
					      "within a minute"
					    : "");
}

void port_holds_free(struct port_holds *h)
{
	for (size_t i = 0; i < h->n; i++)
		close_fd(&h->v[i].fd);
	free(h->v);
	*h = (struct port_holds){0};
}

int port_holds_take(struct port_holds *h, const struct firewall *fw, const char *container_id,
	struct error *err)
{
	AUTO(port_holds_free) struct port_holds new = wanted(fw, container_id);
	size_t n = 0;

	for (size_t i = 0; i < new.n; i++) {
		struct held_port *p = &new.v[i];

		struct held_port *there = find(h, p);

		if (there != NULL)
			memcpy(there->container_id, container_id, ID_LEN + 1);
		if (there != NULL || (n > 0 && compare(&new.v[n - 1], p) == 0))
			continue;
		p->fd = port_hold(&p->address, p->protocol, p->port);
		if (p->fd < 0)
			return refused(p, err);
		if (n != i) {
			new.v[n] = *p;
			p->fd = -1;
		}
		n++;
	}
	if (n == 0)
		return 0;
	h->v = xrealloc(h->v, (h->n + n) * sizeof(*h->v));
	memcpy(h->v + h->n, new.v, n * sizeof(*h->v));
	h->n += n;
	qsort(h->v, h->n, sizeof(*h->v), compare);
	new.n = 0;
	return 0;
}

int port_holds_try(const struct published_port *p, const struct address *own, struct error *err)
{
	struct held_port at = {.address = *own, .protocol = p->protocol};

	for (unsigned int i = 0; i <= p->high - p->low; i++) {
		at.port = p->target + i;
		at.fd = port_hold(own, p->protocol, at.port);
		if (at.fd < 0)
			return refused(&at, err);
		close_fd(&at.fd);
	}
	return 0;
}

void port_holds_keep(struct port_holds *h, const struct firewall *fw, const char *container_id)
{
	AUTO(port_holds_free) struct port_holds kept = {0};
	size_t n = 0;

	if (fw != NULL)
		kept = wanted(fw, container_id);
	for (size_t i = 0; i < h->n; i++) {
		struct held_port p = h->v[i];

		if (find(&kept, &p) != NULL)
			memcpy(p.container_id, container_id, ID_LEN + 1);
		else if (strcmp(p.container_id, container_id) == 0)
			close_fd(&p.fd);
		if (p.fd >= 0)
			h->v[n++] = p;
	}
	h->n = n;
}
