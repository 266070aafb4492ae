/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to all processes of the container, and who is in it: host/jail.h. */
#include <sys/param.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/freebsd/jail_impl.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/proclist.h"

/* All processes of the host. *list is to be freed. */
static size_t read_processes(struct proc_entry **list)
{
	int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
	AUTO_FREE struct kinfo_proc *all = NULL;
	size_t size = 0, n;

	*list = NULL;
	for (;;) {
		if (sysctl(mib, ARRAY_SIZE(mib), NULL, &size, NULL, 0) < 0)
			return 0;
		size += size / 8; /* for those that start in between */
		all = xrealloc(all, size);
		if (sysctl(mib, ARRAY_SIZE(mib), all, &size, NULL, 0) == 0)
			break;
		if (errno != ENOMEM)
			return 0;
	}
	n = size / sizeof(*all);
	*list = xcalloc(n, sizeof(**list));
	for (size_t i = 0; i < n; i++)
		(*list)[i] = (struct proc_entry){
			.pid = all[i].ki_pid,
			.parent = all[i].ki_ppid,
			.jail = all[i].ki_jid,
			.zombie = all[i].ki_stat == SZOMB,
		};
	return n;
}

/* *pids is to be freed. */
static size_t find_strangers(const struct jail *j, pid_t **pids)
{
	AUTO_FREE struct proc_entry *list = NULL;
	AUTO_FREE int *jails = NULL;
	size_t n, njails;

	*pids = NULL;
	njails = jailcall_family(j->name, &jails);
	if (njails == 0)
		return 0;
	n = read_processes(&list);
	*pids = xcalloc(n, sizeof(**pids));
	return proclist_strangers(list, n, getpid(), jails, njails, *pids);
}

bool jail_has_strangers(struct jail *j)
{
	AUTO_FREE pid_t *pids = NULL;

	return find_strangers(j, &pids) > 0;
}

/* From inside the jail, where the id of a process that is no longer there can hit nobody else. */
static _Noreturn void kill_inside(int jid, int signal, const pid_t *pids, size_t n)
{
	struct error err;

	closefrom(0);
	jail_forbid_tracing();
	if (jailcall_attach(jid, &err) < 0)
		_exit(1);
	if (signal == SIGKILL) {
		/* all but itself, with those that came after the list was made */
		kill(-1, SIGKILL);
	} else {
		for (size_t i = 0; i < n; i++)
			kill(pids[i], signal);
	}
	_exit(0);
}

/* The jail's root can stop our child while it is inside: it gets a second, then it goes too. */
static void wait_or_kill(pid_t child)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

	for (int tries = 0; tries < 200; tries++) {
		pid_t pid = waitpid(child, NULL, WNOHANG);

		if (pid == child || (pid < 0 && errno != EINTR))
			return;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void jail_signal_all(struct jail *j, int signal)
{
	struct procctl_reaper_kill request = {.rk_sig = signal};
	AUTO_FREE pid_t *pids = NULL;
	size_t n;
	pid_t child;

	/*
	 * All descendants, each once. 13.2 and later go on until no new ones turn up; before, a
	 * fork at the same time could escape, and SIGKILL's second round below gets it.
	 */
	procctl(P_PID, getpid(), PROC_REAP_KILL, &request);
	n = find_strangers(j, &pids);
	if (n == 0)
		return;
	child = fork();
	if (child == 0)
		kill_inside(j->jid, signal, pids, n);
	if (child > 0)
		wait_or_kill(child);
}
