/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/endpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "kl"

void endpoint_interface(const char *id, char name[INTERFACE_MAX])
{
	snprintf(name, INTERFACE_MAX, PREFIX "%s", id);
}

struct address endpoint_link(const char *instance, enum family_index family)
{
	const char *const texts[FAMILIES] = {LINK_SUBNET_IPV4, LINK_SUBNET_IPV6};
	unsigned int hash = 2166136261U; /* FNV-1a */
	struct subnet s = {0};
	struct error ignored;

	for (const char *c = instance; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	subnet_parse(texts[family], family_of[family], &s, &ignored);
	/* neither of the two numbers is 0 or 255 */
	s.base.value |= (hash % 254 + 1) << 8 | ((hash >> 16) % 254 + 1);
	return s.base;
}

/* Makes it locally administered, and of one station. */
static void set_bits(unsigned char hardware[6])
{
	hardware[0] = (unsigned char)((hardware[0] | 2U) & ~1U);
}

void hardware_of(const char *first, const char *second, unsigned char hardware[6])
{
	uint64_t hash = 14695981039346656037U; /* FNV-1a */

	for (const char *c = first; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211U;
	hash *= 1099511628211U;
	for (const char *c = second; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211U;
	for (int i = 0; i < 6; i++)
		hardware[i] = (unsigned char)(hash >> (8 * i));
	set_bits(hardware);
}

void endpoint_hardware(
	const char *network_id, const struct address address[FAMILIES], unsigned char hardware[6])
{
	const struct address *a = &address[address_is_none(&address[IPV4]) ? IPV6 : IPV4];
	char text[ADDRESS_TEXT_MAX];

	hardware_of(network_id, address_format(a, text), hardware);
}

void id_hardware(const char *id, unsigned char hardware[6])
{
	for (size_t i = 0; i < 6; i++) {
		char digits[3] = {id[2 * i], id[2 * i + 1], '\0'};

		hardware[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	set_bits(hardware);
}

bool endpoint_interface_id(const char *name, char id[ID_LEN + 1])
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !id_valid(name + strlen(PREFIX)))
		return false;
	if (id != NULL)
		memcpy(id, name + strlen(PREFIX), ID_LEN + 1);
	return true;
}
