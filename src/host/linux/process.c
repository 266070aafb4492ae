#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/linux/trees.h"

#define FILES_SOFT_LIMIT                                                                           \
	1024 /* descriptors a process in a container has unless it asks for more                   \
	      */

#define STACK_SIZE 65536 /* of the child until it executes the warden */

struct host {
	int fd; /* sealed memfd with the executable */
};

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3; older kernels refuse the flag with EINVAL */
#endif

static int copy_file(int from, int to)
{
	struct stat st;
	off_t at = 0;

	if (fstat(from, &st) != 0)
		return -1;
	while (at < st.st_size)
		if (sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0)
			return -1;
	return 0;
}

struct host *host_open(const char *path, struct error *err)
{
	AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;
	struct host *h;

	if (file < 0) {
		error_errno(err, errno, "cannot open the warden %s", path);
		return NULL;
	}
	fd = memfd_create("warden", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("warden", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || copy_file(file, fd) != 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) !=
			0) {
		error_errno(err, errno, "cannot copy the warden %s to memory", path);
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->fd = take_fd(&fd);
	return h;
}

void host_close(struct host *h)
{
	if (h == NULL)
		return;
	close(h->fd);
	free(h);
}

/* In the child, which shares the daemon's memory until execve(2): system calls only. */
__attribute__((noreturn)) static void run_warden(int program, int control)
{
	char *const argv[] = {(char *)"warden", NULL}, *const envp[] = {NULL};
	sigset_t none;
	struct rlimit files;
	int null;

	/* the daemon raised its own; programs that use select(2) count on this one */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > FILES_SOFT_LIMIT) {
		files.rlim_cur = FILES_SOFT_LIMIT;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* out of the way of the numbers that they get */
	program = fcntl(program, F_DUPFD_CLOEXEC, 16);
	control = fcntl(control, F_DUPFD_CLOEXEC, 16);
	if (null < 0 || program < 0 || control < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	dup2(control, 3);
	dup3(program, 4, O_CLOEXEC);
	syscall(SYS_close_range, 5, ~0U, 0);
	syscall(SYS_execveat, 4, "", argv, envp, AT_EMPTY_PATH);
	_exit(1);
}

struct spawn {
	int program, control;
};

static int run_warden_of(void *arg)
{
	const struct spawn *s = arg;

	run_warden(s->program, s->control);
}

/* Opens what the warden, in a mount namespace of its own, could not. */
static int prepare(struct jail_config *config, struct error *err)
{
	struct handover *handover = &config->handover;

	handover->fds = xcalloc(config->nmounts, sizeof(*handover->fds));
	if (trees_open(config, -1, handover->fds, err) != 0)
		return -1;
	handover->nfds = config->nmounts;
	return 0;
}

pid_t warden_spawn(struct host *h, int control, struct jail_config *config, struct error *err)
{
	/* as vfork(2): copying the daemon's page tables would cost more than all the rest */
	int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS |
		    CLONE_NEWIPC | CLONE_NEWCGROUP |
		    (config->network == NETWORK_HOST ? 0 : CLONE_NEWNET);
	struct spawn spawn = {h->fd, control};
	sigset_t all, before;
	int pid, errnum;
	char *stack;

	if (prepare(config, err) != 0)
		return -1;
	stack = xmalloc(STACK_SIZE);
	/* no handler of the daemon may run in the child, which shares its memory */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = clone(run_warden_of, stack + STACK_SIZE, flags, &spawn);
	errnum = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	free(stack);
	if (pid < 0)
		return error_errno(err, errnum, "cannot start a warden in new namespaces");
	return pid;
}

int process_watch(pid_t pid, struct error *err)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return error_errno(err, errno, "cannot watch process %d", (int)pid);
	return fd;
}

pid_t socket_peer_root(int fd, struct error *err)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return error_errno(err, errno, "cannot tell who is at the other end of a socket");
	if (cred.uid != 0 || cred.pid <= 0)
		return error_set(err, ERROR_SYSTEM, "the other end of a socket is not root's");
	return cred.pid;
}

int container_sweep(const char *id, const char *root, bool *found, struct error *err)
{
	/* namespaces and all that was in them went with the container's last process */
	*found = false;
	return 0;
}
