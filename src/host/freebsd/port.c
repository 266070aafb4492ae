/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/port.h"

#include <sys/param.h>

#include <sys/file.h>
#include <sys/queue.h>
#include <sys/socketvar.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/in_pcb.h>
#include <netinet/tcp.h>
#include <netinet/tcp_fsm.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* needs those above */
#include <netinet/tcp_var.h>

#include "base/mem.h"
#include "host/freebsd/sockaddr.h"

/* ---- holding ---- */

void port_allow_any(int fd, int family)
{
	const int on = 1;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_BINDANY, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IP, IP_BINDANY, &on, sizeof(on));
}

/*
 * With SO_REUSEADDR the kernel does not look at sockets that are bound to all addresses; but none
 * of those listens. What counts for others is that the option is off then.
 */
int port_bind_beside(int fd, const struct sockaddr *to, socklen_t len)
{
	const int on = 1, off = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, to, len) != 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof(off));
}

/* ---- who has it ---- */

/* A sysctl's whole value, which may grow meanwhile; NULL: it cannot be read. The caller frees it.
 */
static char *read_list(const char *name, size_t *len)
{
	char *data = NULL;

	for (int i = 0; i < 8; i++) {
		if (sysctlbyname(name, NULL, len, NULL, 0) != 0)
			break;
		*len += *len / 8 + 1024;
		data = xrealloc(data, *len);
		if (sysctlbyname(name, data, len, NULL, 0) == 0)
			return data;
		if (errno != ENOMEM)
			break;
	}
	free(data);
	return NULL;
}

static bool covers(const struct xinpcb *x, const struct address *a, unsigned int port)
{
	struct sockaddr_in in = sockaddr_in_of(a);
	struct sockaddr_in6 in6 = sockaddr_in6_of(a);

	if (ntohs(x->inp_lport) != port)
		return false;
	if (a->family == AF_INET)
		return (x->inp_vflag & INP_IPV4) != 0 &&
		       (x->inp_laddr.s_addr == INADDR_ANY ||
			       x->inp_laddr.s_addr == in.sin_addr.s_addr);
	return (x->inp_vflag & INP_IPV6) != 0 &&
	       (IN6_IS_ADDR_UNSPECIFIED(&x->in6p_laddr) ||
		       IN6_ARE_ADDR_EQUAL(&x->in6p_laddr, &in6.sin6_addr));
}

/* One of a list, which must be of the size; NULL: it is a connection's. */
static const struct xinpcb *waiting_one(const char *entry, enum protocol protocol)
{
	const struct xtcpcb *t = (const struct xtcpcb *)(const void *)entry;

	if (protocol == PROTOCOL_TCP)
		return t->t_state == TCPS_LISTEN ? &t->xt_inp : NULL;
	return (const struct xinpcb *)(const void *)entry;
}

/* What kern.file calls the socket. */
uint64_t port_find_socket(const struct address *a, enum protocol protocol, unsigned int port)
{
	static const char *const names[PROTOCOLS] = {
		"net.inet.tcp.pcblist", "net.inet.udp.pcblist"};
	static const size_t sizes[PROTOCOLS] = {sizeof(struct xtcpcb), sizeof(struct xinpcb)};
	size_t len, at, size;
	AUTO_FREE char *list = read_list(names[protocol], &len);

	if (list == NULL || len < sizeof(struct xinpgen))
		return 0;
	/* a generation stands at both ends; all begin with their length */
	at = (size_t)((const struct xinpgen *)(const void *)list)->xig_len;
	for (; at < len && len - at >= sizes[protocol]; at += size) {
		const struct xinpcb *x = waiting_one(list + at, protocol);

		memcpy(&size, list + at, sizeof(ksize_t));
		if (size < sizes[protocol] || size > len - at)
			break;
		if (x != NULL && x->inp_fport == 0 && covers(x, a, port))
			return (uint64_t)x->xi_socket.xso_so;
	}
	return 0;
}

static void read_name(pid_t pid, char *name, size_t size)
{
	int mib[4] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)pid};
	struct kinfo_proc p;
	size_t len = sizeof(p);

	name[0] = '\0';
	if (sysctl(mib, 4, &p, &len, NULL, 0) == 0 && len == sizeof(p))
		strlcpy(name, p.ki_comm, size);
	for (; *name != '\0'; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

bool port_find_user(
	const struct address *a, enum protocol protocol, unsigned int port, struct port_user *user)
{
	uint64_t socket = port_find_socket(a, protocol, port);
	size_t len = 0, size;
	AUTO_FREE char *files = socket != 0 ? read_list("kern.file", &len) : NULL;

	for (size_t at = 0; files != NULL && len - at >= sizeof(struct xfile); at += size) {
		const struct xfile *f = (const struct xfile *)(const void *)(files + at);

		size = f->xf_size;
		if (size < sizeof(*f) || size > len - at)
			break;
		if ((uint64_t)f->xf_data != socket)
			continue;
		user->pid = f->xf_pid;
		read_name(f->xf_pid, user->name, sizeof(user->name));
		return true;
	}
	return false;
}
