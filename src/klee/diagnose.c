/* SPDX-License-Identifier: BSD-2-Clause */
/* Why no connection came about. libwebsockets often has no more to say than that it failed. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/mem.h"
#include "klee/client_private.h"

#define PATIENCE 2000 /* milliseconds for an address to answer */

/* Words of libwebsockets that tell a user nothing, by how they begin. */
static const struct {
	const char *theirs, *ours;
} translations[] = {
	{"connect SSL err", "the TLS handshake failed"},
	{"connect SYSCALL", "the TLS handshake failed"},
	{"server's cert didn't look good", "the server's certificate is not trusted"},
	{"read failed", "it does not answer in HTTP"},
	{"HS:", "it does not answer as kleened does"},
};

/* connect(2), with a limit on how long it takes; 0 or errno. */
static int try(int family, const struct sockaddr *address, socklen_t len)
{
	AUTO_CLOSE int fd = socket(family, SOCK_STREAM, 0);
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof(error);

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return errno;
	if (connect(fd, address, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&pfd, 1, PATIENCE) == 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

static const char *try_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int error;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	error = try(AF_UNIX, (struct sockaddr *)&address, sizeof(address));
	return error != 0 ? strerror(error) : NULL;
}

static const char *try_tcp(const char *host, int port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char service[16];
	int rc, error = 0;

	snprintf(service, sizeof(service), "%d", port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc != 0)
		return gai_strerror(rc);
	for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
		error = try(a->ai_family, a->ai_addr, a->ai_addrlen);
		if (error == 0)
			break;
	}
	freeaddrinfo(found);
	return error != 0 ? strerror(error) : NULL;
}

char *diagnose(const struct client *c, const char *reason, size_t len)
{
	const char *found;

	if (c->tls_error != NULL)
		return xasprintf("the server's certificate is refused: %s", c->tls_error);
	/* with TLS 1.3 a server looks at it when the handshake is over, and just closes */
	if (c->tls_asked)
		return xstrdup(c->settings->tlscert == NULL
				       ? "the server demands a client certificate"
				       : "the server does not accept the client certificate");
	for (size_t i = 0; i < ARRAY_SIZE(translations); i++) {
		const char *theirs = translations[i].theirs;

		if (len >= strlen(theirs) && strncmp(reason, theirs, strlen(theirs)) == 0)
			return xstrdup(translations[i].ours);
	}
	found = c->url.path != NULL ? try_unix(c->url.path) : try_tcp(c->url.host, c->url.port);
	if (found != NULL)
		return xstrdup(found);
	if (reason != NULL && len > 0)
		return xstrndup(reason, len);
	/* somebody is there, but gave up */
	return xstrdup(c->url.tls ? "the TLS handshake failed" : "the connection was closed");
}
