/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each state is a line and, indented, what more there is of it:
 *
 *   all udp 10.1.0.2:53 (192.0.2.1:53) <- 198.51.100.7:4711       SINGLE:MULTIPLE
 *      age 00:00:05, expires in 00:00:55, 1:1 pkts, 60:60 bytes, rule 4
 *      id: 5b61026b00000001 creatorid: 5ba28ae4 gateway: 0.0.0.0
 *
 * In braces is what an address was before it was changed. IPv6 has ADDRESS[PORT].
 */
#include "host/freebsd/pfstate.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads "ADDRESS:PORT" or "ADDRESS[PORT]", perhaps in braces. */
static bool read_place(const char *word, size_t len, struct address *a, unsigned int *port)
{
	char text[ADDRESS_TEXT_MAX + 16];
	struct error ignored;
	unsigned long number;
	char *end, *rest;

	if (len > 0 && word[0] == '(') {
		word++;
		len--;
	}
	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	end = strrchr(text, '[');
	if (end == NULL)
		end = strrchr(text, ':');
	if (end == NULL)
		return false;
	number = strtoul(end + 1, &rest, 10);
	if (rest == end + 1 || number > UINT16_MAX)
		return false;
	*port = (unsigned int)number;
	*end = '\0';
	return address_parse(text, AF_UNSPEC, a, &ignored) == 0;
}

/*
 * True if the state goes to one of the ports: one that came in is written receiver first, what was
 * meant in braces; one that goes out has its receiver behind "->".
 */
static bool goes_to(const char *line, const struct address *to, unsigned int low, unsigned int high)
{
	const char *in = strstr(line, " <- "), *out = strstr(line, " -> ");
	const char *begin = in != NULL ? line : out != NULL ? out + 4 : "";
	const char *end = in != NULL ? in : begin + strcspn(begin, "\n");

	while (begin < end) {
		size_t len = strcspn(begin, " \n");
		struct address a;
		unsigned int port;

		if (read_place(begin, len, &a, &port) && address_equal(&a, to) && port >= low &&
			port <= high)
			return true;
		begin += len;
		begin += strspn(begin, " \n");
	}
	return false;
}

void pfstate_udp(const char *text, const struct address *to, unsigned int low, unsigned int high,
	struct strings *ids)
{
	bool wanted = false;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		AUTO_FREE char *copy = xstrndup(line, len);
		char protocol[16], id[32], creator[16];
		int begin = 0;

		if (copy[0] != ' ') {
			wanted = sscanf(copy, "%*s %15s %n", protocol, &begin) == 1 &&
				 strcmp(protocol, "udp") == 0 &&
				 goes_to(copy + begin, to, low, high);
		} else if (wanted && sscanf(copy, " id: %31s creatorid: %15s", id, creator) == 2) {
			AUTO_FREE char *whole = xasprintf("%s/%s", id, creator);

			strings_add(ids, whole);
		}
		line += len + (line[len] == '\n');
	}
}
