/* SPDX-License-Identifier: BSD-2-Clause */
#include "warden/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "host/inside.h"
#include "host/system.h"
#include "host/ulimit.h"
#include "warden/userdb.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND	    127

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Standard input, output and error become the terminal, whose master goes to the warden. */
static int take_terminal(
	struct jail *jail, const struct process_spec *p, uid_t uid, int report, struct error *err)
{
	const struct winsize size = {.ws_row = p->rows, .ws_col = p->cols};
	AUTO_CLOSE int master = -1;
	int terminal;
	struct wire w = {0};

	if (jail_open_terminal(jail, &master, &terminal, err) != 0)
		return -1;
	if (ioctl(terminal, TIOCSCTTY, 0) != 0)
		return error_errno(err, errno, "cannot make the terminal the controlling one");
	(void)!fchown(terminal, uid, (gid_t)-1);
	if (p->rows > 0 && p->cols > 0)
		ioctl(terminal, TIOCSWINSZ, &size);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(terminal, fd) < 0)
			return error_errno(err, errno, "cannot set up the terminal");
	close(terminal);
	wire_begin(&w, MSG_OK);
	return wire_send(report, &w, &master, 1, 0, err);
}

static int take_streams(const int streams[3], uid_t uid, struct error *err)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++) {
		if (dup2(streams[fd], fd) < 0)
			return error_errno(err, errno, "cannot set up the streams");
		/* a pipe (never the host's /dev/null): so that a process that is not root can open
		 * /dev/stdout anew */
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
			(void)!fchown(fd, uid, (gid_t)-1);
	}
	return 0;
}

/* The user's variables where they are wanted and the given list does not set them itself. */
static void make_environment(
	const struct process_spec *p, const struct user *user, struct strings *env)
{
	if (p->clean) {
		strings_take(env, xasprintf("HOME=%s", user->home));
		strings_take(env, xasprintf("SHELL=%s", user->shell));
		strings_take(env, xasprintf("USER=%s", user->name));
		strings_take(env, xasprintf("PATH=%s", login_path));
		if (p->tty)
			strings_add(env, "TERM=xterm");
	}
	for (size_t i = 0; i < p->env.n; i++)
		strings_setenv(env, p->env.v[i]);
}

static const char *get_variable(const struct strings *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return env->v[i] + len + 1;
	return NULL;
}

/* execve(2), with the command looked up in the container's own PATH; returns the errno. */
static int execute(const struct process_spec *p, const struct strings *env)
{
	const char *name = p->argv.v[0], *path = get_variable(env, "PATH");
	char *none[] = {NULL}, **envp = env->n > 0 ? env->v : none;
	int result = ENOENT;

	if (strchr(name, '/') != NULL) {
		execve(name, p->argv.v, envp);
		return errno;
	}
	if (path == NULL)
		path = login_path;
	while (*name != '\0' && path != NULL) {
		const char *colon = strchrnul(path, ':');
		AUTO_FREE char *dir = xstrndup(path, (size_t)(colon - path));
		AUTO_FREE char *full = xasprintf("%s/%s", *dir ? dir : ".", name);

		execve(full, p->argv.v, envp);
		if (errno != ENOENT && errno != ENOTDIR)
			result = errno;
		path = *colon ? colon + 1 : NULL;
	}
	return result;
}

/* Whether the container has the file. */
static bool has_file(int root, const char *path)
{
	struct error err;
	AUTO_CLOSE int fd = inside_open_file(root, path, false, &err);

	return fd >= 0;
}

/*
 * Changes to the directory that path leads to in the container, which is made when it is missing.
 * Not by chdir(2): /proc/self/fd of this process is not the container's.
 */
static int change_directory(int root, const char *path, struct error *err)
{
	AUTO_CLOSE int fd = inside_directory(root, path, true, err);

	if (fd >= 0 && fchdir(fd) == 0)
		return 0;
	if (fd >= 0)
		error_errno(err, errno, "cannot enter it");
	err->kind = ERROR_SYSTEM;
	return error_prefix(err, "cannot change to the directory '%s' in the container", path);
}

/* So that no name of the container's, not even of a command, leads to the warden's descriptors. */
static void close_others(int report)
{
	if (report > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned int)report - 1, 0);
	close_range((unsigned int)report + 1, ~0U, 0);
}

static int start(struct jail *jail, const struct process_spec *p, const int streams[3], int report,
	struct error *err)
{
	AUTO_CLOSE int root = -1;
	struct user user;
	struct strings env = {0};
	int errnum;

	if (jail_enter(jail, err) != 0)
		return -1;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, errno, "cannot open the container's root directory");
	if (p->require != NULL && !has_file(root, p->require))
		_exit(0);
	if (user_lookup(root, p->user ? p->user : "", &p->groups, &user, err) != 0)
		return -1;
	if (p->tty ? take_terminal(jail, p, user.uid, report, err)
		   : take_streams(streams, user.uid, err))
		return -1;
	/* as root: the directory need not be open to the user */
	if (p->directory != NULL && change_directory(root, p->directory, err) != 0)
		return -1;
	for (size_t i = 0; i < p->ulimits.n; i++)
		if (ulimit_set(p->ulimits.v[i], err) != 0)
			return -1;
	make_environment(p, &user, &env);
	if (jail_confine(jail, user.uid, user.gid, user.groups, user.ngroups, err) != 0)
		return -1;
	close_fd(&root);
	close_others(report);
	errnum = execute(p, &env);
	error_errno(err, errnum, "cannot execute '%s' in the container", p->argv.v[0]);
	err->kind = ERROR_EXEC;
	err->code = errnum == ENOENT || errnum == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	return -1;
}

void child_run(struct jail *jail, const struct process_spec *p, const int streams[3], int report)
{
	struct error err = {0};
	struct wire w = {0};

	reset_signals();
	setsid();
	umask(022);
	start(jail, p, streams, report, &err);
	protocol_put_failed(&w, &err);
	wire_send(report, &w, NULL, 0, 0, &err);
	_exit(EXIT_NOT_FOUND);
}
