/* SPDX-License-Identifier: BSD-2-Clause */
/* The schemas of what users send and are answered: schemas.c has a row for each field. */
#ifndef PARAMS_SCHEMAS_H
#define PARAMS_SCHEMAS_H

#include "json/schema.h"

/* Every schema the API uses, for /openapi.json; ends with NULL. */
extern const struct schema *const schemas[];

/* schema_container_update is ContainerConfig without defaults: what is left out stays as it is. */
extern const struct schema schema_container_config, schema_container_update, schema_container,
	schema_container_summary, schema_container_inspect, schema_exec_config,
	schema_exec_start_config, schema_logs_config, schema_image, schema_image_create_config,
	schema_image_build_config, schema_end_point, schema_end_point_config, schema_network_config,
	schema_network, schema_network_inspect, schema_mount_point, schema_mount_point_config,
	schema_published_port, schema_published_port_config, schema_volume_config, schema_volume,
	schema_volume_inspect, schema_id_response, schema_error_response, schema_web_socket_message;

#endif
