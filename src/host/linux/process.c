/* SPDX-License-Identifier: BSD-2-Clause */
/* Wardens as the daemon sees them: host/process.h. Starting one is in spawn.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "host/linux/announce.h"
#include "host/linux/host.h"
#include "host/linux/permissions.h"
#include "host/linux/reserved_ports.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3; older kernels refuse the flag with EINVAL */
#endif

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 /* Linux 6.3, likewise */
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

/* Where it can be, the mode is sealed too: nobody shall be able to make it no executable. */
static int seal(int fd)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

	if (fcntl(fd, F_ADD_SEALS, seals | F_SEAL_EXEC) == 0)
		return 0;
	return errno == EINVAL ? fcntl(fd, F_ADD_SEALS, seals) : -1;
}

/* A sealed copy of the executable, so that /proc/1/exe of a container cannot be written. */
static int open_warden(const char *path, struct error *err)
{
	AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;

	if (file < 0)
		return error_errno(err, errno, "cannot open the warden %s", path);
	fd = memfd_create("warden", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("warden", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/*
	 * To be executed, and not read: the kernel then gives what is the process's below /proc to
	 * the host's root, whatever user namespace it is in, ptrace(2).
	 */
	if (fd < 0 || copy_file(file, fd) != 0 || fchmod(fd, 0111) != 0 || seal(fd) != 0)
		return error_errno(err, errno, "cannot copy the warden %s to memory", path);
	return take_fd(&fd);
}

static int allow_reserved_ports(const struct cgroups *c, struct error *err)
{
	AUTO_CLOSE int group = cgroups_open_instance(c);

	if (group < 0)
		return error_errno(err, errno,
			"cannot make the containers' control group in a hierarchy of version 2");
	return reserved_ports_allow(group, err);
}

struct host *host_open(const char *warden, const char *directory, const char *instance,
	const char *run_dir, struct error *err)
{
	AUTO_CLOSE int fd = open_warden(warden, err);
	struct error reason;
	struct host *h;

	if (fd < 0)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->warden = take_fd(&fd);
	h->packets = announce_open();
	h->ids = ids_new();
	h->cgroups = cgroups_of_host(instance);
	h->instance = xstrdup(instance);
	h->settings = settings_new(run_dir);
	pthread_mutex_init(&h->lock, NULL);
	h->directory = xstrdup(directory);
	pthread_mutex_init(&h->trial, NULL);
	h->no_userns.kind = ERROR_UNAVAILABLE;
	if (!host_has_userns(h, &reason))
		log_warning(
			reason.kind == ERROR_UNAVAILABLE
				? "whether containers can have user namespaces is not known yet: %s"
				: "containers run without user namespaces of their own: %s",
			reason.message);
	h->reserved_ports = allow_reserved_ports(h->cgroups, &h->no_reserved_ports) == 0;
	if (!h->reserved_ports)
		log_warning(
			"containers in the host's network cannot bind to its reserved ports: %s",
			h->no_reserved_ports.message);
	return h;
}

bool host_wants_userns(enum network_driver driver, const struct strings *params)
{
	return permissions_without_userns(params, driver) == NULL;
}

void host_warnings(struct host *h, enum network_driver driver, const struct strings *params,
	struct strings *warnings)
{
	struct error reason;

	/* a parameter that rules it out is the user's own word, and its manual says what it means
	 */
	if (!host_has_userns(h, &reason))
		strings_take(warnings,
			xasprintf("the container's root is the host's: this host gives it no user "
				  "namespace: %s",
				reason.message));
	else if (host_wants_userns(driver, params) && driver == DRIVER_HOST && !h->reserved_ports)
		strings_take(warnings,
			xasprintf("the container cannot bind to the host's reserved ports: %s",
				h->no_reserved_ports.message));
}

bool host_has_userns(struct host *h, struct error *reason)
{
	bool has;

	pthread_mutex_lock(&h->trial);
	if (!h->userns && h->no_userns.kind == ERROR_UNAVAILABLE)
		h->userns = userns_try(h->directory, &h->no_userns) == 0;
	has = h->userns;
	*reason = h->no_userns;
	pthread_mutex_unlock(&h->trial);
	return has;
}

void host_close(struct host *h)
{
	if (h == NULL)
		return;
	while (h->filters != NULL) {
		struct filter *f = h->filters;

		h->filters = f->next;
		buffer_free(&f->program);
		free(f);
	}
	pthread_mutex_destroy(&h->lock);
	cgroups_close(h->cgroups);
	ids_free(h->ids);
	free(h->instance);
	free(h->directory);
	pthread_mutex_destroy(&h->trial);
	settings_free(h->settings);
	close_fd(&h->packets);
	close(h->warden);
	free(h);
}

void host_adopt(struct host *h, pid_t warden)
{
	ids_adopt(h->ids, warden);
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
	if ((cred.uid != 0 && !ids_is_root(cred.uid)) || cred.pid <= 0)
		return error_set(err, ERROR_SYSTEM, "the other end of a socket is not root's");
	return cred.pid;
}

int container_kill(struct host *h, const char *id, int process, pid_t pid, struct error *err)
{
	if (process < 0)
		return cgroup_kill(h->cgroups, id, err);
	if (syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0) != 0 && errno != ESRCH)
		return error_errno(err, errno, "cannot end container %s", id);
	return 0;
}

int container_sweep(
	struct host *h, const char *id, const char *root, bool *found, struct error *err)
{
	/* namespaces and all that was in them go with the container's last process */
	return cgroup_end(h->cgroups, id, found, err);
}
