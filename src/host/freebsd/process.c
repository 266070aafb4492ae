/* SPDX-License-Identifier: BSD-2-Clause */
/* Wardens as the daemon sees them: host/process.h. */
#include "host/process.h"

#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/ucred.h>
#include <sys/un.h> /* SOL_LOCAL, LOCAL_PEERCRED */
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/freebsd/host.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/limit_impl.h"
#include "host/freebsd/mounts.h"
#include "host/freebsd/network_impl.h"

/* Where a new warden has its descriptors. The last is closed by execve(2). */
enum { FD_CONTROL = 3, FD_PROGRAM, FD_END };

/* What the child needs, all made ready before vfork(2). */
struct start {
	int null, control, program;
	volatile int failure; /* errno of a child that could not execute the warden */
};

struct host *host_open(const char *path, const char *directory, const char *instance,
	const char *run_dir, struct error *err)
{
	struct host *h;
	struct stat st;
	int fd = open(path, O_EXEC | O_CLOEXEC);

	if (fd < 0) {
		error_errno(err, errno, "%s", path);
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		error_set(err, ERROR_SYSTEM, "%s: not a program", path);
		close(fd);
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->fd = fd;
	h->instance = xstrdup(instance);
	h->run_dir = xstrdup(run_dir);
	h->settings = settings_new(run_dir);
	return h;
}

void host_close(struct host *h)
{
	if (h == NULL)
		return;
	close(h->fd);
	free(h->instance);
	free(h->run_dir);
	settings_free(h->settings);
	free(h);
}

bool host_wants_userns(enum network_driver driver, const struct strings *params)
{
	return false; /* there are none */
}

void host_warnings(struct host *h, enum network_driver driver, const struct strings *params,
	struct strings *warnings)
{
	/* a jail confines its root by itself, whatever its network */
}

bool host_has_userns(struct host *h, struct error *reason)
{
	error_set(reason, ERROR_INVALID, "FreeBSD has no user namespaces");
	return false;
}

void host_adopt(struct host *h, pid_t warden)
{
	/* a jail shares the host's users: nothing is a warden's alone */
}

/* Moves a descriptor above all those that get a fixed number. */
static int lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, FD_END);
}

static bool place(int from, int to, int flags)
{
	return dup2(from, to) == to && fcntl(to, F_SETFD, flags) == 0;
}

/* Past the threads library, which would note it for the daemon, too. */
static void reset_signals(void)
{
	const struct sigaction action = {.sa_handler = SIG_DFL};

	for (int sig = 1; sig < NSIG; sig++)
		syscall(SYS_sigaction, sig, &action, NULL);
}

/* In the child, which shares the daemon's memory until execve(2): system calls only. */
static _Noreturn void become_warden(struct start *s)
{
	char name[] = "warden", path[] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin";
	char *argv[] = {name, NULL}, *env[] = {path, NULL};
	sigset_t none;

	/* every signal is blocked yet, so none of the daemon's handlers runs here */
	reset_signals();
	sigemptyset(&none);
	setsid();
	umask(022);
	if (chdir("/") == 0 && place(s->null, STDIN_FILENO, 0) &&
		place(s->null, STDOUT_FILENO, 0) && place(s->null, STDERR_FILENO, 0) &&
		place(s->control, FD_CONTROL, 0) && place(s->program, FD_PROGRAM, FD_CLOEXEC)) {
		closefrom(FD_END);
		sigprocmask(SIG_SETMASK, &none, NULL);
		fexecve(FD_PROGRAM, argv, env);
	}
	s->failure = errno;
	_exit(127);
}

/* vfork(2): copying the daemon's page tables would cost more than all the rest. */
static pid_t fork_blocked(struct start *s)
{
	sigset_t all, before;
	pid_t pid;
	int saved;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		become_warden(s);
	saved = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

pid_t warden_spawn(struct host *h, int control, struct jail_config *config, struct error *err)
{
	AUTO_CLOSE int null_low = open("/dev/null", O_RDWR | O_CLOEXEC);
	AUTO_CLOSE int null = -1, program = -1, control_copy = -1;
	struct start start;
	pid_t pid;

	if (null_low < 0)
		return error_errno(err, errno, "/dev/null");
	null = lift(null_low);
	program = lift(h->fd);
	control_copy = lift(control);
	if (program < 0 || null < 0 || control_copy < 0)
		return error_errno(err, errno, "start of the warden");
	if (limits_enter(h, config->id, &config->limits, err) < 0)
		return -1;
	if (endpoints_make(h, config->driver, config->endpoints, config->nendpoints, err) < 0)
		return -1;
	start = (struct start){.null = null, .control = control_copy, .program = program};
	pid = fork_blocked(&start);
	if (pid < 0)
		return error_errno(err, errno, "fork");
	if (start.failure == 0)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return error_errno(err, start.failure, "start of the warden");
}

/* kqueue(2) takes no flags before 14. */
static int new_kqueue(struct error *err)
{
	int kq = kqueue();

	if (kq < 0 || fcntl(kq, F_SETFD, FD_CLOEXEC) < 0) {
		error_errno(err, errno, "kqueue");
		close_fd(&kq);
	}
	return kq;
}

int process_watch(pid_t pid, struct error *err)
{
	AUTO_CLOSE int kq = new_kqueue(err);
	struct kevent change;

	if (kq < 0)
		return -1;
	EV_SET(&change, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
	if (kevent(kq, &change, 1, NULL, 0, NULL) == 0)
		return take_fd(&kq);
	if (errno != ESRCH)
		return error_errno(err, errno, "watch of process %d", (int)pid);
	/* it has ended: an event that is there from the start */
	EV_SET(&change, 1, EVFILT_USER, EV_ADD, 0, 0, NULL);
	if (kevent(kq, &change, 1, NULL, 0, NULL) < 0)
		return error_errno(err, errno, "kevent");
	/* adding and triggering are two steps: the kernel drops the flag of the first */
	EV_SET(&change, 1, EVFILT_USER, 0, NOTE_TRIGGER, 0, NULL);
	if (kevent(kq, &change, 1, NULL, 0, NULL) < 0)
		return error_errno(err, errno, "kevent");
	return take_fd(&kq);
}

/*
 * On a socket that has connected, these are the credentials of whoever called listen(2) last on
 * the other end, not of who accepts.
 */
pid_t socket_peer_root(int fd, struct error *err)
{
	struct xucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &cred, &len) < 0)
		return error_errno(err, errno, "LOCAL_PEERCRED");
	if (len != sizeof(cred) || cred.cr_version != XUCRED_VERSION || cred.cr_pid <= 0)
		return error_set(err, ERROR_SYSTEM, "the other end of the socket is unknown");
	if (cred.cr_uid != 0)
		return error_set(err, ERROR_SYSTEM,
			"the other end of the socket is user %u, not root", (unsigned)cred.cr_uid);
	return cred.cr_pid;
}

int container_kill(struct host *h, const char *id, int process, pid_t pid, struct error *err)
{
	AUTO_FREE char *name = jailparam_jail_name(id);
	int jid = jailcall_find(name, err);

	if (jid < 0 || (jid > 0 && jailcall_remove(jid, err) < 0))
		return -1;
	/* process still tells its end, so the number cannot be another's */
	if (pid > 0 && kill(pid, SIGKILL) != 0 && errno != ESRCH)
		return error_errno(err, errno, "cannot end the warden of container %s", id);
	return 0;
}

int container_sweep(
	struct host *h, const char *id, const char *root, bool *found, struct error *err)
{
	AUTO_FREE char *name = jailparam_jail_name(id);
	char real[PATH_MAX];
	int jid = jailcall_find(name, err);

	*found = false;
	if (jid < 0)
		return -1;
	if (jid > 0) {
		*found = true;
		if (jailcall_remove(jid, err) < 0)
			return -1;
	}
	if (realpath(root, real) != NULL)
		return mounts_remove_below(real, false, found, err);
	/* what is mounted below a file system that is gone keeps its path */
	if (errno == ENOENT)
		return mounts_remove_below(root, false, found, err);
	return error_errno(err, errno, "%s", root);
}
