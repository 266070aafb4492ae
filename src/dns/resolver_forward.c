/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions that are sent on to the host's servers, each with a socket and a number of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/resolver_private.h"

#define PATIENCE 2500 /* milliseconds for an attempt */
#define ROUNDS	 2 /* attempts with each server */

static bool is_tcp(const struct forward *f)
{
	return f->asker.connection != NULL;
}

/* True if it is an address of ours, and asking it would never end. */
static bool is_ours(const struct resolver *r, const struct server_address *server)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	for (const struct listener *l = r->listeners; l != NULL; l = l->next, len = sizeof(own))
		if (getsockname(l->udp.fd, (struct sockaddr *)&own, &len) == 0 &&
			socket_same(&own, &server->address))
			return true;
	return false;
}

static void disconnect(struct forward *f)
{
	if (f->io.fd >= 0)
		close(f->io.fd);
	f->io = (struct watched){.fd = -1};
	f->sent = f->in.len = 0;
}

static int connect_to(struct forward *f, const struct server_address *server)
{
	int type = is_tcp(f) ? SOCK_STREAM : SOCK_DGRAM;

	f->io.fd = socket(server->address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f->io.fd < 0)
		return -1;
	if (connect(f->io.fd, (const struct sockaddr *)&server->address, server->len) != 0 &&
		errno != EINPROGRESS)
		return -1;
	if (!is_tcp(f) && send(f->io.fd, f->out.data + 2, f->out.len - 2, MSG_NOSIGNAL) < 0)
		return -1;
	f->io.events = is_tcp(f) ? POLLOUT : POLLIN;
	return 0;
}

/* The question as it goes out, with its length in front for TCP. */
static void compose(struct forward *f)
{
	struct dns_wire query;

	if (getentropy(&f->id, sizeof(f->id)) != 0)
		abort();
	query = dns_ask(&f->question, f->id);
	free(f->out.data);
	f->out = (struct dns_wire){xmalloc(query.len + 2), query.len + 2};
	f->out.data[0] = (uint8_t)(query.len >> 8);
	f->out.data[1] = (uint8_t)(query.len & 255);
	if (query.len > 0)
		memcpy(f->out.data + 2, query.data, query.len);
	free(query.data);
}

static void give_up(struct forward *f)
{
	resolver_reply(&f->asker, dns_answer_code(&f->question, LDNS_RCODE_SERVFAIL));
	f->over = true;
}

static size_t servers_of(
	const struct resolver *r, const struct forward *f, const struct server_address **list)
{
	*list = f->nown > 0 ? f->own : r->servers.list;
	return f->nown > 0 ? f->nown : r->servers.n;
}

/* Goes on with the next server that can be asked at all. */
static void attempt(struct resolver *r, struct forward *f)
{
	const struct server_address *list;
	size_t n;

	servers_refresh(&r->servers);
	n = servers_of(r, f, &list);
	for (;;) {
		const struct server_address *server;

		disconnect(f);
		if (f->attempt >= ROUNDS * n) {
			give_up(f);
			return;
		}
		server = &list[f->attempt++ % n];
		if (is_ours(r, server))
			continue;
		compose(f);
		if (connect_to(f, server) == 0)
			break;
	}
	f->deadline = now_ms() + PATIENCE;
}

/* The same question of the same client's, sent again since it has no answer yet. */
static bool is_same(const struct forward *f, const struct asker *a, const struct dns_question *q)
{
	return a->connection == NULL && f->asker.connection == NULL &&
	       socket_same(&f->asker.from, &a->from) &&
	       ldns_pkt_id(f->question.query) == ldns_pkt_id(q->query) &&
	       f->question.type == q->type && strcmp(f->question.name, q->name) == 0;
}

void forward_start(struct resolver *r, const struct asker *asker, struct dns_question *question)
{
	size_t n = 0, own = 0;
	struct forward *f;

	for (f = r->forwards; f != NULL; f = f->next) {
		if (!f->over && is_same(f, asker, question)) {
			dns_question_free(question);
			return;
		}
		n++;
		own += address_equal(&f->asker.client, &asker->client);
	}
	f = xcalloc(1, sizeof(*f));
	*f = (struct forward){.next = r->forwards, .asker = *asker, .io = {.fd = -1}};
	f->question = *question;
	*question = (struct dns_question){.query = NULL};
	if (r->names->servers != NULL)
		f->nown = r->names->servers(r->arg, &asker->client, f->own);
	r->forwards = f;
	if (n >= FORWARDS_MAX || own >= CLIENT_FORWARDS_MAX)
		give_up(f);
	else
		attempt(r, f);
}

/* Other servers may know better. */
static bool is_failure(int rcode)
{
	return rcode == LDNS_RCODE_SERVFAIL || rcode == LDNS_RCODE_NOTIMPL ||
	       rcode == LDNS_RCODE_REFUSED;
}

/* Makes an answer of what has come, or waits on. */
static void judge(struct resolver *r, struct forward *f, const struct dns_wire *reply)
{
	int rcode = dns_check_reply(&f->question, f->id, reply);
	const struct server_address *list;

	if (rcode < 0 && !is_tcp(f))
		return; /* anybody can send datagrams; the right one may yet come */
	if (rcode < 0 || (is_failure(rcode) && f->attempt < servers_of(r, f, &list))) {
		attempt(r, f);
		return;
	}
	resolver_reply(&f->asker, dns_relay(&f->question, reply, !is_tcp(f)));
	f->over = true;
}

static void serve_udp(struct resolver *r, struct forward *f)
{
	uint8_t data[DNS_UDP_MAX];
	struct dns_wire reply = {data, 0};
	ssize_t n = recv(f->io.fd, data, sizeof(data), 0);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			attempt(r, f); /* nobody is there */
		return;
	}
	reply.len = (size_t)n;
	judge(r, f, &reply);
}

static void send_tcp(struct resolver *r, struct forward *f)
{
	ssize_t n = send(f->io.fd, f->out.data + f->sent, f->out.len - f->sent, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		attempt(r, f);
		return;
	}
	f->sent += n > 0 ? (size_t)n : 0;
	if (f->sent == f->out.len)
		f->io.events = POLLIN;
}

static void receive_tcp(struct resolver *r, struct forward *f)
{
	struct dns_wire reply;
	size_t wanted;
	ssize_t n;

	if (f->in.data == NULL)
		f->in.data = xmalloc(2 + DNS_PACKET_MAX);
	wanted = f->in.len < 2 ? 2 : 2 + ((size_t)f->in.data[0] << 8 | f->in.data[1]);
	n = recv(f->io.fd, f->in.data + f->in.len, wanted - f->in.len, 0);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			attempt(r, f);
		return;
	}
	f->in.len += (size_t)n;
	wanted = f->in.len < 2 ? 2 : 2 + ((size_t)f->in.data[0] << 8 | f->in.data[1]);
	if (f->in.len < 2 || f->in.len < wanted)
		return;
	reply = (struct dns_wire){f->in.data + 2, f->in.len - 2};
	judge(r, f, &reply);
}

void forward_serve(struct resolver *r, struct forward *f)
{
	short events = resolver_events(r, &f->io);

	if (f->over)
		return;
	if (f->asker.connection != NULL && f->asker.connection->over)
		f->over = true; /* nobody wants to know any more */
	else if (events != 0 && !is_tcp(f))
		serve_udp(r, f);
	else if (events != 0 && f->io.events == POLLOUT)
		send_tcp(r, f);
	else if (events != 0)
		receive_tcp(r, f);
	else if (now_ms() >= f->deadline)
		attempt(r, f);
}

void forward_free(struct forward *f)
{
	disconnect(f);
	dns_question_free(&f->question);
	free(f->out.data);
	free(f->in.data);
	free(f);
}
