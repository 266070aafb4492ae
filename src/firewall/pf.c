/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules for pf, within the administrator's template, pf.conf(5). Each network has its rules;
 * containers are addresses in tables. All of ours are quick, so that their place in the template is
 * their rank: what stands before the marks comes first.
 */
#include <stdio.h>
#include <string.h>

#include "firewall/firewall.h"

static const char *const family_words[FAMILIES] = {"inet", "inet6"};
static const char *const own_sender[FAMILIES] = {FIREWALL_PF_SENDER4, FIREWALL_PF_SENDER6};

/* ---- tables ---- */

static void put_addresses(struct buffer *out, const struct firewall_endpoint *e)
{
	char text[ADDRESS_TEXT_MAX];

	for (unsigned int family = 0; family < FAMILIES; family++)
		if (!address_is_none(&e->address[family]))
			buffer_printf(out, " %s", address_format(&e->address[family], text));
}

static bool in_any(const struct firewall_network *n)
{
	return true;
}

static bool in_internal(const struct firewall_network *n)
{
	return n->internal;
}

static bool in_custom(const struct firewall_network *n)
{
	return n->type == NETWORK_CUSTOM;
}

/* Appends the addresses of the containers in networks that are wanted, and of that id if given. */
static void put_containers(struct buffer *out, const struct firewall *fw,
	bool (*wanted)(const struct firewall_network *n), const char *id)
{
	for (size_t i = 0; i < fw->nendpoints; i++) {
		const struct firewall_network *n =
			firewall_network(fw, fw->endpoints[i].network_id);

		if (n != NULL && wanted(n) && (id == NULL || strcmp(n->id, id) == 0))
			put_addresses(out, &fw->endpoints[i]);
	}
}

/*
 * Appends one table. The braces are there even if nothing is between them: else the table would
 * keep what it had. None is "persist": with the last rule that names it, it goes.
 */
static void put_table(struct buffer *out, const struct firewall *fw, const char *name,
	bool (*wanted)(const struct firewall_network *n), const char *id)
{
	buffer_printf(out, "table <kleene_%s> {", name);
	put_containers(out, fw, wanted, id);
	buffer_puts(out, " }\n");
}

static void put_tables(struct buffer *out, const struct firewall *fw)
{
	char text[SUBNET_TEXT_MAX];

	put_table(out, fw, "containers", in_any, NULL);
	put_table(out, fw, "internal", in_internal, NULL);
	buffer_puts(out, "table <kleene_networks> {");
	for (size_t i = 0; i < fw->nnetworks; i++)
		for (unsigned int family = 0; family < FAMILIES; family++)
			if (fw->networks[i].type != NETWORK_CUSTOM &&
				!address_is_none(&fw->networks[i].subnet[family].base))
				buffer_printf(out, " %s",
					subnet_format(&fw->networks[i].subnet[family], text));
	put_containers(out, fw, in_custom, NULL);
	buffer_puts(out, " }\n");
	for (size_t i = 0; i < fw->nnetworks; i++)
		put_table(out, fw, fw->networks[i].id, in_any, fw->networks[i].id);
}

static void put_macros(struct buffer *out, const struct firewall *fw)
{
	buffer_puts(out, "# \"log\", set behind this, sends what Kleene blocks to pflog0\n"
			 "kleene_log = \"\"\n");
	if (fw->nnetworks > 0)
		put_tables(out, fw);
}

/* ---- translation ---- */

/* What leaves by the NAT interface; its first address alone, as others may be containers'. */
static void put_nat(struct buffer *out, const struct firewall_network *n, unsigned int family)
{
	char gateway[ADDRESS_TEXT_MAX];

	if (address_is_none(&n->subnet[family].base))
		return;
	if (n->nat_interface[0] != '\0' && !n->internal)
		buffer_printf(out,
			"nat on %s %s from <kleene_%s> to any tag kleene_out -> (%s:0)\n",
			n->nat_interface, family_words[family], n->id, n->nat_interface);
	/* of one bridge, replies to what was redirected must come back through us */
	if (n->type == NETWORK_BRIDGE && !n->internal && !address_is_none(&n->gateway[family]))
		buffer_printf(out,
			"nat on %s %s from <kleene_%s> to <kleene_%s> tagged kleene_published -> "
			"%s\n",
			n->interface, family_words[family], n->id, n->id,
			address_format(&n->gateway[family], gateway));
}

/* strangers: the table of those that it is not for */
static void put_condition(struct buffer *out, const struct published_port *p, const char *strangers,
	const char *host, unsigned int family)
{
	buffer_printf(out, "%s proto %s from ! <kleene_%s> to %s port ", family_words[family],
		protocol_names[p->protocol], strangers, host);
	if (p->low == p->high)
		buffer_printf(out, "%u tag kleene_published -> ", p->low);
	else
		buffer_printf(out, "%u:%u tag kleene_published -> ", p->low, p->high);
}

/*
 * What comes to the port: from outside, from vnet containers, and, through lo0, from the host and
 * its ipnet containers. Those need another sender when a vnet container is to answer: its reply to
 * an address of the host's own would be delivered before it has come back through lo0, which is
 * where it is translated. What an ipnet container answers comes through lo0 anyway.
 * A port published on a loopback address is the host's alone. What comes for ::1 by an interface
 * that is no loopback one, the kernel drops only after pf has seen it; all loopback interfaces are
 * of the group lo, which has no others.
 */
static void put_redirection(struct buffer *out, const struct published_port *p,
	const struct address *at, const struct firewall_endpoint *e, unsigned int family)
{
	const bool is_vnet = e->interface[0] != '\0';
	char target[ADDRESS_TEXT_MAX], host[ADDRESS_TEXT_MAX];
	const char *from = address_is_loopback(at) ? "lo" : "! " FIREWALL_PF_GROUP;

	address_format(at, host);
	buffer_puts(out, "nat on lo0 ");
	put_condition(out, p, is_vnet ? "internal" : "containers", host, family);
	buffer_printf(out, "%s\nrdr on %s ", own_sender[family], from);
	put_condition(out, p, "internal", host, family);
	buffer_printf(out, "%s port %u%s\n", address_format(&e->address[family], target), p->target,
		p->low == p->high ? "" : ":*");
}

static void put_port(struct buffer *out, const struct firewall *fw, const struct published_port *p,
	unsigned int family)
{
	const struct firewall_endpoint *e =
		firewall_target(fw, p->container_id, (enum family_index)family);

	for (size_t i = 0; e != NULL && i < fw->nhost; i++)
		if (fw->host[i].address.family == family_of[family] &&
			firewall_redirects(fw, p, &fw->host[i]))
			put_redirection(out, p, &fw->host[i].address, e, family);
}

static void put_translation(struct buffer *out, const struct firewall *fw)
{
	for (size_t i = 0; i < fw->nports; i++)
		for (unsigned int family = 0; family < FAMILIES; family++)
			put_port(out, fw, &fw->ports[i], family);
	for (size_t i = 0; i < fw->nnetworks; i++)
		for (unsigned int family = 0; family < FAMILIES; family++)
			put_nat(out, &fw->networks[i], family);
}

/* ---- filtering ---- */

/*
 * Where packets between addresses of the host's are seen: on lo0, or, of IPv4, on the loopback
 * interface that has them.
 */
static const char *local_of(const struct firewall_network *n, char text[64])
{
	if (n->type == NETWORK_LOOPBACK)
		snprintf(text, 64, "{ %s lo0 }", n->interface);
	else
		snprintf(text, 64, "lo0");
	return text;
}

/* Where packets between the containers of a network are: bridged ones are on members, too. */
static const char *inside_of(const struct firewall_network *n, char text[64])
{
	if (n->type != NETWORK_BRIDGE)
		return local_of(n, text);
	snprintf(text, 64, "{ %s " FIREWALL_PF_GROUP " lo0 }", n->interface);
	return text;
}

/* A container's own addresses, which its 127.0.0.1 leads to as well, where icc does not let it. */
static void put_itself(
	struct buffer *out, const struct firewall *fw, const struct firewall_network *n)
{
	char text[ADDRESS_TEXT_MAX], where[64];

	for (size_t i = 0; i < fw->nendpoints; i++) {
		const struct firewall_endpoint *e = &fw->endpoints[i];

		if (strcmp(e->network_id, n->id) != 0)
			continue;
		for (unsigned int family = 0; family < FAMILIES; family++)
			if (!address_is_none(&e->address[family]))
				buffer_printf(out, "pass quick on %s %s from %s to %s\n",
					local_of(n, where), family_words[family],
					address_format(&e->address[family], text), text);
	}
}

/* What a bridge's member sends to others must come from the container's own address. */
static void put_members(
	struct buffer *out, const struct firewall *fw, const struct firewall_network *n)
{
	char text[ADDRESS_TEXT_MAX];

	buffer_printf(out,
		"pass quick on { %s " FIREWALL_PF_GROUP
		" } inet6 proto icmp6 all icmp6-type { neighbrsol neighbradv routersol }\n",
		n->interface);
	for (size_t i = 0; i < fw->nendpoints; i++) {
		const struct firewall_endpoint *e = &fw->endpoints[i];

		if (strcmp(e->network_id, n->id) != 0 || e->interface[0] == '\0')
			continue;
		for (unsigned int family = 0; family < FAMILIES; family++)
			buffer_printf(out, "block in $kleene_log quick on %s %s from %s%s\n",
				e->interface, family_words[family],
				address_is_none(&e->address[family]) ? "any" : "! ",
				address_format(&e->address[family], text));
	}
}

/* What containers of a network may do among themselves, and with its gateway. */
static void put_inside(
	struct buffer *out, const struct firewall *fw, const struct firewall_network *n)
{
	char text[ADDRESS_TEXT_MAX], where[64];

	if (n->type == NETWORK_BRIDGE)
		put_members(out, fw, n);
	if (n->icc)
		buffer_printf(out, "pass quick on %s from <kleene_%s> to <kleene_%s>\n",
			inside_of(n, where), n->id, n->id);
	else
		put_itself(out, fw, n);
	for (unsigned int family = 0; family < FAMILIES; family++)
		if (!address_is_none(&n->gateway[family]))
			buffer_printf(out, "pass quick on %s %s from <kleene_%s> to %s\n",
				inside_of(n, where), family_words[family], n->id,
				address_format(&n->gateway[family], text));
}

/* What comes in through a bridge: if its router is not the host, that may send from anywhere. */
static void put_bridge(struct buffer *out, const struct firewall_network *n)
{
	for (unsigned int family = 0; family < FAMILIES; family++) {
		if (address_is_none(&n->subnet[family].base))
			continue;
		if (!address_is_none(&n->gateway[family]))
			buffer_printf(out,
				"block in $kleene_log quick on %s %s from ! <kleene_%s>\n",
				n->interface, family_words[family], n->id);
		else if (!n->internal)
			buffer_printf(out, "pass quick %s from any to <kleene_%s>\n",
				family_words[family], n->id);
	}
	buffer_printf(out,
		"pass in quick on { %s " FIREWALL_PF_GROUP " } from <kleene_%s> to any\n",
		n->interface, n->id);
}

static void put_filtering(struct buffer *out, const struct firewall *fw)
{
	if (fw->nnetworks == 0)
		return;
	buffer_puts(out, "pass quick tagged kleene_published\n"
			 "pass quick tagged kleene_out\n"
			 "pass quick on lo0 proto { tcp udp } from <kleene_containers> to "
			 "{ " LINK_SUBNET_IPV4 " " LINK_SUBNET_IPV6 " } port 53\n");
	for (size_t i = 0; i < fw->nnetworks; i++)
		put_inside(out, fw, &fw->networks[i]);
	buffer_puts(out, "block $kleene_log quick from <kleene_containers> to <kleene_networks>\n"
			 "block $kleene_log quick from <kleene_internal> to any\n");
	for (size_t i = 0; i < fw->nnetworks; i++)
		if (fw->networks[i].type == NETWORK_BRIDGE)
			put_bridge(out, &fw->networks[i]);
	/* all loopback interfaces are of the group lo: what comes in there, the host has sent */
	buffer_puts(out, "block in $kleene_log quick on ! lo from any to <kleene_networks>\n"
			 "block in $kleene_log quick on ! lo from <kleene_containers> to any\n"
			 "pass quick from <kleene_containers> to any\n"
			 "pass out quick from any to <kleene_networks>\n");
}

/* ---- the template ---- */

static const struct {
	const char *name;
	void (*put)(struct buffer *out, const struct firewall *fw);
} marks[] = {
	{"kleene_macros", put_macros},
	{"kleene_translation", put_translation},
	{"kleene_filtering", put_filtering},
};

static unsigned int line_of(const char *template, const char *place)
{
	unsigned int line = 1;

	for (; template <place; template ++)
		line += *template == '\n';
	return line;
}

/* Puts what belongs to the mark that begins at open; the mark must be the one that is due. */
static int put_mark(struct buffer *out, const struct firewall *fw, const char *template,
	const char *open, size_t len, size_t due, struct error *err)
{
	const char *name = open + 3;
	size_t blank = strspn(name, " \t"), n = strcspn(name + blank, " \t%");
	size_t before = out->len;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (strlen(marks[i].name) != n || strncmp(name + blank, marks[i].name, n) != 0)
			continue;
		if (i != due)
			return error_set(err, ERROR_INVALID,
				"line %u: the mark <%%= %s %%> is there twice or out of order: %s",
				line_of(template, open), marks[i].name,
				"kleene_macros, kleene_translation, kleene_filtering are expected");
		marks[i].put(out, fw);
		/* the end of the mark's line follows */
		if (out->len > before)
			out->data[--out->len] = '\0';
		return 0;
	}
	return error_set(err, ERROR_INVALID, "line %u: unknown mark '%.*s'",
		line_of(template, open), (int)(len < 60 ? len : 60), open);
}

int firewall_pf_render(
	const struct firewall *fw, const char *template, struct buffer *out, struct error *err)
{
	const char *open, *close, *rest = template;
	size_t due = 0;

	for (; (open = strstr(rest, "<%=")) != NULL; rest = close + 2, due++) {
		close = strstr(open, "%>");
		if (close == NULL)
			return error_set(err, ERROR_INVALID,
				"line %u: a mark without its end '%%>'", line_of(template, open));
		buffer_add(out, rest, (size_t)(open - rest));
		if (put_mark(out, fw, template, open, (size_t)(close + 2 - open), due, err) != 0)
			return -1;
	}
	if (due < ARRAY_SIZE(marks))
		return error_set(
			err, ERROR_INVALID, "the mark <%%= %s %%> is missing", marks[due].name);
	buffer_puts(out, rest);
	return 0;
}
