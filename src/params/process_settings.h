/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container's configuration says of its processes: workdir, entrypoint and the like. */
#ifndef PARAMS_PROCESS_SETTINGS_H
#define PARAMS_PROCESS_SETTINGS_H

#include <jansson.h>

#include "base/error.h"
#include "host/jail.h"
#include "warden/protocol.h"

/* Checks those fields of a ContainerConfig. ERROR_INVALID naming what is wrong. */
int process_settings_check(const json_t *config, struct error *err);

/* The same for seconds to wait, of an integer of JSON. */
int process_settings_check_timeout(const json_t *seconds, struct error *err);

/* Fills in a process of the container: its directory, further groups and limits. */
void process_settings_fill(const json_t *config, struct process_spec *spec);

/* Notes the ids that user and group_add name by number: the container must have them. */
void process_settings_ids(const json_t *config, struct ids_wanted *wanted);

/* Adds the container's own command: its entrypoint, and then its cmd. */
void process_settings_command(const json_t *config, struct strings *argv);

/*
 * Moves what the user left open from an image's configuration into that of a container: the own
 * command, of which an entrypoint of the user's leaves nothing, user, workdir and stop_signal; of
 * labels each by itself.
 */
void process_settings_inherit(json_t *config, const json_t *image_config);

/* How a container is asked to end. */
struct stop_how {
	int signal; /* for its own process, in place of SIGTERM; 0: that */
	int64_t timeout; /* ms until SIGKILL */
};

/* As the configuration says; fallback: seconds where the configuration says none. */
struct stop_how process_settings_stop(const json_t *config, int fallback);

#endif
