/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands, in the order help shows them. A new command is one line here. */
#include "klee/commands.h"

const struct group groups[] = {
	{"container", "Create, run and manage containers"},
	{"image", "Create and manage images"},
	{"network", "Create and manage networks"},
	{"volume", "Create and manage volumes"},
	{0},
};

const struct command *const commands[] = {
	&cmd_container_create,
	&cmd_container_run,
	&cmd_container_start,
	&cmd_container_exec,
	&cmd_container_stop,
	&cmd_container_kill,
	&cmd_container_restart,
	&cmd_container_ls,
	&cmd_container_inspect,
	&cmd_container_logs,
	&cmd_container_rename,
	&cmd_container_update,
	&cmd_container_rm,
	&cmd_container_prune,
	&cmd_image_create,
	&cmd_image_build,
	&cmd_image_ls,
	&cmd_image_inspect,
	&cmd_image_tag,
	&cmd_image_rm,
	&cmd_image_prune,
	&cmd_network_create,
	&cmd_network_ls,
	&cmd_network_inspect,
	&cmd_network_connect,
	&cmd_network_disconnect,
	&cmd_network_rm,
	&cmd_network_prune,
	&cmd_volume_create,
	&cmd_volume_ls,
	&cmd_volume_inspect,
	&cmd_volume_rm,
	&cmd_volume_prune,
	NULL,
};
