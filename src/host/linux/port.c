/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/port.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define STATE_LISTEN 10 /* TCP_LISTEN in /proc/net/tcp */
#define STATE_BOUND  7 /* what UDP sockets without a peer have there */

/* ---- holding ---- */

void port_allow_any(int fd, int family)
{
	const int on = 1;

	/* one of IPv6 is not usable for a second, while the kernel looks whether others have it */
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
}

/*
 * A second who sets SO_REUSEADDR could have the port as well, and listen. Only one that has
 * listened keeps others from it, and goes on to do so when shutdown(2) has made it refuse
 * connections again.
 */
int port_bind_beside(int fd, const struct sockaddr *to, socklen_t len)
{
	const int on = 1, off = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, to, len) != 0 || listen(fd, 0) != 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof(off));
	return shutdown(fd, SHUT_RD);
}

/* ---- who has it ---- */

/* An address of /proc/net: words of 32 bits as the machine has them, of 8 digits each. */
static bool read_address(const char *text, size_t len, struct address *a)
{
	char word[9] = "";

	if (len != 8 && len != 32)
		return false;
	*a = (struct address){len == 8 ? AF_INET : AF_INET6, 0};
	for (size_t i = 0; i < len; i += 8) {
		memcpy(word, text + i, 8);
		a->value = a->value << 32 | ntohl((uint32_t)strtoul(word, NULL, 16));
	}
	return true;
}

/* Whether a socket that is bound to an address has the other, too: "::" may be for IPv4 as well. */
static bool covers(const struct address *bound, const struct address *a)
{
	if (bound->value == 0)
		return bound->family == a->family || bound->family == AF_INET6;
	if (bound->family == a->family)
		return bound->value == a->value;
	return bound->family == AF_INET6 && bound->value >> 32 == 0xffff &&
	       (bound->value & 0xffffffff) == a->value;
}

/* A line of /proc/net: "N: ADDRESS:PORT ADDRESS:PORT STATE QUEUES TIMER RETRIES UID TIMEOUT INODE".
 */
struct row {
	struct address address;
	unsigned long port, state, inode;
};

static bool read_row(char *line, struct row *row)
{
	char *rest = line, *words[10] = {NULL};
	size_t len, n = 0;

	for (char *word; n < ARRAY_SIZE(words) && (word = strsep(&rest, " \n")) != NULL;)
		if (*word != '\0')
			words[n++] = word;
	if (n < ARRAY_SIZE(words))
		return false;
	len = strcspn(words[1], ":");
	row->inode = strtoul(words[9], NULL, 10);
	row->port = strtoul(words[1] + len + (words[1][len] != '\0'), NULL, 16);
	row->state = strtoul(words[3], NULL, 16);
	return read_address(words[1], len, &row->address);
}

/* The inode of the socket, 0: none is found. */
static unsigned long find_in(
	const char *table, const struct address *a, enum protocol protocol, unsigned int port)
{
	AUTO_FREE char *path = xasprintf("/proc/thread-self/net/%s", table);
	unsigned int wanted = protocol == PROTOCOL_TCP ? STATE_LISTEN : STATE_BOUND;
	FILE *f = fopen(path, "re");
	unsigned long found = 0;
	char line[512];
	struct row row;

	while (f != NULL && found == 0 && fgets(line, sizeof(line), f) != NULL)
		if (read_row(line, &row) && row.port == port && row.state == wanted &&
			covers(&row.address, a))
			found = row.inode;
	if (f != NULL)
		fclose(f);
	return found;
}

uint64_t port_find_socket(const struct address *a, enum protocol protocol, unsigned int port)
{
	static const char *const tables[PROTOCOLS][2] = {
		[PROTOCOL_TCP] = {"tcp", "tcp6"}, [PROTOCOL_UDP] = {"udp", "udp6"}};
	uint64_t found = a->family == AF_INET ? find_in(tables[protocol][0], a, protocol, port) : 0;

	return found != 0 ? found : find_in(tables[protocol][1], a, protocol, port);
}

static bool has_socket(const char *pid, const char *name)
{
	AUTO_FREE char *directory = xasprintf("/proc/%s/fd", pid);
	DIR *d = opendir(directory);
	struct dirent *entry;
	bool found = false;
	char to[64];

	while (d != NULL && !found && (entry = readdir(d)) != NULL) {
		ssize_t n = readlinkat(dirfd(d), entry->d_name, to, sizeof(to) - 1);

		to[n > 0 ? n : 0] = '\0';
		found = strcmp(to, name) == 0;
	}
	if (d != NULL)
		closedir(d);
	return found;
}

static void read_name(const char *pid, char *name, int size)
{
	AUTO_FREE char *path = xasprintf("/proc/%s/comm", pid);
	FILE *f = fopen(path, "re");

	name[0] = '\0';
	if (f != NULL && fgets(name, size, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
	for (; *name != '\0'; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

bool port_find_user(
	const struct address *a, enum protocol protocol, unsigned int port, struct port_user *user)
{
	uint64_t inode = port_find_socket(a, protocol, port);
	struct dirent *entry;
	bool found = false;
	char name[40];
	DIR *d;

	if (inode == 0)
		return false;
	snprintf(name, sizeof(name), "socket:[%llu]", (unsigned long long)inode);
	d = opendir("/proc");
	while (d != NULL && !found && (entry = readdir(d)) != NULL) {
		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name) ||
			!has_socket(entry->d_name, name))
			continue;
		found = true;
		user->pid = (pid_t)strtol(entry->d_name, NULL, 10);
		read_name(entry->d_name, user->name, sizeof(user->name));
	}
	if (d != NULL)
		closedir(d);
	return found;
}
