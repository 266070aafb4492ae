/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets for the resolver: a query, and behind a byte of its length what answers it. */
#include "fuzz.h"

#include <sys/socket.h>

#include "dns/resolver_packet.h"

static void answer(const struct dns_question *q, const struct dns_wire *reply)
{
	struct address list[2] = {0}, a;
	struct dns_wire out[6];
	struct error err;

	must(address_parse("10.1.2.3", AF_INET, &list[0], &err) == 0);
	must(address_parse("fd00::1", AF_INET6, &list[1], &err) == 0);
	out[0] = dns_answer_code(q, LDNS_RCODE_NXDOMAIN);
	out[1] = dns_answer_addresses(q, list, 2, true);
	out[2] = dns_answer_addresses(q, list, 2, false);
	out[3] = dns_answer_name(q, q->name);
	out[4] = dns_ask(q, 7);
	out[5] = (struct dns_wire){0};
	dns_reverse(q, &a);
	if (dns_check_reply(q, 7, reply) >= 0)
		out[5] = dns_relay(q, reply, true);
	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		free(out[i].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = size == 0 ? 0 : data[0] < size ? data[0] : size - 1;
	char *query = fuzz_text(data + (size > 0), length);
	char *rest = fuzz_text(data + length, size - length);
	struct dns_wire in = {(uint8_t *)query, length};
	struct dns_wire reply = {(uint8_t *)rest, size - length};
	struct dns_question q;
	int result = dns_read(&in, &q);

	if (result == 0) {
		answer(&q, &reply);
		dns_question_free(&q);
	} else if (result > 0) {
		free(dns_refuse(&in, result).data);
	}
	free(query);
	free(rest);
	return 0;
}
