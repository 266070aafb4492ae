/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resolver, asked by real sockets on the loopback interface. Clients are told apart by their
 * addresses in 127.0.0.0/8, and a thread here is the host's two servers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dns/resolver.h"
#include "dns/resolver_packet.h"
#include "dns/resolver_servers.h"

#define CONTAINER "127.0.0.1" /* knows all names */
#define STRANGER  "127.0.0.2" /* is no container */
#define INSIDE	  "127.0.0.3" /* may not reach the outside */
#define OTHER	  "127.0.0.4" /* a container that has nothing under way */
#define MANY	  100 /* addresses of one name */
#define PATIENCE  10000 /* milliseconds */

static struct address parse(const char *text)
{
	struct address a;
	struct error err;

	if (address_parse(text, AF_UNSPEC, &a, &err) != 0)
		fail_msg("%s", err.message);
	return a;
}

/* ---- who is who ---- */

static bool is(const struct address *a, const char *text)
{
	struct address b = parse(text);

	return address_equal(a, &b);
}

static enum resolver_verdict stranger_or(const struct address *client)
{
	if (is(client, STRANGER))
		return RESOLVER_STRANGER;
	return is(client, INSIDE) ? RESOLVER_DENY : RESOLVER_FORWARD;
}

static enum resolver_verdict names_addresses(
	void *arg, const struct address *client, const char *name, struct address **list, size_t *n)
{
	if (is(client, STRANGER))
		return RESOLVER_STRANGER;
	if (strcmp(name, "web") == 0) {
		*list = xcalloc(2, sizeof(**list));
		(*list)[0] = parse("10.1.2.3");
		(*list)[1] = parse("fd00::1:2:3");
		*n = 2;
	} else if (strcmp(name, "my_db.v4-only") == 0) {
		*list = xcalloc(1, sizeof(**list));
		(*list)[0] = parse("10.1.2.4");
		*n = 1;
	} else if (strcmp(name, "many") == 0) {
		*list = xcalloc(MANY, sizeof(**list));
		for (size_t i = 0; i < MANY; i++)
			(*list)[i] = (struct address){AF_INET, 0x0a000001 + i};
		*n = MANY;
	} else {
		return stranger_or(client);
	}
	return RESOLVER_ANSWER;
}

static enum resolver_verdict names_name(
	void *arg, const struct address *client, const struct address *address, char **name)
{
	if (is(client, STRANGER) || !(is(address, "10.1.2.3") || is(address, "fd00::1:2:3")))
		return stranger_or(client);
	*name = xstrdup("web");
	return RESOLVER_ANSWER;
}

static const struct resolver_names names = {names_addresses, names_name, NULL};

/* ---- the host's servers ---- */

struct outside {
	pthread_t thread;
	int udp[2], tcp, end[2];
	unsigned int port[2];
	char file[64]; /* resolv.conf */
};

static int bound(int type, const char *address, unsigned int *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	inet_pton(AF_INET, address, &to.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, len), 0);
	getsockname(fd, (struct sockaddr *)&to, &len);
	*port = ntohs(to.sin_port);
	return fd;
}

/* An answer with the address 192.0.2.<server>, or n of them. */
static struct dns_wire outside_answer(const struct dns_question *q, int server, size_t n)
{
	struct address list[400];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct address){AF_INET, 0xc0000201 + (unsigned int)server + i};
	return dns_answer_addresses(q, list, n, false);
}

static void outside_serve_udp(const struct outside *o, int server)
{
	uint8_t data[DNS_UDP_MAX];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct dns_wire in = {data, 0}, out;
	struct dns_question q;

	in.len = (size_t)recvfrom(
		o->udp[server], data, sizeof(data), 0, (struct sockaddr *)&from, &len);
	if (dns_read(&in, &q) != 0)
		return;
	out = outside_answer(&q, server, 1);
	if (strcmp(q.name, "silent.example") == 0 ||
		(strcmp(q.name, "half.example") == 0 && server == 0)) {
		out.len = 0;
	} else if ((strcmp(q.name, "fail.example") == 0 && server == 0)) {
		out.data[3] = (uint8_t)((out.data[3] & ~15) | LDNS_RCODE_SERVFAIL);
	} else if (strcmp(q.name, "gone.example") == 0) {
		free(out.data);
		out = dns_answer_code(&q, LDNS_RCODE_NXDOMAIN);
	} else if (strcmp(q.name, "big.example") == 0) {
		free(out.data);
		out = dns_answer_code(&q, LDNS_RCODE_NOERROR);
		out.data[2] |= 2; /* cut off */
	} else if (strcmp(q.name, "liar.example") == 0) {
		/* another number, another question, and something that is no packet */
		out.data[1] ^= 1;
		sendto(o->udp[server], out.data, out.len, 0, (struct sockaddr *)&from, len);
		out.data[1] ^= 1;
		out.data[13] ^= 1;
		sendto(o->udp[server], out.data, out.len, 0, (struct sockaddr *)&from, len);
		out.data[13] ^= 1;
		sendto(o->udp[server], out.data, 13, 0, (struct sockaddr *)&from, len);
	}
	if (out.len > 0)
		sendto(o->udp[server], out.data, out.len, 0, (struct sockaddr *)&from, len);
	free(out.data);
	dns_question_free(&q);
}

static void read_all(int fd, void *data, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t n = read(fd, (char *)data + have, len - have);

		if (n <= 0)
			return;
		have += (size_t)n;
	}
}

static void outside_serve_tcp(const struct outside *o)
{
	int fd = accept(o->tcp, NULL, NULL);
	uint8_t data[DNS_UDP_MAX], length[2] = {0};
	struct dns_wire in = {data, 0}, out;
	struct dns_question q;

	read_all(fd, length, 2);
	in.len = (size_t)length[0] << 8 | length[1];
	read_all(fd, data, in.len);
	if (dns_read(&in, &q) == 0) {
		out = outside_answer(&q, 0, strcmp(q.name, "big.example") == 0 ? 400 : 1);
		length[0] = (uint8_t)(out.len >> 8);
		length[1] = (uint8_t)out.len;
		/* in pieces */
		(void)!write(fd, length, 1);
		(void)!write(fd, length + 1, 1);
		(void)!write(fd, out.data, 5);
		(void)!write(fd, out.data + 5, out.len - 5);
		free(out.data);
		dns_question_free(&q);
	}
	close(fd);
}

static void *outside_run(void *arg)
{
	struct outside *o = arg;
	struct pollfd fds[] = {{o->udp[0], POLLIN, 0}, {o->udp[1], POLLIN, 0}, {o->tcp, POLLIN, 0},
		{o->end[0], POLLIN, 0}};

	for (;;) {
		poll(fds, 4, -1);
		for (int i = 0; i < 2; i++)
			if (fds[i].revents != 0)
				outside_serve_udp(o, i);
		if (fds[2].revents != 0)
			outside_serve_tcp(o);
		if (fds[3].revents != 0)
			return NULL;
	}
}

static void write_servers(const struct outside *o, const char *format, ...)
{
	AUTO_FREE char *other = xasprintf("%s.new", o->file);
	FILE *file = fopen(other, "we");
	va_list args;

	va_start(args, format);
	assert_true(file != NULL && vfprintf(file, format, args) > 0 && fclose(file) == 0);
	va_end(args);
	assert_int_equal(rename(other, o->file), 0);
}

/* ---- the world ---- */

struct world {
	struct outside outside;
	struct resolver *resolver;
	unsigned int port;
};

static void write_both_servers(const struct outside *o)
{
	write_servers(o,
		"# a comment\nsearch example\nnameserver\t[127.0.0.1]:%u \n"
		"nameserver nonsense\nnameserver [127.0.0.1]:%u\n",
		o->port[0], o->port[1]);
}

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct outside *o = &w->outside;
	struct address on = parse("127.0.0.1");
	struct error err;

	for (int i = 0; i < 2; i++)
		o->udp[i] = bound(SOCK_DGRAM, "127.0.0.1", &o->port[i]);
	o->tcp = bound(SOCK_STREAM, "127.0.0.1", &o->port[0]);
	assert_int_equal(listen(o->tcp, 8), 0);
	assert_int_equal(pipe(o->end), 0);
	snprintf(o->file, sizeof(o->file), "/tmp/test_resolver.%ld", (long)getpid());
	write_both_servers(o);
	assert_int_equal(pthread_create(&o->thread, NULL, outside_run, o), 0);
	w->resolver = resolver_new(o->file, &names, NULL, &err);
	assert_non_null(w->resolver);
	/* a port that is free for both */
	for (int i = 0; i < 50; i++) {
		unsigned int port = 0;

		close(bound(SOCK_DGRAM, "127.0.0.1", &port));
		if (resolver_listen(w->resolver, &on, port, &err) == 0) {
			w->port = port;
			break;
		}
	}
	assert_int_not_equal(w->port, 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	resolver_free(w->resolver);
	(void)!write(w->outside.end[1], "", 1);
	pthread_join(w->outside.thread, NULL);
	for (int i = 0; i < 2; i++) {
		close(w->outside.udp[i]);
		close(w->outside.end[i]);
	}
	close(w->outside.tcp);
	unlink(w->outside.file);
	free(w);
	return 0;
}

/* ---- asking ---- */

static int ask_socket(const struct world *w, int type, const char *from)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)w->port)};
	unsigned int any = 0;
	int fd = bound(type, from, &any);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static struct dns_wire make_query(const char *name, ldns_rr_type type, uint16_t edns)
{
	struct dns_wire out;
	ldns_pkt *p = NULL;

	assert_int_equal(ldns_pkt_query_new_frm_str(&p, name, type, LDNS_RR_CLASS_IN, LDNS_RD), 0);
	ldns_pkt_set_random_id(p);
	if (edns != 0)
		ldns_pkt_set_edns_udp_size(p, edns);
	assert_int_equal(ldns_pkt2wire(&out.data, p, &out.len), LDNS_STATUS_OK);
	ldns_pkt_free(p);
	return out;
}

/* The next packet, or NULL if the connection was closed or nothing comes within the time. */
static ldns_pkt *receive(int fd, bool tcp, int patience)
{
	struct pollfd ready = {fd, POLLIN, 0};
	uint8_t data[DNS_PACKET_MAX], length[2] = {0};
	ldns_pkt *p = NULL;
	ssize_t n;

	if (poll(&ready, 1, patience) <= 0)
		return NULL;
	if (tcp) {
		read_all(fd, length, 2);
		n = length[0] << 8 | length[1];
		read_all(fd, data, (size_t)n);
	} else {
		n = recv(fd, data, sizeof(data), 0);
	}
	if (n > 0)
		assert_int_equal(ldns_wire2pkt(&p, data, (size_t)n), LDNS_STATUS_OK);
	return p;
}

static void put(int fd, bool tcp, const struct dns_wire *query)
{
	uint8_t length[2] = {(uint8_t)(query->len >> 8), (uint8_t)query->len};

	if (tcp)
		(void)!send(fd, length, 2, MSG_NOSIGNAL);
	(void)!send(fd, query->data, query->len, MSG_NOSIGNAL);
}

static ldns_pkt *ask_how(const struct world *w, const char *from, bool tcp, uint16_t edns,
	const char *name, ldns_rr_type type, int patience)
{
	struct dns_wire query = make_query(name, type, edns);
	int fd = ask_socket(w, tcp ? SOCK_STREAM : SOCK_DGRAM, from);
	ldns_pkt *p;

	put(fd, tcp, &query);
	p = receive(fd, tcp, patience);
	if (p != NULL) {
		assert_true(ldns_pkt_qr(p) && ldns_pkt_ra(p));
		assert_int_equal(ldns_pkt_id(p), query.data[0] << 8 | query.data[1]);
	}
	close(fd);
	free(query.data);
	return p;
}

static ldns_pkt *ask(
	const struct world *w, const char *from, bool tcp, const char *name, ldns_rr_type type)
{
	ldns_pkt *p = ask_how(w, from, tcp, 0, name, type, PATIENCE);

	if (p == NULL)
		fail_msg("%s: no answer", name);
	return p;
}

/* Releases the packet, which must have that code and those records' data, with blanks between. */
static void expect(ldns_pkt *p, int rcode, const char *records)
{
	struct strings found = {0};
	ldns_rr_list *answer = ldns_pkt_answer(p);
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++)
		strings_take(&found, ldns_rdf2str(ldns_rr_rdf(ldns_rr_list_rr(answer, i), 0)));
	text = found.n > 0 ? strings_join(&found, " ") : xstrdup("");
	assert_int_equal(ldns_pkt_get_rcode(p), rcode);
	assert_string_equal(text, records);
	strings_free(&found);
	ldns_pkt_free(p);
}

/* ---- tests ---- */

static void test_names(void **state)
{
	struct world *w = *state;

	for (int tcp = 0; tcp < 2; tcp++) {
		expect(ask(w, CONTAINER, tcp, "web", LDNS_RR_TYPE_A), 0, "10.1.2.3");
		expect(ask(w, CONTAINER, tcp, "web.", LDNS_RR_TYPE_AAAA), 0, "fd00::1:2:3");
		expect(ask(w, CONTAINER, tcp, "WeB", LDNS_RR_TYPE_ANY), 0, "10.1.2.3 fd00::1:2:3");
		expect(ask(w, CONTAINER, tcp, "web", LDNS_RR_TYPE_MX), 0, "");
		expect(ask(w, CONTAINER, tcp, "my_db.v4-only", LDNS_RR_TYPE_A), 0, "10.1.2.4");
		expect(ask(w, CONTAINER, tcp, "my_db.v4-only", LDNS_RR_TYPE_AAAA), 0, "");
	}
}

static void test_reverse(void **state)
{
	struct world *w = *state;
	const char *six = "3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f"
			  ".ip6.arpa";

	expect(ask(w, CONTAINER, false, "3.2.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR), 0, "web.");
	expect(ask(w, CONTAINER, true, six, LDNS_RR_TYPE_PTR), 0, "web.");
	expect(ask(w, INSIDE, false, "9.2.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR),
		LDNS_RCODE_NXDOMAIN, "");
	/* no addresses: names like others, and forwarded as such */
	for (size_t i = 0; i < 5; i++) {
		const char *const odd[] = {"2.1.10.in-addr.arpa", "3.2.1.300.in-addr.arpa",
			"4.3.2.1.10.in-addr.arpa", "in-addr.arpa", "x.0.ip6.arpa"};

		expect(ask(w, CONTAINER, false, odd[i], LDNS_RR_TYPE_PTR), 0, "");
	}
}

static void test_strangers(void **state)
{
	struct world *w = *state;
	struct dns_wire bad = make_query("web", LDNS_RR_TYPE_A, 0);
	int fd;

	/* what a container asks afterwards is answered first, so nothing is under way then */
	for (int tcp = 0; tcp < 2; tcp++) {
		const char *const asked[] = {"web", "ok.example", "3.2.1.10.in-addr.arpa"};

		for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
			assert_null(ask_how(w, STRANGER, tcp, 0, asked[i], LDNS_RR_TYPE_A, 100));
	}
	bad.data[5] = 2; /* questions */
	fd = ask_socket(w, SOCK_DGRAM, STRANGER);
	put(fd, false, &bad);
	expect(ask(w, CONTAINER, false, "ok.example", LDNS_RR_TYPE_A), 0, "192.0.2.1");
	assert_null(receive(fd, false, 0));
	close(fd);
	free(bad.data);
}

static void test_forward(void **state)
{
	struct world *w = *state;

	for (int tcp = 0; tcp < 2; tcp++)
		expect(ask(w, CONTAINER, tcp, "ok.example", LDNS_RR_TYPE_A), 0, "192.0.2.1");
	expect(ask(w, CONTAINER, false, "gone.example", LDNS_RR_TYPE_A), LDNS_RCODE_NXDOMAIN, "");
	expect(ask(w, CONTAINER, false, "liar.example", LDNS_RR_TYPE_A), 0, "192.0.2.1");
	expect(ask(w, CONTAINER, false, "fail.example", LDNS_RR_TYPE_A), 0, "192.0.2.2");
	expect(ask(w, CONTAINER, false, "half.example", LDNS_RR_TYPE_A), 0, "192.0.2.2");
	expect(ask(w, INSIDE, false, "ok.example", LDNS_RR_TYPE_A), LDNS_RCODE_NXDOMAIN, "");
}

static void test_sizes(void **state)
{
	struct world *w = *state;
	ldns_pkt *p = ask(w, CONTAINER, false, "many", LDNS_RR_TYPE_A);

	assert_true(ldns_pkt_tc(p));
	expect(p, 0, "");
	p = ask(w, CONTAINER, true, "many", LDNS_RR_TYPE_A);
	assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_answer(p)), MANY);
	ldns_pkt_free(p);
	p = ask_how(w, CONTAINER, false, 4096, "many", LDNS_RR_TYPE_A, PATIENCE);
	assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_answer(p)), MANY);
	assert_true(ldns_pkt_edns(p) && !ldns_pkt_tc(p));
	ldns_pkt_free(p);
	p = ask(w, CONTAINER, false, "big.example", LDNS_RR_TYPE_A);
	assert_true(ldns_pkt_tc(p));
	ldns_pkt_free(p);
	p = ask(w, CONTAINER, true, "big.example", LDNS_RR_TYPE_A);
	assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_answer(p)), 400);
	ldns_pkt_free(p);
}

/* Several queries on one connection, some of them before the first is answered. */
static void test_pipeline(void **state)
{
	struct world *w = *state;
	struct dns_wire web = make_query("web", LDNS_RR_TYPE_A, 0);
	struct dns_wire ok = make_query("ok.example", LDNS_RR_TYPE_A, 0);
	int fd = ask_socket(w, SOCK_STREAM, CONTAINER);

	for (int i = 0; i < 3; i++) {
		put(fd, true, &ok);
		put(fd, true, &web);
	}
	for (int i = 0; i < 3; i++) {
		expect(receive(fd, true, PATIENCE), 0, "192.0.2.1");
		expect(receive(fd, true, PATIENCE), 0, "10.1.2.3");
	}
	close(fd);
	/* one that goes away is nobody's trouble */
	fd = ask_socket(w, SOCK_STREAM, CONTAINER);
	put(fd, true, &ok);
	close(fd);
	expect(ask(w, CONTAINER, true, "web", LDNS_RR_TYPE_A), 0, "10.1.2.3");
	free(web.data);
	free(ok.data);
}

static void test_refused(void **state)
{
	struct world *w = *state;
	struct dns_wire q = make_query("web", LDNS_RR_TYPE_A, 1232);
	int fd = ask_socket(w, SOCK_DGRAM, CONTAINER);
	uint8_t answer[512];
	struct pollfd ready = {fd, POLLIN, 0};

	q.data[2] |= 4 << 3; /* NOTIFY */
	put(fd, false, &q);
	expect(receive(fd, false, PATIENCE), LDNS_RCODE_NOTIMPL, "");
	q.data[2] &= 7;
	q.data[5] = 2; /* questions */
	put(fd, false, &q);
	expect(receive(fd, false, PATIENCE), LDNS_RCODE_FORMERR, "");
	q.data[5] = 1;
	q.data[q.len - 5] = 1; /* version of EDNS */
	put(fd, false, &q);
	assert_int_equal(poll(&ready, 1, PATIENCE), 1);
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), 23);
	assert_int_equal(answer[17], 1); /* 16, BADVERS: 1 here and 0 there */
	assert_int_equal(answer[3] & 15, 0);
	close(fd);
	free(q.data);
	expect(ask(w, CONTAINER, false, "web", LDNS_RR_TYPE_AXFR), LDNS_RCODE_REFUSED, "");
}

static void test_servers_change(void **state)
{
	struct world *w = *state;

	write_servers(&w->outside, "nameserver [127.0.0.1]:%u\n", w->outside.port[1]);
	expect(ask(w, CONTAINER, false, "ok.example", LDNS_RR_TYPE_A), 0, "192.0.2.2");
	/* nobody but the resolver itself */
	write_servers(&w->outside, "nameserver [127.0.0.1]:%u\n", w->port);
	expect(ask(w, CONTAINER, false, "ok.example", LDNS_RR_TYPE_A), LDNS_RCODE_SERVFAIL, "");
	write_both_servers(&w->outside);
	expect(ask(w, CONTAINER, false, "ok.example", LDNS_RR_TYPE_A), 0, "192.0.2.1");
}

/* One client has but so many questions under way, and others do not suffer. */
static void test_limits(void **state)
{
	struct world *w = *state;
	enum { N = 80 };
	int fds[N], refused = 0;

	for (int i = 0; i < N; i++) {
		struct dns_wire q = make_query("silent.example", LDNS_RR_TYPE_A, 0);

		fds[i] = ask_socket(w, SOCK_DGRAM, CONTAINER);
		put(fds[i], false, &q);
		free(q.data);
	}
	expect(ask(w, OTHER, false, "ok.example", LDNS_RR_TYPE_A), 0, "192.0.2.1");
	expect(ask(w, CONTAINER, false, "web", LDNS_RR_TYPE_A), 0, "10.1.2.3");
	for (int i = 0; i < N; i++) {
		ldns_pkt *p = receive(fds[i], false, 0);

		if (p != NULL) {
			expect(p, LDNS_RCODE_SERVFAIL, "");
			refused++;
		}
	}
	assert_int_equal(refused, N - 64);
	for (int i = 0; i < N; i++)
		close(fds[i]);
}

static void test_connections(void **state)
{
	struct world *w = *state;
	struct dns_wire q = make_query("web", LDNS_RR_TYPE_A, 0);
	int fds[9];

	for (int i = 0; i < 9; i++) {
		fds[i] = ask_socket(w, SOCK_STREAM, CONTAINER);
		put(fds[i], true, &q);
	}
	for (int i = 0; i < 8; i++)
		expect(receive(fds[i], true, PATIENCE), 0, "10.1.2.3");
	assert_null(receive(fds[8], true, PATIENCE));
	for (int i = 0; i < 9; i++)
		close(fds[i]);
	free(q.data);
}

static void test_listen(void **state)
{
	struct world *w = *state;
	struct address on = parse("127.0.0.1"), other = parse("127.0.0.9"),
		       none = parse("192.0.2.1");
	unsigned int port = 0, old = w->port;
	int fd = bound(SOCK_STREAM, "127.0.0.9", &port);
	struct error err;

	assert_int_equal(resolver_listen(w->resolver, &on, old, &err), 0); /* already */
	assert_int_equal(resolver_listen(w->resolver, &none, old, &err), -1);
	assert_non_null(strstr(err.message, "192.0.2.1"));
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(resolver_listen(w->resolver, &other, port, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	close(fd);
	assert_int_equal(resolver_listen(w->resolver, &other, port, &err), 0);
	resolver_unlisten(w->resolver, &other, port);
	resolver_unlisten(w->resolver, &other, port);
	close(bound(SOCK_DGRAM, "127.0.0.9", &port)); /* free again at once */
	/* while something is under way */
	fd = ask_socket(w, SOCK_STREAM, CONTAINER);
	{
		struct dns_wire q = make_query("silent.example", LDNS_RR_TYPE_A, 0);

		put(fd, true, &q);
		free(q.data);
	}
	resolver_unlisten(w->resolver, &on, old);
	assert_null(receive(fd, true, PATIENCE));
	close(fd);
	assert_int_equal(resolver_listen(w->resolver, &on, old, &err), 0);
	expect(ask(w, CONTAINER, false, "web", LDNS_RR_TYPE_A), 0, "10.1.2.3");
}

/* ---- hostile packets ---- */

static uint32_t seed = 1;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Some bytes changed, cut off or added. */
static struct dns_wire spoiled(const struct dns_wire *good)
{
	struct dns_wire out = {xcalloc(1, good->len + 64), good->len};

	memcpy(out.data, good->data, good->len);
	for (uint32_t i = chance(6); i > 0; i--)
		out.data[chance((uint32_t)out.len)] = (uint8_t)chance(256);
	if (chance(3) == 0)
		out.len = chance((uint32_t)out.len + 1);
	if (chance(5) == 0)
		for (uint32_t i = chance(60); i > 0; i--)
			out.data[out.len++] = (uint8_t)chance(256);
	if (chance(10) == 0 && out.len > 14) /* a name that leads to itself */
		memcpy(out.data + 12, "\xc0\x0c", 2);
	return out;
}

static void read_spoiled(const struct dns_wire *in, const struct dns_question *asked)
{
	struct dns_question q;
	struct dns_wire out;
	struct address a;
	int rcode = dns_read(in, &q);

	dns_check_reply(asked, (uint16_t)(asked->query ? ldns_pkt_id(asked->query) : 0), in);
	if (rcode > 0) {
		out = dns_refuse(in, rcode);
		assert_true(out.len >= 12);
		free(out.data);
	}
	if (rcode != 0)
		return;
	assert_true(q.limit >= DNS_UDP_MIN && q.limit <= DNS_UDP_MAX);
	dns_reverse(&q, &a);
	out = dns_ask(&q, 1);
	assert_true(out.len == 0 || out.len <= in->len + 11);
	free(out.data);
	out = dns_answer_addresses(&q, &a, 0, true);
	assert_true(out.len <= q.limit);
	free(out.data);
	dns_question_free(&q);
}

static void test_hostile_packets(void **state)
{
	struct dns_wire samples[5] = {make_query("web", LDNS_RR_TYPE_A, 0),
		make_query("a.long.name.of.many.labels.example", LDNS_RR_TYPE_AAAA, 1232),
		make_query("3.2.1.10.in-addr.arpa", LDNS_RR_TYPE_PTR, 4096)};
	struct dns_question asked;
	struct address some[3] = {parse("10.0.0.1"), parse("fd00::1"), parse("10.0.0.2")};

	assert_int_equal(dns_read(&samples[0], &asked), 0);
	samples[3] = dns_answer_addresses(&asked, some, 3, false);
	samples[4] = dns_answer_name(&asked, "web");
	for (int i = 0; i < 100000; i++) {
		struct dns_wire in = spoiled(&samples[i % 5]);

		read_spoiled(&in, &asked);
		free(in.data);
	}
	for (size_t i = 0; i < 5; i++)
		free(samples[i].data);
	dns_question_free(&asked);
}

static void test_hostile_client(void **state)
{
	struct world *w = *state;
	struct dns_wire good = make_query("web", LDNS_RR_TYPE_A, 1232);
	int udp = ask_socket(w, SOCK_DGRAM, CONTAINER);
	ldns_pkt *p = NULL;

	for (int i = 0; i < 2000; i++) {
		struct dns_wire in = spoiled(&good);

		put(udp, false, &in);
		if (i % 20 == 0) {
			int tcp = ask_socket(w, SOCK_STREAM, OTHER);

			if (i % 40 == 0)
				put(tcp, true, &in);
			else
				(void)!send(tcp, in.data, in.len, MSG_NOSIGNAL);
			close(tcp);
		}
		free(in.data);
	}
	close(udp);
	free(good.data);
	/* a datagram may find the socket's buffer full, as any may be lost */
	for (int i = 0; p == NULL && i < 20; i++)
		p = ask_how(w, CONTAINER, false, 0, "web", LDNS_RR_TYPE_A, 500);
	assert_non_null(p);
	expect(p, 0, "10.1.2.3");
	expect(ask(w, CONTAINER, true, "web", LDNS_RR_TYPE_A), 0, "10.1.2.3");
}

/* ---- resolv.conf ---- */

static void test_servers(void **state)
{
	struct world *w = *state;
	struct servers s = {.path = w->outside.file};

	write_servers(&w->outside, "%s",
		"nameserver 192.0.2.1\nnameserver 2001:db8::1\n"
		";nameserver 192.0.2.2\nnameserver\nnameserver  192.0.2.3 x"
		"\nnameserver 192.0.2.4");
	servers_refresh(&s);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.list[0].address.ss_family, AF_INET);
	assert_int_equal(s.list[1].address.ss_family, AF_INET6);
	assert_int_equal(((struct sockaddr_in *)&s.list[2].address)->sin_addr.s_addr,
		inet_addr("192.0.2.3"));
	assert_int_equal(((struct sockaddr_in *)&s.list[2].address)->sin_port, htons(53));
	unlink(w->outside.file);
	servers_refresh(&s);
	assert_int_equal(s.n, 1);
	assert_int_equal(((struct sockaddr_in *)&s.list[0].address)->sin_addr.s_addr,
		inet_addr("127.0.0.1"));
	write_both_servers(&w->outside);
	servers_refresh(&s);
	assert_int_equal(s.n, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_reverse),
		TEST(test_strangers),
		TEST(test_forward),
		TEST(test_sizes),
		TEST(test_pipeline),
		TEST(test_refused),
		TEST(test_servers_change),
		TEST(test_limits),
		TEST(test_connections),
		TEST(test_listen),
		cmocka_unit_test(test_hostile_packets),
		TEST(test_hostile_client),
		TEST(test_servers),
	};

	signal(SIGPIPE, SIG_IGN); /* the servers here write to who may have gone away */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
