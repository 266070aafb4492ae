/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll(7), and eventfd(2) to be woken: host/poller.h. */
#include "host/poller.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "base/mem.h"

#define EVENTS 64

struct poller {
	int epoll;
	int wake; /* a counter: there is nothing to overflow, however often it is added to */
};

struct poller *poller_new(struct error *err)
{
	struct poller *p = xcalloc(1, sizeof(*p));

	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->epoll >= 0 && p->wake >= 0 && poller_add(p, p->wake, NULL, err) == 0)
		return p;
	error_errno(err, errno, "cannot wait for descriptors");
	poller_free(p);
	return NULL;
}

void poller_free(struct poller *p)
{
	if (p == NULL)
		return;
	close_fd(&p->epoll);
	close_fd(&p->wake);
	free(p);
}

static int add(struct poller *p, int fd, uint32_t events, void *owner, struct error *err)
{
	struct epoll_event event = {.events = events, .data.ptr = owner};

	if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		return error_errno(err, errno, "cannot wait for a descriptor");
	return 0;
}

int poller_add(struct poller *p, int fd, void *owner, struct error *err)
{
	return add(p, fd, EPOLLIN, owner, err);
}

int poller_add_output(struct poller *p, int fd, void *owner, struct error *err)
{
	return add(p, fd, EPOLLOUT, owner, err);
}

void poller_drop(struct poller *p, int fd)
{
	epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, NULL);
}

int poller_wait(struct poller *p, void *owners[], int max, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(p->epoll, events, max < EVENTS ? max : EVENTS, timeout_ms), found = 0;
	uint64_t count;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr != NULL)
			owners[found++] = events[i].data.ptr;
		else
			(void)!read(p->wake, &count, sizeof(count));
	}
	return found;
}

void poller_wake(struct poller *p)
{
	const uint64_t one = 1;

	(void)!write(p->wake, &one, sizeof(one));
}
