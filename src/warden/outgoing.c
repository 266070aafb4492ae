/* SPDX-License-Identifier: BSD-2-Clause */
#include "warden/outgoing.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

struct message {
	struct message *next;
	struct wire frame; /* sealed */
	size_t sent;
	int fds[WIRE_FDS_MAX]; /* copies */
	size_t nfds;
};

static void message_free(struct message *m)
{
	for (size_t i = 0; i < m->nfds; i++)
		close_fd(&m->fds[i]);
	wire_free(&m->frame);
	free(m);
}

/* 1: all has gone; 0: the socket is full; -1: nobody is there. */
static int push(int fd, const struct wire *w, size_t *sent, const int *fds, size_t nfds)
{
	struct error err;

	if (wire_push(fd, w, sent, fds, nfds, MSG_DONTWAIT, &err) == 0)
		return 1;
	return err.code == EAGAIN || err.code == EWOULDBLOCK || err.code == ENOBUFS ? 0 : -1;
}

/* Keeps a message whose first bytes may have gone, and with them its descriptors. */
static int keep(struct outgoing *o, struct wire *w, size_t sent, const int *fds, size_t nfds)
{
	struct message *m;

	if (o->bytes + w->frame.len > OUTGOING_MAX)
		return -1;
	m = xcalloc(1, sizeof(*m));
	buffer_add(&m->frame.frame, w->frame.data, w->frame.len);
	m->sent = sent;
	for (size_t i = 0; i < nfds && sent == 0; i++) {
		int copy = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);

		if (copy < 0) {
			message_free(m);
			return -1;
		}
		m->fds[m->nfds++] = copy;
	}
	o->bytes += w->frame.len;
	*(o->first != NULL ? o->last : &o->first) = m;
	o->last = &m->next;
	return 0;
}

int outgoing_add(struct outgoing *o, int fd, struct wire *w, const int *fds, size_t nfds)
{
	struct error err;
	size_t sent = 0;

	if (wire_seal(w, nfds, &err) != 0 || outgoing_flush(o, fd) != 0)
		return -1;
	if (o->first == NULL) {
		int n = push(fd, w, &sent, fds, nfds);

		if (n != 0)
			return n < 0 ? -1 : 0;
	}
	return keep(o, w, sent, fds, nfds);
}

int outgoing_flush(struct outgoing *o, int fd)
{
	while (o->first != NULL) {
		struct message *m = o->first;
		int n = push(fd, &m->frame, &m->sent, m->fds, m->nfds);

		if (n <= 0)
			return n;
		o->bytes -= m->frame.frame.len;
		o->first = m->next;
		message_free(m);
	}
	return 0;
}

bool outgoing_waits(const struct outgoing *o)
{
	return o->first != NULL;
}

void outgoing_free(struct outgoing *o)
{
	while (o->first != NULL) {
		struct message *m = o->first;

		o->first = m->next;
		message_free(m);
	}
	*o = (struct outgoing){0};
}
