/* SPDX-License-Identifier: BSD-2-Clause */
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fds.h"
#include "base/log.h"
#include "host/process.h"
#include "params/words.h"

#define TICK_MS	     500 /* how long it takes to see that the daemon ends */
#define LINE_LEN     500 /* bytes of a line of output; more is cut */
#define GROUPS_MAX   256
#define READS_MAX    16 /* of output between two looks at the clock */
#define NOT_EXECUTED 127

/* Everything the child needs, made ready before fork(2): no other thread runs in it. */
struct command {
	struct strings argv, env;
	char *program;
	bool change_user;
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int ngroups;
	int null, output; /* the child's ends */
};

/* ---- before the start ---- */

/* The file of a command's name in PATH, as execvp(3) would find it. */
static char *find_program(const char *name)
{
	const char *path = login_path;

	if (strchr(name, '/') != NULL)
		return xstrdup(name);
	while (*path != '\0') {
		size_t len = strcspn(path, ":");
		char *full = xasprintf("%.*s/%s", (int)len, path, name);
		struct stat st;

		if (stat(full, &st) == 0 && S_ISREG(st.st_mode) && access(full, X_OK) == 0)
			return full;
		free(full);
		path += len + (path[len] == ':');
	}
	return NULL;
}

/* The user's numbers and variables, getpwnam(3). */
static int take_user(struct command *c, const char *name, struct error *err)
{
	char bytes[16384];
	struct passwd pw, *found = NULL;
	int rc = getpwnam_r(name, &pw, bytes, sizeof(bytes), &found);

	if (found == NULL)
		return rc != 0 ? error_errno(err, rc, "exec.system_user '%s'", name)
			       : error_set(err, ERROR_INVALID,
					 "exec.system_user: the host has no user '%s'", name);
	c->ngroups = GROUPS_MAX;
	if (getgrouplist(name, pw.pw_gid, c->groups, &c->ngroups) < 0)
		return error_set(err, ERROR_SYSTEM,
			"exec.system_user '%s' is a member of too many groups", name);
	c->uid = pw.pw_uid;
	c->gid = pw.pw_gid;
	c->change_user = strcmp(name, "root") != 0;
	strings_take(&c->env, xasprintf("HOME=%s", pw.pw_dir));
	strings_take(&c->env, xasprintf("SHELL=%s", *pw.pw_shell ? pw.pw_shell : "/bin/sh"));
	strings_take(&c->env, xasprintf("USER=%s", name));
	return 0;
}

static void command_free(struct command *c)
{
	strings_free(&c->argv);
	strings_free(&c->env);
	free(c->program);
	close_fd(&c->null);
	close_fd(&c->output);
}

static int compose(const struct jail_settings *s, const char *text,
	const struct hook_container *container, struct command *c, struct error *err)
{
	*c = (struct command){.null = -1, .output = -1};
	words_command(text, &c->argv);
	strings_take(&c->env, xasprintf("PATH=%s", login_path));
	strings_take(&c->env, xasprintf("JNAME=%s", container->id));
	if (container->number != 0)
		strings_take(&c->env, xasprintf("JID=%d", container->number));
	if (container->path != NULL)
		strings_take(&c->env, xasprintf("JPATH=%s", container->path));
	if (take_user(c, s->system_user ? s->system_user : "root", err) != 0)
		return -1;
	c->program = find_program(c->argv.v[0]);
	if (c->program == NULL)
		return error_set(err, ERROR_SYSTEM, "there is no program '%s'", c->argv.v[0]);
	return 0;
}

/* ---- the child ---- */

/* Between fork(2) and execve(2) of a process with threads: async-signal-safe calls only. */
static _Noreturn void become(const struct command *c)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	struct pollfd reader = {.fd = 1};
	int keep[] = {c->null, c->output};
	sigset_t none;

	/* also what a library has opened without close-on-exec */
	fds_keep(keep, ARRAY_SIZE(keep));
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &action, NULL);
	setsid();
	umask(022);
	if (chdir("/") == 0 && dup2(c->null, 0) == 0 && dup2(c->output, 1) == 1 &&
		dup2(c->output, 2) == 2 &&
		poll(&reader, 1, 0) == 0 && /* the daemon is still there to read */
		(!c->change_user || (setgroups((size_t)c->ngroups, c->groups) == 0 &&
					    setgid(c->gid) == 0 && setuid(c->uid) == 0))) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(c->program, c->argv.v, c->env.v);
	}
	_exit(NOT_EXECUTED);
}

static pid_t start(struct command *c, int *reader, struct error *err)
{
	sigset_t all, before;
	int fds[2], errnum;
	pid_t pid;

	c->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (c->null < 0 || pipe2(fds, O_CLOEXEC) != 0)
		return error_errno(err, errno, "cannot start it");
	*reader = fds[0];
	c->output = fds[1];
	fcntl(*reader, F_SETFL, O_NONBLOCK);
	/* no handler of the daemon may run in the child */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(c);
	errnum = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close_fd(&c->output);
	if (pid < 0)
		return error_errno(err, errnum, "cannot start it");
	return pid;
}

/* ---- its output and its end ---- */

/* Cuts the output into lines for the log. */
struct output {
	const char *hook, *id;
	char line[LINE_LEN + 1];
	size_t len;
};

static void end_line(struct output *o)
{
	o->line[o->len] = '\0';
	if (o->len > 0)
		log_info("container %s: %s: %s", o->id, o->hook, o->line);
	o->len = 0;
}

static void take_output(struct output *o, int *reader)
{
	char bytes[4096];
	ssize_t n = 1;

	/* not for ever: one that never pauses must not outlast its time */
	for (int i = 0; i < READS_MAX && *reader >= 0; i++) {
		n = read(*reader, bytes, sizeof(bytes));
		if (n == 0)
			break;
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				close_fd(reader);
			return;
		}
		for (ssize_t at = 0; at < n; at++) {
			if (bytes[at] == '\n')
				end_line(o);
			else if (o->len < LINE_LEN)
				o->line[o->len++] = bytes[at];
		}
	}
	if (n == 0)
		close_fd(reader);
}

enum end { END_EXITED, END_TIMEOUT, END_STOPPING };

/* Takes the output until the command ends. What it left running is not waited for. */
static enum end follow(
	int process, int *reader, int timeout, const struct hook_container *c, struct output *o)
{
	int64_t deadline = timeout > 0 ? now_ms() + (int64_t)timeout * 1000 : INT64_MAX;

	for (;;) {
		struct pollfd fds[] = {
			{.fd = process, .events = POLLIN}, {.fd = *reader, .events = POLLIN}};
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return END_TIMEOUT;
		if (c->stopping != NULL && *c->stopping)
			return END_STOPPING;
		if (poll(fds, ARRAY_SIZE(fds), (int)(left < TICK_MS ? left : TICK_MS)) < 0)
			continue;
		take_output(o, reader);
		if (fds[0].revents != 0)
			return END_EXITED;
	}
}

static int result(enum end end, int status, int timeout, struct error *err)
{
	if (end == END_TIMEOUT)
		return error_set(err, ERROR_SYSTEM,
			"it did not end within exec.timeout, %d seconds", timeout);
	if (end == END_STOPPING)
		return error_set(err, ERROR_UNAVAILABLE, "kleened is stopping");
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_SYSTEM, "it was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == NOT_EXECUTED)
		return error_set(err, ERROR_SYSTEM, "it could not be executed, or exited with 127");
	if (WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_SYSTEM, "it exited with %d", WEXITSTATUS(status));
	return 0;
}

static int run(const struct jail_settings *s, const char *hook, const char *text,
	const struct hook_container *container, struct error *err)
{
	struct output output = {.hook = hook, .id = container->id};
	AUTO_CLOSE int reader = -1, process = -1;
	AUTO(command_free) struct command c;
	enum end end = END_TIMEOUT;
	int status = 0;
	pid_t pid;

	if (compose(s, text, container, &c, err) != 0)
		return -1;
	pid = start(&c, &reader, err);
	if (pid < 0)
		return -1;
	process = process_watch(pid, err);
	if (process >= 0)
		end = follow(process, &reader, s->timeout, container, &output);
	if (end != END_EXITED) {
		kill(pid, SIGKILL);
		kill(-pid, SIGKILL); /* and all that it started and that did not leave its group */
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	take_output(&output, &reader);
	end_line(&output);
	return process < 0 ? -1 : result(end, status, s->timeout, err);
}

int hooks_run(const struct jail_settings *s, enum hook hook, const struct hook_container *c,
	struct error *err)
{
	const struct strings *commands = &s->hooks[hook];

	for (size_t i = 0; i < commands->n; i++) {
		log_debug("container %s: %s: running %s", c->id, hook_names[hook], commands->v[i]);
		if (run(s, hook_names[hook], commands->v[i], c, err) != 0)
			return error_prefix(err, "%s '%s'", hook_names[hook], commands->v[i]);
	}
	return 0;
}
