/* SPDX-License-Identifier: BSD-2-Clause */
/* kqueue(2), with an event of the user's to be woken: host/poller.h. */
#include "host/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/event.h>
#include <time.h>

#include "base/mem.h"

#define EVENTS 64
#define WAKE   1 /* the number of the user's event */

struct poller {
	int kq;
};

static int change(struct poller *p, uintptr_t ident, short filter, unsigned short flags,
	unsigned int fflags, void *owner)
{
	struct kevent event;

	EV_SET(&event, ident, filter, flags, fflags, 0, owner);
	return kevent(p->kq, &event, 1, NULL, 0, NULL);
}

struct poller *poller_new(struct error *err)
{
	struct poller *p = xcalloc(1, sizeof(*p));

	p->kq = kqueue();
	if (p->kq >= 0 && fcntl(p->kq, F_SETFD, FD_CLOEXEC) == 0 &&
		change(p, WAKE, EVFILT_USER, EV_ADD | EV_CLEAR, 0, NULL) == 0)
		return p;
	error_errno(err, errno, "cannot wait for descriptors");
	poller_free(p);
	return NULL;
}

void poller_free(struct poller *p)
{
	if (p == NULL)
		return;
	close_fd(&p->kq);
	free(p);
}

int poller_add(struct poller *p, int fd, void *owner, struct error *err)
{
	/* of a kqueue, too: it can be read from when it has events */
	if (change(p, (uintptr_t)fd, EVFILT_READ, EV_ADD, 0, owner) != 0)
		return error_errno(err, errno, "cannot wait for a descriptor");
	return 0;
}

int poller_add_output(struct poller *p, int fd, void *owner, struct error *err)
{
	if (change(p, (uintptr_t)fd, EVFILT_WRITE, EV_ADD, 0, owner) != 0)
		return error_errno(err, errno, "cannot wait for a descriptor");
	return 0;
}

void poller_drop(struct poller *p, int fd)
{
	if (change(p, (uintptr_t)fd, EVFILT_READ, EV_DELETE, 0, NULL) != 0)
		change(p, (uintptr_t)fd, EVFILT_WRITE, EV_DELETE, 0, NULL);
}

int poller_wait(struct poller *p, void *owners[], int max, int timeout_ms)
{
	const struct timespec limit = {
		.tv_sec = timeout_ms / 1000, .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
	struct kevent events[EVENTS];
	int n = kevent(p->kq, NULL, 0, events, max < EVENTS ? max : EVENTS,
		timeout_ms < 0 ? NULL : &limit);
	int found = 0;

	for (int i = 0; i < n; i++)
		if (events[i].udata != NULL)
			owners[found++] = events[i].udata;
	return found;
}

void poller_wake(struct poller *p)
{
	change(p, WAKE, EVFILT_USER, 0, NOTE_TRIGGER, NULL);
}
