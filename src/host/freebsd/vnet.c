#include "host/freebsd/vnet.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/mark.h"
#include "host/freebsd/netif.h"
#include "host/freebsd/route.h"

#define WAIT_TRIES 400
#define WAIT_PAUSE (5 * 1000 * 1000) /* ns */

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

static int configure(const struct jail_endpoint *e, const char *peer, struct error *err)
{
	for (int i = 0; i < FAMILIES; i++)
		if (!address_is_none(&e->address[i]) &&
			netif_add_address(peer, &e->address[i], e->subnet[i].prefix, err) < 0)
			return -1;
	return netif_up(peer, err);
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

static int work_inside(const struct work *w, char (*peers)[INTERFACE_MAX], struct error *err)
{
	if (w->fresh && configure_loopback(err) < 0)
		return -1;
	for (size_t i = 0; w->fresh && i < w->n; i++)
		if (configure(&w->endpoints[i], peers[i], err) < 0)
			return -1;
	return set_routes(w, err);
}

/* ---- the child ---- */

static _Noreturn void run_child(const struct work *w, char (*peers)[INTERFACE_MAX], int report)
{
	int off = PROC_TRACE_CTL_DISABLE;
	struct error err = {0};

	/* the jail's root must get neither our memory nor our descriptors */
	procctl(P_PID, getpid(), PROC_TRACE_CTL, &off);
	if (dup2(report, 0) == 0)
		closefrom(1);
	if (jailcall_attach(w->jid, &err) < 0 || work_inside(w, peers, &err) < 0)
		(void)!write(0, &err, sizeof(err));
	_exit(0);
}

/* The jail's root can stop our child while it is inside: it gets some time, then it goes. */
static void wait_or_kill(pid_t child)
{
	const struct timespec pause = {.tv_nsec = WAIT_PAUSE};

	for (int tries = 0; tries < WAIT_TRIES; tries++) {
		pid_t pid = waitpid(child, NULL, WNOHANG);

		if (pid == child || (pid < 0 && errno != EINTR))
			return;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

static int run_inside(const struct work *w, char (*peers)[INTERFACE_MAX], struct error *err)
{
	AUTO_CLOSE int ours = -1, theirs = -1;
	int fds[2];
	pid_t child;
	ssize_t n;

	/* a message arrives whole, or not at all */
	if (socketpair(AF_LOCAL, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return error_errno(err, errno, "socketpair");
	ours = fds[0];
	theirs = fds[1];
	child = fork();
	if (child == 0)
		run_child(w, peers, theirs);
	if (child < 0)
		return error_errno(err, errno, "fork");
	close_fd(&theirs);
	wait_or_kill(child);
	n = recv(ours, err, sizeof(*err), MSG_DONTWAIT);
	if (n == sizeof(*err)) {
		err->message[sizeof(err->message) - 1] = '\0';
		return error_prefix(err, "the container's network");
	}
	return 0;
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
