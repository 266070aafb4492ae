/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The jail system calls. They are kept apart from the files behind host/jail.h because <sys/jail.h>
 * has a struct jail of its own.
 */
#ifndef FREEBSD_JAILCALL_H
#define FREEBSD_JAILCALL_H

#include "base/error.h"
#include "host/freebsd/jailparam.h"
#include "net/address.h"

/* jail_set(2) with JAIL_CREATE. name is for the error. Returns the jail's number. */
int jailcall_create(const struct jailparams *params, const char *name, struct error *err);

/* jail_set(2) with JAIL_UPDATE. */
int jailcall_update(const struct jailparams *params, int jid, const char *name, struct error *err);

/* jail_attach(2) of this process. */
int jailcall_attach(int jid, struct error *err);

/* jail_remove(2), which kills the processes in it. It is gone already: success. */
int jailcall_remove(int jid, struct error *err);

/* The number of the jail of that name, 0 if there is none, -1 on error. Dying jails do not count.
 */
int jailcall_find(const char *name, struct error *err);

/* 1: the jail has a network stack of its own, 0: not, -1: error, ERROR_NOT_FOUND: it is gone. */
int jailcall_has_vnet(int jid, struct error *err);

/*
 * Adds an address to those that processes of a running jail may use, or takes it away. Nothing is
 * done in jails that may use all of the host's, or have a network stack of their own.
 * ERROR_NOT_FOUND: the jail is gone.
 */
int jailcall_change_address(int jid, const struct address *a, bool add, struct error *err);

/*
 * The numbers of the jail of that name and of all jails below it; *ids is to be freed. Returns
 * how many, 0 if there is no such jail.
 */
size_t jailcall_family(const char *name, int **ids);

#endif
