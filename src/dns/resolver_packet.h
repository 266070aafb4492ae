/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resolver's packets, RFC 1035 and RFC 6891 (EDNS), by ldns. What comes in is hostile; nothing
 * here knows of sockets.
 */
#ifndef DNS_RESOLVER_PACKET_H
#define DNS_RESOLVER_PACKET_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

#define DNS_PACKET_MAX 65535
#define DNS_UDP_MIN    512 /* what everybody can take, RFC 1035 */
#define DNS_UDP_MAX    4096 /* what we send and receive at most by UDP */

/* A packet on the wire. malloc(3)ed. */
struct dns_wire {
	uint8_t *data;
	size_t len;
};

struct dns_question {
	ldns_pkt *query;
	ldns_rdf *owner; /* of query */
	ldns_rr_type type;
	char *name; /* lower case, no dot at the end; odd bytes as \DDD, RFC 1035 5.1 */
	size_t limit; /* bytes that an answer by UDP may have */
};

/*
 * Reads a query. Returns 0, or -1 if it is none that deserves an answer, or the response code to
 * refuse it with. In both latter cases *q needs no dns_question_free.
 */
int dns_read(const struct dns_wire *in, struct dns_question *q);
void dns_question_free(struct dns_question *q);

/* Makes the refusal of a query, which need not have been read. rcode: an LDNS_RCODE. */
struct dns_wire dns_refuse(const struct dns_wire *in, int rcode);

/* Makes the answer "there is no such name" and the like. */
struct dns_wire dns_answer_code(const struct dns_question *q, int rcode);

/* Makes the answer with those of the addresses that were asked for, by UDP or not. */
struct dns_wire dns_answer_addresses(
	const struct dns_question *q, const struct address *list, size_t n, bool udp);

/* Makes the answer to a reverse query. A name that is none in the DNS makes it "no such name". */
struct dns_wire dns_answer_name(const struct dns_question *q, const char *name);

/* True if the question is for the name of an address, which is left in *a. */
bool dns_reverse(const struct dns_question *q, struct address *a);

/* Makes the query that asks another server the same. */
struct dns_wire dns_ask(const struct dns_question *q, uint16_t id);

/*
 * Reads what may be the answer of another server to that. Returns its response code, or -1 if it
 * is no answer to it.
 */
int dns_check_reply(const struct dns_question *q, uint16_t id, const struct dns_wire *reply);

/* Makes of such an answer that to the query; by UDP, one that is too large is cut off. */
struct dns_wire dns_relay(const struct dns_question *q, const struct dns_wire *reply, bool udp);

#endif
