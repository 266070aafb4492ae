/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child of the warden does to become a process of the container: host/jail.h. */
#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdio.h>
#include <string.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/freebsd/jail_impl.h"
#include "host/freebsd/jailcall.h"

void jail_forbid_tracing(void)
{
	int off = PROC_TRACE_CTL_DISABLE;

	/* fails where an administrator traces the warden: then so be it */
	procctl(P_PID, getpid(), PROC_TRACE_CTL, &off);
}

int jail_enter(struct jail *j, struct error *err)
{
	const gid_t roots[] = {0};

	jail_forbid_tracing();
	if (j->fib >= 0 && setfib(j->fib) < 0)
		return error_errno(err, errno, "exec.fib: setfib %d", j->fib);
	/* not the daemon's groups: with allow.nosuser they would stay */
	if (setgroups(ARRAY_SIZE(roots), roots) < 0 || setgid(0) < 0)
		return error_errno(err, errno, "root's group");
	if (jailcall_attach(j->jid, err) < 0)
		return -1;
	if (chdir("/") < 0)
		return error_errno(err, errno, "chdir / in the container");
	return 0;
}

/* What lies at the path need not be a terminal: without devfs it is whatever the image holds. */
static bool is_terminal_named(int fd, const char *name)
{
	char own[SPECNAMELEN + 1];
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && isatty(fd) &&
	       fdevname_r(fd, own, sizeof(own)) != NULL && strcmp(own, name) == 0;
}

int jail_open_terminal(struct jail *j, int *master, int *terminal, struct error *err)
{
	AUTO_CLOSE int m = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	AUTO_CLOSE int t = -1;
	char name[SPECNAMELEN + 1], path[sizeof(_PATH_DEV) + SPECNAMELEN + 1];
	int flags;

	if (m < 0)
		return error_errno(err, errno, "posix_openpt");
	if (grantpt(m) < 0 || unlockpt(m) < 0 || fdevname_r(m, name, sizeof(name)) == NULL)
		return error_errno(err, errno, "new terminal");
	snprintf(path, sizeof(path), _PATH_DEV "%s", name);
	/* a FIFO there must not block us */
	t = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (t < 0 || !is_terminal_named(t, name))
		return error_set(err, ERROR_CONFLICT,
			"the container has no %s: a terminal needs mount.devfs and a devfs ruleset "
			"that shows pts",
			path);
	flags = fcntl(t, F_GETFL);
	if (flags < 0 || fcntl(t, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return error_errno(err, errno, "%s", path);
	*master = take_fd(&m);
	*terminal = take_fd(&t);
	return 0;
}

static int refused(const char *call, struct error *err)
{
	if (errno != EPERM)
		return error_errno(err, errno, "%s", call);
	return error_set(
		err, ERROR_CONFLICT, "with allow.nosuser processes can be started as root alone");
}

int jail_confine(struct jail *j, uid_t uid, gid_t gid, const gid_t *groups, size_t ngroups,
	struct error *err)
{
	AUTO_FREE gid_t *list = xcalloc(ngroups + 1, sizeof(*list));
	size_t n = 0;

	/* up to FreeBSD 14 the first of the groups is the effective one; later gid is one more */
	list[n++] = gid;
	for (size_t i = 0; i < ngroups; i++)
		if (groups[i] != gid)
			list[n++] = groups[i];
	/* allow.nosuser: root goes on with the one group it has from jail_enter */
	if (setgroups((int)n, list) < 0 && !(errno == EPERM && uid == 0 && gid == 0))
		return refused("setgroups", err);
	if (setgid(gid) < 0)
		return refused("setgid", err);
	if (setuid(uid) < 0)
		return refused("setuid", err);
	return 0;
}
