/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands' definitions, each at the end of its own file. */
#ifndef KLEE_COMMANDS_H
#define KLEE_COMMANDS_H

#include "klee/command.h"

extern const struct command cmd_container_create, cmd_container_exec, cmd_container_inspect,
	cmd_container_kill, cmd_container_logs, cmd_container_ls, cmd_container_prune,
	cmd_container_rename, cmd_container_update, cmd_container_restart, cmd_container_rm,
	cmd_container_run, cmd_container_start, cmd_container_stop;
extern const struct command cmd_image_build, cmd_image_create, cmd_image_inspect, cmd_image_ls,
	cmd_image_rm, cmd_image_prune, cmd_image_tag;
extern const struct command cmd_network_connect, cmd_network_create, cmd_network_disconnect,
	cmd_network_inspect, cmd_network_ls, cmd_network_prune, cmd_network_rm;
extern const struct command cmd_volume_create, cmd_volume_inspect, cmd_volume_ls, cmd_volume_prune,
	cmd_volume_rm;

#endif
