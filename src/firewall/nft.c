/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ruleset for nftables. Chains never change: networks, containers and ports are elements of
 * sets and maps, so that the thousandth container costs what the first does. A packet of a
 * connection that is known meets two rules.
 */
#include <ctype.h>
#include <string.h>

#include "firewall/nft_sets.h"

#define ADMIN	     "admin"
#define HAIRPIN_MARK "0x01000000"

/* Of those who route multicasts, RFC 4286: nft(8) has no words for them. */
#define ROUTER_ADVERT4 "0x30"
#define ROUTER_ADVERT6 "151"

static const char *const address_types[FAMILIES] = {"ipv4_addr", "ipv6_addr"};

/*
 * The chains; $ is the family's word for an address's header, "ip" and "ip6", and # the digit that
 * its sets have: rules with them are there once for each family.
 */
static const struct {
	const char *name;
	bool bridge;
	const char *hook; /* NULL: none */
	const char *rules;
} chains[] = {
	/* a container sends from its own addresses alone */
	{"source", false, NULL,
		"iifname . $ saddr @endpoint# return\n"
		"drop\n"},
	{"forward", false, "type filter hook forward priority filter",
		"jump " ADMIN "\n"
		/* what a bridge moves comes here too where br_netfilter is loaded */
		"iifname . oifname @bridged accept\n"
		"iifname @interface jump source\n"
		"iifname != @interface $ saddr @routed# drop\n"
		"iifname @interface $ daddr @container# $ saddr . $ daddr @icc# accept\n"
		"$ saddr @internal# drop\n"
		"$ daddr @internal# drop\n"
		/* who sends, and whether its network leads anywhere, has been asked: only now */
		"ct state established,related accept\n"
		"ct status dnat accept\n"
		"$ daddr @network# drop\n"
		"$ daddr @container# drop\n"},
	{"from_container", false, NULL,
		"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, "
		"mld-listener-report, mld2-listener-report } accept\n"
		"jump source\n"
		/* what answers the host; the rest is looked at, be the connection known or not */
		"ct direction reply ct state established,related accept\n"
		/* where ports are published on lo, the kernel itself no longer refuses these */
		"ip daddr 127.0.0.0/8 drop\n"
		"ip6 daddr ::1 drop\n"
		"ip daddr " LINK_SUBNET_IPV4 " meta l4proto { tcp, udp } th dport 53 accept\n"
		"ip6 daddr " LINK_SUBNET_IPV6 " meta l4proto { tcp, udp } th dport 53 accept\n"
		"$ saddr . $ daddr @own_gateway# accept\n"
		"$ daddr @gateway# drop\n"
		"$ saddr @internal# drop\n"},
	{"input", false, "type filter hook input priority filter",
		"iifname @interface jump from_container\n"
		"iifname != @interface $ saddr @routed# drop\n"},
	{"publish", false, NULL,
		"meta nfproto ip% meta l4proto { tcp, udp } dnat $ to $ daddr . meta l4proto . th "
		"dport map @publish#\n"
		"meta nfproto ip% meta l4proto { tcp, udp } dnat $ to $ daddr . meta l4proto . th "
		"dport map @range#\n"},
	/*
	 * A port published on lo is the host's own: the kernel drops what else is for there, but
	 * br_netfilter would change it before.
	 */
	{"prerouting", false, "type nat hook prerouting priority dstnat",
		"iifname != \"lo\" ip daddr 127.0.0.0/8 return\n"
		"iifname != \"lo\" ip6 daddr ::1 return\n"
		"jump publish\n"},
	{"output", false, "type nat hook output priority -100", "jump publish\n"},
	/*
	 * With br_netfilter, a bridge moves what its container sends to another's published port
	 * by itself. Nothing in the bridge's own table tells such packets, so they get a mark. All
	 * that bridges move comes by here, so what most packets are not is asked first.
	 */
	{"hairpin", false, "type filter hook prerouting priority dstnat + 1",
		"ct status dnat iifname @interface $ saddr . $ daddr @hairpin# "
		"meta mark set meta mark or " HAIRPIN_MARK "\n"},
	/* replies must come back through us where the address or port they answer was changed */
	{"postrouting", false, "type nat hook postrouting priority srcnat",
		"ct status dnat $ saddr . $ daddr @hairpin# masquerade\n"
		"ct status dnat $ saddr . $ daddr @self# masquerade\n"
		"oifname @interface ip saddr 127.0.0.0/8 masquerade\n"
		"oifname @interface ip6 saddr ::1 masquerade\n"
		"$ saddr . oifname @nat# masquerade\n"},
	/*
	 * A container behind a bridge: its own hardware address, its own addresses in packets, ARP
	 * and neighbour discovery, and no word of a router's, be it of multicasts. The bridge
	 * learns from what has passed here alone. Addresses of IPv6 are tried with no sender before
	 * they are used.
	 */
	{"from_port", true, NULL,
		"iifname . ether saddr != @station drop\n"
		"icmpv6 type { mld-listener-query, nd-router-advert, nd-redirect, "
		"router-renumbering, " ROUTER_ADVERT6 " } drop\n"
		"igmp type { membership-query, " ROUTER_ADVERT4 " } drop\n"
		"icmpv6 type nd-neighbor-advert iifname . " ND_TARGET " != @target drop\n"
		"iifname . $ saddr @sender# return\n"
		"arp htype 1 arp ptype ip arp hlen 6 arp plen 4 iifname . arp saddr ether @station "
		"iifname . arp saddr ip @sender4 return\n"
		"ip6 saddr :: icmpv6 type nd-neighbor-solicit iifname . " ND_TARGET
		" @target return\n"
		"ip6 saddr :: icmpv6 type { mld-listener-report, mld2-listener-report } return\n"
		"drop\n"},
	{"prerouting", true, "type filter hook prerouting priority dstnat",
		"iifname @port jump from_port\n"},
	{"forward", true, "type filter hook forward priority filter",
		"iifname @isolated oifname @isolated meta mark and " HAIRPIN_MARK " == 0 drop\n"},
};

static const char *table_family(bool bridge)
{
	return bridge ? "bridge" : "inet";
}

/* Whether the set is the first of a pair, or the other, or neither: the digit behind its name. */
static const char *set_digit(unsigned int set)
{
	if (set < SET_ENDPOINT)
		return "";
	return (set - SET_ENDPOINT) % FAMILIES == IPV4 ? "4" : "6";
}

static const struct nft_set_type *set_type(unsigned int set)
{
	return &nft_set_types[set < SET_ENDPOINT ? set : set - (set - SET_ENDPOINT) % FAMILIES];
}

/* Appends text with the family's word for $ and its digit for # and %. */
static void put_for_family(struct buffer *out, const char *text, size_t len, unsigned int family)
{
	for (const char *c = text; c < text + len; c++) {
		if (*c == '$')
			buffer_puts(out, family == IPV4 ? "ip" : "ip6");
		else if (*c == '#')
			buffer_puts(out, family == IPV4 ? "4" : "6");
		else if (*c == '%')
			buffer_puts(out, family == IPV4 ? "v4" : "v6");
		else
			buffer_add(out, c, 1);
	}
}

/* Appends the rules, a line each; those that have a family once for each. */
static void put_rules(struct buffer *out, const char *rules)
{
	while (*rules != '\0') {
		size_t len = strcspn(rules, "\n") + 1;
		bool each = memchr(rules, '#', len) != NULL;

		for (unsigned int family = 0; family < (each ? FAMILIES : 1); family++) {
			buffer_puts(out, "\t\t");
			put_for_family(out, rules, len, family);
		}
		rules += len;
	}
}

static void put_set(struct buffer *out, unsigned int set)
{
	const struct nft_set_type *t = set_type(set);

	buffer_printf(out, "\t%s %s%s { %s", t->map ? "map" : "set", t->name, set_digit(set),
		strncmp(t->type, "typeof ", strlen("typeof ")) == 0 ? "" : "type ");
	for (const char *c = t->type; *c != '\0'; c++) {
		if (*c == '$')
			buffer_puts(out, address_types[(set - SET_ENDPOINT) % FAMILIES]);
		else
			buffer_add(out, c, 1);
	}
	buffer_puts(out, "; }\n");
}

/* Appends what makes a table with empty sets and chains, whatever of it there is. */
static void put_skeleton(struct buffer *out, const char *instance, bool bridge)
{
	buffer_printf(out, "table %s %s {\n", table_family(bridge), instance);
	for (unsigned int i = 0; i < NFT_SETS; i++)
		if (set_type(i)->bridge == bridge)
			put_set(out, i);
	if (!bridge)
		buffer_puts(out, "\tchain " ADMIN " {\n\t}\n");
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		if (chains[i].bridge != bridge)
			continue;
		buffer_printf(out, "\tchain %s {\n", chains[i].name);
		if (chains[i].hook != NULL)
			buffer_printf(out, "\t\t%s; policy accept;\n", chains[i].hook);
		buffer_puts(out, "\t}\n");
	}
	buffer_puts(out, "}\n");
}

/* Appends VERB for each of our chains, and then for our sets. */
static void put_each(struct buffer *out, const char *instance, const char *verb)
{
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
		buffer_printf(out, "%s chain %s %s %s\n", verb, table_family(chains[i].bridge),
			instance, chains[i].name);
	for (unsigned int i = 0; i < NFT_SETS; i++)
		buffer_printf(out, "%s %s %s %s %s%s\n", verb, set_type(i)->map ? "map" : "set",
			table_family(set_type(i)->bridge), instance, set_type(i)->name,
			set_digit(i));
}

static void put_chains(struct buffer *out, const char *instance, bool bridge)
{
	buffer_printf(out, "table %s %s {\n", table_family(bridge), instance);
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		if (chains[i].bridge != bridge)
			continue;
		buffer_printf(out, "\tchain %s {\n", chains[i].name);
		put_rules(out, chains[i].rules);
		buffer_puts(out, "\t}\n");
	}
	buffer_puts(out, "}\n");
}

/* Appends one command with those of the sorted elements that the other list does not have. */
static void put_elements(struct buffer *out, const char *instance, const char *verb,
	unsigned int set, const struct strings *elements, const struct strings *without)
{
	const struct nft_set_type *t = set_type(set);
	bool keys_only = strcmp(verb, "delete") == 0, any = false;
	size_t other = 0;

	for (size_t i = 0; i < elements->n; i++) {
		const char *text = elements->v[i], *value = strstr(text, " : ");
		int order = 1;

		while (other < without->n && (order = strcmp(without->v[other], text)) < 0)
			other++;
		if (other < without->n && order == 0)
			continue;
		if (!any)
			buffer_printf(out, "%s element %s %s %s%s { ", verb,
				table_family(t->bridge), instance, t->name, set_digit(set));
		buffer_puts(out, any ? ", " : "");
		buffer_add(out, text,
			keys_only && value != NULL ? (size_t)(value - text) : strlen(text));
		any = true;
	}
	if (any)
		buffer_puts(out, " }\n");
}

/* A name that nft(8) reads as an identifier. */
static int check_instance(const char *instance, struct error *err)
{
	size_t len = strlen(instance);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)instance[i]) && instance[i] != '_')
			len = 0;
	if (len == 0 || len >= INSTANCE_MAX || !isalpha((unsigned char)instance[0]))
		return error_set(err, ERROR_INVALID,
			"'%s' cannot name tables of the firewall: expected a letter, and letters, "
			"digits and '_', at most %d",
			instance, INSTANCE_MAX - 1);
	return 0;
}

int firewall_nft_all(const struct firewall *fw, struct buffer *out, struct error *err)
{
	static const struct strings nothing = {0};
	struct nft_elements elements;

	if (check_instance(fw->instance, err) != 0)
		return -1;
	put_skeleton(out, fw->instance, false);
	put_skeleton(out, fw->instance, true);
	put_each(out, fw->instance, "flush");
	put_chains(out, fw->instance, false);
	put_chains(out, fw->instance, true);
	nft_elements_collect(fw, &elements);
	for (unsigned int i = 0; i < NFT_SETS; i++)
		put_elements(out, fw->instance, "add", i, &elements.set[i], &nothing);
	nft_elements_free(&elements);
	return 0;
}

void firewall_nft_change(
	const struct firewall *before, const struct firewall *after, struct buffer *out)
{
	struct nft_elements old, new;

	nft_elements_collect(before, &old);
	nft_elements_collect(after, &new);
	for (unsigned int i = 0; i < NFT_SETS; i++)
		put_elements(out, before->instance, "delete", i, &old.set[i], &new.set[i]);
	for (unsigned int i = 0; i < NFT_SETS; i++)
		put_elements(out, after->instance, "add", i, &new.set[i], &old.set[i]);
	nft_elements_free(&old);
	nft_elements_free(&new);
}

void firewall_nft_remove(const char *instance, bool keep_admin, struct buffer *out)
{
	put_skeleton(out, instance, false);
	put_skeleton(out, instance, true);
	put_each(out, instance, "flush");
	if (keep_admin)
		put_each(out, instance, "delete");
	else
		buffer_printf(out, "delete table inet %s\n", instance);
	buffer_printf(out, "delete table bridge %s\n", instance);
}
