/* Changes the configuration of a container. */
#include "klee/commands.h"
#include "klee/environment.h"
#include "klee/klee.h"
#include "klee/limit.h"

static const struct option update_options[] = {
	{"name", 0, OPTION_VALUE, "NAME", NULL, "give it another name"},
	{"user", 'u', OPTION_VALUE, "USER[:GROUP]", NULL, "who runs the command"},
	{"env", 'e', OPTION_LIST, "NAME[=VALUE]", NULL,
		"its environment variables; without VALUE, klee's own"},
	{"jailparam", 'J', OPTION_LIST, "PARAM", NULL, "its jail parameters"},
	{"persist", 'P', OPTION_FLAG, NULL, NULL, "keep the container when prune removes others"},
	{"restart", 0, OPTION_VALUE, "POLICY", NULL,
		"no, on-startup, always, unless-stopped or on-failure[:N]"},
	{0},
};

/* What was given; all else stays as it is. */
static json_t *changes(const struct args *args, struct error *err)
{
	struct strings env = {0}, params = {0}, command = {0};
	json_t *config = NULL;

	args_list(args, "jailparam", &params);
	for (size_t i = 1; i < args->nwords; i++)
		strings_add(&command, args->words[i]);
	if (environment(args, false, &env, err) == 0) {
		config = json_object();
		klee_set_string(config, "name", args_value(args, "name"));
		klee_set_string(config, "user", args_value(args, "user"));
		klee_set_string(config, "restart_policy", args_value(args, "restart"));
		if (args_flag(args, "persist"))
			json_object_set_new(config, "persist", json_true());
		if (env.n > 0)
			json_object_set_new(config, "env", klee_json_strings(&env));
		if (params.n > 0)
			json_object_set_new(config, "jail_param", klee_json_strings(&params));
		if (command.n > 0)
			json_object_set_new(config, "cmd", klee_json_strings(&command));
		if (limits_config(args, config, err) != 0) {
			json_decref(config);
			config = NULL;
		}
	}
	strings_free(&env);
	strings_free(&params);
	strings_free(&command);
	return config;
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
	.options = {update_options, limit_options, quiet_options},
	.summary = "Change the configuration of a container",
	.run = run,
};
