#include "kleened/netstate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "kleened/daemon.h"
#include "kleened/netstate_private.h"

void net_member_free(struct net_member *m)
{
	free(m->name);
	free(m->endpoints);
	free(m->ports);
	*m = (struct net_member){0};
}

struct net_member *netstate_member(const struct netstate *s, const char *id)
{
	for (size_t i = 0; i < s->nmembers; i++)
		if (strcmp(s->members[i].id, id) == 0)
			return &s->members[i];
	return NULL;
}

/* ---- models ---- */

static struct firewall_network model_of(const struct netstate *s, const struct network *n)
{
	const struct network_settings *settings = &n->settings;
	struct firewall_network f = {
		.type = settings->type, .icc = settings->icc, .internal = settings->internal};

	memcpy(f.id, n->id, sizeof(f.id));
	memcpy(f.interface, n->interface, sizeof(f.interface));
	for (int i = 0; i < FAMILIES; i++) {
		f.subnet[i] = settings->subnet[i];
		if (settings->gateway_is_host[i])
			f.gateway[i] = settings->gateway[i];
	}
	if (settings->nat && settings->nat_interface[0] != '\0')
		memcpy(f.nat_interface, settings->nat_interface, sizeof(f.nat_interface));
	else if (settings->nat)
		memcpy(f.nat_interface, s->view.gateway, sizeof(f.nat_interface));
	return f;
}

/* A model without networks; the host's addresses are the state's. */
static struct firewall empty_model(const struct netstate *s)
{
	return (struct firewall){
		.instance = s->daemon->config->instance, .host = s->host, .nhost = s->nhost};
}

static bool is_in(const struct net_member *m, const char *network)
{
	for (size_t i = 0; i < m->nendpoints; i++)
		if (strcmp(m->endpoints[i].network_id, network) == 0)
			return true;
	return false;
}

/* The networks of either, for which there is room. */
static size_t networks_of(const struct netstate *s, const struct net_member *a,
	const struct net_member *b, struct firewall_network *room)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nnetworks; i++)
		if (is_in(a, s->networks[i].model.id) || is_in(b, s->networks[i].model.id))
			room[n++] = s->networks[i].model;
	return n;
}

/* The model of one member in those networks. */
static struct firewall member_model(const struct netstate *s, const struct net_member *m,
	const struct firewall_network *networks, size_t nnetworks)
{
	struct firewall fw = empty_model(s);

	fw.networks = networks;
	fw.nnetworks = nnetworks;
	fw.endpoints = m->endpoints;
	fw.nendpoints = m->nendpoints;
	fw.ports = m->ports;
	fw.nports = m->nports;
	return fw;
}

/* Loads the whole model. */
static int load_all(struct netstate *s, struct error *err)
{
	struct firewall fw = empty_model(s);
	struct firewall_network *networks = xcalloc(s->nnetworks, sizeof(*networks));
	struct firewall_endpoint *endpoints = NULL;
	struct published_port *ports = NULL;
	int result;

	for (size_t i = 0; i < s->nnetworks; i++)
		networks[i] = s->networks[i].model;
	for (size_t i = 0; i < s->nmembers; i++) {
		const struct net_member *m = &s->members[i];

		endpoints = xrealloc(
			endpoints, (fw.nendpoints + m->nendpoints + 1) * sizeof(*endpoints));
		ports = xrealloc(ports, (fw.nports + m->nports + 1) * sizeof(*ports));
		memcpy(endpoints + fw.nendpoints, m->endpoints, m->nendpoints * sizeof(*endpoints));
		if (m->nports > 0)
			memcpy(ports + fw.nports, m->ports, m->nports * sizeof(*ports));
		fw.nendpoints += m->nendpoints;
		fw.nports += m->nports;
	}
	fw.networks = networks;
	fw.nnetworks = s->nnetworks;
	fw.endpoints = endpoints;
	fw.ports = ports;
	result = filter_load(s->filter, &fw, err);
	s->loaded = result == 0;
	free(networks);
	free(endpoints);
	free(ports);
	return result;
}

/*
 * Leads from one model to another. What is changed here must be so already, as all is loaded where
 * the change alone cannot be.
 */
static int change(struct netstate *s, const struct firewall *before, const struct firewall *after,
	struct error *err)
{
	int result = s->loaded ? filter_change(s->filter, before, after, err) : 1;

	if (result > 0 && s->loaded && err->message[0] != '\0')
		log_warning("the firewall's rules are loaded anew: %s", err->message);
	return result > 0 ? load_all(s, err) : result;
}

/* ---- the host ---- */

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
	return true;
}

static void follow_host(struct netstate *s)
{
	struct host_view view;
	struct error err;

	pthread_mutex_lock(&s->mutex);
	if (host_view_read(s->daemon->host, &view, &err) != 0) {
		log_error("%s", err.message);
	} else if (take_view(s, &view) && s->nnetworks > 0) {
		log_info("the host's addresses have changed: the firewall follows");
		if (load_all(s, &err) != 0)
			log_error("%s", err.message);
	}
	pthread_mutex_unlock(&s->mutex);
}

static void *watch_host(void *arg)
{
	struct netstate *s = arg;
	struct pollfd fds[] = {
		{.fd = s->wake[0], .events = POLLIN}, {.fd = s->watch, .events = POLLIN}};

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents != 0)
			break;
		if (fds[1].revents != 0 && host_view_changed(s->watch))
			follow_host(s);
	}
	return NULL;
}

int netstate_begin(struct netstate *s, struct error *err)
{
	struct host_view view;

	if (s->watch >= 0)
		return 0;
	s->watch = host_view_watch(s->daemon->host, err);
	if (s->watch < 0 || host_view_read(s->daemon->host, &view, err) != 0) {
		close_fd(&s->watch);
		return -1;
	}
	take_view(s, &view);
	if (pthread_create(&s->thread, NULL, watch_host, s) != 0)
		abort();
	return 0;
}

struct netstate *netstate_new(struct daemon *d, struct error *err)
{
	struct netstate *s = xcalloc(1, sizeof(*s));
	const char *template = d->config->pf_config_template_path;
	const char *config = d->config->pf_config_path;

	s->daemon = d;
	s->watch = -1;
	s->filter = filter_open(template, config, err);
	if (s->filter == NULL || pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		if (s->filter != NULL)
			error_errno(err, errno, "cannot make a pipe");
		filter_close(s->filter);
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

void netstate_free(struct netstate *s)
{
	if (s == NULL)
		return;
	if (s->watch >= 0) {
		(void)!write(s->wake[1], "", 1);
		pthread_join(s->thread, NULL);
	}
	close_fd(&s->watch);
	close(s->wake[0]);
	close(s->wake[1]);
	filter_close(s->filter);
	host_view_free(&s->view);
	for (size_t i = 0; i < s->nmembers; i++)
		net_member_free(&s->members[i]);
	free(s->members);
	free(s->networks);
	free(s->host);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

/* ---- networks ---- */

static void append_network(struct netstate *s, const struct network *n)
{
	s->networks = xrealloc(s->networks, (s->nnetworks + 1) * sizeof(*s->networks));
	s->networks[s->nnetworks++] = (struct netstate_network){.model = model_of(s, n),
		.nat_by_gateway = n->settings.nat && n->settings.nat_interface[0] == '\0'};
}

/* Nothing of ours is needed any more. */
static int end(struct netstate *s, struct error *err)
{
	if (filter_unload(s->filter, s->daemon->config->instance, err) != 0)
		return -1;
	s->loaded = false;
	network_restore(s->daemon->host);
	return 0;
}

static struct net_member copy_member(const struct net_member *m)
{
	struct net_member copy = *m;

	copy.name = xstrdup(m->name);
	copy.endpoints = xcalloc(m->nendpoints, sizeof(*copy.endpoints));
	copy.ports = xcalloc(m->nports, sizeof(*copy.ports));
	memcpy(copy.endpoints, m->endpoints, m->nendpoints * sizeof(*copy.endpoints));
	if (m->nports > 0)
		memcpy(copy.ports, m->ports, m->nports * sizeof(*copy.ports));
	return copy;
}

int netstate_load(struct netstate *s, const struct network *networks, size_t nnetworks,
	const struct net_member *members, size_t nmembers, struct error *err)
{
	int result = 0;

	pthread_mutex_lock(&s->mutex);
	if (nnetworks > 0)
		result = netstate_begin(s, err);
	for (size_t i = 0; i < nnetworks; i++)
		append_network(s, &networks[i]);
	s->members = xrealloc(s->members, (nmembers + 1) * sizeof(*s->members));
	for (size_t i = 0; i < nmembers; i++)
		s->members[s->nmembers++] = copy_member(&members[i]);
	if (result == 0 && nnetworks > 0)
		result = load_all(s, err);
	pthread_mutex_unlock(&s->mutex);
	return result;
}

static int add_network(struct netstate *s, const struct network *n, struct error *err)
{
	struct firewall before, after;

	if (netstate_begin(s, err) != 0)
		return -1;
	append_network(s, n);
	before = after = empty_model(s);
	after.networks = &s->networks[s->nnetworks - 1].model;
	after.nnetworks = 1;
	if (change(s, &before, &after, err) == 0)
		return 0;
	s->nnetworks--;
	return -1;
}

int netstate_add(struct netstate *s, const struct network *n, struct error *err)
{
	int result;

	pthread_mutex_lock(&s->mutex);
	result = add_network(s, n, err);
	pthread_mutex_unlock(&s->mutex);
	return result;
}

static int remove_network(struct netstate *s, size_t i, struct error *err)
{
	struct netstate_network gone = s->networks[i];
	struct firewall before = empty_model(s), after = before;

	s->networks[i] = s->networks[--s->nnetworks];
	if (s->nnetworks == 0)
		return end(s, err);
	before.networks = &gone.model;
	before.nnetworks = 1;
	return change(s, &before, &after, err);
}

int netstate_remove(struct netstate *s, const char *id, struct error *err)
{
	int result = 0;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->nnetworks; i++) {
		if (strcmp(s->networks[i].model.id, id) == 0) {
			result = remove_network(s, i, err);
			break;
		}
	}
	pthread_mutex_unlock(&s->mutex);
	return result;
}

/* ---- members ---- */

/* Ends what the kernel remembers of UDP ports and addresses that now lead elsewhere. */
static void forget_connections(
	struct netstate *s, const struct net_member *before, const struct net_member *after)
{
	struct firewall fw = empty_model(s);

	for (int i = 0; i < 2; i++) {
		const struct net_member *m = i == 0 ? before : after;
		bool udp = false;

		for (size_t k = 0; m != NULL && k < m->nports; k++)
			udp |= m->ports[k].protocol == PROTOCOL_UDP;
		if (udp)
			filter_forget(s->filter, &fw, m->ports, m->nports, NULL, 0);
	}
}

/* Puts the member where another of the same container is, if so; without endpoints it is none. */
static void place(struct netstate *s, const struct net_member *m)
{
	struct net_member *old = netstate_member(s, m->id);

	if (old != NULL && m->nendpoints > 0) {
		*old = *m;
	} else if (old != NULL) {
		*old = s->members[--s->nmembers];
	} else if (m->nendpoints > 0) {
		s->members = xrealloc(s->members, (s->nmembers + 1) * sizeof(*s->members));
		s->members[s->nmembers++] = *m;
	}
}

/* Of old and new, what has gone is freed; new is the one there if that succeeds, else old. */
static int put(struct netstate *s, struct net_member *new, struct error *err)
{
	const struct net_member *there = netstate_member(s, new->id);
	struct net_member old = {0};
	struct firewall_network *networks = xcalloc(s->nnetworks + 1, sizeof(*networks));
	struct firewall before, after;
	size_t n;
	int result;

	if (there != NULL)
		old = *there;
	memcpy(old.id, new->id, sizeof(old.id));
	n = networks_of(s, &old, new, networks);
	before = member_model(s, &old, networks, n);
	after = member_model(s, new, networks, n);
	place(s, new);
	result = change(s, &before, &after, err);
	if (result == 0)
		forget_connections(s, &old, new);
	else
		place(s, &old);
	if (result == 0)
		net_member_free(&old);
	if (result != 0 || new->nendpoints == 0)
		net_member_free(new);
	free(networks);
	return result;
}

int netstate_put(struct netstate *s, struct net_member *m, struct error *err)
{
	int result;

	pthread_mutex_lock(&s->mutex);
	result = put(s, m, err);
	*m = (struct net_member){0}; /* it is in the table, or freed */
	pthread_mutex_unlock(&s->mutex);
	return result;
}

void netstate_drop(struct netstate *s, const char *id)
{
	struct net_member nothing = {0}, *left;
	struct error err;

	pthread_mutex_lock(&s->mutex);
	memcpy(nothing.id, id, sizeof(nothing.id));
	if (netstate_member(s, id) != NULL && put(s, &nothing, &err) != 0) {
		log_error("container %s: %s", id, err.message);
		left = netstate_member(s, id);
		net_member_free(left);
		*left = s->members[--s->nmembers];
		s->loaded = false; /* the next change makes all anew */
	}
	pthread_mutex_unlock(&s->mutex);
}

void netstate_rename(struct netstate *s, const char *id, const char *name)
{
	struct net_member *m;

	pthread_mutex_lock(&s->mutex);
	m = netstate_member(s, id);
	if (m != NULL) {
		free(m->name);
		m->name = xstrdup(name);
	}
	pthread_mutex_unlock(&s->mutex);
}
