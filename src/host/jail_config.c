/* SPDX-License-Identifier: BSD-2-Clause */
/* What describes a container to a warden, the same on every host. */
#include "host/jail.h"

void rootfs_free(struct rootfs *root)
{
	free(root->path);
	free(root->lower);
	free(root->base);
	*root = (struct rootfs){0};
}

void ids_want(struct ids_wanted *wanted, uint32_t id)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (wanted->ids[i] == id)
			return;
	if (wanted->n < IDS_WANTED_MAX)
		wanted->ids[wanted->n++] = id;
}

void handover_free(struct handover *h)
{
	for (size_t i = 0; i < h->nfds; i++)
		close_fd(&h->fds[i]);
	free(h->fds);
	buffer_free(&h->bytes);
	*h = (struct handover){0};
}

void confinement_free(struct confinement *c)
{
	strings_free(&c->cap_add);
	strings_free(&c->cap_drop);
	strings_free(&c->sysctls);
	*c = (struct confinement){0};
}

void jail_config_free(struct jail_config *config)
{
	free(config->id);
	free(config->hostname);
	strings_free(&config->params);
	rootfs_free(&config->root);
	for (size_t i = 0; i < config->nmounts; i++) {
		free(config->mounts[i].source);
		free(config->mounts[i].destination);
		free(config->mounts[i].type);
		free(config->mounts[i].options);
	}
	free(config->mounts);
	free(config->endpoints);
	confinement_free(&config->confinement);
	handover_free(&config->handover);
	*config = (struct jail_config){0};
}

size_t jail_sources(const struct jail_config *config)
{
	size_t n = 0;

	for (size_t i = 0; i < config->nmounts; i++)
		n += config->mounts[i].type == NULL;
	return n;
}
