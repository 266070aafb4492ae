/* SPDX-License-Identifier: BSD-2-Clause */
/* What each instruction does. */
#include <string.h>

#include "build/assignments.h"
#include "build/build_private.h"
#include "build/copy.h"
#include "build/noted.h"
#include "build/variables.h"
#include "container/containers.h"
#include "container/single.h"
#include "dataset/datasets.h"
#include "dataset/images.h"
#include "host/inside.h"
#include "host/system.h"
#include "http/session.h"
#include "warden/protocol.h"

/* ---- variables ---- */

static bool is_set(const struct strings *vars, const char *entry)
{
	return variable_value(vars, entry, strcspn(entry, "=")) != NULL;
}

/* The variables that RUN's processes get beside the image's and the container's own. */
static void own_variables(const struct build *b, struct strings *vars)
{
	for (size_t i = 0; i < b->args.n; i++)
		if (!is_set(&b->inherited, b->args.v[i]))
			strings_setenv(vars, b->args.v[i]);
	for (size_t i = 0; i < b->env.n; i++)
		strings_setenv(vars, b->env.v[i]);
}

/* All variables that instructions can name, as a process would find them. */
void step_variables(const struct build *b, struct strings *vars)
{
	const json_t *options = json_object_get(b->config, "container_config");
	AUTO(strings_free) struct strings own = {0};
	const json_t *item;
	size_t i;

	strings_take(vars, xasprintf("PATH=%s", login_path));
	for (i = 0; i < b->inherited.n; i++)
		strings_setenv(vars, b->inherited.v[i]);
	json_array_foreach (json_object_get(options, "env"), i, item)
		strings_setenv(vars, json_string_value(item));
	own_variables(b, &own);
	for (i = 0; i < own.n; i++)
		strings_setenv(vars, own.v[i]);
}

int step_expand(const struct build *b, const struct instruction *i, struct strings *words,
	struct error *err)
{
	AUTO(strings_free) struct strings vars = {0};
	bool copy = i->kind == INSTRUCTION_COPY;

	step_variables(b, &vars);
	if (!i->json)
		return words_expand(
			i->rest, &vars, copy ? WORDS_SPLIT : WORDS_WHOLE, copy, words, err);
	for (size_t k = 0; k < i->list.n; k++) {
		char *word = text_expand(i->list.v[k], &vars, err);

		if (word == NULL)
			return -1;
		strings_take(words, word);
	}
	return 0;
}

char *step_expand_one(const struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (step_expand(b, i, &words, err) != 0)
		return NULL;
	if (words.n == 1 && words.v[0][0] != '\0')
		return xstrdup(words.v[0]);
	error_set(err, ERROR_CONFLICT, "with its variables replaced there is no word left");
	return NULL;
}

/* ---- instructions that change no file ---- */

static int do_from(struct build *b, const struct instruction *i, struct error *err)
{
	const json_t *options = json_object_get(b->config, "container_config");
	const char *other = json_string_value(json_object_get(options, "image"));
	AUTO_FREE char *ref =
		other != NULL && other[0] != '\0' ? xstrdup(other) : step_expand_one(b, i, err);

	if (ref == NULL)
		return -1;
	/* what was declared for FROM alone is not for what follows */
	b->first_args = b->args;
	b->args = (struct strings){0};
	return state_begin(b, ref, err);
}

/* The value of a variable that the instruction declares as NAME or NAME=VALUE. */
static const char *arg_value(const struct build *b, const char *declared, size_t len)
{
	const json_t *given = json_object_get(b->config, "buildargs");
	AUTO_FREE char *name = xstrndup(declared, len);
	const char *value = json_string_value(json_object_get(given, name));

	if (value == NULL && declared[len] == '=')
		value = declared + len + 1;
	if (value == NULL)
		value = variable_value(&b->first_args, declared, len);
	return value != NULL ? value : "";
}

static int do_arg(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0};

	if (step_expand(b, i, &words, err) != 0)
		return -1;
	for (size_t k = 0; k < words.n; k++) {
		size_t len = strcspn(words.v[k], "=");
		AUTO_FREE char *entry =
			xasprintf("%.*s=%s", (int)len, words.v[k], arg_value(b, words.v[k], len));

		strings_setenv(&b->args, entry);
	}
	return 0;
}

static int do_env(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings words = {0}, vars = {0};

	step_variables(b, &vars);
	if (assignments_expand(i->rest, &vars, NAMES_OF_VARIABLES, &words, err) != 0)
		return -1;
	for (size_t k = 0; k < words.n; k++)
		strings_setenv(&b->env, words.v[k]);
	return 0;
}

static int do_user(struct build *b, const struct instruction *i, struct error *err)
{
	char *user = step_expand_one(b, i, err);

	if (user == NULL)
		return -1;
	free(b->user);
	b->user = user;
	return 0;
}

/* "." and ".." stay in it for whoever walks it. */
char *step_absolute(const struct build *b, const char *path)
{
	size_t len = strlen(b->directory);

	if (path[0] == '/')
		return xstrdup(path);
	return xasprintf("%s%s%s", b->directory, b->directory[len - 1] == '/' ? "" : "/", path);
}

static int do_workdir(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO_FREE char *path = step_expand_one(b, i, err);
	char *directory;

	if (path == NULL)
		return -1;
	directory = step_absolute(b, path);
	free(b->directory);
	b->directory = directory;
	json_object_set_new(b->noted, "workdir", json_string(directory));
	strings_add(&b->directories, directory);
	return 0;
}

json_t *step_json_strings(const struct strings *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(json, json_string(list->v[i]));
	return json;
}

/* ---- instructions that do ---- */

/* Makes the directories of WORKDIR that are missing. */
static int make_directories(struct build *b, struct error *err)
{
	AUTO_FREE char *dataset = dataset_name("container", b->container.id);
	AUTO_CLOSE int root = -1;

	if (b->directories.n == 0)
		return 0;
	root = storage_open_root(b->daemon->storage, dataset, err);
	if (root < 0)
		return -1;
	for (size_t i = 0; i < b->directories.n; i++) {
		int fd = inside_directory(root, b->directories.v[i], true, err);

		if (fd < 0)
			return -1;
		close(fd);
	}
	strings_free(&b->directories);
	return 0;
}

int step_check_client(struct session *s, struct error *err)
{
	return session_gone(s) ? error_set(err, ERROR_UNAVAILABLE, "the client is gone") : 0;
}

void step_done(struct build *b)
{
	memcpy(b->snapshot, b->contents, sizeof(b->snapshot));
	if (!build_flag(b, "quiet"))
		build_tell(b, "--> Snapshot created: @%s%s", b->snapshot, build_line_end(b));
}

int step_prepare(struct build *b, struct error *err)
{
	return state_need_container(b, err) != 0 ? -1 : make_directories(b, err);
}

int step_from_cache(
	struct build *b, const struct instruction *i, const char *key, struct error *err)
{
	int found = state_from_cache(b, key, err);

	if (found <= 0)
		return found;
	if (!build_flag(b, "quiet"))
		build_tell(b, "--> Using the cache\n");
	state_note(b, i, b->contents);
	step_done(b);
	return 1;
}

/* The members of ImageBuildConfig.container_config on which what a process does may depend. */
static json_t *surroundings(const struct build *b)
{
	static const char *const members[] = {
		"env", "mounts", "jail_param", "network_driver", "memory", "cpus", "pids"};
	const json_t *options = json_object_get(b->config, "container_config");
	json_t *object = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		json_object_set(object, members[i], json_object_get(options, members[i]));
	json_object_set(object, "networks", json_object_get(b->config, "networks"));
	return object;
}

static char *run_key(const struct build *b, const struct strings *cmd, const struct strings *env)
{
	json_t *depends = surroundings(b);

	json_object_update_new(depends,
		json_pack("{s:o, s:o, s:o, s:s, s:s, s:o}", "command", step_json_strings(cmd),
			"variables", step_json_strings(env), "inherited",
			step_json_strings(&b->inherited), "user", b->user, "directory",
			b->directory, "directories", step_json_strings(&b->directories)));
	return cache_key(b, "RUN", depends);
}

static int run_command(
	struct build *b, const struct strings *cmd, const struct strings *env, struct error *err)
{
	const struct single run = {.cmd = cmd,
		.env = env,
		.user = b->user,
		.directory = b->directory,
		.silent = build_flag(b, "quiet")};
	AUTO_FREE char *text = strings_join(cmd, " ");
	int code = 0, end;

	if (step_prepare(b, err) != 0)
		return -1;
	end = single_run(b->daemon, b->session, &b->container, &run, &code, err);
	if (end == ATTACH_GONE)
		return error_set(err, ERROR_UNAVAILABLE, "the client is gone");
	if (end < 0 && err->kind == ERROR_EXEC) {
		build_tell(b, "%s\n", err->message);
		code = err->code;
	} else if (end < 0) {
		return -1;
	}
	if (code == 0)
		return 0;
	build_tell(b, "The command '%s' returned a non-zero code: %d\n", text, code);
	error_set(err, ERROR_EXEC, "a command failed");
	return -1;
}

static int do_run(struct build *b, const struct instruction *i, struct error *err)
{
	AUTO(strings_free) struct strings cmd = {0}, env = {0};
	AUTO_FREE char *key = NULL;
	int found;

	command_words(b, i, i->rest, &cmd);
	own_variables(b, &env);
	key = run_key(b, &cmd, &env);
	found = step_from_cache(b, i, key, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	if (run_command(b, &cmd, &env, err) != 0 || state_snapshot(b, i, key, err) != 0)
		return -1;
	step_done(b);
	return 0;
}

static int (*const functions[])(struct build *b, const struct instruction *i, struct error *err) = {
	[INSTRUCTION_FROM] = do_from,
	[INSTRUCTION_ARG] = do_arg,
	[INSTRUCTION_ENV] = do_env,
	[INSTRUCTION_USER] = do_user,
	[INSTRUCTION_WORKDIR] = do_workdir,
	[INSTRUCTION_SHELL] = do_shell,
	[INSTRUCTION_RUN] = do_run,
	[INSTRUCTION_COPY] = do_copy,
	[INSTRUCTION_ENTRYPOINT] = do_entrypoint,
	[INSTRUCTION_CMD] = do_cmd,
	[INSTRUCTION_EXPOSE] = do_expose,
	[INSTRUCTION_VOLUME] = do_volume,
	[INSTRUCTION_LABEL] = do_label,
	[INSTRUCTION_STOPSIGNAL] = do_stopsignal,
	[INSTRUCTION_MAINTAINER] = do_maintainer,
};

int build_step(struct build *b, const struct instruction *i, struct error *err)
{
	if (functions[i->kind](b, i, err) != 0)
		return -1;
	if (i->kind != INSTRUCTION_RUN && i->kind != INSTRUCTION_COPY)
		state_note(b, i, "");
	return 0;
}

int build_last_step(struct build *b, struct error *err)
{
	AUTO_FREE char *key = NULL;
	int found;

	if (b->directories.n == 0)
		return 0;
	key = cache_key(b, "WORKDIR",
		json_pack("{s:o}", "directories", step_json_strings(&b->directories)));
	found = state_from_cache(b, key, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	if (step_prepare(b, err) != 0)
		return -1;
	return state_snapshot(b, NULL, key, err);
}
