/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver_packet.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

#define HEADER	     12 /* bytes */
#define TTL	     5 /* seconds; an address may soon be another container's */
#define FLAG_ANSWER  0x80 /* in the third byte */
#define FLAG_RD	     0x01
#define FLAG_TC	     0x02
#define FLAG_RA	     0x80 /* in the fourth */
#define OPCODE(byte) ((byte) >> 3 & 15)
#define BADVERS	     16 /* RFC 6891 */

static unsigned int read16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

/* ---- queries ---- */

static char *lower_name(const ldns_rdf *owner)
{
	char *text = ldns_rdf2str(owner), *name;
	size_t len;

	if (text == NULL)
		return NULL;
	name = xstrdup(text);
	free(text);
	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	len = strlen(name);
	if (len > 0 && name[len - 1] == '.')
		name[len - 1] = '\0';
	return name;
}

/* Questions that are none for a server that forwards: transfers of zones and the like. */
static bool is_ordinary(ldns_rr_type type)
{
	return type != 0 && (type < 128 || type == LDNS_RR_TYPE_ANY || type > 255) &&
	       type != LDNS_RR_TYPE_OPT;
}

static int take_question(struct dns_question *q)
{
	const ldns_rr_list *questions = ldns_pkt_question(q->query);
	const ldns_rr *question;

	if (questions == NULL || ldns_rr_list_rr_count(questions) != 1)
		return LDNS_RCODE_FORMERR;
	question = ldns_rr_list_rr(questions, 0);
	q->owner = ldns_rr_owner(question);
	q->type = ldns_rr_get_type(question);
	if (ldns_pkt_edns(q->query) && ldns_pkt_edns_version(q->query) != 0)
		return BADVERS;
	if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN || !is_ordinary(q->type))
		return LDNS_RCODE_REFUSED;
	q->name = lower_name(q->owner);
	q->limit = DNS_UDP_MIN;
	if (ldns_pkt_edns(q->query) && ldns_pkt_edns_udp_size(q->query) > DNS_UDP_MIN)
		q->limit = ldns_pkt_edns_udp_size(q->query);
	if (q->limit > DNS_UDP_MAX)
		q->limit = DNS_UDP_MAX;
	return q->name == NULL ? LDNS_RCODE_FORMERR : 0;
}

int dns_read(const struct dns_wire *in, struct dns_question *q)
{
	const uint8_t *p = in->data;
	int rcode;

	*q = (struct dns_question){.query = NULL};
	if (in->len < HEADER || (p[2] & FLAG_ANSWER) != 0)
		return -1;
	if (OPCODE(p[2]) != LDNS_PACKET_QUERY)
		return LDNS_RCODE_NOTIMPL;
	/* one question, no answers, and at most EDNS */
	if (read16(p + 4) != 1 || read16(p + 6) != 0 || read16(p + 8) != 0 || read16(p + 10) > 1 ||
		ldns_wire2pkt(&q->query, in->data, in->len) != LDNS_STATUS_OK)
		return LDNS_RCODE_FORMERR;
	rcode = take_question(q);
	if (rcode != 0)
		dns_question_free(q);
	return rcode;
}

void dns_question_free(struct dns_question *q)
{
	ldns_pkt_free(q->query);
	free(q->name);
	*q = (struct dns_question){.query = NULL};
}

/* ---- answers ---- */

struct dns_wire dns_refuse(const struct dns_wire *in, int rcode)
{
	struct dns_wire out = {xcalloc(1, HEADER), HEADER};

	memcpy(out.data, in->data, in->len < 4 ? in->len : 4);
	out.data[2] = (uint8_t)(FLAG_ANSWER | (out.data[2] & (FLAG_RD | 15 << 3)));
	out.data[3] = (uint8_t)(FLAG_RA | (rcode & 15));
	if (rcode >
		15) { /* the rest is EDNS's: root, OPT, our size, the code, version 0, no data */
		uint8_t opt[11] = {0, 0, LDNS_RR_TYPE_OPT, DNS_UDP_MAX >> 8, DNS_UDP_MAX & 255,
			(uint8_t)(rcode >> 4)};

		out.data = xrealloc(out.data, HEADER + sizeof(opt));
		memcpy(out.data + HEADER, opt, sizeof(opt));
		out.data[11] = 1;
		out.len += sizeof(opt);
	}
	return out;
}

/* An answer without records. */
static ldns_pkt *new_answer(const struct dns_question *q, int rcode)
{
	ldns_pkt *p = ldns_pkt_new();

	if (p == NULL)
		abort();
	ldns_pkt_set_id(p, ldns_pkt_id(q->query));
	ldns_pkt_set_qr(p, true);
	ldns_pkt_set_ra(p, true);
	ldns_pkt_set_rd(p, ldns_pkt_rd(q->query));
	ldns_pkt_set_cd(p, ldns_pkt_cd(q->query));
	ldns_pkt_set_rcode(p, (uint8_t)rcode);
	ldns_pkt_push_rr(p, LDNS_SECTION_QUESTION,
		ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(q->query), 0)));
	if (ldns_pkt_edns(q->query))
		ldns_pkt_set_edns_udp_size(p, DNS_UDP_MAX);
	return p;
}

/* The packet as it goes out; it is released. */
static struct dns_wire to_wire(ldns_pkt *p)
{
	struct dns_wire out = {NULL, 0};

	if (ldns_pkt2wire(&out.data, p, &out.len) != LDNS_STATUS_OK)
		out = (struct dns_wire){NULL, 0};
	ldns_pkt_free(p);
	return out;
}

static void push_record(
	ldns_pkt *p, const struct dns_question *q, ldns_rr_type type, ldns_rdf *data)
{
	ldns_rr *rr = ldns_rr_new();

	if (rr == NULL || data == NULL)
		abort();
	ldns_rr_set_owner(rr, ldns_rdf_clone(q->owner));
	ldns_rr_set_type(rr, type);
	ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
	ldns_rr_set_ttl(rr, TTL);
	ldns_rr_push_rdf(rr, data);
	ldns_pkt_push_rr(p, LDNS_SECTION_ANSWER, rr);
}

struct dns_wire dns_answer_code(const struct dns_question *q, int rcode)
{
	return to_wire(new_answer(q, rcode));
}

struct dns_wire dns_answer_addresses(
	const struct dns_question *q, const struct address *list, size_t n, bool udp)
{
	ldns_pkt *p = new_answer(q, LDNS_RCODE_NOERROR);
	struct dns_wire out;

	ldns_pkt_set_aa(p, true);
	for (size_t i = 0; i < n; i++) {
		bool v6 = list[i].family == AF_INET6;
		ldns_rr_type type = v6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A;
		uint8_t bytes[16];
		size_t size = v6 ? 16 : 4;

		if (q->type != type && q->type != LDNS_RR_TYPE_ANY)
			continue;
		for (size_t b = 0; b < size; b++)
			bytes[b] = (uint8_t)(list[i].value >> 8 * (size - 1 - b));
		push_record(p, q, type,
			ldns_rdf_new_frm_data(
				v6 ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, size, bytes));
	}
	out = to_wire(p);
	if (udp && out.len > q->limit) {
		free(out.data);
		p = new_answer(q, LDNS_RCODE_NOERROR);
		ldns_pkt_set_tc(p, true);
		out = to_wire(p);
	}
	return out;
}

struct dns_wire dns_answer_name(const struct dns_question *q, const char *name)
{
	ldns_rdf *data = ldns_dname_new_frm_str(name);
	ldns_pkt *p = new_answer(q, data ? LDNS_RCODE_NOERROR : LDNS_RCODE_NXDOMAIN);

	ldns_pkt_set_aa(p, true);
	if (data != NULL)
		push_record(p, q, LDNS_RR_TYPE_PTR, data);
	return to_wire(p);
}

/* ---- reverse names ---- */

/* "4.3.2.1" */
static bool reverse4(const char *name, size_t len, struct address *a)
{
	address_number value = 0;

	for (unsigned int i = 0, digits = 0, byte = 0;; name++, len--) {
		if (len == 0 || *name == '.') {
			if (digits == 0 || digits > 3 || byte > 255)
				return false;
			value |= (address_number)byte << 8 * i++;
			if (len == 0 || i == 4) {
				*a = (struct address){AF_INET, value};
				return len == 0 && i == 4;
			}
			digits = byte = 0;
		} else if (isdigit((unsigned char)*name) && digits < 4) {
			byte = byte * 10 + (unsigned int)(*name - '0');
			digits++;
		} else {
			return false;
		}
	}
}

/* 32 times "f.", the last without the dot */
static bool reverse6(const char *name, size_t len, struct address *a)
{
	static const char digits[] = "0123456789abcdef";

	*a = (struct address){AF_INET6, 0};
	if (len != 63)
		return false;
	for (unsigned int i = 0; i < 32; i++) {
		const char *digit = name[2 * i] ? strchr(digits, name[2 * i]) : NULL;

		if (digit == NULL || (i < 31 && name[2 * i + 1] != '.'))
			return false;
		a->value |= (address_number)(digit - digits) << 4 * i;
	}
	return true;
}

bool dns_reverse(const struct dns_question *q, struct address *a)
{
	static const char suffix4[] = ".in-addr.arpa", suffix6[] = ".ip6.arpa";
	size_t len = strlen(q->name);

	if (q->type != LDNS_RR_TYPE_PTR && q->type != LDNS_RR_TYPE_ANY)
		return false;
	if (len > sizeof(suffix4) && strcmp(q->name + len - (sizeof(suffix4) - 1), suffix4) == 0)
		return reverse4(q->name, len - (sizeof(suffix4) - 1), a);
	if (len > sizeof(suffix6) && strcmp(q->name + len - (sizeof(suffix6) - 1), suffix6) == 0)
		return reverse6(q->name, len - (sizeof(suffix6) - 1), a);
	return false;
}

/* ---- other servers ---- */

struct dns_wire dns_ask(const struct dns_question *q, uint16_t id)
{
	ldns_pkt *p = ldns_pkt_query_new(ldns_rdf_clone(q->owner), q->type, LDNS_RR_CLASS_IN, 0);

	if (p == NULL)
		abort();
	ldns_pkt_set_id(p, id);
	ldns_pkt_set_rd(p, ldns_pkt_rd(q->query));
	ldns_pkt_set_cd(p, ldns_pkt_cd(q->query));
	ldns_pkt_set_ad(p, ldns_pkt_ad(q->query));
	if (ldns_pkt_edns(q->query)) {
		ldns_pkt_set_edns_udp_size(p, (uint16_t)q->limit);
		ldns_pkt_set_edns_do(p, ldns_pkt_edns_do(q->query));
	}
	return to_wire(p);
}

int dns_check_reply(const struct dns_question *q, uint16_t id, const struct dns_wire *reply)
{
	const ldns_rr_list *questions;
	ldns_pkt *p = NULL;
	int rcode = -1;

	if (reply->len < HEADER || read16(reply->data) != id ||
		(reply->data[2] & FLAG_ANSWER) == 0 || read16(reply->data + 4) != 1 ||
		ldns_wire2pkt(&p, reply->data, reply->len) != LDNS_STATUS_OK)
		return -1;
	questions = ldns_pkt_question(p);
	if (ldns_rr_list_rr_count(questions) == 1) {
		const ldns_rr *question = ldns_rr_list_rr(questions, 0);

		if (ldns_rr_get_type(question) == q->type &&
			ldns_rr_get_class(question) == LDNS_RR_CLASS_IN &&
			ldns_dname_compare(ldns_rr_owner(question), q->owner) == 0)
			rcode = ldns_pkt_get_rcode(p);
	}
	ldns_pkt_free(p);
	return rcode;
}

struct dns_wire dns_relay(const struct dns_question *q, const struct dns_wire *reply, bool udp)
{
	struct dns_wire out;
	ldns_pkt *p;

	if (udp && reply->len > q->limit) {
		p = new_answer(q, LDNS_RCODE_NOERROR);
		ldns_pkt_set_tc(p, true);
		return to_wire(p);
	}
	out = (struct dns_wire){xmalloc(reply->len), reply->len};
	memcpy(out.data, reply->data, reply->len);
	out.data[0] = (uint8_t)(ldns_pkt_id(q->query) >> 8);
	out.data[1] = (uint8_t)(ldns_pkt_id(q->query) & 255);
	return out;
}
