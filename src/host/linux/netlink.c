/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

#define ANSWER_SIZE  32768 /* of one datagram of the kernel's; it makes dumps fit */
#define DUMP_TRIES   8
#define MESSAGE_ROOM 1024 /* bytes that any of our requests fits into */

int netlink_open(int protocol, struct error *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), yes = 1;

	if (fd < 0)
		return error_errno(err, errno, "cannot open a netlink socket");
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof(yes));
	return fd;
}

/* ---- batches ---- */

void batch_init(struct batch *b)
{
	b->len = b->n = 0;
	b->last = NULL;
}

static void end_last(struct batch *b)
{
	if (b->last != NULL)
		b->len += NLMSG_ALIGN(b->last->nlmsg_len);
	b->last = NULL;
}

struct nlmsghdr *batch_add(struct batch *b, uint16_t type, uint16_t flags, const void *header,
	size_t len, const char *what, int tolerated)
{
	struct nlmsghdr *m;

	end_last(b);
	if (b->n == BATCH_MESSAGES || sizeof(b->data) - b->len < MESSAGE_ROOM)
		abort(); /* batches are of a size that the program knows */
	m = mnl_nlmsg_put_header(b->data + b->len);
	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlmsg_seq = (uint32_t)b->n;
	memcpy(mnl_nlmsg_put_extra_header(m, len), header, len);
	b->messages[b->n].what = what;
	b->messages[b->n].tolerated = tolerated;
	b->n++;
	b->last = m;
	return m;
}

static int send_all(int fd, const void *data, size_t len, struct error *err)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	do
		n = sendto(fd, data, len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "cannot send to the kernel by netlink");
	return 0;
}

static ssize_t receive(int fd, char *data, size_t size, struct error *err)
{
	ssize_t n;

	do
		n = recv(fd, data, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "cannot read from the kernel by netlink");
	return n;
}

/* Takes one answer; remembers the first request that failed. True: it was the last. */
static bool take_answer(
	const struct batch *b, const struct nlmsghdr *m, size_t *failed, int *errnum)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(m);
	size_t i = m->nlmsg_seq;

	if (e->error != 0 && i < *failed && -e->error != b->messages[i].tolerated) {
		*failed = i;
		*errnum = -e->error;
	}
	return i == b->n - 1;
}

int batch_run(struct batch *b, int fd, struct error *err)
{
	size_t failed = b->n, all = b->n;
	AUTO_FREE char *answer = NULL;
	int errnum = 0, result = 0;
	bool last = b->n == 0;

	/* whatever fails is told; what does not, once at the end */
	if (b->last != NULL)
		b->last->nlmsg_flags |= NLM_F_ACK;
	end_last(b);
	if (!last)
		result = send_all(fd, b->data, b->len, err);
	answer = xmalloc(ANSWER_SIZE);
	while (result == 0 && !last) {
		ssize_t n = receive(fd, answer, ANSWER_SIZE, err);
		struct nlmsghdr *m = (struct nlmsghdr *)(void *)answer;
		int left = (int)n;

		if (n < 0)
			result = -1;
		for (; n > 0 && mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left))
			if (m->nlmsg_type == NLMSG_ERROR)
				last |= take_answer(b, m, &failed, &errnum);
	}
	if (result == 0 && failed < all)
		result = error_errno(err, errnum, "cannot %s", b->messages[failed].what);
	batch_init(b);
	return result;
}

/* ---- asking ---- */

enum answer { ANSWER_MORE, ANSWER_END, ANSWER_FAILED };

/* interrupted: what is listed changed meanwhile. */
static enum answer read_answer(const char *data, ssize_t n, const struct nlmsghdr *request,
	const struct netlink_reader *reader, bool *interrupted, int *errnum)
{
	const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)data;
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	int left = (int)n;

	for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
		*interrupted |= (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (m->nlmsg_type == NLMSG_DONE)
			return ANSWER_END;
		if (m->nlmsg_type == NLMSG_ERROR) {
			*errnum = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(m))->error;
			return *errnum == 0 ? ANSWER_END : ANSWER_FAILED;
		}
		reader->each(m, reader->arg);
		if (!dump)
			return ANSWER_END;
	}
	return ANSWER_MORE;
}

int netlink_ask(int fd, struct nlmsghdr *request, const char *what,
	const struct netlink_reader *reader, struct error *err)
{
	AUTO_FREE char *data = xmalloc(ANSWER_SIZE);
	bool interrupted = true;
	int errnum = 0;

	request->nlmsg_flags |= NLM_F_REQUEST;
	/* where it never stops changing, the last is as good as any */
	for (int i = 0; i < DUMP_TRIES && interrupted; i++) {
		enum answer answer = ANSWER_MORE;

		interrupted = false;
		if (reader->begin != NULL)
			reader->begin(reader->arg);
		request->nlmsg_seq = (uint32_t)i;
		if (send_all(fd, request, request->nlmsg_len, err) != 0)
			return -1;
		while (answer == ANSWER_MORE) {
			ssize_t n = receive(fd, data, ANSWER_SIZE, err);

			if (n < 0)
				return error_prefix(err, "cannot %s", what);
			answer = read_answer(data, n, request, reader, &interrupted, &errnum);
		}
		if (answer == ANSWER_FAILED)
			return error_errno(err, errnum, "cannot %s", what);
	}
	return 0;
}
