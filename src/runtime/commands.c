/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/waiting.h"
#include "params/process_settings.h"
#include "params/words.h"
#include "runtime/runtime.h"

/* s: of exec.stop where neither exec.timeout nor stop.timeout limits it */
#define STOP_TIMEOUT 10

#define SHUTDOWN_SCRIPT "/etc/rc.shutdown" /* what the default of exec.stop runs */

/* ---- surroundings ---- */

static void set_all(struct strings *env, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		strings_setenv(env, json_string_value(item));
}

/* exec.system_jail_user: the user's numbers and variables from the host's database. */
static int take_system_user(const char *name, struct process_spec *spec, struct error *err)
{
	char bytes[16384];
	struct passwd pw, *found = NULL;
	int rc = getpwnam_r(name, &pw, bytes, sizeof(bytes), &found);

	if (found == NULL)
		return rc != 0 ? error_errno(err, rc, "exec.jail_user '%s'", name)
			       : error_set(err, ERROR_INVALID,
					 "exec.jail_user: the host has no user '%s'", name);
	spec->user = xasprintf("%u:%u", (unsigned int)pw.pw_uid, (unsigned int)pw.pw_gid);
	if (spec->clean) {
		strings_take(&spec->env, xasprintf("HOME=%s", pw.pw_dir));
		strings_take(
			&spec->env, xasprintf("SHELL=%s", *pw.pw_shell ? pw.pw_shell : "/bin/sh"));
		strings_take(&spec->env, xasprintf("USER=%s", name));
	}
	return 0;
}

int command_surroundings(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct process_spec *spec, struct error *err)
{
	const char *user = json_string_value(json_object_get(c->config, "user"));
	struct image image;

	spec->clean = s->clean;
	if (s->user != NULL && s->system_jail_user) {
		if (take_system_user(s->user, spec, err) != 0)
			return -1;
	} else {
		spec->user = xstrdup(s->user ? s->user : user ? user : "");
	}
	if (store_get_image(d->store, c->image_id, &image, err) != 0)
		return -1;
	set_all(&spec->env, json_object_get(image.config, "env"));
	set_all(&spec->env, json_object_get(c->config, "env"));
	process_settings_fill(c->config, spec);
	image_free(&image);
	return 0;
}

int command_console(const struct jail_settings *s, int *fd, struct error *err)
{
	struct stat st;

	*fd = -1;
	if (s->consolelog == NULL)
		return 0;
	/* not blocking: a FIFO would wait for its reader */
	*fd = open(s->consolelog,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		0600);
	if (*fd < 0)
		return error_errno(err, errno, "exec.consolelog: cannot open %s", s->consolelog);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	close_fd(fd);
	return error_set(
		err, ERROR_INVALID, "exec.consolelog: %s is not a regular file", s->consolelog);
}

/* ---- one command ---- */

/* What a run of several commands shares. */
struct series {
	struct daemon *daemon;
	const char *name; /* of the parameter */
	const char *require; /* process_spec.require */
	int timeout; /* seconds for each; 0: none */
	int answer_timeout; /* ms until the warden has started one */
	bool hold;
	struct wire_conn conn;
	int console;
};

/* Waits for a message, within what is left of the time. */
static int await(struct series *s, int64_t timeout_ms, struct wire_message *m, struct error *err)
{
	int n = wait_message(s->daemon, NULL, &s->conn, m, timeout_ms, err);

	if (n > 0)
		return 0;
	if (n == 0)
		return error_set(err, ERROR_SYSTEM, "the container ended meanwhile");
	if (err->code == ETIMEDOUT)
		return error_set(err, ERROR_SYSTEM, "it did not end within %lld seconds",
			(long long)timeout_ms / 1000);
	return -1;
}

/* Takes answers up to the process's end. */
static int wait_end(struct series *s, struct error *err)
{
	int64_t timeout = s->timeout > 0 ? (int64_t)s->timeout * 1000 : -1;
	struct wire_message m;
	struct wire_field f;
	int code = -1;

	if (await(s, s->answer_timeout, &m, err) != 0)
		return -1;
	if (m.type != MSG_STARTED) {
		protocol_get_failed(&m, err);
		wire_message_free(&m);
		return -1;
	}
	wire_message_free(&m);
	if (await(s, timeout, &m, err) != 0)
		return -1;
	while (wire_next(&m, &f))
		if (f.tag == FIELD_CODE)
			code = (int)wire_field_u64(&f);
	wire_message_free(&m);
	return code == 0 ? 0 : error_set(err, ERROR_SYSTEM, "it exited with %d", code);
}

static int run(struct series *s, const struct container *c, const struct jail_settings *settings,
	const char *text, struct error *err)
{
	AUTO(process_spec_free)
	struct process_spec spec = {.detached = true, .internal = true, .hold = s->hold};
	struct wire w = {0};
	char id[ID_LEN + 1];
	int n;

	id_new(id);
	spec.id = xstrdup(id);
	spec.require = s->require ? xstrdup(s->require) : NULL;
	words_command(text, &spec.argv);
	if (command_surroundings(s->daemon, c, settings, &spec, err) != 0)
		return -1;
	protocol_put_start(&w, &spec);
	n = wire_send(s->conn.fd, &w, &s->console, s->console >= 0, 0, err);
	wire_free(&w);
	return n == 0 ? wait_end(s, err) : -1;
}

/* ---- all of them ---- */

static int run_all(struct series *s, const struct container *c,
	const struct jail_settings *settings, const struct strings *commands, struct error *err)
{
	if (command_console(settings, &s->console, err) != 0 ||
		runtime_connect(s->daemon->runtime, c->id, &s->conn, err) != 0)
		return -1;
	for (size_t i = 0; i < commands->n; i++) {
		log_debug("container %s: %s: running %s", c->id, s->name, commands->v[i]);
		if (run(s, c, settings, commands->v[i], err) != 0)
			return error_prefix(err, "%s '%s'", s->name, commands->v[i]);
	}
	return 0;
}

int commands_start(struct daemon *d, const struct container *c, const struct jail_settings *s,
	struct wire_conn *hold, struct error *err)
{
	struct series series = {.daemon = d,
		.name = "exec.start",
		.timeout = s->timeout,
		.answer_timeout = START_TIMEOUT,
		.hold = true,
		.conn = {.fd = -1},
		.console = -1};
	int result;

	if (s->start.n == 0)
		return 0;
	result = run_all(&series, c, s, &s->start, err);
	close_fd(&series.console);
	if (result != 0)
		wire_conn_close(&series.conn);
	else
		*hold = series.conn;
	return result;
}

void commands_stop(struct daemon *d, const struct container *c, const struct jail_settings *s)
{
	struct series series = {.daemon = d,
		.name = "exec.stop",
		.require = s->stop_given ? NULL : SHUTDOWN_SCRIPT,
		.timeout = s->timeout > 0	 ? s->timeout
			   : s->stop_timeout > 0 ? s->stop_timeout
						 : STOP_TIMEOUT,
		.answer_timeout = STOP_TIMEOUT * 1000,
		.conn = {.fd = -1},
		.console = -1};
	struct error err;

	if (s->stop.n > 0 && run_all(&series, c, s, &s->stop, &err) != 0 &&
		err.kind != ERROR_CONFLICT) /* it ended by itself just now */
		log_warning("container %s: %s", c->id, err.message);
	close_fd(&series.console);
	wire_conn_close(&series.conn);
}
