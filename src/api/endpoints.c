/* SPDX-License-Identifier: BSD-2-Clause */
/* Every endpoint of the API: one row each. */
#include "api/endpoints.h"

#include "api/volume_endpoints.h"
#include "build/build.h"
#include "build/image_create.h"
#include "container/containers.h"
#include "container/exec.h"
#include "container/kill.h"
#include "container/logs.h"
#include "container/networks.h"
#include "dataset/images.h"
#include "http/openapi.h"
#include "params/schemas.h"

#define SIZE_PARAM                                                                                 \
	{                                                                                          \
		"size", SCHEMA_BOOLEAN, false,                                                     \
			"with how much of the disk each takes, which takes time"                   \
	}

static const struct query_param all_param[] = {
	{"all", SCHEMA_BOOLEAN, false, "also containers that are not running"},
	SIZE_PARAM,
	{0},
};

static const struct query_param size_params[] = {
	SIZE_PARAM,
	{0},
};

static const struct query_param prune_params[] = {
	{"all", SCHEMA_BOOLEAN, false, "tagged images too"},
	{0},
};

static const struct query_param stop_params[] = {
	{"timeout", SCHEMA_INTEGER, false,
		"seconds until SIGKILL; left out: the container's stop_timeout"},
	{0},
};

static const struct query_param kill_params[] = {
	{"signal", SCHEMA_STRING, true, "name or number of the signal"},
	{0},
};

static const struct query_param exec_stop_params[] = {
	{"force_stop", SCHEMA_BOOLEAN, false, "SIGKILL instead of SIGTERM"},
	{"stop_container", SCHEMA_BOOLEAN, false, "stop the whole container"},
	{0},
};

static const struct query_param resize_params[] = {
	{"rows", SCHEMA_INTEGER, true, "lines of the terminal"},
	{"cols", SCHEMA_INTEGER, true, "columns of the terminal"},
	{0},
};

static const struct query_param tag_params[] = {
	{"nametag", SCHEMA_STRING, true, "NAME[:TAG]"},
	{"unused", SCHEMA_BOOLEAN, false, "not if another image would lose that name"},
	{"add", SCHEMA_BOOLEAN, false,
		"beside the names that it has; else in the place of the first one"},
	{0},
};

static const struct query_param remove_container_params[] = {
	{"volumes", SCHEMA_BOOLEAN, false,
		"with its anonymous volumes that no other container mounts; a container of "
		"auto_remove goes with them anyway"},
	{0},
};

static const struct query_param remove_image_params[] = {
	{"unused", SCHEMA_BOOLEAN, false, "not by its id if it has several names"},
	{0},
};

static const struct query_param remove_volume_params[] = {
	{"unused", SCHEMA_BOOLEAN, false, "not if any container mounts it, running or not"},
	{0},
};

static const struct query_param remove_network_params[] = {
	{"unused", SCHEMA_BOOLEAN, false, "not if any container is connected to it"},
	{0},
};

static int openapi_get(
	struct daemon *d, const struct request *req, struct response *res, struct error *err)
{
	return openapi_answer(&api, res, err);
}

static const struct endpoint endpoints[] = {
	{"GET", "/containers/list", container_list, NULL, all_param, "[ContainerSummary]", 200, 0,
		"List containers"},
	{"POST", "/containers/create", container_create, &schema_container_config, NULL,
		"IdResponse", 201, 404, "Create a container"},
	{"GET", "/containers/{id}/inspect", container_inspect, NULL, size_params,
		"ContainerInspect", 200, 404, "Show a container"},
	{"POST", "/containers/{id}/stop", container_stop_endpoint, NULL, stop_params, "IdResponse",
		200, 404, "Stop a container"},
	{"POST", "/containers/{id}/kill", container_kill_endpoint, NULL, kill_params, "IdResponse",
		200, 409, "Send a signal to a container; KILL ends it"},
	{"POST", "/containers/{id}/update", container_update, &schema_container_update, NULL,
		"IdResponse", 201, 409,
		"Change a container; empty lists of mounts and ports leave them as they are"},
	{"DELETE", "/containers/{id}", container_remove, NULL, remove_container_params,
		"IdResponse", 200, 409, "Remove a container"},
	{"POST", "/containers/prune", container_prune, NULL, NULL, "[string]", 200, 0,
		"Remove all stopped containers"},
	{"POST", "/exec/create", exec_create, &schema_exec_config, NULL, "IdResponse", 201, 404,
		"Create an execution instance"},
	{"POST", "/exec/{id}/stop", exec_stop, NULL, exec_stop_params, "IdResponse", 200, 404,
		"Signal a process, or stop its container"},
	{"POST", "/exec/{id}/resize", exec_resize, NULL, resize_params, "IdResponse", 200, 404,
		"Resize the terminal of a process"},
	{"GET", "/images/list", image_list, NULL, size_params, "[Image]", 200, 0, "List images"},
	{"GET", "/images/{id}/inspect", image_inspect, NULL, size_params, "Image", 200, 404,
		"Show an image"},
	{"POST", "/images/{id}/tag", image_tag, NULL, tag_params, "IdResponse", 200, 404,
		"Name an image"},
	{"DELETE", "/images/{id}", image_remove, NULL, remove_image_params, "IdResponse", 200, 404,
		"Remove a name of an image, and with its last one, or by its id, the image"},
	{"POST", "/images/prune", image_prune, NULL, prune_params, "[string]", 200, 0,
		"Remove images that nobody uses"},
	{"POST", "/volumes/create", volume_create, &schema_volume_config, NULL, "IdResponse", 201,
		404, "Create a volume"},
	{"GET", "/volumes/list", volume_list, NULL, size_params, "[Volume]", 200, 0,
		"List volumes"},
	{"GET", "/volumes/{name}/inspect", volume_inspect, NULL, size_params, "VolumeInspect", 200,
		404, "Show a volume"},
	{"DELETE", "/volumes/{name}", volume_remove, NULL, remove_volume_params, "IdResponse", 200,
		404, "Remove a volume"},
	{"POST", "/volumes/prune", volume_prune, NULL, NULL, "[string]", 200, 0,
		"Remove volumes that no container mounts"},
	{"POST", "/networks/create", network_create, &schema_network_config, NULL, "IdResponse",
		201, 409, "Create a network"},
	{"GET", "/networks/list", network_list, NULL, NULL, "[Network]", 200, 0, "List networks"},
	{"GET", "/networks/{id}/inspect", network_inspect, NULL, NULL, "NetworkInspect", 200, 404,
		"Describe a network and its endpoints"},
	{"DELETE", "/networks/{id}", network_remove, NULL, remove_network_params, "IdResponse", 200,
		404, "Disconnect a network's containers and remove it"},
	{"POST", "/networks/prune", network_prune, NULL, NULL, "[string]", 200, 0,
		"Remove networks that no container is connected to"},
	{"POST", "/networks/connect", network_connect, &schema_end_point_config, NULL, NULL, 204,
		409, "Connect a container to a network"},
	{"POST", "/networks/{id}/disconnect/{container}", network_disconnect, NULL, NULL, NULL, 204,
		409, "Disconnect a container from a network"},
	{"GET", "/openapi.json", openapi_get, NULL, NULL, NULL, 200, 0, "Describe this interface"},
	{0},
};

static const struct stream_endpoint stream_endpoints[] = {
	{"/containers/logs", "ContainerLogs", logs_stream, &schema_logs_config,
		"Read a container's log"},
	{"/exec/start", "ExecStartWebSocket", exec_start, &schema_exec_start_config,
		"Start a process and attach to it"},
	{"/images/build", "ImageBuild", image_build, &schema_image_build_config, "Build an image"},
	{"/images/create", "ImageCreate", image_create, &schema_image_create_config,
		"Make a base image"},
	{0},
};

const struct api api = {endpoints, stream_endpoints, schemas};
