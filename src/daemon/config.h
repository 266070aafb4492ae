/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's configuration: a YAML file, checked against a schema; defaults without one. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "http/server.h"

struct config {
	char *kleene_root; /* ZFS dataset, or absolute directory */
	char *run_dir; /* sockets and status of running containers; empty after a reboot */
	char *instance; /* prefix of interfaces, cgroups and firewall tables */
	struct listener *api_listening_sockets;
	unsigned int api_listening_sockets_count;
	bool *enable_logging; /* NULL: true */
	enum log_level *log_level; /* NULL: info */
	char *log_file; /* NULL: standard error */
	char *pf_config_template_path, *pf_config_path;
	char **network_pools; /* subnets, of which networks without one get a part */
	unsigned int network_pools_count;
};

/*
 * Reads the file, or takes the defaults where path is NULL and there is no default file
 * (host/system.h). An unknown key, a wrong type or an unusable value is an error with file, line
 * and reason. The caller frees with config_free.
 */
struct config *config_load(const char *path, struct error *err);
void config_free(struct config *config);

#endif
