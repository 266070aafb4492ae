/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds an image from a Dockerfile and the files of a directory. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "klee/commands.h"
#include "klee/container_config.h"
#include "klee/image_advice.h"
#include "klee/limit.h"
#include "klee/mounts.h"
#include "klee/networking.h"
#include "klee/transfer.h"

/* How kleened's message begins when an instruction failed, and not kleened. */
#define BUILD_FAILED "Failed to build image"

static const struct option build_options[] = {
	{"from", 0, OPTION_VALUE, "IMAGE", NULL, "begin with this image instead of FROM's"},
	{"file", 'f', OPTION_VALUE, "FILE", NULL, "the Dockerfile, seen from PATH"},
	{"tag", 't', OPTION_LIST, "NAME[:TAG]", NULL,
		"name of the image; may be given several times"},
	{"quiet", 'q', OPTION_FLAG, NULL, NULL, "print the image's id alone"},
	{"rm", 0, OPTION_FLAG, NULL, NULL, "leave nothing of a build that fails"},
	{"build-arg", 0, OPTION_LIST, "NAME[=VALUE]", NULL,
		"a value for ARG; without VALUE, klee's own variable"},
	{"no-cache", 0, OPTION_FLAG, NULL, NULL, "do all anew, whatever earlier builds have done"},
	{0},
};

static json_t *build_args(const struct args *args, struct error *err)
{
	json_t *object = json_object();
	struct strings given = {0};

	args_list(args, "build-arg", &given);
	for (size_t i = 0; i < given.n && object != NULL; i++) {
		size_t len = strcspn(given.v[i], "=");
		AUTO_FREE char *name = xstrndup(given.v[i], len);
		const char *value = given.v[i][len] == '=' ? given.v[i] + len + 1 : getenv(name);
		bool is_text = value == NULL || text_is_utf8(value);

		if (len > 0 && is_text) {
			klee_set_string(object, name, value);
			continue;
		}
		error_set(err, ERROR_INVALID, "--build-arg: '%s' %s", given.v[i],
			is_text ? "is not NAME=VALUE" : "has a value that is not UTF-8");
		json_decref(object);
		object = NULL;
	}
	strings_free(&given);
	return object;
}

/* PATH as kleened needs it, which has another working directory. */
static char *context(const char *path, struct error *err)
{
	char directory[PATH_MAX];

	if (path[0] == '/')
		return xstrdup(path);
	if (getcwd(directory, sizeof(directory)) == NULL) {
		error_errno(err, errno, "cannot tell the working directory");
		return NULL;
	}
	if (!text_is_utf8(directory)) {
		error_set(err, ERROR_INVALID, "the working directory '%s' is not UTF-8", directory);
		return NULL;
	}
	return xasprintf("%s/%s", directory, path);
}

static json_t *build_config(
	const struct args *args, const struct networking *networking, struct error *err)
{
	AUTO_FREE char *path = context(args->words[0], err);
	json_t *container = path ? container_surroundings(args, networking->driver, err) : NULL;
	json_t *config;
	json_t *values = container ? build_args(args, err) : NULL;
	bool quiet = args_flag(args, "quiet");

	if (values == NULL || limits_config(args, container, err) != 0) {
		json_decref(container);
		json_decref(values);
		return NULL;
	}
	klee_set_string(container, "image", args_value(args, "from"));
	config = json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o}", "context", path,
		"quiet", (int)quiet, "cleanup", (int)args_flag(args, "rm"), "cache",
		!args_flag(args, "no-cache"), "reuse", 1, "separate_stderr", 1, "progress",
		isatty(STDERR_FILENO) && (quiet || !isatty(STDOUT_FILENO)), "buildargs", values,
		"container_config", container, "networks", networking_json(networking));
	klee_set_string(config, "dockerfile", args_value(args, "file"));
	klee_set_names(config, args);
	return config;
}

static json_t *read_arguments(struct klee *k, const struct args *args, struct error *err)
{
	struct networking networking;
	json_t *config = NULL;

	if (networking_parse(args, &networking, err) == 0)
		config = build_config(args, &networking, err);
	networking_free(&networking);
	return config;
}

/* An instruction failed; what and how has been printed already. */
static int build_failed(struct klee *k, const struct args *args)
{
	struct strings names = {0};
	struct error err = {0};

	args_list(args, "tag", &names);
	if (args_flag(args, "rm"))
		error_set(&err, ERROR_SYSTEM, "the build failed, nothing of it is left");
	else if (names.n > 0)
		error_set(&err, ERROR_SYSTEM, "the build failed, its state is kept as %.*s:failed",
			(int)strcspn(names.v[0], ":"), names.v[0]);
	else
		error_set(&err, ERROR_SYSTEM, "the build failed, its state is kept as an image");
	klee_report(k, &err);
	strings_free(&names);
	return EXIT_ARGUMENT_FAILED;
}

static int run(struct klee *k, const struct args *args)
{
	struct closing closing;
	struct error err = {0};
	json_t *config = read_arguments(k, args, &err);
	int rc;

	if (config == NULL)
		return klee_failed(k, &err);
	rc = transfer(k, "/images/build", config, TRANSFER_TO_BOTH, &closing, &err);
	json_decref(config);
	if (rc < 0 && err.code == EPIPE)
		return 128 + SIGPIPE;
	if (rc < 0 && strncmp(err.message, BUILD_FAILED, strlen(BUILD_FAILED)) == 0)
		return build_failed(k, args);
	if (rc < 0) {
		image_advice(k, &err);
		return klee_failed(k, &err);
	}
	transfer_result(&closing);
	return EXIT_SUCCESS;
}

const struct command cmd_image_build = {
	.group = "image",
	.name = "build",
	.shortcut = "build",
	.arguments = "PATH",
	.options = {build_options, container_options, mount_options, networking_options,
		limit_options},
	.summary = "Build an image from a Dockerfile",
	.run = run,
};
