/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schemas of the API. A field that a client may leave out has a fallback or is optional;
 * those of answers are there for /openapi.json.
 */
#include <stddef.h>

#include "params/schemas.h"

#define REQUIRED true
#define OPTIONAL false

static const char *const network_drivers[] = {"ipnet", "host", "vnet", "disabled", NULL};
static const char *const protocols[] = {"tcp", "udp", NULL};
static const char *const mount_types[] = {"volume", "nullfs", "tmpfs", NULL};
static const char *const fetch_methods[] = {"fetch", "fetch-auto", "zfs-copy", "zfs-clone", NULL};
static const char *const message_types[] = {"starting", "closing", "error", NULL};

/* What a published port has, in the configuration and in answers. */
#define PUBLISHED_PORT_FIELDS                                                                      \
	{"interfaces", SCHEMA_STRINGS, NULL, OPTIONAL, "[]", NULL,                                 \
		"addresses of the host, or interfaces whose addresses, accept connections; none: " \
		"the gateway interface's, and localhost"},                                         \
		{"host_port", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                           \
			"port of the host, \"N\" or \"N:M\"; \"0\": any that is free, "            \
			"chosen when the container starts"},                                       \
		{"container_port", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                      \
			"port of the container, \"N\" or \"N:*\""},                                \
	{                                                                                          \
		"protocol", SCHEMA_STRING, NULL, OPTIONAL, "\"tcp\"", protocols,                   \
			"transport protocol"                                                       \
	}

static const struct field published_port_config_fields[] = {PUBLISHED_PORT_FIELDS, {.name = NULL}};

static const struct field published_port_fields[] = {PUBLISHED_PORT_FIELDS,
	{"ip_address", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL, "the container's IPv4 address"},
	{"ip_address6", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,
		"the container's IPv6 address"},
	{.name = NULL}};

/* What a mount has, in the configuration and in answers. */
#define MOUNT_FIELDS                                                                               \
	{"type", SCHEMA_STRING, NULL, REQUIRED, NULL, mount_types,                                 \
		"a volume, a path of the host's, or memory"},                                      \
		{"source", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                              \
			"name of the volume, or path on the host; of a tmpfs \"\"; of a new "      \
			"volume \"\": a name is made, and it is anonymous"},                       \
		{"destination", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                         \
			"path in the container"},                                                  \
		{"options", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,                             \
			"of a tmpfs, separated by commas: size=64m, mode=0755, noexec"},           \
	{                                                                                          \
		"read_only", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,                        \
			"whether writing is refused"                                               \
	}

static const struct field mount_point_config_fields[] = {MOUNT_FIELDS, {.name = NULL}};

static const struct field mount_point_fields[] = {MOUNT_FIELDS,
	{"anonymous", SCHEMA_BOOLEAN, NULL, OPTIONAL, NULL, NULL,
		"true: its volume is removed with a container of auto_remove, or if asked"},
	{"container_id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the container"},
	{.name = NULL}};

/* A container's limits, in the configuration and in answers. */
#define LIMIT_FIELDS(FALLBACK)                                                                     \
	{"memory", SCHEMA_INTEGER, NULL, OPTIONAL, FALLBACK("0"), NULL,                            \
		"bytes of memory after which the container is ended; 0: no limit"},                \
		{"cpus", SCHEMA_NUMBER, NULL, OPTIONAL, FALLBACK("0"), NULL,                       \
			"how many processors it may use, such as 0.5; 0: all"},                    \
	{                                                                                          \
		"pids", SCHEMA_INTEGER, NULL, OPTIONAL, FALLBACK("0"), NULL,                       \
			"how many processes and threads it may have; 0: any number"                \
	}

/* What a container's processes are given, in the configuration and in answers. */
#define PROCESS_FIELDS                                                                             \
	{"workdir", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,                                     \
		"directory its commands begin in, made when missing; \"\": the image's, else /"},  \
		{"entrypoint", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                         \
			"what stands before cmd in its own command; left out: the image's"},       \
		{"group_add", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                          \
			"groups of its processes beside their user's"},                            \
		{"ulimits", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                            \
			"limits of each process, NAME=SOFT[:HARD]; -1: none"},                     \
		{"stop_signal", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,                         \
			"signal that asks it to end; \"\": TERM"},                                 \
		{"stop_timeout", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,                       \
			"seconds it then has; left out: as stop.timeout says"},                    \
	{                                                                                          \
		"labels", SCHEMA_MAP, NULL, OPTIONAL, NULL, NULL,                                  \
			"what is noted beside it, the image's included"                            \
	}

/* What a container is given or denied of the host, likewise. */
#define CONFINEMENT_FIELDS                                                                         \
	{"read_only", SCHEMA_BOOLEAN, NULL, OPTIONAL, NULL, NULL,                                  \
		"whether its root file system is read-only; mounts are as they say"},              \
		{"cap_add", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                            \
			"capabilities of its root beyond the usual (Linux)"},                      \
		{"cap_drop", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                           \
			"usual capabilities that it goes without; ALL: all but those added"},      \
		{"shm_size", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,                           \
			"bytes of /dev/shm; 0: 64 MiB (Linux)"},                                   \
		{"sysctls", SCHEMA_MAP, NULL, OPTIONAL, NULL, NULL,                                \
			"settings of the kernel that it has for itself (Linux)"},                  \
	{                                                                                          \
		"devices", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                             \
			"devices of the host, SOURCE[:DESTINATION[:rwm]] (Linux)"                  \
	}

/* As the body of create, fields left out get defaults; as that of update, they stay as they are. */
#define DEFAULT(text)	text
#define UNCHANGED(text) NULL
#define CONTAINER_CONFIG_FIELDS(FALLBACK)                                                          \
	{"name", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL, "name; one is made if left out"},      \
		{"image", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,                               \
			"image to create the container from"},                                     \
		{"cmd", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                                \
			"command and arguments; left out: the image's"},                           \
		{"user", SCHEMA_STRING, NULL, OPTIONAL, FALLBACK("\"\""), NULL,                    \
			"user that runs the command; \"\": the image's"},                          \
		{"env", SCHEMA_STRINGS, NULL, OPTIONAL, FALLBACK("[]"), NULL,                      \
			"environment variables, VAR=value, beside the image's"},                   \
		{"mounts", SCHEMA_LIST, &schema_mount_point_config, OPTIONAL, FALLBACK("[]"),      \
			NULL, "volumes and directories to mount"},                                 \
		{"jail_param", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL, "jail parameters"},     \
		{"persist", SCHEMA_BOOLEAN, NULL, OPTIONAL, FALLBACK("false"), NULL,               \
			"whether prune leaves the container alone"},                               \
		{"auto_remove", SCHEMA_BOOLEAN, NULL, OPTIONAL, FALLBACK("false"), NULL,           \
			"whether the container is removed once it has stopped; not to be turned "  \
			"off while it runs"},                                                      \
		{"restart_policy", SCHEMA_STRING, NULL, OPTIONAL, FALLBACK("\"no\""), NULL,        \
			"when it is started by itself: no, on-startup, always, unless-stopped, "   \
			"on-failure[:N]"},                                                         \
		{"network_driver", SCHEMA_STRING, NULL, OPTIONAL, NULL, network_drivers,           \
			"how the container reaches networks; left out: as the first of them "      \
			"prescribes, ipnet if none does"},                                         \
		{"extra_hosts", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                        \
			"further lines of /etc/hosts, NAME:ADDRESS; for host-gateway the address " \
			"is the host's"},                                                          \
		{"dns", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                                \
			"addresses of the servers for names that are no containers'; none: the "   \
			"host's"},                                                                 \
		LIMIT_FIELDS(FALLBACK), PROCESS_FIELDS, CONFINEMENT_FIELDS,                        \
	{                                                                                          \
		"public_ports", SCHEMA_LIST, &schema_published_port_config, OPTIONAL,              \
			FALLBACK("[]"), NULL, "ports to publish"                                   \
	}

static const struct field container_config_fields[] = {CONTAINER_CONFIG_FIELDS(DEFAULT),
	{"networks", SCHEMA_LIST, &schema_end_point_config, OPTIONAL, "[]", NULL,
		"networks to join"},
	{"remove_unless_started", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,
		"seconds after which, or as soon as the daemon is started again, the container is "
		"removed if it has never been started; 0 or left out: it stays"},
	{.name = NULL}};

static const struct field container_update_fields[] = {CONTAINER_CONFIG_FIELDS(UNCHANGED),
	{"env_add", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,
		"environment variables, VAR=value, to set beside those it has, or that env gives"},
	{"jail_param_add", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,
		"jail parameters to set beside those it has, or that jail_param gives"},
	{.name = NULL}};

/* Of answers to requests that ask for them. */
#define SIZE_FIELDS                                                                                \
	{"size", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,                                       \
		"bytes of the disk that it alone takes; absent unless asked for"},                 \
	{                                                                                          \
		"virtual_size", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,                        \
			"bytes of the disk that it takes, with what it shares with others"         \
	}

/* What every answer about a container has. */
#define CONTAINER_FIELDS                                                                           \
	{"id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the container"},                  \
		{"name", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "name"},                       \
		{"image_id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of its image"},        \
		{"cmd", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL, "command and arguments"},      \
		{"user", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "user that runs it"},          \
		{"env", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL, "environment variables"},      \
		{"jail_param", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL, "jail parameters"},     \
		{"network_driver", SCHEMA_STRING, NULL, REQUIRED, NULL, network_drivers,           \
			"how the container reaches networks"},                                     \
		{"persist", SCHEMA_BOOLEAN, NULL, REQUIRED, NULL, NULL,                            \
			"whether prune leaves it alone"},                                          \
		{"protection", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,                         \
			"what it is not started without: userns, a user namespace of its own"},    \
		{"restart_policy", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                      \
			"when it is started by itself"},                                           \
		{"restart_count", SCHEMA_INTEGER, NULL, REQUIRED, NULL, NULL,                      \
			"how often that has happened since it was started by hand"},               \
		{"public_ports", SCHEMA_LIST, &schema_published_port, REQUIRED, NULL, NULL,        \
			"published ports"},                                                        \
		{"dataset", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                             \
			"dataset or directory of its files"},                                      \
		{"created", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,                             \
			"time of creation, ISO 8601, UTC"},                                        \
		LIMIT_FIELDS(DEFAULT), PROCESS_FIELDS, CONFINEMENT_FIELDS,                         \
		{"running", SCHEMA_BOOLEAN, NULL, REQUIRED, NULL, NULL, "whether it runs"},        \
		{"status", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "its state in words"},       \
		{"started", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,                             \
			"when its last run began, ISO 8601, UTC; absent if there was none"},       \
		{"exit_code", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,                          \
			"exit code of its last run"},                                              \
	{                                                                                          \
		"out_of_memory", SCHEMA_BOOLEAN, NULL, OPTIONAL, NULL, NULL,                       \
			"whether that was ended since it exceeded its memory"                      \
	}

static const struct field container_fields[] = {CONTAINER_FIELDS, SIZE_FIELDS, {.name = NULL}};

static const struct field container_summary_fields[] = {CONTAINER_FIELDS, SIZE_FIELDS,
	{"image_name", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "name of its image"},
	{"image_tag", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "tag of its image"},
	{"jid", SCHEMA_INTEGER, NULL, OPTIONAL, NULL, NULL,
		"jail id, or id of its first process; absent unless it runs"},
	{.name = NULL}};

static const struct field container_inspect_fields[] = {
	{"container", SCHEMA_OBJECT, &schema_container, REQUIRED, NULL, NULL, "the container"},
	{"container_endpoints", SCHEMA_LIST, &schema_end_point, REQUIRED, NULL, NULL,
		"its endpoints in networks"},
	{"container_mountpoints", SCHEMA_LIST, &schema_mount_point, REQUIRED, NULL, NULL,
		"its mounts"},
	{.name = NULL}};

static const struct field exec_config_fields[] = {
	{"container_id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id or name of the container"},
	{"cmd", SCHEMA_STRINGS, NULL, OPTIONAL, "[]", NULL,
		"command and arguments; none: the container's"},
	{"env", SCHEMA_STRINGS, NULL, OPTIONAL, "[]", NULL,
		"environment variables, VAR=value, beside the container's"},
	{"user", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL,
		"user that runs the command; \"\": the container's"},
	{"workdir", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL,
		"directory it begins in; left out: the container's"},
	{"tty", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL, "whether it gets a terminal"},
	{.name = NULL}};

static const struct field exec_start_config_fields[] = {
	{"exec_id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the exec"},
	{"attach", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,
		"whether output and input go through this connection"},
	{"start_container", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether a stopped container is started"},
	{"stopped_only", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether it is an error if the container runs already"},
	{"rows", SCHEMA_INTEGER, NULL, OPTIONAL, "0", NULL,
		"lines of the terminal the process begins with; 0: unknown"},
	{"cols", SCHEMA_INTEGER, NULL, OPTIONAL, "0", NULL, "columns of it"},
	{"separate_stderr", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether each output frame begins with a byte: 1 standard output, 2 standard "
		"error"},
	{.name = NULL}};

static const struct field logs_config_fields[] = {
	{"container", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id or name of the container"},
	{"follow", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether to go on with new output"},
	{"tail", SCHEMA_INTEGER, NULL, OPTIONAL, "-1", NULL,
		"how many lines from the end to begin with; -1: all"},
	{"timestamps", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether each line begins with its time"},
	{"separate_stderr", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether each output frame begins with a byte: 1 standard output, 2 standard "
		"error"},
	{.name = NULL}};

static const struct field image_fields[] = {
	{"id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the image"},
	{"name", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "name"},
	{"tag", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "tag"},
	{"names", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL,
		"all its names, NAME:TAG each; the first is name and tag; empty: it has none"},
	{"created", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "time of creation, ISO 8601, UTC"},
	{"cmd", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL, "command of its containers"},
	{"env", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL, "environment of its containers"},
	{"user", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "user of its containers"},
	{"dataset", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "dataset or directory of its files"},
	{"instructions", SCHEMA_PAIRS, NULL, REQUIRED, NULL, NULL,
		"the instructions that built it, each with its snapshot"},
	{"entrypoint", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL,
		"what stands before cmd; empty: nothing"},
	{"workdir", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,
		"directory in which commands begin; empty: /"},
	{"shell", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL,
		"what runs command lines of its build; empty: /bin/sh -c"},
	{"exposed_ports", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL,
		"ports that its processes listen on, PORT[-LAST]/PROTOCOL"},
	{"volumes", SCHEMA_STRINGS, NULL, REQUIRED, NULL, NULL,
		"directories whose files are to outlive containers"},
	{"labels", SCHEMA_MAP, NULL, REQUIRED, NULL, NULL, "what is said of it, by name"},
	{"stop_signal", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,
		"what its containers are sent to stop; empty: TERM"},
	{"maintainer", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "who looks after it"},
	SIZE_FIELDS, {.name = NULL}};

static const struct field image_create_config_fields[] = {
	{"method", SCHEMA_STRING, NULL, REQUIRED, NULL, fetch_methods, "where it comes from"},
	{"url", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL, "archive to fetch"},
	{"zfs_dataset", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL, "dataset to copy or clone"},
	{"tag", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL, "NAME[:TAG] of the image"},
	{"tags", SCHEMA_STRINGS, NULL, OPTIONAL, "[]", NULL, "further names of the image"},
	{"autotag", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,
		"whether to name it after the release"},
	{"dns", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,
		"whether to copy the host's resolv.conf"},
	{"localtime", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,
		"whether to copy the host's time zone"},
	{"update", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether to install security updates"},
	{"force", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether to go on when the archive cannot be verified"},
	{"progress", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether to report the progress of fetching"},
	{.name = NULL}};

static const struct field image_build_config_fields[] = {
	{"context", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,
		"directory on the daemon's host, an absolute path"},
	{"dockerfile", SCHEMA_STRING, NULL, OPTIONAL, "\"Dockerfile\"", NULL,
		"Dockerfile, seen from the context"},
	{"tag", SCHEMA_STRING, NULL, OPTIONAL, "\"\"", NULL, "NAME[:TAG] of the image"},
	{"tags", SCHEMA_STRINGS, NULL, OPTIONAL, "[]", NULL, "further names of the image"},
	{"quiet", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether steps and their output are left out"},
	{"cleanup", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,
		"whether nothing is left of a build that fails"},
	{"cache", SCHEMA_BOOLEAN, NULL, OPTIONAL, "true", NULL,
		"whether to take what earlier builds have made"},
	{"reuse", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether an image that has the names, and is the same, is left as it is; the "
		"closing "
		"message has its id"},
	{"progress", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether to send each step as a frame that begins with a carriage return, too"},
	{"separate_stderr", SCHEMA_BOOLEAN, NULL, OPTIONAL, "false", NULL,
		"whether each output frame begins with a byte: 1 standard output, 2 standard "
		"error"},
	{"buildargs", SCHEMA_MAP, NULL, OPTIONAL, "{}", NULL, "values for ARG, by name"},
	{"container_config", SCHEMA_OBJECT, &schema_container_config, OPTIONAL, "{}", NULL,
		"the container in which the build runs; its image replaces that of FROM"},
	{"networks", SCHEMA_LIST, &schema_end_point_config, OPTIONAL, "[]", NULL,
		"networks which that container joins"},
	{.name = NULL}};

static const struct field volume_config_fields[] = {
	{"name", SCHEMA_STRING, NULL, OPTIONAL, NULL, NULL, "name; an id is made if left out"},
	{.name = NULL}};

static const struct field volume_fields[] = {
	{"name", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "name"},
	{"dataset", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "dataset or directory of its files"},
	{"mountpoint", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL,
		"directory of its files on the host"},
	{"created", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "time of creation, ISO 8601, UTC"},
	SIZE_FIELDS, {.name = NULL}};

static const struct field volume_inspect_fields[] = {
	{"volume", SCHEMA_OBJECT, &schema_volume, REQUIRED, NULL, NULL, "the volume"},
	{"mountpoints", SCHEMA_LIST, &schema_mount_point, REQUIRED, NULL, NULL,
		"its mounts in containers"},
	{.name = NULL}};

static const struct field id_response_fields[] = {
	{"id", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "id of the object"},
	{"warnings", SCHEMA_STRINGS, NULL, OPTIONAL, NULL, NULL,
		"of a new container: protections it goes without and what it cannot do; of a new "
		"network: routes of the host's that it hides; each in one line; left out: none"},
	{.name = NULL}};

static const struct field error_response_fields[] = {
	{"message", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "what went wrong, in one line"},
	{.name = NULL}};

static const struct field web_socket_message_fields[] = {
	{"msg_type", SCHEMA_STRING, NULL, REQUIRED, NULL, message_types, "what it tells"},
	{"message", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "the same for people"},
	{"data", SCHEMA_STRING, NULL, REQUIRED, NULL, NULL, "an id, or \"\""}, {.name = NULL}};

const struct schema schema_container_config = {"ContainerConfig", container_config_fields};
const struct schema schema_container_update = {"ContainerUpdate", container_update_fields};
const struct schema schema_container = {"Container", container_fields};
const struct schema schema_container_summary = {"ContainerSummary", container_summary_fields};
const struct schema schema_container_inspect = {"ContainerInspect", container_inspect_fields};
const struct schema schema_exec_config = {"ExecConfig", exec_config_fields};
const struct schema schema_exec_start_config = {"ExecStartConfig", exec_start_config_fields};
const struct schema schema_logs_config = {"LogsConfig", logs_config_fields};
const struct schema schema_image = {"Image", image_fields};
const struct schema schema_image_create_config = {"ImageCreateConfig", image_create_config_fields};
const struct schema schema_image_build_config = {"ImageBuildConfig", image_build_config_fields};
const struct schema schema_mount_point = {"MountPoint", mount_point_fields};
const struct schema schema_mount_point_config = {"MountPointConfig", mount_point_config_fields};
const struct schema schema_published_port = {"PublishedPort", published_port_fields};
const struct schema schema_published_port_config = {
	"PublishedPortConfig", published_port_config_fields};
const struct schema schema_volume_config = {"VolumeConfig", volume_config_fields};
const struct schema schema_volume = {"Volume", volume_fields};
const struct schema schema_volume_inspect = {"VolumeInspect", volume_inspect_fields};
const struct schema schema_id_response = {"IdResponse", id_response_fields};
const struct schema schema_error_response = {"ErrorResponse", error_response_fields};
const struct schema schema_web_socket_message = {"WebSocketMessage", web_socket_message_fields};

const struct schema *const schemas[] = {&schema_container_config, &schema_container_update,
	&schema_container, &schema_container_summary, &schema_container_inspect,
	&schema_exec_config, &schema_exec_start_config, &schema_logs_config, &schema_image,
	&schema_image_create_config, &schema_image_build_config, &schema_end_point,
	&schema_end_point_config, &schema_network_config, &schema_network, &schema_network_inspect,
	&schema_mount_point, &schema_mount_point_config, &schema_published_port,
	&schema_published_port_config, &schema_volume_config, &schema_volume,
	&schema_volume_inspect, &schema_id_response, &schema_error_response,
	&schema_web_socket_message, NULL};
