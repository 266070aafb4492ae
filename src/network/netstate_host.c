/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's side of the state of networks: its addresses, and the thread that follows them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "network/netstate_private.h"

static bool same_addresses(const struct host_view *a, const struct host_view *b)
{
	if (a->naddresses != b->naddresses || strcmp(a->gateway, b->gateway) != 0)
		return false;
	for (size_t i = 0; i < a->naddresses; i++)
		if (strcmp(a->addresses[i].interface, b->addresses[i].interface) != 0 ||
			!address_equal(&a->addresses[i].address, &b->addresses[i].address))
			return false;
	return true;
}

/* Takes a new view; true if it makes a difference. The caller holds the mutex. */
static bool take_view(struct netstate *s, struct host_view *view)
{
	bool same = same_addresses(&s->view, view);

	host_view_free(&s->view);
	s->view = *view;
	*view = (struct host_view){0};
	if (same)
		return false;
	s->host = xrealloc(s->host, (s->view.naddresses + 1) * sizeof(*s->host));
	s->nhost = s->view.naddresses;
	for (size_t i = 0; i < s->nhost; i++) {
		s->host[i] =
			(struct firewall_host_address){.address = s->view.addresses[i].address};
		memcpy(s->host[i].interface, s->view.addresses[i].interface, INTERFACE_MAX);
	}
	for (size_t i = 0; i < s->nnetworks; i++)
		if (s->networks[i].nat_by_gateway)
			memcpy(s->networks[i].model.nat_interface, s->view.gateway, INTERFACE_MAX);
	netstate_mark_networks(s);
	return true;
}

bool netstate_mark_networks(struct netstate *s)
{
	bool changed = false;

	for (size_t i = 0; i < s->nhost; i++) {
		struct firewall_host_address *h = &s->host[i];
		bool was = h->network;

		h->network = false;
		for (size_t k = 0; k < s->nnetworks && !h->network; k++)
			h->network = s->networks[k].model.type != NETWORK_CUSTOM &&
				     strcmp(s->networks[k].model.interface, h->interface) == 0;
		changed |= h->network != was;
	}
	return changed;
}

static void follow_host(struct netstate *s)
{
	struct host_view view;
	struct error err;

	if (host_view_read(s->daemon->host, &view, &err) != 0) {
		log_error("%s", err.message);
		return;
	}
	netstate_lock(s);
	if (take_view(s, &view) && s->nnetworks > 0) {
		netstate_hold_all(s);
		log_info("the host's addresses have changed: the firewall follows");
		if (netstate_load_all(s, &err) != 0)
			log_error("%s", err.message);
	}
	netstate_unlock(s);
}

static void *watch_host(void *arg)
{
	struct netstate *s = arg;
	struct pollfd fds[] = {
		{.fd = s->wake[0], .events = POLLIN}, {.fd = s->watch, .events = POLLIN}};
	char bytes[64];

	while (!s->stopping) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents != 0)
			(void)!read(s->wake[0], bytes, sizeof(bytes));
		if (fds[1].revents != 0 && host_view_changed(s->watch))
			follow_host(s);
		netstate_flush(s);
	}
	return NULL;
}

int netstate_begin(struct netstate *s, struct error *err)
{
	struct host_view view;
	int rc;

	if (s->watch >= 0)
		return 0;
	s->watch = host_view_watch(s->daemon->host, err);
	if (s->watch < 0 || host_view_read(s->daemon->host, &view, err) != 0) {
		close_fd(&s->watch);
		return -1;
	}
	take_view(s, &view);
	rc = pthread_create(&s->thread, NULL, watch_host, s);
	if (rc == 0)
		return 0;
	close_fd(&s->watch);
	return error_errno(err, rc, "cannot make the thread that watches the host's network");
}

void netstate_wake(struct netstate *s)
{
	(void)!write(s->wake[1], "", 1);
}

struct netstate *netstate_new(struct daemon *d, struct error *err)
{
	struct netstate *s = xcalloc(1, sizeof(*s));
	const char *template = d->config->pf_config_template_path;
	const char *config = d->config->pf_config_path;

	s->daemon = d;
	s->watch = -1;
	s->filter = filter_open(template, config, d->config->run_dir, err);
	if (s->filter == NULL || pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		if (s->filter != NULL)
			error_errno(err, errno, "cannot make a pipe");
		filter_close(s->filter);
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->changing, NULL);
	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

void netstate_free(struct netstate *s)
{
	if (s == NULL)
		return;
	if (s->watch >= 0) {
		s->stopping = true;
		netstate_wake(s);
		pthread_join(s->thread, NULL);
	}
	close_fd(&s->watch);
	close(s->wake[0]);
	close(s->wake[1]);
	port_holds_free(&s->holds);
	filter_close(s->filter);
	host_view_free(&s->view);
	for (size_t i = 0; i < s->nmembers; i++)
		net_member_free(&s->members[i]);
	for (size_t i = 0; i < s->ngone; i++)
		net_member_free(&s->gone[i]);
	free(s->members);
	free(s->gone);
	free(s->networks);
	free(s->host);
	pthread_mutex_destroy(&s->mutex);
	pthread_mutex_destroy(&s->changing);
	free(s);
}
