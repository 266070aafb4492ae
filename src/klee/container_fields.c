/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/container_fields.h"

#include <string.h>

#include "klee/field_options.h"

const struct option process_options[] = {
	{"workdir", 'w', OPTION_VALUE, "DIRECTORY", NULL,
		"where its commands begin (default: the image's directory, else /)"},
	{"entrypoint", 0, OPTION_VALUE, "PROGRAM", NULL,
		"program that COMMAND is given to; a JSON list: with arguments; '': none"},
	{"group-add", 0, OPTION_LIST, "GROUP", NULL, "further group of its processes"},
	{"ulimit", 0, OPTION_LIST, "NAME=SOFT[:HARD]", NULL,
		"limit of each process, such as nofile=1024:4096; -1: none"},
	{"stop-signal", 0, OPTION_VALUE, "SIGNAL", NULL, "what asks it to end (default: TERM)"},
	{"stop-timeout", 0, OPTION_VALUE, "SECONDS", NULL,
		"how long it then has (default: what stop.timeout says, else 10)"},
	{"label", 0, OPTION_LIST, "NAME[=VALUE]", NULL, "note something beside the container"},
	{0},
};

const struct option confinement_options[] = {
	{"read-only", 0, OPTION_FLAG, NULL, NULL, "let nothing be written but to mounts"},
	{"cap-add", 0, OPTION_LIST, "NAME", NULL, "give its root a capability more"},
	{"cap-drop", 0, OPTION_LIST, "NAME", NULL, "take a capability from it; ALL: all"},
	{"device", 0, OPTION_LIST, "SRC[:DST]", NULL, "let it use a device of the host"},
	{"shm-size", 0, OPTION_VALUE, "SIZE", NULL, "size of /dev/shm (default: 64M)"},
	{"sysctl", 0, OPTION_LIST, "NAME=VALUE", NULL,
		"set a setting of the kernel that it has for itself, such as net.core.somaxconn"},
	{"init", 0, OPTION_FLAG, NULL, NULL,
		"have an init process; every container has one, with or without"},
	{"privileged", 0, OPTION_FLAG, NULL, NULL, "refused: see --cap-add, --device and -J"},
	{"pid", 0, OPTION_VALUE, "private", NULL, "processes of its own, as all have; no other"},
	{"ipc", 0, OPTION_VALUE, "private", NULL,
		"the same for System V IPC; see -J allow.sysvipc"},
	{"uts", 0, OPTION_VALUE, "private", NULL, "the same for its name; see -J host=inherit"},
	{0},
};

static const struct field_option fields[] = {
	{"workdir", "workdir", FIELD_TEXT},
	{"entrypoint", "entrypoint", FIELD_COMMAND},
	{"group-add", "group_add", FIELD_TEXTS},
	{"ulimit", "ulimits", FIELD_TEXTS},
	{"stop-signal", "stop_signal", FIELD_TEXT},
	{"stop-timeout", "stop_timeout", FIELD_NUMBER},
	{"label", "labels", FIELD_LABELS},
	{"read-only", "read_only", FIELD_TRUE},
	{"cap-add", "cap_add", FIELD_TEXTS},
	{"cap-drop", "cap_drop", FIELD_TEXTS},
	{"device", "devices", FIELD_TEXTS},
	{"shm-size", "shm_size", FIELD_BYTES},
	{"sysctl", "sysctls", FIELD_PAIRS},
	{0},
};

/* Namespaces that others share with the host, and what there is instead. */
static const struct {
	const char *option, *instead;
} namespaces[] = {
	{"pid", "a container never sees the host's processes (--pids limits how many it has)"},
	{"ipc", "-J allow.sysvipc shares the host's System V IPC; its /dev/shm is its own"},
	{"uts", "-J host=inherit keeps the host's name"},
};

/* What cannot be had is not taken for said. */
static int check_refused(const struct args *args, struct error *err)
{
	err->code = EXIT_KLEE_FAILED;
	if (args_flag(args, "privileged"))
		return error_set(err, ERROR_INVALID,
			"--privileged: no container gets power over the host; what a program needs "
			"of it is given singly: --cap-add, --device, -J allow.mount, "
			"-J allow.raw_sockets");
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		const char *value = args_value(args, namespaces[i].option);

		if (value != NULL && strcmp(value, "private") != 0)
			return error_set(err, ERROR_INVALID,
				"--%s: '%s' cannot be shared, expected 'private': %s",
				namespaces[i].option, value, namespaces[i].instead);
	}
	return 0;
}

int container_fields(const struct args *args, json_t *config, struct error *err)
{
	return check_refused(args, err) == 0 ? field_options(fields, args, config, err) : -1;
}
