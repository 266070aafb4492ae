/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wardens as the daemon sees them: started in fresh surroundings, watched, found by their sockets.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/jail.h"

/* The host as the daemon found it at its start: the warden's executable, what the kernel can. */
struct host;

/*
 * Looks at the host, and prepares the executable at path so that no container can reach or change
 * it through /proc/<pid>/exe (Linux: a sealed memfd_create(2) copy). directory: the storage's,
 * for trials, of which nothing is left. What containers will have to do without is logged.
 * instance: the daemon's, by which what it makes on the host is told from other daemons' things.
 * run_dir: where it keeps what it has changed of the host's settings (host/network.h).
 */
struct host *host_open(const char *warden, const char *directory, const char *instance,
	const char *run_dir, struct error *err);
void host_close(struct host *h);

/*
 * Whether a container with these jail parameters, "name=value", gets a user namespace of its own
 * where the host can give it one (Linux).
 */
bool host_wants_userns(enum network_driver driver, const struct strings *params);

/*
 * Appends what must be known to who creates a container with these jail parameters, "name=value":
 * which of the protections it would have elsewhere it goes without, and what it cannot do.
 */
void host_warnings(struct host *h, enum network_driver driver, const struct strings *params,
	struct strings *warnings);

/*
 * Whether containers can have user namespaces of their own here (Linux). false: *reason says why
 * not, with ERROR_UNAVAILABLE if that is not known: what was tried has failed for want of room,
 * descriptors or the like. Then it is tried anew with each call.
 */
bool host_has_userns(struct host *h, struct error *reason);

/* Takes note of a warden that another daemon has started, and of what belongs to it. */
void host_adopt(struct host *h, pid_t warden);

/*
 * Starts a warden for the container that config describes: in new user, PID, mount, UTS, IPC and
 * cgroup namespaces on Linux (clone(2)), as a reaper outside the jail on FreeBSD (procctl(2)).
 * It is under config->limits from its first instruction; once it has ended, or if it could not be
 * started, limits_release undoes that (host/limit.h). control becomes its descriptor 3, all others
 * are closed, signals are at their defaults. Fills config->handover with what only the daemon can
 * prepare; the caller frees that once it is sent. Makes config->endpoints, which endpoint_release
 * (host/network.h) undoes once the container has ended, or if it could not be started.
 * Returns the process id, which the caller reaps, or -1. Safe while other threads run.
 */
pid_t warden_spawn(struct host *h, int control, struct jail_config *config, struct error *err);

/*
 * A descriptor that polls readable when the process has ended and the host has released all that
 * belonged to it (pidfd_open(2); kqueue(2) with NOTE_EXIT). The process need not be a child.
 */
int process_watch(pid_t pid, struct error *err);

/*
 * The process id of the other end of a connected Unix socket, and whether that is root, the host's
 * or a container's (SO_PEERCRED; LOCAL_PEERCRED). -1 if it cannot be told or it is not.
 */
pid_t socket_peer_root(int fd, struct error *err);

/*
 * Ends a container whatever its warden does, also one that is stopped. Linux: SIGKILL for PID 1 of
 * its namespace by process (process_watch; -1: by its control group, cgroups(7)); FreeBSD:
 * jail_remove(2), and SIGKILL for the warden (pid; -1: not known). Succeeds if nothing was there.
 */
int container_kill(struct host *h, const char *id, int process, pid_t pid, struct error *err);

/*
 * Removes what a container that is not running may have left on the host: FreeBSD jail, mounts
 * below its root and devfs; Linux processes in its control group, of a warden whose lock and
 * control socket somebody has removed; the rest goes with these. Waits until they have ended. root:
 * where its files are, or were (storage_path). Succeeds if there was nothing; *found says whether
 * there was something.
 */
int container_sweep(
	struct host *h, const char *id, const char *root, bool *found, struct error *err);

#endif
