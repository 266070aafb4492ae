#include "klee/container_fields.h"

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

static const struct field_option fields[] = {
	{"workdir", "workdir", FIELD_TEXT},
	{"entrypoint", "entrypoint", FIELD_COMMAND},
	{"group-add", "group_add", FIELD_TEXTS},
	{"ulimit", "ulimits", FIELD_TEXTS},
	{"stop-signal", "stop_signal", FIELD_TEXT},
	{"stop-timeout", "stop_timeout", FIELD_NUMBER},
	{"label", "labels", FIELD_LABELS},
	{0},
};

int container_fields(const struct args *args, json_t *config, struct error *err)
{
	return field_options(fields, args, config, err);
}
