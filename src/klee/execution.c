/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/execution.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "klee/attach.h"
#include "klee/output.h"

static const char *const places[] = {"stdout", "stderr", NULL};

const struct option attach_options[] = {
	{"detach", 'd', OPTION_FLAG, NULL, NULL, "return as soon as the process has started"},
	{"interactive", 'i', OPTION_FLAG, NULL, NULL, "pass standard input to the process"},
	{"tty", 't', OPTION_FLAG, NULL, NULL, "give the process a terminal"},
	{"quiet", 'q', OPTION_FLAG, NULL, NULL, "print no lines of klee's own"},
	{"status", 0, OPTION_VALUE, "stdout|stderr", places, "where klee's own lines go"},
	{0},
};

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* result: klee's own lines are all that is printed. */
static FILE *status_place(const struct args *args, bool result)
{
	const char *place = args_value(args, "status");

	if (args_flag(args, "quiet"))
		return NULL;
	if (place != NULL)
		return strcmp(place, "stdout") == 0 ? stdout : stderr;
	if (result || isatty(STDOUT_FILENO))
		return stdout;
	return is_pipe(STDOUT_FILENO) && isatty(STDERR_FILENO) ? NULL : stderr;
}

void execution_options(struct execution *e, const struct args *args)
{
	e->detach = args_flag(args, "detach");
	e->interactive = args_flag(args, "interactive");
	e->tty = args_flag(args, "tty");
	e->status = status_place(args, e->detach);
}

void execution_say(const struct execution *e, const char *line)
{
	if (e->status != NULL)
		fprintf(e->status, "%s\n", line);
}

/* Returns the id of a new execution instance, to be freed, or NULL. */
static char *create(struct klee *k, const struct execution *e, struct error *err)
{
	static const struct strings none;
	json_t *answer,
		*config = json_pack("{s:s, s:o, s:o, s:s, s:b}", "container_id", e->container,
			"cmd", klee_json_strings(e->command != NULL ? e->command : &none), "env",
			klee_json_strings(e->env != NULL ? e->env : &none), "user",
			e->user != NULL ? e->user : "", "tty", (int)e->tty);
	char *id = NULL;

	klee_set_string(config, "workdir", e->directory);

	if (klee_request(k, "POST", "/exec/create", config, &answer, err) == 0) {
		if (*klee_string(answer, "id") != '\0')
			id = xstrdup(klee_string(answer, "id"));
		else
			error_set(err, ERROR_SYSTEM, "kleened's answer has no id");
		json_decref(answer);
	} else {
		klee_explain(k, e->container, err);
	}
	json_decref(config);
	return id;
}

struct waiting {
	struct closing closing;
	bool over;
};

static void ignore_output(void *arg, const void *data, size_t len, bool first, bool text)
{
}

static void ignore_writable(void *arg)
{
}

static void on_closed(void *arg, int code, const char *reason, size_t len)
{
	struct waiting *w = arg;

	closing_parse(&w->closing, code, reason, len);
	w->over = true;
}

static int start_detached(
	struct klee *k, const struct execution *e, const char *exec_id, struct error *err)
{
	static const struct stream_events events = {
		.output = ignore_output, .writable = ignore_writable, .closed = on_closed};
	struct waiting w = {0};
	json_t *config = json_pack("{s:s, s:b, s:b, s:b}", "exec_id", exec_id, "attach", 0,
		"start_container", !e->running_only, "stopped_only", (int)e->stopped_only);
	int rc;

	stream_open(k->client, "/exec/start", config, &events, &w);
	json_decref(config);
	while (!w.over)
		client_service(k->client);
	rc = closing_check(&w.closing, k->settings.host, err);
	closing_free(&w.closing);
	return rc;
}

int execute_detached(struct klee *k, const char *container, struct error *err)
{
	const struct execution e = {.container = container, .stopped_only = true};
	AUTO_FREE char *id = create(k, &e, err);

	return id == NULL ? -1 : start_detached(k, &e, id, err);
}

/* 126 and 127 are exit codes of their own; anything else is a failure of Klee or Kleened. */
static int failed(struct klee *k, const struct error *err)
{
	klee_report(k, err);
	if (err->code == EXIT_CANNOT_EXECUTE || err->code == EXIT_NO_COMMAND)
		return err->code;
	return EXIT_KLEE_FAILED;
}

/* Prints what an attached process ended with, and makes it Klee's exit code. */
static int conclude(struct klee *k, struct execution *e, struct attach_end *end)
{
	struct error err = {0};
	int code;

	e->abandoned = end->signal != 0 || end->write_error != 0;
	if (end->signal != 0)
		return 128 + end->signal;
	if (end->write_error == EPIPE)
		return 128 + SIGPIPE;
	if (end->write_error != 0) {
		error_errno(&err, end->write_error, "cannot write the output");
		return failed(k, &err);
	}
	if (closing_check(&end->closing, k->settings.host, &err) < 0)
		return failed(k, &err);
	code = closing_exit_code(&end->closing);
	if (code < 0) {
		error_set(&err, ERROR_SYSTEM, "kleened did not say how the process ended: '%s'",
			end->closing.message);
		return failed(k, &err);
	}
	if (e->status != NULL) {
		AUTO_FREE char *line = klee_one_line(end->closing.message);

		fprintf(e->status, "%s\n%s\n", end->newline ? "" : "\n", line);
	}
	return code;
}

int execute(struct klee *k, struct execution *e)
{
	struct error err = {0};
	AUTO_FREE char *id = create(k, e, &err);
	struct attachment a = {.exec_id = id,
		.tty = e->tty,
		.interactive = e->interactive,
		.status = e->status != NULL ? fileno(e->status) : -1,
		.running_only = e->running_only,
		.stopped_only = e->stopped_only};
	struct attach_end end = {0};
	int code;

	e->only_created = id == NULL;
	if (id == NULL)
		return failed(k, &err);
	if (e->status != NULL) {
		AUTO_FREE char *line = klee_one_line(id);

		if (e->title != NULL)
			execution_say(e, e->title);
		fprintf(e->status, "created execution instance %s\n", line);
	}
	if (e->detach) {
		e->only_created = start_detached(k, e, id, &err) < 0;
		return e->only_created ? failed(k, &err) : EXIT_SUCCESS;
	}
	if (fflush(stdout) != 0 || attach(k, &a, &end, &err) < 0) {
		e->only_created = true;
		return failed(k, &err);
	}
	code = conclude(k, e, &end);
	closing_free(&end.closing);
	return code;
}
