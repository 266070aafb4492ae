/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/program.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fds.h"

#define POLL_MS	 200 /* how long a cancellation can take */
#define LINE_MAX 500 /* bytes of a line of output; more is cut */

char *program_find(const char *name)
{
	static const char *const dirs[] = {"/usr/bin", "/usr/sbin", "/bin", "/sbin"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char *path = xasprintf("%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* In the child of a process with other threads: system calls only. */
static void child(char *const *argv, char *const *env, int out, int in)
{
	struct sigaction def = {.sa_handler = SIG_DFL};
	struct pollfd reader = {.fd = 1};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &def, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	fds_keep(NULL, 0);
	/* it may have died before the signal was asked for: then nobody reads what comes */
	if (poll(&reader, 1, 0) != 0)
		_exit(127);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		_exit(126);
	(void)!chdir("/");
	execve(argv[0], argv, env);
	_exit(127);
}

static pid_t start(const struct strings *argv, const struct strings *env, int out, int in)
{
	static char *const empty[] = {NULL};
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		child(argv->v, env->n > 0 ? env->v : empty, out, in);
	return pid;
}

/*
 * Cuts the output into lines; the last complete one stays in last. What apt(8) and others say of
 * the cause of all that follows is their first line with "E: ".
 */
struct output {
	char line[LINE_MAX + 1];
	size_t len;
	char last[LINE_MAX + 1];
	char cause[LINE_MAX + 1];
	const struct progress *progress;
};

static void end_line(struct output *o)
{
	if (o->len == 0)
		return;
	memcpy(o->last, o->line, o->len);
	o->last[o->len] = '\0';
	o->len = 0;
	if (o->cause[0] == '\0' && strncmp(o->last, "E: ", 3) == 0)
		memcpy(o->cause, o->last, sizeof(o->cause));
	progress_line(o->progress, o->last);
}

static void take_output(struct output *o, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n' || data[i] == '\r')
			end_line(o);
		else if (o->len < LINE_MAX)
			o->line[o->len++] = iscntrl((unsigned char)data[i]) ? ' ' : data[i];
	}
}

/* Reads until the program and all that it started have closed the pipe. False: cancelled. */
static bool follow(int fd, pid_t pid, const struct progress *p, struct output *o)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char data[4096];
	bool going_on = true;

	for (;;) {
		if (going_on && progress_cancelled(p)) {
			going_on = false;
			kill(pid, SIGKILL); /* and with PID 1 all of its namespace */
		}
		int rc = poll(&poll_fd, 1, POLL_MS);
		if (rc < 0 && errno != EINTR)
			break;
		if (rc <= 0)
			continue;
		ssize_t n = read(fd, data, sizeof(data));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		take_output(o, data, (size_t)n);
	}
	end_line(o);
	return going_on;
}

static int result(
	const char *program, int status, bool cancelled, const struct output *o, struct error *err)
{
	const char *why = o->cause[0] != '\0' ? o->cause : o->last;

	if (cancelled)
		return error_set(err, ERROR_SYSTEM, "%s was cancelled", program);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_SYSTEM, "%s was ended by signal %d: %s", program,
			WTERMSIG(status), why);
	return error_set(err, ERROR_SYSTEM, "%s failed with exit code %d: %s", program,
		WEXITSTATUS(status), why[0] != '\0' ? why : "it could not be started");
}

int program_run(const struct strings *argv, const struct strings *env, const struct progress *p,
	struct error *err)
{
	AUTO_CLOSE int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct output output = {.progress = p};
	int pipe_fds[2], status = 0;
	pid_t pid;

	if (in < 0 || pipe2(pipe_fds, O_CLOEXEC) != 0)
		return error_errno(err, errno, "cannot start %s", argv->v[0]);
	pid = start(argv, env, pipe_fds[1], in);
	int errnum = errno;
	close(pipe_fds[1]);
	if (pid < 0) {
		close(pipe_fds[0]);
		return error_errno(err, errnum, "cannot start %s", argv->v[0]);
	}
	bool going_on = follow(pipe_fds[0], pid, p, &output);
	close(pipe_fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return result(argv->v[0], status, !going_on, &output, err);
}
