/* What the files of Linux's networks share: networks, endpoints, the host's settings. */
#ifndef HOST_LINUX_NETWORK_IMPL_H
#define HOST_LINUX_NETWORK_IMPL_H

#include "host/linux/host.h"
#include "host/linux/links.h"

/* ---- settings.c: what is changed below /proc/sys, and remembered ---- */

/*
 * Gives the setting ("net/ipv4/ip_forward") the value; if it had another, that is noted in the
 * file <run_dir>/settings and said in the log with the reason.
 */
int setting_change(
	struct host *h, const char *name, const char *value, const char *reason, struct error *err);

/* Puts back all that is noted and has not been changed since. */
void settings_restore(struct host *h);

/* Gives a setting of an interface of ours a value, which goes with it. */
int setting_write(const char *name, const char *value, struct error *err);

/* ---- endpoints.c ---- */

/*
 * Makes a new container's endpoints, and brings up its loopback interface. pid: a process in its
 * network namespace. On failure what has been made goes with the namespace.
 */
int endpoints_make(struct host *h, pid_t pid, const struct jail_endpoint *endpoints, size_t n,
	struct error *err);

#endif
