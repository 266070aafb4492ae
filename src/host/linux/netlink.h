/* SPDX-License-Identifier: BSD-2-Clause */
/* rtnetlink(7) and its kin: several requests at once, dumps. */
#ifndef HOST_LINUX_NETLINK_H
#define HOST_LINUX_NETLINK_H

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include "base/error.h"

/* A socket of that netlink protocol in the thread's network namespace. The caller closes it. */
int netlink_open(int protocol, struct error *err);

#define BATCH_MESSAGES 24

/* Requests that the kernel is to execute in order; one that fails does not keep it from the rest.
 */
struct batch {
	char data[8192];
	size_t len; /* without the last one, which still grows */
	struct nlmsghdr *last;
	size_t n;
	struct {
		const char *what; /* "add an address": for the error */
		int tolerated; /* an errno that is none; 0: no such */
	} messages[BATCH_MESSAGES];
};

void batch_init(struct batch *b);

/*
 * Begins a request, with a header of its family's, to which attributes are then put (libmnl's
 * mnl_attr_put). what: a text that lives as long as the batch. flags: beside NLM_F_REQUEST.
 */
struct nlmsghdr *batch_add(struct batch *b, uint16_t type, uint16_t flags, const void *header,
	size_t len, const char *what, int tolerated);

/* Executes all and empties the batch. The first that failed is the error, its errno err->code. */
int batch_run(struct batch *b, int fd, struct error *err);

/*
 * Sends one request and calls each for every message of the answer. With NLM_F_DUMP among flags
 * that is a list, read anew from the start if it changed meanwhile: begin (may be NULL) is then
 * called each time. Without, it is one message; none: err->code says why.
 */
struct netlink_reader {
	void (*begin)(void *arg);
	void (*each)(const struct nlmsghdr *m, void *arg);
	void *arg;
};

int netlink_ask(int fd, struct nlmsghdr *request, const char *what,
	const struct netlink_reader *reader, struct error *err);

#endif
