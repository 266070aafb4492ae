#include "host/endpoint.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "kl"

void endpoint_interface(const char *id, char name[INTERFACE_MAX])
{
	snprintf(name, INTERFACE_MAX, PREFIX "%s", id);
}

struct address endpoint_link(enum family_index family)
{
	struct address a = {0};
	struct error ignored;

	address_parse(family == IPV4 ? LINK_IPV4 : LINK_IPV6, family_of[family], &a, &ignored);
	return a;
}

bool endpoint_interface_id(const char *name, char id[ID_LEN + 1])
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !id_valid(name + strlen(PREFIX)))
		return false;
	if (id != NULL)
		memcpy(id, name + strlen(PREFIX), ID_LEN + 1);
	return true;
}
