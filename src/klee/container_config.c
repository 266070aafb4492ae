/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/container_config.h"

#include "klee/container_fields.h"
#include "klee/environment.h"
#include "klee/id_file.h"
#include "klee/image_advice.h"
#include "klee/limit.h"
#include "klee/mounts.h"
#include "klee/networking.h"
#include "klee/ports.h"

#include <stdio.h>
#include <string.h>

#define PERSIST_LETTER 'P'
#define START_TIME     60 /* s that a container which is to be removed waits for its start */

const struct option container_options[] = {
	{"name", 0, OPTION_VALUE, "NAME", NULL, "name of the container (default: a generated one)"},
	{"user", 'u', OPTION_VALUE, "USER[:GROUP]", NULL, "who runs the command"},
	{"env", 'e', OPTION_LIST, "NAME[=VALUE]", NULL,
		"set an environment variable; without VALUE, to klee's own"},
	{"env-file", 0, OPTION_LIST, "FILE", NULL, "set those of a file, NAME=VALUE a line"},
	{"jailparam", 'J', OPTION_LIST, "PARAM", NULL,
		"set a jail parameter: name, name=value, noname"},
	{0},
};

const struct option container_keeping_options[] = {
	{"persist", PERSIST_LETTER, OPTION_FLAG, NULL, NULL,
		"keep the container when prune removes others"},
	{"cidfile", 0, OPTION_VALUE, "FILE", NULL, "write its id to a file, which is made"},
	{"restart", 0, OPTION_VALUE, "POLICY", NULL,
		"no, on-startup, always, unless-stopped or on-failure[:N]"},
	{0},
};

json_t *container_surroundings(const struct args *args, const char *driver, struct error *err)
{
	json_t *config = NULL, *mount_points = NULL, *public_ports = NULL;
	struct strings env = {0}, params = {0};

	args_list(args, "jailparam", &params);
	if (environment(args, true, &env, err) < 0 || (mount_points = mounts(args, err)) == NULL ||
		(public_ports = ports(args, err)) == NULL)
		goto out;
	config = json_pack("{s:o, s:O, s:O}", "env", klee_json_strings(&env), "mounts",
		mount_points, "public_ports", public_ports);
	klee_set_string(config, "network_driver", driver);
	klee_set_string(config, "name", args_value(args, "name"));
	klee_set_string(config, "user", args_value(args, "user"));
	if (params.n > 0)
		json_object_set_new(config, "jail_param", klee_json_strings(&params));
	networking_set_names(args, config);
	if (limits_config(args, config, err) != 0) {
		json_decref(config);
		config = NULL;
	}
out:
	json_decref(mount_points);
	json_decref(public_ports);
	strings_free(&params);
	strings_free(&env);
	return config;
}

static json_t *container_config(
	const struct args *args, const struct networking *networking, struct error *err)
{
	json_t *config = container_surroundings(args, networking->driver, err);
	struct strings command = {0};

	if (config == NULL)
		return NULL;
	json_object_set_new(config, "networks", networking_json(networking));
	for (size_t i = 1; i < args->nwords; i++)
		strings_add(&command, args->words[i]);
	klee_set_string(config, "image", args->words[0]);
	json_object_set_new(config, "persist", json_boolean(args_flag(args, "persist")));
	klee_set_string(config, "restart_policy", args_value(args, "restart"));
	if (command.n > 0)
		json_object_set_new(config, "cmd", klee_json_strings(&command));
	strings_free(&command);
	if (container_fields(args, config, err) != 0) {
		json_decref(config);
		config = NULL;
	}
	return config;
}

/* POST /containers/create; returns the id, to be freed, or NULL with *err. */
static char *create(struct klee *k, json_t *config, struct error *err)
{
	json_t *answer;
	char *id = NULL;

	if (klee_request(k, "POST", "/containers/create", config, &answer, err) < 0) {
		creation_advice(k, err);
		return NULL;
	}
	if (*klee_string(answer, "id") != '\0')
		id = klee_one_line(klee_string(answer, "id"));
	else
		error_set(err, ERROR_SYSTEM, "kleened's answer has no id");
	klee_show_warnings(answer);
	json_decref(answer);
	return id;
}

/* create, with the id in a file. */
static char *create_noted(struct klee *k, json_t *config, const char *path, struct error *err)
{
	char *id = NULL;
	int fd;

	if (id_file_make(path, &fd, err) != 0)
		return NULL;
	id = create(k, config, err);
	if (id_file_finish(path, &fd, id, err) != 0 && id != NULL)
		klee_report(k, err); /* the container is there all the same */
	return id;
}

/* How many elements a list of the image has; 0 also when it cannot be had. */
static size_t image_has(struct klee *k, const char *image, const char *list)
{
	struct error ignored = {0};
	json_t *answer;
	size_t n;

	if (klee_object(k, "GET", "/images/%s/inspect", image, NULL, &answer, &ignored) < 0)
		return 0;
	n = json_array_size(json_object_get(answer, list));
	json_decref(answer);
	return n;
}

bool container_ends_options(struct klee *k, const struct args *args)
{
	const char *given = args_value(args, "entrypoint");

	return given != NULL ? *given != '\0' : image_has(k, args->words[0], "entrypoint") > 0;
}

/* docker's -P publishes ports, which nobody should believe to have been done. */
static void warn_of_persist(struct klee *k, const struct args *args, bool auto_remove)
{
	if (!args_letter(args, PERSIST_LETTER) || args_given(args, "publish") ||
		!(auto_remove || image_has(k, args->words[0], "exposed_ports") > 0))
		return;
	fprintf(stderr,
		"klee: warning: -P is --persist, which keeps the container from 'prune', and "
		"publishes no port; -p PORT does\n");
}

char *container_create(struct klee *k, const struct args *args, bool auto_remove, struct error *err)
{
	struct networking networking = {.driver = NULL};
	json_t *config = NULL;
	char *id = NULL;

	if (networking_parse(args, &networking, err) == 0)
		config = container_config(args, &networking, err);
	if (config != NULL) {
		json_object_set_new(config, "auto_remove", json_boolean(auto_remove));
		if (auto_remove) /* also if Klee is killed before it has started it */
			json_object_set_new(
				config, "remove_unless_started", json_integer(START_TIME));
		warn_of_persist(k, args, auto_remove);
		id = create_noted(k, config, args_value(args, "cidfile"), err);
	}
	json_decref(config);
	networking_free(&networking);
	return id;
}
