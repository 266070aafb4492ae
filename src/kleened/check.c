/* SPDX-License-Identifier: BSD-2-Clause */
#include "kleened/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/private.h"
#include "daemon/config.h"
#include "host/storage.h"
#include "http/listen.h"

/* That the file is there, or its directory, and can be written. */
static int check_log(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *directory =
		slash != NULL ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	struct stat st;

	if (access(path, W_OK) == 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (access(path, W_OK) == 0 || (errno == ENOENT && access(directory, W_OK) == 0))
		return 0;
	return error_errno(err, errno, "log_file: cannot open %s", path);
}

/* It is made where it is missing, but only a directory of the daemon's own will do. */
static int check_run_dir(const char *path, struct error *err)
{
	struct stat st = {0};

	if (stat(path, &st) != 0 && errno == ENOENT)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERROR_INVALID, "run_dir: %s is not a directory", path);
	if (private_place_check(path, &st, err) != 0)
		return error_prefix(err, "run_dir");
	return 0;
}

static int check(const struct config *c, struct error *err)
{
	if ((c->log_file != NULL && check_log(c->log_file, err) != 0) ||
		check_run_dir(c->run_dir, err) != 0)
		return -1;
	if (storage_check(c->kleene_root, err) != 0)
		return error_prefix(err, "kleene_root");
	for (unsigned int i = 0; i < c->api_listening_sockets_count; i++)
		if (listen_check(&c->api_listening_sockets[i], err) != 0)
			return error_prefix(err, "api_listening_sockets");
	return 0;
}

static int ready(const struct config *c, struct error *err)
{
	return listen_answers(&c->api_listening_sockets[0], err);
}

/* Returns the exit code. */
static int say(const char *config_path, int (*look)(const struct config *, struct error *))
{
	struct error err = {0};
	struct config *c = config_load(config_path, &err);
	int result = c != NULL ? look(c, &err) : -1;

	if (c != NULL)
		config_free(c);
	if (result != 0)
		fprintf(stderr, "kleened: %s\n", err.message);
	return result == 0 ? 0 : 1;
}

int check_main(const char *config_path)
{
	return say(config_path, check);
}

int ready_main(const char *config_path)
{
	return say(config_path, ready);
}
