/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema of the configuration file, for the manual page that is made from it. */
#ifndef DAEMON_CONFIG_SCHEMA_H
#define DAEMON_CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>

extern const cyaml_schema_field_t config_fields[]; /* ends with a row without key */
extern const cyaml_schema_field_t config_listener_fields[]; /* of api_listening_sockets */

#endif
