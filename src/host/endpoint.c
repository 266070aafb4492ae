#include "host/endpoint.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "kl"

void endpoint_interface(const char *id, char name[INTERFACE_MAX])
{
	snprintf(name, INTERFACE_MAX, PREFIX "%s", id);
}

bool endpoint_interface_id(const char *name, char id[ID_LEN + 1])
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !id_valid(name + strlen(PREFIX)))
		return false;
	if (id != NULL)
		memcpy(id, name + strlen(PREFIX), ID_LEN + 1);
	return true;
}
