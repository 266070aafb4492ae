/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/setup.h"
#include "http/inherit.h"
#include "http/tls.h"

#define BACKLOG	   511
#define HTTP_PORT  "80"
#define HTTPS_PORT "443"

static int malformed(const char *address, struct error *err)
{
	return error_set(
		err, ERROR_INVALID, "%s: expected http[s]://IP[:PORT] or http[s]:///path", address);
}

/* "IP", "IP:PORT", "[IPv6]", "[IPv6]:PORT", perhaps with a slash behind. */
static int parse_host(const char *text, struct listen_address *a)
{
	bool bracket = *text == '[';
	size_t n = strcspn(text, bracket ? "]" : ":/");
	const char *rest = text + n + bracket;

	if (!n || (bracket && text[n] != ']'))
		return -1;
	a->host = xstrndup(text + bracket, n - bracket);
	a->port = NULL;
	if (*rest == ':') {
		n = strspn(++rest, "0123456789");
		if (!n || n > 5)
			return -1;
		a->port = xstrndup(rest, n);
		rest += n;
	} else {
		a->port = xstrdup(a->tls ? HTTPS_PORT : HTTP_PORT);
	}
	return *rest && strcmp(rest, "/") != 0 ? -1 : 0;
}

int listen_parse(const char *address, struct listen_address *a, struct error *err)
{
	const char *rest;

	memset(a, 0, sizeof(*a));
	if (strncasecmp(address, "http://", 7) == 0)
		rest = address + 7;
	else if (strncasecmp(address, "https://", 8) == 0)
		rest = address + 8;
	else
		return malformed(address, err);
	a->tls = rest == address + 8;
	if (*rest == '/') {
		if (!rest[1])
			return malformed(address, err);
		a->path = xstrdup(rest);
		return 0;
	}
	if (parse_host(rest, a)) {
		listen_address_free(a);
		return malformed(address, err);
	}
	return 0;
}

void listen_address_free(struct listen_address *a)
{
	free(a->path);
	free(a->host);
	free(a->port);
	memset(a, 0, sizeof(*a));
}

#define LIVE_TRIES  5
#define UNIX_BUFFER (64 * 1024)

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/*
 * True if somebody answers on the socket, and goes on doing so: a daemon that was killed while it
 * started a warden leaves its descriptors to that child until the warden's program begins.
 */
static bool is_live(const struct sockaddr_un *sun)
{
	static const struct timespec moment = {.tv_nsec = 50000000};

	for (int i = 0; i < LIVE_TRIES; i++) {
		AUTO_CLOSE int fd = new_socket(AF_UNIX);

		if (fd < 0 || (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) != 0 &&
				      errno == ECONNREFUSED))
			return false;
		if (i + 1 < LIVE_TRIES)
			nanosleep(&moment, NULL);
	}
	return true;
}

/* Takes the path of a socket, where nothing else may be. *there: a socket is. */
static int check_unix(const char *address, const char *path, struct sockaddr_un *sun, bool *there,
	struct error *err)
{
	struct stat st;

	if (strlen(path) >= sizeof(sun->sun_path))
		return error_set(err, ERROR_INVALID, "%s: the path is longer than %zu bytes",
			address, sizeof(sun->sun_path) - 1);
	memcpy(sun->sun_path, path, strlen(path) + 1);
	*there = lstat(path, &st) == 0;
	if (!*there)
		return errno == ENOENT ? 0 : error_errno(err, errno, "%s", address);
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, ERROR_CONFLICT, "%s: the file is not a socket", address);
	return 0;
}

/* Removes the socket of a daemon that is gone; one that answers stays. */
static int remove_stale(const char *address, const struct sockaddr_un *sun, struct error *err)
{
	if (is_live(sun))
		return error_set(err, ERROR_CONFLICT,
			"%s: another process is listening on this socket", address);
	if (unlink(sun->sun_path) == -1 && errno != ENOENT)
		return error_errno(err, errno, "%s: cannot remove the stale socket", address);
	return 0;
}

/*
 * Sets owner, group and mode, whatever the directory passes on: on FreeBSD a file has the group of
 * its directory, and members of that are not to be root. The group kleene gets the socket before
 * everyone in it may connect; without the group, or where it cannot be given, it is for root alone.
 */
static int set_access(const char *path, struct error *err)
{
	const struct group *group = getgrnam(KLEENE_GROUP);
	bool given = group != NULL && chown(path, geteuid(), group->gr_gid) == 0;

	if (group != NULL && !given && errno != EPERM)
		return error_errno(err, errno, "%s: cannot give it to group " KLEENE_GROUP, path);
	if (!given && chown(path, geteuid(), getegid()) != 0)
		return error_errno(err, errno, "%s: cannot set its owner", path);
	if (chmod(path, given ? 0660 : 0600) != 0)
		return error_errno(err, errno, "%s: cannot set its mode", path);
	return 0;
}

static int open_unix(const char *address, const char *path, struct error *err)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	AUTO_CLOSE int fd = new_socket(AF_UNIX);
	mode_t mask;
	bool there;
	int rc, size = UNIX_BUFFER;

	if (fd < 0)
		return error_errno(err, errno, "%s: socket", address);
	if (check_unix(address, path, &sun, &there, err) ||
		(there && remove_stale(address, &sun, err)))
		return -1;
	mask = umask(0177);
	rc = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc == -1)
		return error_errno(err, errno, "%s: cannot bind", address);
	/* FreeBSD's Unix sockets hold 8 KiB, and take this over to those that are accepted */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (set_access(path, err) || listen(fd, BACKLOG) == -1) {
		if (err->kind == ERROR_NONE)
			error_errno(err, errno, "%s: cannot listen", address);
		unlink(path);
		return -1;
	}
	return take_fd(&fd);
}

static int bind_tcp(const char *address, const struct addrinfo *info, struct error *err)
{
	AUTO_CLOSE int fd = new_socket(info->ai_family);
	int on = 1;

	if (fd < 0)
		return error_errno(err, errno, "%s: socket", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == -1)
		return error_errno(err, errno, "%s: cannot bind", address);
	if (listen(fd, BACKLOG) == -1)
		return error_errno(err, errno, "%s: cannot listen", address);
	return take_fd(&fd);
}

/* The address as the system has it, to be freed by freeaddrinfo(3). */
static int resolve_tcp(const struct listener *l, const struct listen_address *a,
	struct addrinfo **info, struct error *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	int rc;

	if (!a->tls && !l->allow_insecure)
		return error_set(err, ERROR_INVALID,
			"%s: plain http on a TCP address, which makes root of all who reach it, "
			"needs allow_insecure: true",
			l->address);
	rc = getaddrinfo(a->host, a->port, &hints, info);
	return rc == 0 ? 0 : error_set(err, ERROR_INVALID, "%s: %s", l->address, gai_strerror(rc));
}

static int open_tcp(const struct listener *l, const struct listen_address *a, struct error *err)
{
	struct addrinfo *info;
	int fd;

	if (resolve_tcp(l, a, &info, err) != 0)
		return -1;
	fd = bind_tcp(l->address, info, err);
	freeaddrinfo(info);
	return fd;
}

/* That a socket could be made there: its directory is there and can be written to. */
static int check_directory(const char *address, const char *path, struct error *err)
{
	AUTO_FREE char *directory = xstrndup(path, (size_t)(strrchr(path, '/') - path) + 1);

	return access(directory, W_OK) == 0 ? 0
					    : error_errno(err, errno, "%s: cannot bind", address);
}

int listen_check(const struct listener *l, struct error *err)
{
	AUTO(listen_address_free) struct listen_address a = {0};
	struct sockaddr_un sun;
	struct addrinfo *info;
	bool there;

	if (listen_parse(l->address, &a, err) != 0 || (a.tls && tls_check(l, err) != 0))
		return -1;
	if (a.path == NULL) {
		if (resolve_tcp(l, &a, &info, err) != 0)
			return -1;
		freeaddrinfo(info);
		return 0;
	}
	if (check_unix(l->address, a.path, &sun, &there, err) != 0)
		return -1;
	return there ? 0 : check_directory(l->address, a.path, err);
}

int listen_open(const struct listener *l, const struct listen_address *a, bool *inherited,
	struct error *err)
{
	int fd = a->path ? inherited_socket(a->path) : -1;

	err->kind = ERROR_NONE;
	*inherited = fd >= 0;
	if (*inherited)
		return fd;
	if (a->path)
		return open_unix(l->address, a->path, err);
	return open_tcp(l, a, err);
}

int listen_answers(const struct listener *l, struct error *err)
{
	AUTO(listen_address_free) struct listen_address a = {0};
	AUTO_CLOSE int fd = -1;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct addrinfo *info = NULL;
	bool there;
	int rc;

	if (listen_parse(l->address, &a, err) != 0 ||
		(a.path != NULL ? check_unix(l->address, a.path, &sun, &there, err)
				: resolve_tcp(l, &a, &info, err)) != 0)
		return -1;
	fd = socket(info != NULL ? info->ai_family : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = info != NULL ? connect(fd, info->ai_addr, info->ai_addrlen)
			  : connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	if (rc != 0)
		error_errno(err, errno, "%s", l->address);
	if (info != NULL)
		freeaddrinfo(info);
	return rc;
}
