/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a warden in new namespaces, and what only the daemon can prepare for it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fds.h"
#include "host/linux/clone.h"
#include "host/linux/filter.h"
#include "host/linux/handover.h"
#include "host/linux/host.h"
#include "host/linux/mount_sources.h"
#include "host/linux/network_impl.h"
#include "host/linux/permissions.h"

/* descriptors a process in a container has unless it asks for more */
#define FILES_SOFT_LIMIT 1024

#define STACK_SIZE 65536 /* of the child until it executes the warden */

/* What the child needs; it shares the daemon's memory until it executes the warden. */
struct spawn {
	int program, control;
	int sync[2]; /* the daemon's end, the child's */
	uid_t owner; /* of its user namespace: the first of its ids on the host; 0: there is none */
};

/* The user ids are mapped by now: the child becomes the namespace's root. No wrappers of libc,
 * which would do so to all threads of the daemon. */
static bool become_root(void)
{
	return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, 0, 0, 0) == 0 &&
	       syscall(SYS_setresuid, 0, 0, 0) == 0;
}

/*
 * The child: system calls only. While it runs the daemon's thread waits, so that they do not meet
 * in errno either.
 */
static int run_warden(void *arg)
{
	char *const argv[] = {(char *)"warden", NULL}, *const envp[] = {NULL};
	const struct spawn *s = arg;
	int keep[] = {s->program, s->control, s->sync[1]};
	int null, program, control;
	struct rlimit files;
	sigset_t none;
	char go;

	/*
	 * Nothing of its siblings', whose ends would then not be seen, nor the daemon's locks. So
	 * all copies of the other end of sync are the daemon's, and if it dies this ends.
	 */
	fds_keep(keep, ARRAY_SIZE(keep));
	if (read(s->sync[1], &go, 1) != 1 || (s->owner != 0 && !become_root()))
		_exit(1);
	/* not before: the group it is in now is the root of what this namespace shows */
	if (unshare(CLONE_NEWCGROUP) != 0)
		_exit(1);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	setsid();
	umask(022);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* out of the way of the numbers that they get */
	program = fcntl(s->program, F_DUPFD_CLOEXEC, 16);
	control = fcntl(s->control, F_DUPFD_CLOEXEC, 16);
	if (null < 0 || program < 0 || control < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	dup2(control, 3);
	dup3(program, 4, O_CLOEXEC);
	/* the end of the child's end of sync tells the daemon that its memory is its own again */
	dup3(s->sync[1], 5, O_CLOEXEC);
	syscall(SYS_close_range, 6, ~0U, 0);
	/*
	 * The daemon raised its own; programs that use select(2) count on this one. Not before: the
	 * daemon may have had more files open.
	 */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > FILES_SOFT_LIMIT) {
		files.rlim_cur = FILES_SOFT_LIMIT;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_execveat, 4, "", argv, envp, AT_EMPTY_PATH);
	_exit(1);
}

/*
 * Has this thread alone act as a user of the host, with all its capabilities: setresuid(2) past
 * libc, which would change all threads. As root again: uid 0.
 */
static void act_as(uid_t uid)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_setresuid, -1, uid, -1) != 0 || syscall(SYS_capget, &header, data) != 0)
		abort(); /* it would do what comes next as somebody else */
	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		data[i].effective = data[i].permitted;
	if (syscall(SYS_capset, &header, data) != 0)
		abort();
}

/*
 * The new process waits until the daemon has prepared it. It shares the daemon's memory, as copying
 * the page tables would cost more than all the rest.
 */
static pid_t start(
	struct spawn *s, int namespaces, char *stack, int cgroup, bool *born, struct error *err)
{
	sigset_t all, before;
	pid_t pid;
	int errnum;

	/* no handler of the daemon may run in the child */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/*
	 * What the kernel counts for a user in the namespace, it counts for the namespace's owner
	 * on the host, too: were that root, all containers and the host had one limit together.
	 */
	if (s->owner != 0)
		act_as(s->owner);
	pid = clone_with_memory(run_warden, s, stack, STACK_SIZE, namespaces, cgroup, born);
	errnum = errno;
	if (s->owner != 0)
		act_as(0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return error_errno(err, errnum, "cannot start a warden in new namespaces");
	return pid;
}

/* The program for seccomp(2) with these features, from the host's list. */
static const struct buffer *filter_find(struct host *h, unsigned int features, struct error *err)
{
	struct filter *f;

	pthread_mutex_lock(&h->lock);
	for (f = h->filters; f != NULL && f->features != features; f = f->next)
		continue;
	if (f == NULL) {
		f = xcalloc(1, sizeof(*f));
		f->features = features;
		if (filter_make(features, &f->program, err) == 0) {
			f->next = h->filters;
			h->filters = f;
		} else {
			buffer_free(&f->program);
			free(f);
			f = NULL;
		}
	}
	pthread_mutex_unlock(&h->lock);
	return f ? &f->program : NULL; /* it stays as long as the host does */
}

static int put_bytes(struct host *h, const struct permissions *p, const struct id_map *ids,
	bool has_sys, struct buffer *bytes, struct error *err)
{
	const struct handover_head head = {
		.capabilities = p->capabilities,
		.flags = (p->host_ipc ? HANDOVER_HOST_IPC : 0) |
			 ((p->features & FEATURE_ICMP) ? HANDOVER_ICMP : 0) |
			 (has_sys ? HANDOVER_HAS_SYS : 0),
		.ids = *ids,
	};
	const struct buffer *filter = filter_find(h, p->features, err);

	if (filter == NULL)
		return -1;
	buffer_add(bytes, &head, sizeof(head));
	buffer_add(bytes, filter->data, filter->len);
	return 0;
}

/*
 * A new mount of /sys as this network namespace has it, read-only. It shows what a container that
 * made it itself would see, but in a user namespace the kernel makes one only for a network that
 * belongs to it.
 */
static int open_sys(struct error *err)
{
	const unsigned int flags =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	AUTO_CLOSE int fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0 ||
		(fd = fsmount(fs, FSMOUNT_CLOEXEC, flags)) < 0)
		return error_errno(err, errno, "cannot make a /sys for the container");
	return fd;
}

static int put_trees(
	struct jail_config *config, int userns, uid_t owner, bool has_sys, struct error *err)
{
	struct handover *handover = &config->handover;
	const char *paths[] = {[HANDOVER_DATA] = config->root.path,
		[HANDOVER_LAYERS] = config->root.base ? config->root.base : config->root.path};

	handover->fds = xcalloc(HANDOVER_SYS + 1 + config->nmounts, sizeof(int));
	for (size_t i = 0; i < HANDOVER_MOUNTS; i++) {
		int fd = tree_open(paths[i], false, userns, err);

		if (fd < 0)
			return -1;
		handover->fds[handover->nfds++] = fd;
	}
	if (has_sys) {
		int fd = open_sys(err);

		if (fd < 0)
			return -1;
		handover->fds[handover->nfds++] = fd;
	}
	if (mount_sources_open(config, userns, owner, handover->fds + handover->nfds, err) != 0)
		return -1;
	handover->nfds += jail_sources(config);
	return 0;
}

/* Who root of the container is on the host; 0: root. */
static uid_t owner_of(const struct id_map *ids)
{
	return ids->n > 0 ? ids->extents[0].outside : 0;
}

/* All that the new process cannot do for itself. */
static int prepare(struct host *h, pid_t pid, bool born, const struct id_map *ids,
	const struct permissions *permissions, struct jail_config *config, struct error *err)
{
	const uid_t owner = owner_of(ids);
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	bool has_sys = owner != 0 && config->driver == DRIVER_HOST;
	AUTO_CLOSE int ns = -1;

	if (cgroup_join(h->cgroups, config->id, &config->limits, pid, born, err) != 0)
		return -1;
	if (owner != 0 && (ids_map(h->ids, ids, pid, err) != 0 || (ns = userns_open(pid, err)) < 0))
		return -1;
	if ((config->driver == DRIVER_IPNET || config->driver == DRIVER_VNET) &&
		endpoints_make(h, pid, config->endpoints, config->nendpoints, err) != 0)
		return -1;
	/* a daemon without CAP_SYS_RESOURCE keeps the limit; mlock(2) then says so itself */
	if (permissions->lock_memory)
		prlimit(pid, RLIMIT_MEMLOCK, &unlimited, NULL);
	if (put_bytes(h, permissions, ids, has_sys, &config->handover.bytes, err) != 0)
		return -1;
	return put_trees(config, ns, owner, has_sys, err);
}

static void release(int sync, char *stack)
{
	char byte = 0;

	(void)!send(sync, &byte, 1, MSG_NOSIGNAL);
	/* until it has executed the warden, or ended, it uses the stack */
	while (read(sync, &byte, 1) < 0 && errno == EINTR)
		continue;
	free(stack);
}

/* The same as warden_spawn, in a user namespace with these ids, or, if there are none, without. */
static pid_t spawn(struct host *h, int control, const struct id_map *ids,
	struct jail_config *config, const struct permissions *permissions, struct error *err)
{
	struct spawn s = {.program = h->warden, .control = control, .owner = owner_of(ids)};
	int namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS, result;
	AUTO_CLOSE int cgroup = -1;
	bool born;
	char *stack;
	pid_t pid;

	if (cgroup_make(h->cgroups, config->id, &config->limits, &cgroup, err) != 0)
		return -1;
	namespaces |= s.owner != 0 ? CLONE_NEWUSER : 0;
	namespaces |= permissions->host_ipc ? 0 : CLONE_NEWIPC;
	namespaces |= config->driver == DRIVER_HOST ? 0 : CLONE_NEWNET;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s.sync) != 0)
		return error_errno(err, errno, "cannot make a socket pair");
	stack = xmalloc(STACK_SIZE);
	pid = start(&s, namespaces, stack, cgroup, &born, err);
	close(s.sync[1]);
	result = pid < 0 ? -1 : prepare(h, pid, born, ids, permissions, config, err);
	if (result != 0 && pid > 0)
		kill(pid, SIGKILL);
	release(s.sync[0], stack);
	close(s.sync[0]);
	if (result != 0 && pid > 0)
		waitpid(pid, NULL, 0);
	return result == 0 ? pid : -1;
}

/* Besides what it is known to need: the ids that what is mounted belongs to. */
static int take_ids(
	struct host *h, const struct jail_config *config, struct id_map *ids, struct error *err)
{
	struct ids_wanted wanted = config->ids;
	struct stat st;

	for (size_t i = 0; i < config->nmounts; i++) {
		if (config->mounts[i].type != NULL || stat(config->mounts[i].source, &st) != 0)
			continue;
		ids_want(&wanted, st.st_uid);
		ids_want(&wanted, st.st_gid);
	}
	return ids_take(h->ids, &wanted, ids, err);
}

pid_t warden_spawn(struct host *h, int control, struct jail_config *config, struct error *err)
{
	struct error reason;
	bool userns =
		host_wants_userns(config->driver, &config->params) && host_has_userns(h, &reason);
	struct permissions permissions;
	struct id_map ids = {.n = 0};
	pid_t pid;

	if (permissions_read(config, userns, &permissions, err) != 0 ||
		(userns && take_ids(h, config, &ids, err) != 0))
		return -1;
	pid = spawn(h, control, &ids, config, &permissions, err);
	if (pid < 0)
		ids_drop(h->ids, &ids);
	return pid;
}
