/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/vnet.h"

#include <sys/param.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/procctl.h>
#include <sys/procdesc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/freebsd/announce.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/mark.h"
#include "host/freebsd/netif.h"
#include "host/freebsd/route.h"

#define WAIT 20000 /* ms that a child may take */

/* What a child does inside. fresh: the stack is new, and interfaces are to be configured. */
struct work {
	int jid;
	bool fresh;
	const struct jail_endpoint *endpoints;
	size_t n;
};

/* ---- inside ---- */

static int configure_loopback(struct error *err)
{
	const struct address own = {.family = AF_INET, .value = 0x7f000001};

	if (netif_up("lo0", err) < 0)
		return -1;
	return netif_add_address("lo0", &own, 8, err);
}

static int configure(int bpf, const struct jail_endpoint *e, const char *peer, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]) &&
			netif_add_address(peer, &e->address[i], e->subnet[i].prefix, err) < 0)
			return -1;
	if (netif_up(peer, err) < 0)
		return -1;
	announce(bpf, peer, e);
	return 0;
}

/* The first one's router; that of a network that leads nowhere only if there is no other. */
static const struct address *router_of(const struct work *w, int family)
{
	const struct address *found = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct jail_endpoint *e = &w->endpoints[i];

		if (address_is_none(&e->gateway[family]) || address_is_none(&e->address[family]))
			continue;
		if (!e->internal)
			return &e->gateway[family];
		if (found == NULL)
			found = &e->gateway[family];
	}
	return found;
}

static int set_routes(const struct work *w, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct address *router = router_of(w, i);

		if (router != NULL ? route_set_default(router, err) < 0
				   : !w->fresh && route_remove_default(family_of[i], err) < 0)
			return -1;
	}
	return 0;
}

static int work_inside(
	const struct work *w, int bpf, char (*peers)[INTERFACE_MAX], struct error *err)
{
	if (w->fresh && configure_loopback(err) < 0)
		return -1;
	for (size_t i = 0; w->fresh && i < w->n; i++)
		if (configure(bpf, &w->endpoints[i], peers[i], err) < 0)
			return -1;
	return set_routes(w, err);
}

/* ---- the child ---- */

static _Noreturn void run_child(const struct work *w, char (*peers)[INTERFACE_MAX], int report)
{
	int off = PROC_TRACE_CTL_DISABLE, bpf;
	struct error err = {0};

	/* the jail's root must get neither our memory nor our descriptors */
	procctl(P_PID, getpid(), PROC_TRACE_CTL, &off);
	if (dup2(report, 0) == 0)
		closefrom(1);
	bpf = w->fresh ? announce_open() : -1;
	if (jailcall_attach(w->jid, &err) < 0 || work_inside(w, bpf, peers, &err) < 0)
		(void)!write(0, &err, sizeof(err));
	_exit(0);
}

/*
 * By pdfork(2), so that nobody else in this process hears of the child, and that it ends at the
 * latest with the descriptor: the jail's root can stop it while it is inside.
 */
static int run_inside(const struct work *w, char (*peers)[INTERFACE_MAX], struct error *err)
{
	AUTO_CLOSE int ours = -1, theirs = -1, child = -1;
	struct pollfd end = {0};
	int fds[2];
	pid_t pid;

	/* a message arrives whole, or not at all */
	if (socketpair(AF_LOCAL, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return error_errno(err, errno, "socketpair");
	ours = fds[0];
	theirs = fds[1];
	pid = pdfork(&child, PD_CLOEXEC);
	if (pid == 0)
		run_child(w, peers, theirs);
	if (pid < 0)
		return error_errno(err, errno, "fork");
	close_fd(&theirs);
	end.fd = child;
	while (poll(&end, 1, WAIT) < 0 && errno == EINTR)
		;
	if ((end.revents & POLLHUP) == 0)
		return error_set(err, ERROR_SYSTEM,
			"the container's network: what configures it does not come to an end");
	if (recv(ours, err, sizeof(*err), MSG_DONTWAIT) != sizeof(*err))
		return 0;
	err->message[sizeof(err->message) - 1] = '\0';
	return error_prefix(err, "the container's network");
}

/* ---- outside ---- */

/* Where the other end of the endpoint's epair is called so that it can be found. */
static int find_peer(const struct jail_endpoint *e, char peer[INTERFACE_MAX], struct error *err)
{
	char text[NETIF_MARK_MAX];
	struct mark mark;

	netif_mark(e->interface, text);
	if (!mark_parse(text, &mark) || mark.peer[0] == '\0' || strcmp(mark.id, e->id) != 0)
		return error_set(err, ERROR_CONFLICT,
			"the interface %s of the container is gone, or not ours", e->interface);
	memcpy(peer, mark.peer, sizeof(mark.peer));
	return 0;
}

int vnet_configure(int jid, const struct jail_endpoint *endpoints, size_t n, struct error *err)
{
	const struct work w = {.jid = jid, .fresh = true, .endpoints = endpoints, .n = n};
	AUTO_FREE char(*peers)[INTERFACE_MAX] = xcalloc(n + 1, sizeof(*peers));

	for (size_t i = 0; i < n; i++)
		if (find_peer(&endpoints[i], peers[i], err) < 0 ||
			netif_give(peers[i], jid, err) < 0)
			return -1;
	return run_inside(&w, peers, err);
}

int vnet_set_routes(int jid, const struct jail_endpoint *endpoints, size_t n, struct error *err)
{
	const struct work w = {.jid = jid, .endpoints = endpoints, .n = n};

	return run_inside(&w, NULL, err);
}
