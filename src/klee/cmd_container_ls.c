/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists containers: the running ones, or all. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "klee/age.h"
#include "klee/commands.h"
#include "klee/listing.h"
#include "klee/sizes.h"

#define COMMAND_WIDTH 40 /* bytes of a command shown in the table */

static const struct option ls_options[] = {
	{"all", 'a', OPTION_FLAG, NULL, NULL, "show stopped containers too"},
	{"last", 'n', OPTION_VALUE, "N", NULL, "show the N that were made last, stopped ones too"},
	{0},
};

static const struct column columns[] = {
	{"CONTAINER ID", "ID", false},
	{"NAME", "Names", false},
	{"IMAGE", "Image", false},
	{"COMMAND", "Command", false},
	{"CREATED", "RunningFor", true},
	{"AUTORUN", "AutoRun", true},
	{"STATUS", "Status", false},
	{"JID", "JID", true},
	{"PORTS", "Ports", false},
	{0},
};

static const struct filter filters[] = {
	{"id", "ID", FILTER_BEGINNING},
	{"name", "Names", FILTER_PART},
	{"status", "State", FILTER_EQUAL},
	{"exited", "exit_code", FILTER_EQUAL},
	{"ancestor", "Image", FILTER_REFERENCE},
	{"image", "Image", FILTER_REFERENCE},
	{"volume", "mounts", FILTER_MEMBER},
	{"network", "networks", FILTER_MEMBER},
	{"label", "labels", FILTER_LABEL},
	{0},
};

static json_t *command_text(const json_t *cmd, bool whole)
{
	struct buffer b = {0};
	json_t *word, *text;
	size_t i;

	buffer_puts(&b, "");
	json_array_foreach (cmd, i, word)
		if (json_is_string(word))
			buffer_printf(&b, "%s%s", i == 0 ? "" : " ", json_string_value(word));
	if (!whole && b.len > COMMAND_WIDTH) {
		size_t end = COMMAND_WIDTH - 3;

		while (end > 0 && ((unsigned char)b.data[end] & 0xc0) == 0x80)
			end--; /* not inside a character of UTF-8 */
		memcpy(b.data + end, "...", 4);
	}
	text = json_string(b.data);
	buffer_free(&b);
	return text;
}

/* "running 3 minutes" */
static json_t *status_text(const json_t *container)
{
	const char *status = klee_string(container, "status");
	bool running = json_is_true(json_object_get(container, "running"));
	time_t started = age_parse(klee_string(container, "started"));
	AUTO_FREE char *age = started < 0 ? NULL : age_span(started, time(NULL));
	AUTO_FREE char *text = running && age != NULL ? xasprintf("%s %s", status, age) : NULL;

	if (*status == '\0')
		status = running ? "running" : "stopped";
	return json_string(text != NULL ? text : status);
}

/* Appends a port or a range "N:M" or "N:*", as "N" or "N-M". */
static void add_range(struct buffer *b, const char *range)
{
	for (; *range != '\0'; range++)
		if (strcmp(range, ":*") == 0)
			break;
		else
			buffer_add(b, *range == ':' ? "-" : range, 1);
}

/* Appends "8080->80/tcp"; "any->80/tcp" as long as none has been chosen. */
static void add_port(struct buffer *b, const json_t *port, const char *address)
{
	const char *host = klee_string(port, "host_port");
	bool is_6 = strchr(address, ':') != NULL;

	if (b->len > 0)
		buffer_puts(b, ", ");
	if (address[0] != '\0')
		buffer_printf(b, "%s%s%s:", is_6 ? "[" : "", address, is_6 ? "]" : "");
	add_range(b, strcmp(host, "0") == 0 ? "any" : host);
	buffer_puts(b, "->");
	add_range(b, klee_string(port, "container_port"));
	buffer_printf(b, "/%s", klee_string(port, "protocol"));
}

/* Whether it is one; interfaces are the others. */
static bool is_address(const char *place)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, place, bytes) == 1 || inet_pton(AF_INET6, place, bytes) == 1;
}

/* "8080->80/tcp, 127.0.0.1:53->53/udp": with those addresses that were named. */
static json_t *ports_text(const json_t *ports)
{
	struct buffer b = {0};
	json_t *port, *text, *place;
	size_t i, k;

	buffer_puts(&b, "");
	json_array_foreach (ports, i, port) {
		bool elsewhere = json_array_size(json_object_get(port, "interfaces")) == 0;

		json_array_foreach (json_object_get(port, "interfaces"), k, place) {
			if (is_address(json_string_value(place)))
				add_port(&b, port, json_string_value(place));
			else
				elsewhere = true;
		}
		if (elsewhere)
			add_port(&b, port, "");
	}
	text = json_string(b.data);
	buffer_free(&b);
	return text;
}

static json_t *image_text(const json_t *container)
{
	const char *name = klee_string(container, "image_name");

	return *name == '\0' ? json_string(klee_string(container, "image_id"))
			     : json_sprintf("%s:%s", name, klee_string(container, "image_tag"));
}

/* "4.1kB (virtual 122MB)": its own, and with the image it is made from. */
static json_t *sizes_of(const json_t *container)
{
	json_t *own = size_text(container, "size"), *all = size_text(container, "virtual_size");
	json_t *text = json_object_get(container, "size") == NULL
			       ? json_incref(own)
			       : json_sprintf("%s (virtual %s)", json_string_value(own),
					 json_string_value(all));

	json_decref(own);
	json_decref(all);
	return text;
}

static json_t *row(const json_t *container, bool whole)
{
	const char *policy = klee_string(container, "restart_policy");
	const char *status = klee_string(container, "status");
	const json_t *jid = json_object_get(container, "jid");
	json_t *r = json_copy((json_t *)(uintptr_t)container);

	json_object_set_new(r, "ID", json_string(klee_string(container, "id")));
	json_object_set_new(r, "Names", json_string(klee_string(container, "name")));
	json_object_set_new(r, "Image", image_text(container));
	json_object_set_new(r, "Command", command_text(json_object_get(container, "cmd"), whole));
	json_object_set_new(r, "CreatedAt", json_string(klee_string(container, "created")));
	json_object_set_new(r, "RunningFor", listing_age(container, "created"));
	json_object_set_new(
		r, "AutoRun", json_string(strcmp(policy, "on-startup") == 0 ? "yes" : policy));
	json_object_set_new(r, "State", json_stringn(status, strcspn(status, " ")));
	json_object_set_new(r, "Status", status_text(container));
	json_object_set_new(r, "JID",
		json_is_integer(jid)
			? json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(jid))
			: json_string(""));
	json_object_set_new(r, "Size", sizes_of(container));
	json_object_set_new(r, "Ports", ports_text(json_object_get(container, "public_ports")));
	return r;
}

/* Whether a filter asks for stopped ones. */
static bool asks_for_stopped(const struct args *args)
{
	AUTO(strings_free) struct strings given = {0};
	bool asks = false;

	args_list(args, "filter", &given);
	for (size_t i = 0; i < given.n; i++)
		asks = asks || strncmp(given.v[i], "status=", 7) == 0 ||
		       strncmp(given.v[i], "exited=", 7) == 0;
	return asks;
}

static int run(struct klee *k, const struct args *args)
{
	struct listing l = {.path = "/containers/list?all=false",
		.columns = columns,
		.id = "ID",
		.filters = filters,
		.sizes = true,
		.row = row};
	struct error err = {0};

	if (args_number(args, "last", 1, 0, &l.last, &err) < 0)
		return klee_failed(k, &err);
	if (args_flag(args, "all") || l.last > 0 || asks_for_stopped(args))
		l.path = "/containers/list?all=true";
	return listing(k, args, &l);
}

const struct command cmd_container_ls = {
	.group = "container",
	.name = "ls",
	.shortcut = "lsc",
	.arguments = "",
	.options = {ls_options, size_options, listing_options},
	.summary = "List containers",
	.run = run,
};
