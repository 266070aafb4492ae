/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The container as the warden makes it: a jail on FreeBSD (jail_set(2)), a set of namespaces with
 * a root of its own on Linux, where the warden is PID 1. One per warden process.
 */
#ifndef HOST_JAIL_H
#define HOST_JAIL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/mem.h"
#include "host/confinement.h"
#include "host/endpoint.h"
#include "host/limit.h"
#include "host/storage.h"

struct jail;

/* Something of the host's that a container sees at a place of its own. */
struct jail_mount {
	char *source; /* absolute path on the host, of a directory or of a single file */
	char *destination; /* absolute path in the container, made when missing */
	bool read_only; /* and so is every mount below it */
	bool populate; /* source is an empty volume: it gets what the container itself has there */
	char *type; /* NULL: source; "tmpfs", "procfs", "fdescfs", "devfs": a new file system; Linux
		       (own_file_show): "text", a new file */
	char *options; /* of that: as mount(8) has them; NULL: none */
	bool device; /* source is a device, which can be used (Linux) */
};

/*
 * What the daemon prepares for jail_create, because the warden could not: descriptors and bytes
 * whose meaning is known to host/<system>/ alone.
 */
struct handover {
	int *fds; /* owned */
	size_t nfds;
	struct buffer bytes;
};

void handover_free(struct handover *h); /* closes the descriptors */

/* Ids that a container is known to need, be they as high as they may. */
#define IDS_WANTED_MAX 64

struct ids_wanted {
	uint32_t ids[IDS_WANTED_MAX];
	size_t n;
};

/* Adds one; what is too much is left out, and will then be refused where it is used. */
void ids_want(struct ids_wanted *wanted, uint32_t id);

struct jail_config {
	char *id; /* the container's: the jail's name */
	char *hostname; /* "": it keeps the host's */
	struct rootfs root;
	bool devfs; /* mount a private /dev */
	enum network_driver driver; /* disabled: no address at all; Linux: not even lo is up */
	struct jail_endpoint *endpoints; /* in networks; warden_spawn makes them, host/network.h */
	size_t nendpoints;
	struct strings
		params; /* further jail parameters, "name=value", booleans "true" or "false" */
	struct jail_mount *mounts; /* in the order they are made */
	size_t nmounts;
	struct confinement confinement; /* its capabilities are for warden_spawn */
	struct limits limits; /* for warden_spawn: the warden does not hear of them */
	struct ids_wanted ids; /* likewise; Linux */
	struct handover handover; /* filled by warden_spawn */
};

void jail_config_free(struct jail_config *config);

/*
 * Whether the host can mount what is at path, of this mode and no directory: 0, or ERROR_INVALID
 * saying why not (FreeBSD, where some kernels do not survive it, and none can mount a socket).
 */
int jail_check_file_mounts(const char *path, mode_t mode, struct error *err);

/* Whether the host can give a container the device at path: 0, or ERROR_INVALID saying what can. */
int jail_check_device(const char *path, struct error *err);

/* How many of its mounts show something of the host's, and are no new file systems. */
size_t jail_sources(const struct jail_config *config);

/*
 * While tied, this process is killed when the daemon that started it ends: what it is making would
 * be nobody's. Returns false if that has happened already. The first thing a warden does; it unties
 * itself when the container is whole. control: the socket to the daemon.
 */
bool jail_tie_to_daemon(int control);
void jail_untie(void);

/*
 * Becomes the reaper of every process started from here on and makes the container: mounts,
 * hostname, jail. On failure nothing is left.
 */
struct jail *jail_create(const struct jail_config *config, struct error *err);

/* The number users know it by: the jail's id on FreeBSD; on Linux 0: the daemon's view counts. */
int jail_number(const struct jail *j);

/*
 * In a child of the warden, which does not return to the warden: moves it into the container, "/"
 * as working directory.
 */
int jail_enter(struct jail *j, struct error *err);

/*
 * In a child that has entered: opens a new terminal of the container, posix_openpt(3). *master is
 * for the warden, *terminal for the process.
 */
int jail_open_terminal(struct jail *j, int *master, int *terminal, struct error *err);

/*
 * In a child that has entered: gives up the privileges that processes of the container must not
 * have, and takes on the user and groups. The last step before execve(2).
 */
int jail_confine(struct jail *j, uid_t uid, gid_t gid, const gid_t *groups, size_t ngroups,
	struct error *err);

/*
 * Changes the running container's parameters ("name=value", later ones win). ERROR_INVALID naming
 * one that cannot be changed or whose value the kernel refuses.
 */
int jail_update(struct jail *j, const struct strings *params, struct error *err);

/* Sends a signal to every process of the container except the warden. */
void jail_signal_all(struct jail *j, int signal);

/*
 * True while processes are in the container that are no children of the warden (FreeBSD: entered
 * by jexec(8)). Such a container is not yet at its end.
 */
bool jail_has_strangers(struct jail *j);

/* Undoes jail_create when no process is left; frees j. */
void jail_destroy(struct jail *j);

#endif
