/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A party in a network: serves, and asks others.
 *
 *   peer serve NAME SERVICE...    answers whoever connects, until it is killed
 *   peer talk NAME SERVICE...     the same, and asks what standard input says, until that ends
 *   peer ask PROTOCOL ADDRESS PORT MILLISECONDS [SOURCE]
 *   peer resolve NAME TYPE        asks for records of A, AAAA or PTR as the system's resolver does
 *
 * SERVICE: tcp:PORT or udp:PORT, on all addresses. Who asks is told "NAME:PORT ADDRESS", ADDRESS
 * being where the question seems to come from. A line of standard input is
 * "NUMBER PROTOCOL ADDRESS PORT MILLISECONDS [SOURCE]"; the answer is "peer: NUMBER NAME:PORT
 * ADDRESS", or "peer: NUMBER -" if none has come within the time. Questions are asked side by side.
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 512

struct service {
	int fd, type;
	unsigned int port;
};

struct question {
	int fd, type; /* fd < 0: asked and done */
	long number;
	bool sent;
	long long deadline;
};

static const char *name = "";
static struct service services[AT_ONCE];
static struct question questions[AT_ONCE];
static size_t nservices, nquestions;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Returns the length, 0: it is no address. */
static socklen_t parse(const char *address, unsigned int port, struct sockaddr_storage *to)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)to;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, address, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons((unsigned short)port);
		return sizeof(*sin);
	}
	if (inet_pton(AF_INET6, address, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons((unsigned short)port);
		return sizeof(*sin6);
	}
	return 0;
}

static int open_socket(int family, int type)
{
	int fd = socket(family, type, 0), on = 1;

	if (fd >= 0 && family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

/* ---- serving ---- */

static void serve(const char *text)
{
	static const char *const any[] = {"0.0.0.0", "::"};
	int type = strncmp(text, "udp:", 4) == 0 ? SOCK_DGRAM : SOCK_STREAM, on = 1;
	unsigned int port = (unsigned int)strtoul(text + 4, NULL, 10);

	for (int i = 0; i < 2; i++) {
		struct sockaddr_storage to;
		socklen_t len = parse(any[i], port, &to);
		int fd = open_socket(to.ss_family, type);

		if (fd < 0)
			continue; /* there is no such family here */
		if (type == SOCK_STREAM) /* as servers do */
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&to, len) != 0 ||
			(type == SOCK_STREAM && listen(fd, 64) != 0)) {
			perror(text);
			exit(1);
		}
		services[nservices++] = (struct service){fd, type, port};
	}
}

static size_t compose(const struct service *s, const struct sockaddr_storage *from, char *text)
{
	char address[INET6_ADDRSTRLEN] = "?";

	if (from->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, address,
			sizeof(address));
	else
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)from)->sin6_addr, address,
			sizeof(address));
	return (size_t)snprintf(text, 200, "%s:%u %s", name, s->port, address);
}

static void answer(const struct service *s)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char text[200];

	if (s->type == SOCK_DGRAM) {
		if (recvfrom(s->fd, text, sizeof(text), 0, (struct sockaddr *)&from, &len) >= 0)
			(void)!sendto(s->fd, text, compose(s, &from, text), 0,
				(struct sockaddr *)&from, len);
	} else {
		int fd = accept(s->fd, (struct sockaddr *)&from, &len);

		if (fd < 0)
			return;
		(void)!write(fd, text, compose(s, &from, text));
		close(fd);
	}
}

/* ---- asking ---- */

static void conclude(struct question *q, const char *text)
{
	if (q->number < 0)
		printf("%s\n", text);
	else
		printf("peer: %ld %s\n", q->number, text);
	fflush(stdout);
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

/* errno says why. */
static void fail(struct question *q)
{
	char text[100];

	snprintf(text, sizeof(text), "- %s", strerror(errno));
	conclude(q, text);
}

static int connect_to(
	const char *protocol, const char *address, unsigned int port, const char *source, int *type)
{
	struct sockaddr_storage to, from;
	socklen_t len = parse(address, port, &to), from_len;
	int fd;

	*type = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	fd = len != 0 ? open_socket(to.ss_family, *type) : -1;
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	from_len = *source != '\0' ? parse(source, 0, &from) : 0;
	if ((from_len != 0 && bind(fd, (struct sockaddr *)&from, from_len) != 0) ||
		(connect(fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static void ask(long number, const char *protocol, const char *address, unsigned int port, long ms,
	const char *source)
{
	struct question q = {.number = number, .deadline = now() + ms};
	size_t i = 0;

	while (i < nquestions && questions[i].fd >= 0)
		i++;
	if (i == AT_ONCE)
		exit(1);
	q.fd = connect_to(protocol, address, port, source, &q.type);
	if (q.fd < 0) {
		fail(&q);
		return;
	}
	questions[i] = q;
	if (i == nquestions)
		nquestions++;
}

static void go_on(struct question *q)
{
	char text[200];
	ssize_t n;

	if (!q->sent) {
		q->sent = true;
		if (q->type == SOCK_DGRAM && send(q->fd, "?", 1, 0) < 0)
			fail(q);
		return;
	}
	n = recv(q->fd, text, sizeof(text) - 1, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0) {
		fail(q);
		return;
	}
	text[n] = '\0';
	conclude(q, n > 0 ? text : "- nothing");
}

/* Reads what there is; false at the end. */
static bool read_questions(void)
{
	static char text[1 << 16];
	static size_t have;
	ssize_t n = read(STDIN_FILENO, text + have, sizeof(text) - 1 - have);
	char *line = text, *end;

	if (n <= 0)
		return false;
	have += (size_t)n;
	text[have] = '\0';
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char protocol[8], address[64], source[64] = "";
		unsigned int port;
		long number, ms;

		*end = '\0';
		if (sscanf(line, "%ld %7s %63s %u %ld %63s", &number, protocol, address, &port, &ms,
			    source) >= 5)
			ask(number, protocol, address, port, ms, source);
	}
	have -= (size_t)(line - text);
	memmove(text, line, have);
	return true;
}

/* ---- names ---- */

static void print_record(ns_msg *answer, ns_rr *rr)
{
	char text[NS_MAXDNAME] = "?";

	if (ns_rr_type(*rr) == ns_t_ptr)
		ns_name_uncompress(ns_msg_base(*answer), ns_msg_end(*answer), ns_rr_rdata(*rr),
			text, sizeof(text));
	else if (ns_rr_type(*rr) == ns_t_a || ns_rr_type(*rr) == ns_t_aaaa)
		inet_ntop(ns_rr_type(*rr) == ns_t_a ? AF_INET : AF_INET6, ns_rr_rdata(*rr), text,
			sizeof(text));
	printf("%s\n", text);
}

/* Prints the records' data, a line each, or "-" and why there are none. */
static int resolve(const char *asked, const char *type)
{
	int number = strcmp(type, "AAAA") == 0	? ns_t_aaaa
		     : strcmp(type, "PTR") == 0 ? ns_t_ptr
						: ns_t_a;
	static unsigned char data[NS_MAXMSG];
	int len = res_query(asked, ns_c_in, number, data, sizeof(data));
	ns_msg answer;
	ns_rr rr;

	if (len < 0 || ns_initparse(data, len, &answer) != 0) {
		printf("- %s\n", hstrerror(h_errno));
		return 0;
	}
	for (int i = 0; i < ns_msg_count(answer, ns_s_an); i++)
		if (ns_parserr(&answer, ns_s_an, i, &rr) == 0)
			print_record(&answer, &rr);
	return 0;
}

/* ---- all together ---- */

/* Waits for something to happen and does what it asks for; false when standard input has ended. */
static bool step(bool input)
{
	struct pollfd fds[2 * AT_ONCE + 1];
	size_t n = 0, asking;
	int wait = -1;

	fds[n++] = (struct pollfd){input ? STDIN_FILENO : -1, POLLIN, 0};
	for (size_t i = 0; i < nservices; i++)
		fds[n++] = (struct pollfd){services[i].fd, POLLIN, 0};
	asking = n;
	for (size_t i = 0; i < nquestions; i++) {
		const struct question *q = &questions[i];
		long long left = q->deadline - now();

		fds[n++] = (struct pollfd){q->fd, q->sent ? POLLIN : POLLOUT, 0};
		if (q->fd >= 0 && (wait < 0 || left < wait))
			wait = left > 0 ? (int)left : 0;
	}
	poll(fds, n, wait);
	for (size_t i = 0; i < nservices; i++)
		if (fds[1 + i].revents != 0)
			answer(&services[i]);
	for (size_t i = 0; asking + i < n; i++) {
		struct question *q = &questions[i];

		if (q->fd >= 0 && fds[asking + i].revents != 0)
			go_on(q);
		if (q->fd >= 0 && now() >= q->deadline)
			conclude(q, "-");
	}
	return fds[0].revents == 0 || read_questions();
}

int main(int argc, char **argv)
{
	bool talk = argc > 2 && strcmp(argv[1], "talk") == 0;

	signal(SIGPIPE, SIG_IGN);
	if (argc > 5 && strcmp(argv[1], "ask") == 0) {
		ask(-1, argv[2], argv[3], (unsigned int)strtoul(argv[4], NULL, 10),
			strtol(argv[5], NULL, 10), argc > 6 ? argv[6] : "");
		while (nquestions > 0 && questions[0].fd >= 0)
			step(false);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "resolve") == 0)
		return resolve(argv[2], argv[3]);
	if (argc < 3)
		return 2;
	name = argv[2];
	for (int i = 3; i < argc; i++)
		serve(argv[i]);
	printf("peer: ready\n");
	fflush(stdout);
	while (step(talk))
		;
	return 0;
}
