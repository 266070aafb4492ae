/*
 * Wardens as the daemon sees them: started in fresh surroundings, watched, found by their sockets.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* How a container's network stack is made. */
enum network_mode {
	NETWORK_HOST, /* the host's */
	NETWORK_DISABLED, /* no address at all; Linux: an empty network namespace */
};

struct warden_program; /* the warden's executable, ready to be started */

/*
 * Prepares the executable at path so that no container can reach or change it through
 * /proc/<pid>/exe (Linux: a sealed memfd_create(2) copy).
 */
struct warden_program *warden_program_open(const char *path, struct error *err);
void warden_program_close(struct warden_program *p);

/*
 * Starts a warden: in new PID, mount, UTS, IPC and cgroup namespaces on Linux (clone(2)), as a
 * reaper outside the jail on FreeBSD (procctl(2)). control becomes its descriptor 3, all others
 * are closed, signals are at their defaults. Returns the process id, which the caller reaps, or
 * -1. Safe while other threads run.
 */
pid_t warden_spawn(
	struct warden_program *p, int control, enum network_mode network, struct error *err);

/*
 * A descriptor that polls readable when the process has ended and the host has released all that
 * belonged to it (pidfd_open(2); kqueue(2) with NOTE_EXIT). The process need not be a child.
 */
int process_watch(pid_t pid, struct error *err);

/*
 * The process id of the other end of a connected Unix socket, and whether that is root
 * (SO_PEERCRED; LOCAL_PEERCRED). -1 if it cannot be told or it is not.
 */
pid_t socket_peer_root(int fd, struct error *err);

/*
 * Removes what a container that is not running may have left on the host: FreeBSD jail, mounts
 * below its root and devfs; Linux nothing that the kernel has not released by itself. root: where
 * its files are, or were (storage_path). Succeeds if there was nothing; *found says whether there
 * was something.
 */
int container_sweep(const char *id, const char *root, bool *found, struct error *err);

#endif
