/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a base image from an archive, the system's own release, or a dataset. */
#include <string.h>

#include "klee/commands.h"
#include "klee/transfer.h"

static const struct option create_options[] = {
	{"tag", 't', OPTION_LIST, "NAME[:TAG]", NULL,
		"name of the image; may be given several times"},
	{"autotag", 'a', OPTION_SWITCH, NULL, NULL,
		"name it after the release it holds, unless it has a name (default)"},
	{"dns", 0, OPTION_SWITCH, NULL, NULL, "copy the host's /etc/resolv.conf in (default)"},
	{"localtime", 0, OPTION_SWITCH, NULL, NULL, "copy the host's /etc/localtime in (default)"},
	{"update", 0, OPTION_SWITCH, NULL, NULL, "run the system's updater in the image"},
	{0},
};

/* What SOURCE is called in ImageCreateConfig, and whether it must be there. */
static const struct method {
	const char *name, *source;
	bool required;
} methods[] = {
	{"fetch", "url", true},
	{"fetch-auto", "url", false},
	{"zfs-copy", "zfs_dataset", true},
	{"zfs-clone", "zfs_dataset", true},
};

static const struct method *find_method(const struct args *args, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, args->words[0]) != 0)
			continue;
		if (!methods[i].required || args->nwords > 1)
			return &methods[i];
		error_set(err, ERROR_INVALID, "method %s needs a SOURCE", methods[i].name);
		return NULL;
	}
	error_set(err, ERROR_INVALID,
		"unknown method '%s', expected fetch, fetch-auto, zfs-copy or zfs-clone",
		args->words[0]);
	return NULL;
}

static json_t *image_config(const struct args *args, const struct method *method)
{
	static const char *const switches[] = {"autotag", "dns", "localtime", "update"};
	json_t *config = json_pack(
		"{s:s, s:b}", "method", method->name, "progress", isatty(STDERR_FILENO) ? 1 : 0);

	klee_set_names(config, args);
	if (args->nwords > 1)
		klee_set_string(config, method->source, args->words[1]);
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (args_switch(args, switches[i]) >= 0)
			json_object_set_new(
				config, switches[i], json_boolean(args_switch(args, switches[i])));
	return config;
}

static int run(struct klee *k, const struct args *args)
{
	struct closing closing;
	struct error err = {0};
	const struct method *method = find_method(args, &err);
	json_t *config;
	int rc;

	if (method == NULL) {
		klee_report(k, &err);
		return EXIT_USAGE;
	}
	config = image_config(args, method);
	rc = transfer(k, "/images/create", config,
		k->quiet ? TRANSFER_TO_NOBODY : TRANSFER_TO_STDERR, &closing, &err);
	json_decref(config);
	if (rc < 0)
		return klee_failed(k, &err);
	transfer_result(&closing);
	return EXIT_SUCCESS;
}

const struct command cmd_image_create = {
	.group = "image",
	.name = "create",
	.arguments = "METHOD [SOURCE]",
	.options = {create_options, quiet_id_options},
	.summary = "Create a base image: fetch, fetch-auto, zfs-clone or zfs-copy",
	.run = run,
};
