#include "klee/ports.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define FORM	    "expected [IF:]HOST[:CONTAINER][/tcp|udp]"
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

/* The words between the colons, of which there are n. */
struct numbers {
	char *text[NUMBERS_MAX];
	unsigned int port[NUMBERS_MAX];
	size_t n;
	bool open; /* the last is "*" and not counted */
};

/* Returns what is wrong, or NULL. */
static const char *split(char *rest, struct numbers *all)
{
	for (char *word; (word = strsep(&rest, ":")) != NULL;) {
		if (all->open || all->n == NUMBERS_MAX)
			return FORM;
		all->open = strcmp(word, "*") == 0;
		if (all->open)
			continue;
		all->text[all->n] = word;
		all->port[all->n] = number(word);
		if (all->port[all->n++] == 0)
			return "ports are numbers from 1 to 65535";
	}
	if (all->n == 0 || (all->open && (all->n == 1 || all->n == NUMBERS_MAX)))
		return FORM;
	return NULL;
}

/* Fills in the fields host_port and container_port. Returns what is wrong, or NULL. */
static const char *set_ports(const struct numbers *all, json_t *port)
{
	const unsigned int *p = all->port;
	char host[16], container[16];
	bool range = all->n > 2;

	if (range && p[1] < p[0])
		return "the range is backwards";
	if (all->n == NUMBERS_MAX && (p[3] < p[2] || p[3] - p[2] != p[1] - p[0]))
		return "the ranges are not of the same length";
	if (range)
		snprintf(host, sizeof(host), "%u:%u", p[0], p[1]);
	else
		snprintf(host, sizeof(host), "%u", p[0]);
	snprintf(container, sizeof(container), "%u%s",
		p[all->n == 1	? 0
			: range ? 2
				: 1],
		range || all->open ? ":*" : "");
	json_object_set_new(port, "host_port", json_string(host));
	json_object_set_new(port, "container_port", json_string(container));
	return NULL;
}

/* Takes "/tcp" or "/udp" off the end; NULL: it is something else. */
static const char *take_protocol(char *text)
{
	char *slash = strrchr(text, '/');

	if (slash == NULL)
		return "tcp";
	*slash++ = '\0';
	return strcmp(slash, "tcp") == 0 ? "tcp" : strcmp(slash, "udp") == 0 ? "udp" : NULL;
}

json_t *port_parse(const char *text, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	const char *protocol = take_protocol(copy), *interface = NULL, *why = NULL;
	json_t *port = json_object(), *interfaces = json_array();
	char *rest = copy;
	struct numbers all = {.n = 0};

	json_object_set_new(port, "interfaces", interfaces);
	json_object_set_new(port, "protocol", json_string(protocol != NULL ? protocol : ""));
	if (strchr(rest, ':') != NULL && !isdigit((unsigned char)*rest))
		interface = strsep(&rest, ":");
	if (protocol == NULL)
		why = "expected 'tcp' or 'udp' behind the slash";
	else if (interface != NULL && *interface == '\0')
		why = FORM;
	else if (interface != NULL && json_array_append_new(interfaces, json_string(interface)) < 0)
		why = "it is not valid UTF-8";
	else
		why = split(rest, &all);
	if (why == NULL)
		why = set_ports(&all, port);
	if (why == NULL)
		return port;
	json_decref(port);
	error_set(err, ERROR_INVALID, "--publish: '%s': %s", text, why);
	return NULL;
}

json_t *ports(const struct args *args, struct error *err)
{
	return klee_option_list(args, "publish", port_parse, err);
}
