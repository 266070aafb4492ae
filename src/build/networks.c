/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks of builds. */
#include "container/networks.h"
#include "build/build_private.h"

int build_networks(struct build *b, struct error *err)
{
	const json_t *network;
	size_t i;

	if (json_array_size(json_object_get(b->container.config, "public_ports")) > 0 &&
		ports_store(b->daemon, b->container.id, b->container.config, err) != 0)
		return -1;
	json_array_foreach (json_object_get(b->config, "networks"), i, network)
		if (networks_connect(b->daemon, b->container.id, network, err) != 0)
			return -1;
	return 0;
}
