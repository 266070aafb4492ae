/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/capabilities.h"

#include <linux/capability.h>
#include <string.h>
#include <strings.h>

#define CAP(name) (1ULL << (name))

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

#define HOSTS	"it is power over the host"
#define WARDENS "it is power over the container's first process, which is kleened's"

/* Where a container may have one beyond the usual. */
enum given {
	ANYWHERE, /* it reaches nothing but what is the container's */
	IN_USERNS, /* so it does in a user namespace alone */
	OWN_NETWORK, /* where the network is not the host's */
	VNET, /* where the network is its own to configure */
	NOWHERE,
};

static const struct capability {
	const char *name;
	int number;
	enum given given;
	const char *instead; /* why not, and what does its work */
} table[] = {
	{"AUDIT_CONTROL", CAP_AUDIT_CONTROL, NOWHERE, HOSTS},
	{"AUDIT_READ", CAP_AUDIT_READ, NOWHERE, HOSTS},
	{"AUDIT_WRITE", CAP_AUDIT_WRITE, ANYWHERE, NULL},
	{"BLOCK_SUSPEND", CAP_BLOCK_SUSPEND, NOWHERE, HOSTS},
	{"BPF", CAP_BPF, NOWHERE, HOSTS},
	{"CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE, NOWHERE, HOSTS},
	{"CHOWN", CAP_CHOWN, ANYWHERE, NULL},
	{"DAC_OVERRIDE", CAP_DAC_OVERRIDE, ANYWHERE, NULL},
	{"DAC_READ_SEARCH", CAP_DAC_READ_SEARCH, IN_USERNS, NULL},
	{"FOWNER", CAP_FOWNER, ANYWHERE, NULL},
	{"FSETID", CAP_FSETID, ANYWHERE, NULL},
	{"IPC_LOCK", CAP_IPC_LOCK, NOWHERE, "-J allow.mlock gives it"},
	{"IPC_OWNER", CAP_IPC_OWNER, IN_USERNS, NULL},
	{"KILL", CAP_KILL, ANYWHERE, NULL},
	{"LEASE", CAP_LEASE, IN_USERNS, NULL},
	{"LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE, NOWHERE, "-J allow.chflags gives it"},
	{"MAC_ADMIN", CAP_MAC_ADMIN, NOWHERE, HOSTS},
	{"MAC_OVERRIDE", CAP_MAC_OVERRIDE, NOWHERE, HOSTS},
	{"MKNOD", CAP_MKNOD, NOWHERE, "devices are given by --device"},
	{"NET_ADMIN", CAP_NET_ADMIN, VNET, "--driver vnet has a network of its own to configure"},
	{"NET_BIND_SERVICE", CAP_NET_BIND_SERVICE, ANYWHERE, NULL},
	{"NET_BROADCAST", CAP_NET_BROADCAST, OWN_NETWORK, HOSTS},
	{"NET_RAW", CAP_NET_RAW, OWN_NETWORK,
		"with the network driver host, -J allow.raw_sockets gives it"},
	{"PERFMON", CAP_PERFMON, NOWHERE, HOSTS},
	{"SETFCAP", CAP_SETFCAP, ANYWHERE, NULL},
	{"SETGID", CAP_SETGID, ANYWHERE, NULL},
	{"SETPCAP", CAP_SETPCAP, ANYWHERE, NULL},
	{"SETUID", CAP_SETUID, ANYWHERE, NULL},
	{"SYSLOG", CAP_SYSLOG, NOWHERE, "-J allow.read_msgbuf gives it"},
	{"SYS_ADMIN", CAP_SYS_ADMIN, NOWHERE,
		"-J allow.mount and -J children.max give of it what containers can have"},
	{"SYS_BOOT", CAP_SYS_BOOT, NOWHERE, HOSTS},
	{"SYS_CHROOT", CAP_SYS_CHROOT, ANYWHERE, NULL},
	{"SYS_MODULE", CAP_SYS_MODULE, NOWHERE, HOSTS},
	{"SYS_NICE", CAP_SYS_NICE, NOWHERE, WARDENS},
	{"SYS_PACCT", CAP_SYS_PACCT, NOWHERE, HOSTS},
	{"SYS_PTRACE", CAP_SYS_PTRACE, NOWHERE,
		WARDENS "; processes of the same user can be traced without it"},
	{"SYS_RAWIO", CAP_SYS_RAWIO, NOWHERE, HOSTS},
	{"SYS_RESOURCE", CAP_SYS_RESOURCE, NOWHERE, "limits are given by --ulimit"},
	{"SYS_TIME", CAP_SYS_TIME, NOWHERE, HOSTS},
	{"SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG, NOWHERE, HOSTS},
	{"WAKE_ALARM", CAP_WAKE_ALARM, NOWHERE, HOSTS},
};

static const struct capability *find(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcasecmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static bool is_all(const char *name)
{
	return strcasecmp(name, "ALL") == 0;
}

static int unknown(const char *name, struct error *err)
{
	return error_set(err, ERROR_INVALID, "there is no capability '%s'", name);
}

static bool can_be_given(const struct capability *c, enum network_driver driver)
{
	return c->given == ANYWHERE || c->given == IN_USERNS ||
	       (c->given == OWN_NETWORK && driver != DRIVER_HOST) ||
	       (c->given == VNET && driver == DRIVER_VNET);
}

int capabilities_check(const struct confinement *c, enum network_driver driver, struct error *err)
{
	for (size_t i = 0; i < c->cap_drop.n; i++)
		if (!is_all(c->cap_drop.v[i]) && find(c->cap_drop.v[i]) == NULL)
			return unknown(c->cap_drop.v[i], err);
	for (size_t i = 0; i < c->cap_add.n; i++) {
		const struct capability *found = find(c->cap_add.v[i]);

		if (is_all(c->cap_add.v[i]))
			return error_set(err, ERROR_INVALID,
				"all capabilities together are power over the host: those that are "
				"needed are given singly");
		if (found == NULL)
			return unknown(c->cap_add.v[i], err);
		if (!can_be_given(found, driver))
			return error_set(err, ERROR_INVALID,
				"no container with the network driver %s is given the capability "
				"%s: %s",
				network_driver_names[driver], found->name, found->instead);
	}
	return 0;
}

int capabilities_change(
	const struct confinement *c, bool userns, uint64_t *capabilities, struct error *err)
{
	for (size_t i = 0; i < c->cap_drop.n; i++) {
		const struct capability *found = find(c->cap_drop.v[i]);

		if (is_all(c->cap_drop.v[i]))
			*capabilities = 0;
		else if (found != NULL)
			*capabilities &= ~CAP(found->number);
	}
	for (size_t i = 0; i < c->cap_add.n; i++) {
		const struct capability *found = find(c->cap_add.v[i]);

		if (found == NULL)
			return unknown(c->cap_add.v[i], err);
		if (found->given == IN_USERNS && !userns)
			return error_set(err, ERROR_INVALID,
				"the capability %s would give power over the host: it needs a "
				"container with a user namespace, which a jail parameter or this "
				"host's kernel rules out",
				found->name);
		*capabilities |= CAP(found->number);
	}
	return 0;
}
