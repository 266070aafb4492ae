#include "klee/container_config.h"

#include "klee/environment.h"
#include "klee/limit.h"
#include "klee/mounts.h"

#include <string.h>

static const char *const drivers[] = {"ipnet", "host", "vnet", "disabled", NULL};

const struct option container_options[] = {
	{"name", 0, OPTION_VALUE, "NAME", NULL, "name of the container (default: a generated one)"},
	{"user", 'u', OPTION_VALUE, "USER[:GROUP]", NULL, "who runs the command"},
	{"env", 'e', OPTION_LIST, "NAME[=VALUE]", NULL,
		"set an environment variable; without VALUE, to klee's own"},
	{"env-file", 0, OPTION_LIST, "FILE", NULL, "set those of a file, NAME=VALUE a line"},
	{"mount", 'm', OPTION_LIST, "SRC:DST[:rw|ro]", NULL,
		"mount a volume, or a directory or file of the host if SRC begins with '/'"},
	{"jailparam", 'J', OPTION_LIST, "PARAM", NULL,
		"set a jail parameter: name, name=value, noname"},
	{"driver", 'l', OPTION_VALUE, "DRIVER", drivers,
		"network driver: ipnet, host, vnet or disabled"},
	{"network", 'n', OPTION_LIST, "NETWORK", NULL,
		"network to join; 'host' is the host's own, the default"},
	{0},
};

const struct option container_keeping_options[] = {
	{"persist", 'P', OPTION_FLAG, NULL, NULL, "keep the container when prune removes others"},
	{"restart", 0, OPTION_VALUE, "POLICY", NULL,
		"no, on-startup, always, unless-stopped or on-failure[:N]"},
	{0},
};

/* The driver that --driver and --network lead to; NULL with *err if they contradict. */
static const char *network_driver(const struct args *args, struct error *err)
{
	const char *driver = args_value(args, "driver");
	struct strings networks = {0};
	bool host = false;

	args_list(args, "network", &networks);
	for (size_t i = 0; i < networks.n; i++) {
		host = host || strcmp(networks.v[i], "host") == 0;
		if (strcmp(networks.v[i], "host") != 0) {
			error_set(err, ERROR_INVALID,
				"--network: cannot join '%s', only 'host' is known", networks.v[i]);
			driver = NULL;
			goto out;
		}
	}
	if (host && driver != NULL && strcmp(driver, "host") != 0) {
		error_set(
			err, ERROR_INVALID, "--network host does not go with --driver %s", driver);
		driver = NULL;
		goto out;
	}
	if (driver == NULL)
		driver = "host";
out:
	strings_free(&networks);
	return driver;
}

json_t *container_surroundings(const struct args *args, struct error *err)
{
	const char *driver = network_driver(args, err);
	struct strings env = {0}, params = {0};
	json_t *config = NULL, *mount_points = NULL;

	args_list(args, "jailparam", &params);
	if (driver == NULL || environment(args, true, &env, err) < 0 ||
		(mount_points = mounts(args, err)) == NULL)
		goto out;
	config = json_pack("{s:s, s:o, s:o}", "network_driver", driver, "env",
		klee_json_strings(&env), "mounts", mount_points);
	klee_set_string(config, "name", args_value(args, "name"));
	klee_set_string(config, "user", args_value(args, "user"));
	if (params.n > 0)
		json_object_set_new(config, "jail_param", klee_json_strings(&params));
	if (limits_config(args, config, err) != 0) {
		json_decref(config);
		config = NULL;
	}
out:
	strings_free(&params);
	strings_free(&env);
	return config;
}

json_t *container_config(const struct args *args, struct error *err)
{
	json_t *config = container_surroundings(args, err);
	struct strings command = {0};

	if (config == NULL)
		return NULL;
	for (size_t i = 1; i < args->nwords; i++)
		strings_add(&command, args->words[i]);
	klee_set_string(config, "image", args->words[0]);
	json_object_set_new(config, "persist", json_boolean(args_flag(args, "persist")));
	klee_set_string(config, "restart_policy", args_value(args, "restart"));
	if (command.n > 0)
		json_object_set_new(config, "cmd", klee_json_strings(&command));
	strings_free(&command);
	return config;
}

char *container_create(struct klee *k, const struct args *args, bool auto_remove, struct error *err)
{
	json_t *answer, *config = container_config(args, err);
	char *id = NULL;

	if (config == NULL)
		return NULL;
	json_object_set_new(config, "auto_remove", json_boolean(auto_remove));
	if (klee_request(k, "POST", "/containers/create", config, &answer, err) == 0) {
		if (*klee_string(answer, "id") != '\0')
			id = klee_one_line(klee_string(answer, "id"));
		else
			error_set(err, ERROR_SYSTEM, "kleened's answer has no id");
		json_decref(answer);
	}
	json_decref(config);
	return id;
}
