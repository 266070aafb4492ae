/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"

struct header {
	uint32_t len, type, nfds;
};

void wire_begin(struct wire *w, uint32_t type)
{
	struct header h = {.type = type};

	buffer_free(&w->frame);
	buffer_add(&w->frame, &h, sizeof(h));
}

void wire_put(struct wire *w, uint32_t tag, const void *data, size_t len)
{
	uint32_t head[2] = {tag, (uint32_t)len};

	buffer_add(&w->frame, head, sizeof(head));
	buffer_add(&w->frame, data, len);
}

void wire_u64(struct wire *w, uint32_t tag, uint64_t value)
{
	wire_put(w, tag, &value, sizeof(value));
}

void wire_str(struct wire *w, uint32_t tag, const char *s)
{
	if (s != NULL)
		wire_put(w, tag, s, strlen(s));
}

void wire_strings(struct wire *w, uint32_t tag, const struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		wire_str(w, tag, list->v[i]);
}

void wire_free(struct wire *w)
{
	buffer_free(&w->frame);
}

int wire_seal(struct wire *w, size_t nfds, struct error *err)
{
	struct header h;

	memcpy(&h, w->frame.data, sizeof(h));
	h.len = (uint32_t)(w->frame.len - sizeof(h));
	h.nfds = (uint32_t)nfds;
	memcpy(w->frame.data, &h, sizeof(h));
	if (w->frame.len > WIRE_MAX || nfds > WIRE_FDS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "arguments and environment are too long");
	return 0;
}

int wire_push(int fd, const struct wire *w, size_t *sent, const int *fds, size_t nfds, int flags,
	struct error *err)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * WIRE_FDS_MAX)];
	} control;

	while (*sent < w->frame.len) {
		struct iovec iov = {w->frame.data + *sent, w->frame.len - *sent};
		struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n;

		if (*sent == 0 && nfds > 0) {
			memset(&control, 0, sizeof(control));
			msg.msg_control = &control;
			msg.msg_controllen = (socklen_t)CMSG_SPACE(sizeof(int) * nfds);
			control.align.cmsg_level = SOL_SOCKET;
			control.align.cmsg_type = SCM_RIGHTS;
			control.align.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
			memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * nfds);
		}
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | flags);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "cannot send on a control socket");
		*sent += (size_t)n;
	}
	return 0;
}

int wire_send(int fd, struct wire *w, const int *fds, size_t nfds, int flags, struct error *err)
{
	size_t sent = 0;

	if (wire_seal(w, nfds, err) != 0)
		return -1;
	return wire_push(fd, w, &sent, fds, nfds, flags, err);
}

bool wire_next(struct wire_message *m, struct wire_field *f)
{
	uint32_t head[2];

	if (m->fields.len - m->at < sizeof(head))
		return false;
	memcpy(head, m->fields.data + m->at, sizeof(head));
	if (head[1] > m->fields.len - m->at - sizeof(head))
		return false;
	f->tag = head[0];
	f->len = head[1];
	f->data = m->fields.data + m->at + sizeof(head);
	m->at += sizeof(head) + f->len;
	return true;
}

uint64_t wire_field_u64(const struct wire_field *f)
{
	uint64_t v = 0;

	if (f->len == sizeof(v))
		memcpy(&v, f->data, sizeof(v));
	return v;
}

char *wire_field_str(const struct wire_field *f)
{
	return xstrndup(f->data, f->len);
}

void wire_message_free(struct wire_message *m)
{
	for (size_t i = 0; i < m->nfds; i++)
		close_fd(&m->fds[i]);
	buffer_free(&m->fields);
	*m = (struct wire_message){0};
}

void wire_conn_close(struct wire_conn *c)
{
	for (size_t i = 0; i < c->nfds; i++)
		close_fd(&c->fds[i]);
	close_fd(&c->fd);
	buffer_free(&c->in);
	c->nfds = 0;
}

/* Queues the descriptors of one recvmsg; those over the limit are closed. */
static void take_descriptors(struct wire_conn *c, struct msghdr *msg)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h != NULL; h = CMSG_NXTHDR(msg, h)) {
		size_t n;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (c->nfds < ARRAY_SIZE(c->fds))
				c->fds[c->nfds++] = fd;
			else
				close(fd);
		}
	}
}

int wire_conn_read(struct wire_conn *c, struct error *err)
{
	char bytes[16384];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * WIRE_FDS_MAX)];
	} control;
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t n;

	do
		n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		return 0; /* it is gone, and did not read all that it was sent */
	if (n < 0)
		return error_errno(err, errno, "cannot read from a control socket");
	take_descriptors(c, &msg);
	c->short_of_fds |= (msg.msg_flags & MSG_CTRUNC) != 0;
	if (n == 0)
		return 0;
	buffer_add(&c->in, bytes, (size_t)n);
	return 1;
}

int wire_conn_next(struct wire_conn *c, struct wire_message *m, struct error *err)
{
	struct header h;

	if (c->in.len < sizeof(h))
		return 0;
	memcpy(&h, c->in.data, sizeof(h));
	if (h.len > WIRE_MAX || h.nfds > WIRE_FDS_MAX)
		return error_set(err, ERROR_SYSTEM, "malformed frame on a control socket");
	if (c->in.len < sizeof(h) + h.len)
		return 0;
	if (c->nfds < h.nfds && c->short_of_fds)
		return error_errno(err, EMFILE, "cannot take what a control socket hands over");
	if (c->nfds < h.nfds)
		return error_set(err, ERROR_SYSTEM, "frame without its descriptors");

	*m = (struct wire_message){.type = h.type, .nfds = h.nfds};
	buffer_add(&m->fields, c->in.data + sizeof(h), h.len);
	memcpy(m->fds, c->fds, h.nfds * sizeof(int));
	c->nfds -= h.nfds;
	memmove(c->fds, c->fds + h.nfds, c->nfds * sizeof(int));
	c->in.len -= sizeof(h) + h.len;
	memmove(c->in.data, c->in.data + sizeof(h) + h.len, c->in.len);
	while (c->in.len == 0 && c->nfds > 0) /* no frame has claimed them */
		close_fd(&c->fds[--c->nfds]);
	return 1;
}

int wire_conn_wait(struct wire_conn *c, struct wire_message *m, int timeout_ms, struct error *err)
{
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		int64_t left = timeout_ms < 0 ? -1 : deadline - now_ms();
		int n = wire_conn_next(c, m, err);

		if (n != 0)
			return n;
		if (timeout_ms >= 0 && left < 0)
			left = 0;
		n = poll(&p, 1, (int)left);
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "cannot wait for a control socket");
		if (n == 0)
			return error_errno(err, ETIMEDOUT, "no answer on a control socket");
		if (n > 0) {
			n = wire_conn_read(c, err);
			if (n == 0 || (n < 0 && err->code != EAGAIN))
				return n;
		}
	}
}
