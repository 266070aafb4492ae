/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes the configuration of a container. */
#include "klee/commands.h"
#include "klee/container_fields.h"
#include "klee/environment.h"
#include "klee/klee.h"
#include "klee/limit.h"
#include "klee/mounts.h"
#include "klee/ports.h"

static const struct option update_options[] = {
	{"name", 0, OPTION_VALUE, "NAME", NULL, "give it another name"},
	{"user", 'u', OPTION_VALUE, "USER[:GROUP]", NULL, "who runs the command"},
	{"env", 'e', OPTION_LIST, "NAME[=VALUE]", NULL,
		"set an environment variable; without VALUE, to klee's own"},
	{"env-clear", 0, OPTION_FLAG, NULL, NULL, "leave no variables but those of --env"},
	{"publish", 'p', OPTION_LIST, "[IF:]HOST[:CONTAINER][/tcp|udp]", NULL,
		"its published ports, all of them"},
	{"jailparam", 'J', OPTION_LIST, "PARAM", NULL, "set a jail parameter"},
	{"jailparam-clear", 0, OPTION_FLAG, NULL, NULL,
		"leave no jail parameters but those of --jailparam"},
	{"persist", 'P', OPTION_FLAG, NULL, NULL, "keep the container when prune removes others"},
	{"restart", 0, OPTION_VALUE, "POLICY", NULL,
		"no, on-startup, always, unless-stopped or on-failure[:N]"},
	{0},
};

/* Sets a list where something was given for it. Takes the list over; NULL: there was an error. */
static int set_list(json_t *config, const char *field, json_t *list)
{
	if (list == NULL)
		return -1;
	if (json_array_size(list) > 0)
		json_object_set(config, field, list);
	json_decref(list);
	return 0;
}

static int set_lists(const struct args *args, json_t *config, struct error *err)
{
	AUTO(strings_free) struct strings env = {0}, params = {0}, command = {0};
	bool clear = args_flag(args, "env-clear");

	args_list(args, "jailparam", &params);
	for (size_t i = 1; i < args->nwords; i++)
		strings_add(&command, args->words[i]);
	if (environment(args, false, &env, err) != 0)
		return -1;
	if (clear)
		json_object_set_new(config, "env", klee_json_strings(&env));
	else
		set_list(config, "env_add", klee_json_strings(&env));
	if (args_flag(args, "jailparam-clear"))
		json_object_set_new(config, "jail_param", klee_json_strings(&params));
	else
		set_list(config, "jail_param_add", klee_json_strings(&params));
	set_list(config, "cmd", klee_json_strings(&command));
	return set_list(config, "mounts", mounts(args, err)) == 0
		       ? set_list(config, "public_ports", ports(args, err))
		       : -1;
}

/* What was given; all else stays as it is. */
static json_t *changes(const struct args *args, struct error *err)
{
	json_t *config = json_object();

	klee_set_string(config, "name", args_value(args, "name"));
	klee_set_string(config, "user", args_value(args, "user"));
	klee_set_string(config, "restart_policy", args_value(args, "restart"));
	if (args_flag(args, "persist"))
		json_object_set_new(config, "persist", json_true());
	if (set_lists(args, config, err) == 0 && limits_config(args, config, err) == 0 &&
		container_fields(args, config, err) == 0)
		return config;
	json_decref(config);
	return NULL;
}

static int run(struct klee *k, const struct args *args)
{
	struct error err = {0};
	json_t *answer, *config = changes(args, &err);
	int rc;

	if (config == NULL)
		return klee_failed(k, &err);
	rc = klee_object(k, "POST", "/containers/%s/update", args->words[0], config, &answer, &err);
	json_decref(config);
	if (rc < 0)
		return klee_argument_failed(k, &err);
	klee_acted(k, answer, args->words[0]);
	return EXIT_SUCCESS;
}

const struct command cmd_container_update = {
	.group = "container",
	.name = "update",
	.arguments = "CONTAINER [COMMAND]...",
	.options = {update_options, process_options, mount_options, confinement_options,
		limit_options, quiet_options},
	.summary = "Change the configuration of a container",
	.run = run,
};
