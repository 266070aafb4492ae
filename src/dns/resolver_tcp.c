/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients that ask by TCP: each query and answer has two bytes of length in front, RFC 1035 4.2.2.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dns/resolver_private.h"

#define QUERY_MAX      2048 /* bytes; a question with EDNS has some hundreds */
#define PATIENCE       10000 /* milliseconds without anything on a connection */
#define SHORT_OF_FILES 50 /* milliseconds to wait when the process has no descriptor left */

static void expect(struct connection *c, short events)
{
	c->io.events = events;
	c->deadline = now_ms() + PATIENCE;
}

/* True if one more connection of the client's is too many, or it is no client. */
static bool is_unwelcome(struct resolver *r, const struct address *client)
{
	struct address *list = NULL;
	size_t n = 0, own = 0;

	for (const struct connection *c = r->connections; c != NULL; c = c->next) {
		n++;
		own += address_equal(&c->client, client);
	}
	if (n >= CONNECTIONS_MAX || own >= CLIENT_CONNECTIONS_MAX)
		return true;
	n = 0;
	own = r->names->addresses(r->arg, client, "", &list, &n) == RESOLVER_STRANGER;
	free(list);
	return own != 0;
}

void tcp_accept(struct resolver *r, struct listener *l)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct address client;
	struct connection *c;
	int fd = accept4(l->tcp.fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			poll(NULL, 0, SHORT_OF_FILES); /* or this would be tried without a pause */
		return;
	}
	client = socket_address(&from);
	if (is_unwelcome(r, &client)) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	*c = (struct connection){
		.next = r->connections, .listener = l, .client = client, .io = {.fd = fd}};
	c->in.data = xmalloc(2 + QUERY_MAX);
	expect(c, POLLIN);
	r->connections = c;
}

static void receive(struct resolver *r, struct connection *c)
{
	struct asker asker = {.listener = c->listener, .connection = c, .client = c->client};
	size_t wanted = c->in.len < 2 ? 2 : 2 + ((size_t)c->in.data[0] << 8 | c->in.data[1]);
	ssize_t n = recv(c->io.fd, c->in.data + c->in.len, wanted - c->in.len, 0);
	struct dns_wire query;

	if (n <= 0) {
		c->over = n == 0 || (errno != EAGAIN && errno != EINTR);
		return;
	}
	c->in.len += (size_t)n;
	if (c->in.len < 2)
		return;
	wanted = 2 + ((size_t)c->in.data[0] << 8 | c->in.data[1]);
	if (wanted > 2 + QUERY_MAX || wanted == 2) {
		c->over = true;
		return;
	}
	if (c->in.len < wanted)
		return;
	query = (struct dns_wire){c->in.data + 2, wanted - 2};
	c->in.len = 0;
	c->io.events = 0; /* the next query waits until this one is answered */
	c->asked = true;
	if (!resolver_handle(r, &asker, &query))
		c->over = true;
}

static void send_on(struct connection *c)
{
	ssize_t n = send(c->io.fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);

	if (n < 0) {
		c->over = errno != EAGAIN && errno != EINTR;
		return;
	}
	c->sent += (size_t)n;
	if (c->sent == c->out.len)
		expect(c, POLLIN);
}

void tcp_reply(struct connection *c, struct dns_wire *answer)
{
	free(c->out.data);
	c->out = (struct dns_wire){xmalloc(2 + answer->len), 2 + answer->len};
	c->out.data[0] = (uint8_t)(answer->len >> 8);
	c->out.data[1] = (uint8_t)(answer->len & 255);
	memcpy(c->out.data + 2, answer->data, answer->len);
	c->sent = 0;
	c->asked = false;
	free(answer->data);
	expect(c, POLLOUT);
}

void tcp_serve(struct resolver *r, struct connection *c)
{
	short events = resolver_events(r, &c->io);

	if (c->over)
		return;
	if (c->asked) /* an answer comes by itself */
		c->over = (events & (POLLHUP | POLLERR | POLLNVAL)) != 0;
	else if (events != 0 && c->io.events == POLLIN)
		receive(r, c);
	else if (events != 0)
		send_on(c);
	else if (now_ms() >= c->deadline)
		c->over = true;
}

void tcp_free(struct connection *c)
{
	close(c->io.fd);
	free(c->in.data);
	free(c->out.data);
	free(c);
}
