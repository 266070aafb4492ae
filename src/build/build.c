/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/build.h"

#include <stdarg.h>
#include <string.h>

#include "base/log.h"
#include "build/build_private.h"
#include "container/containers.h"
#include "container/networks.h"
#include "dataset/images.h"
#include "dataset/mounts.h"
#include "http/session.h"
#include "http/utf8.h"
#include "params/schemas.h"

#define CLOSE_NORMAL 1000
#define PROGRESS_MAX 60 /* bytes of an instruction that fit on a line of a terminal */

bool build_flag(const struct build *b, const char *name)
{
	return json_is_true(json_object_get(b->config, name));
}

void build_tell(struct build *b, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	session_output(b->session, SESSION_STDOUT, text, strlen(text));
}

const char *build_line_end(const struct build *b)
{
	return build_flag(b, "separate_stderr") ? "\n" : "";
}

/* ---- reading ---- */

static const char *text(const json_t *config, const char *name)
{
	const char *value = json_string_value(json_object_get(config, name));

	return value ? value : "";
}

static int read_dockerfile(struct build *b, struct error *err)
{
	AUTO(buffer_free) struct buffer file = {0};
	const char *path = text(b->config, "dockerfile");

	buffer_puts(&file, "");
	if (context_read(&b->context, path, DOCKERFILE_MAX, &file, err) != 0)
		return -1;
	if (dockerfile_parse(file.data, file.len, &b->file, err) != 0)
		return error_prefix(err, "%s", path);
	return 0;
}

/* ---- building ---- */

static void show_step(struct build *b, size_t number, const char *instruction)
{
	if (!build_flag(b, "quiet"))
		build_tell(b, "Step %zu/%zu : %s%s", number, b->file.n, instruction,
			build_line_end(b));
	if (!build_flag(b, "progress"))
		return;
	/* a text frame that begins with '\r', as of image_create.c */
	session_split(b->session, false);
	session_printf(b->session, "\rStep %zu/%zu : %.*s", number, b->file.n,
		(int)utf8_cut(instruction, strlen(instruction), PROGRESS_MAX), instruction);
	session_split(b->session, build_flag(b, "separate_stderr"));
}

/* As what is found when the Dockerfile is read. */
static int step_failed(const struct build *b, const struct instruction *i, struct error *err)
{
	instruction_error(i, err);
	return error_prefix(err, "%s", text(b->config, "dockerfile"));
}

static bool declares(const struct strings *args, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < args->n; i++)
		if (strncmp(args->v[i], name, len) == 0 && args->v[i][len] == '=')
			return true;
	return false;
}

/* A name that no ARG has is most often misspelt. */
static void tell_unused_arguments(struct build *b)
{
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(b->config, "buildargs"), name, value) {
		AUTO_FREE char *line =
			xasprintf("Warning: no ARG declares the build argument '%s'\n", name);

		if (!declares(&b->args, name) && !declares(&b->first_args, name))
			session_output(b->session, SESSION_STDERR, line, strlen(line));
	}
}

static int run_steps(struct build *b, struct error *err)
{
	for (size_t k = 0; k < b->file.n; k++) {
		const struct instruction *i = &b->file.instructions[k];

		if (session_gone(b->session))
			return error_set(err, ERROR_UNAVAILABLE, "the client is gone");
		show_step(b, k + 1, i->text);
		if (build_step(b, i, err) != 0)
			return err->kind == ERROR_EXEC ? -1 : step_failed(b, i, err);
	}
	tell_unused_arguments(b);
	return build_last_step(b, err);
}

/* Who would remove it? */
static int check_mounts(const json_t *container, struct error *err)
{
	json_t *mount;
	size_t i;

	json_array_foreach (json_object_get(container, "mounts"), i, mount)
		if (mount_is_unnamed(mount))
			return error_set(err, ERROR_INVALID,
				"mount on %s: a volume of a build needs a name",
				json_string_value(json_object_get(mount, "destination")));
	return 0;
}

static int check_config(struct build *b, struct error *err)
{
	json_t *container = json_object_get(b->config, "container_config"),
	       *networks = json_object_get(b->config, "networks");

	json_array_extend(networks, json_object_get(container, "networks"));
	json_object_del(container, "networks");
	if (nametags_of(b->config, &b->names, err) != 0 || check_mounts(container, err) != 0 ||
		networks_choose_driver(b->daemon, container, networks, err) != 0)
		return -1;
	return container_check_config(b->daemon, container, err);
}

/* What can be known to be wrong before anything is done. */
static int prepare(struct build *b, struct error *err)
{
	if (check_config(b, err) != 0)
		return -1;
	if (context_open(&b->context, text(b->config, "context"), err) != 0)
		return -1;
	return read_dockerfile(b, err);
}

/* Tells the client, after the build was started, how it failed. */
static int failed(struct build *b, struct error *err)
{
	bool gone = session_gone(b->session) && !b->daemon->stopping, begun = b->from[0] != '\0';
	AUTO_FREE char *data = xasprintf("%s%s", b->snapshot[0] ? "@" : "", b->snapshot);
	AUTO_FREE char *recent =
		xasprintf("%s%s", b->snapshot[0] ? " Most recent snapshot is " : "", data);
	struct error why = *err;

	state_failed(b, !gone && !build_flag(b, "cleanup"));
	log_info("image %s was not built: %s", b->id, why.message);
	/* the published client shows no other reason than a snapshot */
	if (why.kind != ERROR_EXEC && (begun || !build_flag(b, "separate_stderr")))
		build_tell(b, "%s\n", why.message);
	/* where there is a snapshot it prints the line that says so itself */
	if (begun && (b->snapshot[0] == '\0' || build_flag(b, "separate_stderr")))
		build_tell(b, "Failed to build image %s.%s\n", b->id, recent);
	if (begun) {
		/* a close frame has room for no more */
		error_set(err, ERROR_SYSTEM, "Failed to build image %s", b->id);
	}
	session_error_data(b->session, data);
	return -1;
}

static void build_init(struct build *b, struct daemon *d, struct session *s, json_t *config)
{
	*b = (struct build){.daemon = d,
		.session = s,
		.config = config,
		.context = {.fd = -1},
		.cmd = json_array(),
		.noted = json_object(),
		.user = xstrdup(""),
		.directory = xstrdup("/"),
		.instructions = json_array()};
}

static void build_free(struct build *b)
{
	strings_free(&b->names);
	dockerfile_free(&b->file);
	context_close(&b->context);
	free(b->origin);
	free(b->origin_snapshot);
	container_free(&b->container);
	strings_free(&b->args);
	strings_free(&b->first_args);
	strings_free(&b->inherited);
	strings_free(&b->env);
	json_decref(b->cmd);
	json_decref(b->noted);
	free(b->user);
	free(b->directory);
	strings_free(&b->directories);
	json_decref(b->instructions);
}

/* The end, where the client has nothing against the image that is there: no nameless one is left.
 */
static int finish(struct build *b, struct error *err)
{
	char there[ID_LEN + 1];

	if (!build_flag(b, "reuse") || !state_is_there(b, there))
		return state_finish(b, err);
	if (state_discard(b->daemon, b->id, err) != 0)
		return -1;
	log_debug("image %s is what the build %s has come to", there, b->id);
	memcpy(b->id, there, sizeof(b->id));
	return 0;
}

static int build(struct build *b, struct error *err)
{
	AUTO_FREE char *names = NULL;

	if (prepare(b, err) != 0) {
		session_refused(b->session, err->message);
		return -1;
	}
	id_new(b->id);
	session_starting(b->session, "", b->id);
	session_split(b->session, build_flag(b, "separate_stderr"));
	if (run_steps(b, err) != 0 || finish(b, err) != 0)
		return failed(b, err);
	names = strings_join(&b->names, ", ");
	log_info("image %s (%s) has been built", b->id, b->names.n > 0 ? names : "untagged");
	return 0;
}

int image_build(struct daemon *d, struct session *s, json_t *config, struct error *err)
{
	struct build b;
	int result;

	build_init(&b, d, s, config);
	result = build(&b, err);
	if (result == 0)
		session_finish(s, CLOSE_NORMAL, "image created", b.id);
	build_free(&b);
	images_release(d); /* it may have been the last to use one */
	return result;
}

/* An ImageBuildConfig with its defaults. */
static json_t *lines_config(struct error *err)
{
	json_t *given = json_pack("{s:s, s:b, s:b, s:{s:s, s:s}}", "context", "/", "cleanup", 1,
		"cache", 0, "container_config", "image", "", "network_driver", "host");
	json_t *config = schema_check(&schema_image_build_config, given, err);

	json_decref(given);
	return config;
}

int image_build_lines(struct daemon *d, struct session *s, const char *dockerfile,
	const struct strings *names, char id[ID_LEN + 1], struct error *err)
{
	json_t *config = lines_config(err);
	struct build b;
	int result = -1;

	build_init(&b, d, s, config);
	strings_copy(&b.names, names);
	if (config != NULL)
		result = dockerfile_parse(dockerfile, strlen(dockerfile), &b.file, err);
	id_new(b.id);
	if (result == 0 && (run_steps(&b, err) != 0 || state_finish(&b, err) != 0)) {
		state_failed(&b, false);
		result = -1;
	}
	memcpy(id, b.id, sizeof(b.id));
	build_free(&b);
	images_release(d);
	json_decref(config);
	return result;
}
