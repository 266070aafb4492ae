/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/resolver_private.h"

#define AT_ONCE 32 /* datagrams taken from one address before others have their turn */

/* Something to be done by the resolver's thread, whose caller waits for it. */
struct order {
	struct order *next;
	const struct address *address;
	unsigned int port;
	bool listen; /* or end it */
	bool done;
	int result;
	struct error *err;
};

/* ---- questions and answers ---- */

void resolver_reply(const struct asker *asker, struct dns_wire answer)
{
	if (answer.len == 0 || (asker->connection != NULL && asker->connection->over)) {
		free(answer.data);
		return;
	}
	if (asker->connection != NULL) {
		tcp_reply(asker->connection, &answer);
		return;
	}
	/* a datagram that is lost is asked for again */
	(void)!sendto(asker->listener->udp.fd, answer.data, answer.len, MSG_NOSIGNAL,
		(const struct sockaddr *)&asker->from, asker->from_len);
	free(answer.data);
}

static enum resolver_verdict answer_reverse(struct resolver *r, const struct asker *asker,
	const struct dns_question *q, const struct address *address)
{
	AUTO_FREE char *name = NULL;
	enum resolver_verdict verdict = r->names->name(r->arg, &asker->client, address, &name);

	if (verdict == RESOLVER_ANSWER)
		resolver_reply(asker, dns_answer_name(q, name));
	return verdict;
}

static enum resolver_verdict answer_addresses(
	struct resolver *r, const struct asker *asker, const struct dns_question *q)
{
	AUTO_FREE struct address *list = NULL;
	size_t n = 0;
	enum resolver_verdict verdict =
		r->names->addresses(r->arg, &asker->client, q->name, &list, &n);

	if (verdict == RESOLVER_ANSWER)
		resolver_reply(asker, dns_answer_addresses(q, list, n, asker->connection == NULL));
	return verdict;
}

/* A packet that is no question gets an answer only if a container has sent it. */
static bool refuse(
	struct resolver *r, const struct asker *asker, const struct dns_wire *in, int rcode)
{
	AUTO_FREE struct address *list = NULL;
	size_t n = 0;

	if (r->names->addresses(r->arg, &asker->client, "", &list, &n) == RESOLVER_STRANGER)
		return false;
	resolver_reply(asker, dns_refuse(in, rcode));
	return true;
}

bool resolver_handle(struct resolver *r, const struct asker *asker, const struct dns_wire *in)
{
	enum resolver_verdict verdict;
	struct dns_question q;
	struct address address;
	int rcode = dns_read(in, &q);

	if (rcode != 0)
		return rcode > 0 && refuse(r, asker, in, rcode);
	verdict = dns_reverse(&q, &address) ? answer_reverse(r, asker, &q, &address)
					    : answer_addresses(r, asker, &q);
	if (verdict == RESOLVER_DENY)
		resolver_reply(asker, dns_answer_code(&q, LDNS_RCODE_NXDOMAIN));
	if (verdict == RESOLVER_FORWARD)
		forward_start(r, asker, &q);
	dns_question_free(&q);
	return verdict != RESOLVER_STRANGER;
}

/* ---- sockets ---- */

static void receive_datagrams(struct resolver *r, struct listener *l)
{
	uint8_t data[DNS_UDP_MAX];

	for (int i = 0; i < AT_ONCE; i++) {
		struct asker asker = {.listener = l, .from_len = sizeof(asker.from)};
		struct dns_wire in = {data, 0};
		ssize_t n = recvfrom(l->udp.fd, data, sizeof(data), 0,
			(struct sockaddr *)&asker.from, &asker.from_len);

		if (n < 0)
			return;
		in.len = (size_t)n;
		asker.client = socket_address(&asker.from);
		resolver_handle(r, &asker, &in);
	}
}

/* ---- what other threads want ---- */

static struct listener **find_listener(
	struct resolver *r, const struct address *address, unsigned int port)
{
	struct listener **at = &r->listeners;

	while (*at != NULL && !((*at)->port == port && address_equal(&(*at)->address, address)))
		at = &(*at)->next;
	return at;
}

static int begin_to_listen(struct resolver *r, struct order *o)
{
	AUTO_CLOSE int udp = -1;
	AUTO_CLOSE int tcp = -1;
	char text[ADDRESS_TEXT_MAX];
	struct listener *l;

	if (*find_listener(r, o->address, o->port) != NULL)
		return 0;
	udp = socket_bind(o->address, o->port, SOCK_DGRAM);
	tcp = udp >= 0 ? socket_bind(o->address, o->port, SOCK_STREAM) : -1;
	if (tcp < 0)
		return errno == EADDRINUSE
			       ? error_set(o->err, ERROR_CONFLICT,
					 "cannot serve names at %s, port %u: another program does",
					 address_format(o->address, text), o->port)
			       : error_errno(o->err, errno, "cannot serve names at %s, port %u",
					 address_format(o->address, text), o->port);
	l = xcalloc(1, sizeof(*l));
	*l = (struct listener){.next = r->listeners, .address = *o->address, .port = o->port};
	l->udp = (struct watched){.fd = take_fd(&udp), .events = POLLIN};
	l->tcp = (struct watched){.fd = take_fd(&tcp), .events = POLLIN};
	r->listeners = l;
	return 0;
}

static void end_listening(struct resolver *r, struct order *o)
{
	struct listener **at = find_listener(r, o->address, o->port), *l = *at;

	if (l == NULL)
		return;
	for (struct connection *c = r->connections; c != NULL; c = c->next)
		c->over = c->over || c->listener == l;
	for (struct forward *f = r->forwards; f != NULL; f = f->next)
		f->over = f->over || f->asker.listener == l;
	*at = l->next;
	close(l->udp.fd);
	close(l->tcp.fd);
	free(l);
}

/* Drops what is over, so that nothing refers to what has gone. */
static void sweep(struct resolver *r)
{
	for (struct forward **at = &r->forwards, *f; (f = *at) != NULL;) {
		if (!f->over && !(f->asker.connection != NULL && f->asker.connection->over)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		forward_free(f);
	}
	for (struct connection **at = &r->connections, *c; (c = *at) != NULL;) {
		if (!c->over) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		tcp_free(c);
	}
}

/* Returns false when the thread is to end. */
static bool take_orders(struct resolver *r)
{
	char bytes[64];
	bool ending;

	while (read(r->wake[0], bytes, sizeof(bytes)) > 0)
		;
	pthread_mutex_lock(&r->lock);
	for (struct order *o; (o = r->orders) != NULL;) {
		r->orders = o->next;
		if (o->listen)
			o->result = begin_to_listen(r, o);
		else
			end_listening(r, o);
		sweep(r); /* before the listener's memory can be another's */
		o->done = true;
		pthread_cond_broadcast(&r->done);
	}
	ending = r->ending;
	pthread_mutex_unlock(&r->lock);
	return !ending;
}

static int give_order(struct resolver *r, struct order *o)
{
	pthread_mutex_lock(&r->lock);
	o->next = r->orders;
	r->orders = o;
	(void)!write(r->wake[1], "", 1);
	while (!o->done)
		pthread_cond_wait(&r->done, &r->lock);
	pthread_mutex_unlock(&r->lock);
	return o->result;
}

/* ---- the thread ---- */

short resolver_events(const struct resolver *r, const struct watched *w)
{
	return w->slot != 0 ? r->polls[w->slot].revents : 0;
}

static void watch(struct resolver *r, struct watched *w, size_t *n)
{
	if (*n == r->npolls) {
		r->npolls *= 2;
		r->polls = xrealloc(r->polls, r->npolls * sizeof(*r->polls));
	}
	w->slot = *n;
	r->polls[(*n)++] = (struct pollfd){.fd = w->fd, .events = w->events};
}

/* Fills in what to wait for; returns how much, and the time of the next thing to do. */
static size_t watch_all(struct resolver *r, int64_t *until)
{
	size_t n = 1;

	r->polls[0] = (struct pollfd){.fd = r->wake[0], .events = POLLIN};
	for (struct listener *l = r->listeners; l != NULL; l = l->next) {
		watch(r, &l->udp, &n);
		watch(r, &l->tcp, &n);
	}
	for (struct connection *c = r->connections; c != NULL; c = c->next) {
		watch(r, &c->io, &n);
		if (!c->asked && c->deadline < *until)
			*until = c->deadline;
	}
	for (struct forward *f = r->forwards; f != NULL; f = f->next) {
		watch(r, &f->io, &n);
		if (f->deadline < *until)
			*until = f->deadline;
	}
	return n;
}

static void serve(struct resolver *r)
{
	for (struct listener *l = r->listeners; l != NULL; l = l->next) {
		if (resolver_events(r, &l->udp) != 0)
			receive_datagrams(r, l);
		if (resolver_events(r, &l->tcp) != 0)
			tcp_accept(r, l);
	}
	for (struct connection *c = r->connections; c != NULL; c = c->next)
		tcp_serve(r, c);
	for (struct forward *f = r->forwards; f != NULL; f = f->next)
		forward_serve(r, f);
	sweep(r);
}

static void *run(void *arg)
{
	struct resolver *r = arg;

	do {
		int64_t now = now_ms(), until = now + 60000;
		size_t n = watch_all(r, &until);

		if (poll(r->polls, (nfds_t)n, until > now ? (int)(until - now) : 0) < 0)
			memset(r->polls, 0, n * sizeof(*r->polls)); /* interrupted */
		serve(r);
	} while (take_orders(r));
	return NULL;
}

/* Signals are for the daemon's other threads. */
static int start_thread(struct resolver *r)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct resolver *resolver_new(
	const char *servers, const struct resolver_names *names, void *arg, struct error *err)
{
	struct resolver *r = xcalloc(1, sizeof(*r));
	int rc;

	*r = (struct resolver){.names = names, .arg = arg, .npolls = 16};
	if (pipe2(r->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		error_errno(err, errno, "cannot make a pipe for the resolver");
		free(r);
		return NULL;
	}
	r->servers.path = xstrdup(servers);
	r->polls = xcalloc(r->npolls, sizeof(*r->polls));
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->done, NULL);
	rc = start_thread(r);
	if (rc != 0) {
		error_errno(err, rc, "cannot start the resolver");
		r->ending = true;
		resolver_free(r);
		return NULL;
	}
	return r;
}

int resolver_listen(
	struct resolver *r, const struct address *address, unsigned int port, struct error *err)
{
	struct order o = {.address = address, .port = port, .listen = true, .err = err};

	return give_order(r, &o);
}

void resolver_unlisten(struct resolver *r, const struct address *address, unsigned int port)
{
	struct order o = {.address = address, .port = port};

	give_order(r, &o);
}

static void end_thread(struct resolver *r)
{
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	pthread_mutex_unlock(&r->lock);
	(void)!write(r->wake[1], "", 1);
	pthread_join(r->thread, NULL);
	while (r->listeners != NULL) {
		struct order o = {.address = &r->listeners->address, .port = r->listeners->port};

		end_listening(r, &o);
	}
	sweep(r);
}

void resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	if (!r->ending)
		end_thread(r);
	close(r->wake[0]);
	close(r->wake[1]);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->done);
	free(r->servers.path);
	free(r->polls);
	free(r);
}
