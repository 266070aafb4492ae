#include "host/endpoint.h"

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

void endpoint_hardware(const char *id, unsigned char address[6])
{
	for (size_t i = 0; i < 6; i++) {
		char digits[3] = {id[2 * i], id[2 * i + 1], '\0'};

		address[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	/* locally administered, and of one station */
	address[0] = (unsigned char)((address[0] | 2U) & ~1U);
}

bool endpoint_interface_id(const char *name, char id[ID_LEN + 1])
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !id_valid(name + strlen(PREFIX)))
		return false;
	if (id != NULL)
		memcpy(id, name + strlen(PREFIX), ID_LEN + 1);
	return true;
}
