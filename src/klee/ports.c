/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/ports.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FORM	    "expected [PLACE:]HOST[:CONTAINER][/tcp|udp] or CONTAINER[/tcp|udp]"
#define PORT_MAX    65535
#define NUMBERS_MAX 4 /* N:M:N:M */

/* The port that text is, 0: it is none. */
static unsigned int number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 5 || text[len] != '\0' || *text == '0')
		return 0;
	return strtoul(text, NULL, 10) <= PORT_MAX ? (unsigned int)strtoul(text, NULL, 10) : 0;
}

/* The numbers between the colons, of which there are n; of "N-M" both. */
struct numbers {
	unsigned int port[NUMBERS_MAX];
	size_t n, words;
	size_t dashes; /* how many words are "N-M" */
	bool open; /* the last is "*" and not counted */
	bool any; /* the first is "0" or empty, and stands for any port of the host's */
};

static const char not_a_port[] = "ports are numbers from 1 to 65535";

/* Returns what is wrong, or NULL. */
static const char *add_word(char *word, struct numbers *all)
{
	char *dash = strchr(word, '-');

	if (all->open || all->n + (dash != NULL) >= NUMBERS_MAX)
		return FORM;
	all->words++;
	if (dash != NULL && dash > word) {
		*dash = '\0';
		all->dashes++;
		all->port[all->n] = number(word);
		if (all->port[all->n++] == 0)
			return not_a_port;
		word = dash + 1;
	}
	all->port[all->n] = number(word);
	return all->port[all->n++] == 0 ? not_a_port : NULL;
}

/* Returns what is wrong, or NULL. */
static const char *split(char *rest, struct numbers *all)
{
	const char *why = NULL;

	if (*rest == ':' || strncmp(rest, "0:", 2) == 0) {
		all->any = true;
		rest = strchr(rest, ':') + 1;
	}
	for (char *word; why == NULL && (word = strsep(&rest, ":")) != NULL;) {
		if (strcmp(word, "*") == 0 && !all->open && all->n > 1 && all->n < NUMBERS_MAX)
			all->open = true;
		else
			why = strcmp(word, "*") == 0 ? FORM : add_word(word, all);
	}
	return why;
}

/* Whether ranges are as N:M:N:M, N:M:N:* or N:M:N, or as N-M:N-M. Returns what is wrong, or NULL.
 */
static const char *check_ranges(const struct numbers *all)
{
	const unsigned int *p = all->port;

	if ((all->any || all->n == 2 || all->words == 1) && (all->dashes > 0 || all->n > 2))
		return "a range of the container's ports needs one of the host's";
	if (all->any && all->n != 1)
		return FORM;
	if (all->dashes > 0 && !all->open && (all->dashes != 2 || all->words != 2))
		return "the ranges are not of the same length";
	if (all->dashes > 0 && all->open)
		return FORM;
	if (all->n > 2 && p[1] < p[0])
		return "the range is backwards";
	if (all->n == NUMBERS_MAX && (p[3] < p[2] || p[3] - p[2] != p[1] - p[0]))
		return "the ranges are not of the same length";
	return NULL;
}

/* Fills in the fields host_port and container_port. */
static void set_ports(const struct numbers *all, json_t *port)
{
	const unsigned int *p = all->port;
	char host[16], container[16];
	bool range = all->n > 2;

	if (range)
		snprintf(host, sizeof(host), "%u:%u", p[0], p[1]);
	else
		snprintf(host, sizeof(host), "%u", all->any ? 0 : p[0]);
	snprintf(container, sizeof(container), "%u%s",
		p[all->n == 1	? 0
			: range ? 2
				: 1],
		range || all->open ? ":*" : "");
	json_object_set_new(port, "host_port", json_string(host));
	json_object_set_new(port, "container_port", json_string(container));
}

/* Takes "/tcp" or "/udp" off the end; NULL: it is something else. */
static const char *take_protocol(char *text)
{
	char *slash = strrchr(text, '/');

	if (slash == NULL)
		return "tcp";
	*slash++ = '\0';
	return strcasecmp(slash, "tcp") == 0 ? "tcp" : strcasecmp(slash, "udp") == 0 ? "udp" : NULL;
}

/* Takes an address of IPv6 in brackets, and the colon behind it. */
static const char *take_bracketed(char **rest, char **place)
{
	char *end = strchr(*rest, ']');
	struct in6_addr a;

	if (end == NULL || end[1] != ':')
		return "expected [ADDRESS]: and ports";
	*end = '\0';
	*place = *rest + 1;
	*rest = end + 2;
	return inet_pton(AF_INET6, *place, &a) == 1 ? NULL : "it has no address in its brackets";
}

/*
 * Takes the interface or the address of the host's before the ports, which begin with a digit;
 * *place stays NULL where there is none. Returns what is wrong, or NULL.
 */
static const char *take_place(char **rest, char **place)
{
	size_t len = strcspn(*rest, ":");
	struct in_addr a;

	if (**rest == '[')
		return take_bracketed(rest, place);
	if ((*rest)[len] == '\0' || (isdigit((unsigned char)**rest) && !memchr(*rest, '.', len)))
		return NULL;
	*place = strsep(rest, ":");
	if (**place == '\0')
		return FORM;
	if (isdigit((unsigned char)**place) && inet_pton(AF_INET, *place, &a) != 1)
		return "it begins with no address";
	return NULL;
}

/* Whether an address of IPv6 was written without brackets. */
static bool lacks_brackets(const char *text)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct in6_addr a;
	char *colon;

	while ((colon = strrchr(copy, ':')) != NULL) {
		*colon = '\0';
		if (inet_pton(AF_INET6, copy, &a) == 1)
			return true;
	}
	return false;
}

static const char *parse(char *rest, json_t *port, json_t *interfaces)
{
	const char *protocol = take_protocol(rest), *why;
	struct numbers all = {.n = 0};
	char *place = NULL;

	if (protocol == NULL)
		return "expected 'tcp' or 'udp' behind the slash";
	json_object_set_new(port, "protocol", json_string(protocol));
	why = take_place(&rest, &place);
	if (why == NULL && place != NULL &&
		json_array_append_new(interfaces, json_string(place)) < 0)
		why = "it is not valid UTF-8";
	if (why == NULL)
		why = split(rest, &all);
	if (why == NULL)
		why = check_ranges(&all);
	if (why != NULL)
		return why;
	/* a port alone is the container's; behind a place it is both */
	all.any |= place == NULL && all.n == 1;
	set_ports(&all, port);
	return NULL;
}

json_t *port_parse(const char *text, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	json_t *port = json_object(), *interfaces = json_array();
	const char *why;

	json_object_set_new(port, "interfaces", interfaces);
	why = parse(copy, port, interfaces);
	if (why == NULL)
		return port;
	json_decref(port);
	error_set(err, ERROR_INVALID, "--publish: '%s': %s", text,
		lacks_brackets(text) ? "an address of IPv6 stands in brackets" : why);
	return NULL;
}

json_t *ports(const struct args *args, struct error *err)
{
	return klee_option_list(args, "publish", port_parse, err);
}
