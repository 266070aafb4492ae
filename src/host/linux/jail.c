/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "host/linux/handover.h"
#include "host/linux/ids.h"
#include "host/linux/mount_targets.h"
#include "host/linux/mounts.h"
#include "host/linux/pseudo.h"

struct jail {
	struct mounts mounts;
	uint64_t capabilities; /* of root in the container */
	struct id_map ids;
};

#define CAP(name) (1ULL << (name))

/* the saved user id of a warden; any but root's will do */
#define NOBODY 65534

/* Copies the head of the daemon's bytes; *filter is the program behind it. */
static int read_handover(const struct jail_config *config, struct handover_head *head,
	struct sock_fprog *filter, struct error *err)
{
	const struct buffer *bytes = &config->handover.bytes;

	if (bytes->len < sizeof(*head))
		return error_set(err, ERROR_SYSTEM, "incomplete setup message");
	memcpy(head, bytes->data, sizeof(*head));
	if (config->handover.nfds !=
		HANDOVER_MOUNTS + !!(head->flags & HANDOVER_HAS_SYS) + jail_sources(config))
		return error_set(err, ERROR_SYSTEM, "incomplete setup message");
	*filter = (struct sock_fprog){
		.len = (unsigned short)((bytes->len - sizeof(*head)) / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(void *)(bytes->data + sizeof(*head)),
	};
	return 0;
}

/*
 * Everything below the warden inherits the filter; installing it here costs nothing when a process
 * is started.
 */
static int install_filter(const struct sock_fprog *filter, struct error *err)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) != 0)
		return error_errno(err, errno, "cannot filter system calls");
	return 0;
}

/*
 * Nobody in the container may trace this process, read its memory or change its limits. Root there
 * is the same user; but prlimit(2) wants all three ids to be the caller's, and what sets priorities
 * and processors wants him to have all of this one's capabilities, which he has not.
 */
static int guard_self(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_errno(err, errno, "cannot make the warden undumpable");
	if (setresuid((uid_t)-1, (uid_t)-1, NOBODY) != 0)
		return error_errno(err, errno, "cannot guard the warden's limits");
	return 0;
}

struct jail *jail_create(const struct jail_config *config, struct error *err)
{
	struct handover_head head;
	struct sock_fprog filter;
	struct mounts mounts;
	struct jail *j;

	if (read_handover(config, &head, &filter, err) != 0)
		return NULL;
	/* in a new PID namespace orphans are ours already */
	if (guard_self(err) != 0 || names_set(config, err) != 0)
		return NULL;
	if (mounts_make(config, head.flags, &mounts, err) != 0)
		return NULL;
	if (mount_targets_attach(config, &mounts, err) != 0 ||
		mounts_finish(config, &mounts, err) != 0 || install_filter(&filter, err) != 0) {
		mounts_close(&mounts);
		return NULL;
	}
	j = xcalloc(1, sizeof(*j));
	j->mounts = mounts;
	j->capabilities = head.capabilities;
	j->ids = head.ids;
	return j;
}

int jail_number(const struct jail *j)
{
	return 0;
}

int jail_enter(struct jail *j, struct error *err)
{
	if (chdir("/") != 0) /* PID 1's children are inside from their first moment */
		return error_errno(err, errno, "cannot enter the container's root directory");
	return 0;
}

int jail_open_terminal(struct jail *j, int *master, int *terminal, struct error *err)
{
	int unlock = 0;

	/* through the descriptor: what the container made of its /dev does not matter */
	*master = openat(j->mounts.devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0)
		return error_errno(err, errno, "cannot open a terminal");
	if (ioctl(*master, TIOCSPTLCK, &unlock) != 0 ||
		(*terminal = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
		error_errno(err, errno, "cannot open a terminal");
		close_fd(master);
		return -1;
	}
	return 0;
}

static int set_capabilities(uint64_t caps)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	for (int i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(caps >> (32 * i));
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, data);
}

/* The kernel's word for an id that the user namespace does not have is "invalid argument". */
static int cannot_take_on(
	const struct jail *j, const char *what, unsigned int id, struct error *err)
{
	const struct id_map *ids = &j->ids;
	struct buffer has = {0};
	int errnum = errno;

	if (errnum != EINVAL || ids->n == 0 || id_map_has(ids, id))
		return error_errno(err, errnum, "cannot take on %s %u", what, id);
	for (size_t i = 0; i < ids->n; i++)
		buffer_printf(&has, "%s%u to %u", i > 0 ? ", " : "", ids->extents[i].inside,
			ids->extents[i].inside + (ids->extents[i].count - 1));
	error_set(err, ERROR_INVALID,
		"cannot take on %s %u: the container's user namespace has the ids %s; one beyond "
		"must be its --user or --group-add when it starts",
		what, id, has.data);
	buffer_free(&has);
	return -1;
}

static int take_on_groups(
	const struct jail *j, gid_t gid, const gid_t *groups, size_t ngroups, struct error *err)
{
	gid_t highest = gid;

	for (size_t i = 0; i < ngroups; i++)
		highest = groups[i] > highest ? groups[i] : highest;
	if (setgroups(ngroups, groups) != 0)
		return cannot_take_on(j, "group", highest, err);
	return setresgid(gid, gid, gid) == 0 ? 0 : cannot_take_on(j, "group", gid, err);
}

int jail_confine(struct jail *j, uid_t uid, gid_t gid, const gid_t *groups, size_t ngroups,
	struct error *err)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(j->capabilities & CAP(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return error_errno(err, errno, "cannot drop capability %d", cap);
	if (take_on_groups(j, gid, groups, ngroups, err) != 0)
		return -1;
	if (setresuid(uid, uid, uid) != 0)
		return cannot_take_on(j, "user", uid, err);
	/* the kernel has taken all capabilities from any other user */
	if (uid == 0 && set_capabilities(j->capabilities) != 0)
		return error_errno(err, errno, "cannot limit capabilities");
	return 0;
}

int jail_update(struct jail *j, const struct strings *params, struct error *err)
{
	return names_update(params, err);
}

void jail_signal_all(struct jail *j, int signal)
{
	kill(-1, signal); /* from PID 1: all of its namespace but itself */
}

bool jail_has_strangers(struct jail *j)
{
	return false; /* what entered from outside ends with PID 1, pid_namespaces(7) */
}

void jail_destroy(struct jail *j)
{
	mounts_close(&j->mounts);
	free(j); /* mounts and namespaces go with the process */
}
