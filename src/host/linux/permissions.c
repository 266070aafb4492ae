/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/permissions.h"

#include <linux/capability.h>
#include <string.h>

#include "host/linux/capabilities.h"
#include "host/linux/sysctls.h"

#define CAP(name) (1ULL << (name))

/*
 * What root may do in a container: what installing and running services takes, nothing that
 * reaches beyond it (no devices, modules, clock, raw sockets, mounts).
 */
#define DEFAULT_CAPABILITIES                                                                       \
	(CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) | CAP(CAP_FOWNER) | CAP(CAP_FSETID) |              \
		CAP(CAP_KILL) | CAP(CAP_SETGID) | CAP(CAP_SETUID) | CAP(CAP_SETPCAP) |             \
		CAP(CAP_NET_BIND_SERVICE) | CAP(CAP_SYS_CHROOT) | CAP(CAP_SETFCAP) |               \
		CAP(CAP_AUDIT_WRITE))
#define DEFAULT_FEATURES (FEATURE_TRACE | FEATURE_MSG | FEATURE_SEM | FEATURE_SHM)

/*
 * Whether a permission has its effect with a user namespace of the container's own, or without;
 * PREFERS_HOST: without where it can, that is, with the network driver host.
 */
enum condition { ALWAYS, NEEDS_USERNS, NEEDS_HOST, PREFERS_HOST };

/* What a boolean parameter adds when it is on, and takes away when it is off. */
static const struct permission {
	const char *name;
	uint64_t capabilities;
	unsigned int features;
	enum condition condition; /* for being on */
} table[] = {
	{"allow.chflags", CAP(CAP_LINUX_IMMUTABLE), 0, NEEDS_HOST},
	{"allow.mlock", CAP(CAP_IPC_LOCK), 0, ALWAYS},
	{"allow.mount", CAP(CAP_SYS_ADMIN), FEATURE_MOUNT, NEEDS_USERNS},
	{"allow.raw_sockets", CAP(CAP_NET_RAW), FEATURE_ICMP, PREFERS_HOST},
	{"allow.read_msgbuf", CAP(CAP_SYSLOG), FEATURE_LOG, PREFERS_HOST},
	{"allow.reserved_ports", CAP(CAP_NET_BIND_SERVICE), 0, ALWAYS},
	{"allow.set_hostname", CAP(CAP_SYS_ADMIN), 0, NEEDS_USERNS},
	{"allow.socket_af", 0, FEATURE_FAMILIES, ALWAYS},
	{"allow.sysvipc", 0, FEATURE_MSG | FEATURE_SEM | FEATURE_SHM, ALWAYS},
	{"allow.unprivileged_proc_debug", 0, FEATURE_TRACE, ALWAYS},
};

static const struct {
	const char *name;
	unsigned int feature;
} sysv[] = {
	{"sysvmsg", FEATURE_MSG},
	{"sysvsem", FEATURE_SEM},
	{"sysvshm", FEATURE_SHM},
};

/*
 * True if the text sets the parameter: "name", "name=value", or "noname" with "no" before the last
 * part of the name, which counts as the value "false".
 */
static bool sets(const char *text, const char *name, const char **value)
{
	size_t len = strlen(name);
	const char *dot = strrchr(name, '.');
	size_t prefix = dot ? (size_t)(dot + 1 - name) : 0;

	if (strncmp(text, name, len) == 0 && (text[len] == '\0' || text[len] == '=')) {
		*value = text[len] == '=' ? text + len + 1 : "true";
		return true;
	}
	if (strncmp(text, name, prefix) != 0 || strncmp(text + prefix, "no", 2) != 0 ||
		strcmp(text + prefix + 2, name + prefix) != 0)
		return false;
	*value = "false";
	return true;
}

/* The last value the parameter was given, NULL if none. */
static const char *value_of(const struct strings *params, const char *name)
{
	const char *last = NULL, *value;

	for (size_t i = 0; i < params->n; i++)
		if (sets(params->v[i], name, &value))
			last = value;
	return last;
}

static bool is_on(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static int check_condition(
	const char *name, enum condition condition, bool userns, struct error *err)
{
	if (condition == NEEDS_USERNS && !userns)
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s' would give power over the host: it needs a container "
			"with a user namespace, which another jail parameter or this host's "
			"kernel rules out",
			name);
	if (condition == NEEDS_HOST && userns)
		return error_set(err, ERROR_INVALID,
			"jail parameter '%s' has no effect in a user namespace: it needs the "
			"network driver host",
			name);
	return 0;
}

static int read_booleans(
	const struct strings *params, bool userns, struct permissions *to, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct permission *p = &table[i];
		const char *value = value_of(params, p->name);

		if (value == NULL)
			continue;
		if (!is_on(value)) {
			to->capabilities &= ~p->capabilities;
			to->features &= ~p->features;
			continue;
		}
		if (check_condition(p->name, p->condition, userns, err) != 0)
			return -1;
		to->capabilities |= p->capabilities;
		to->features |= p->features;
	}
	to->lock_memory = (to->capabilities & CAP(CAP_IPC_LOCK)) != 0;
	return 0;
}

/* new, inherit or disable for each kind of System V IPC, which share one namespace. */
static int read_sysv(const struct strings *params, struct permissions *to, struct error *err)
{
	size_t inherited = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sysv); i++) {
		const char *value = value_of(params, sysv[i].name);

		if (value == NULL)
			continue;
		to->features &= ~sysv[i].feature;
		if (strcmp(value, "disable") != 0)
			to->features |= sysv[i].feature;
		inherited += strcmp(value, "inherit") == 0;
	}
	if (inherited > 0 && inherited < ARRAY_SIZE(sysv))
		return error_set(err, ERROR_INVALID,
			"jail parameters sysvmsg, sysvsem and sysvshm: on Linux all three are "
			"inherited or none");
	to->host_ipc = inherited > 0;
	return 0;
}

const char *permissions_without_userns(const struct strings *params, enum network_driver driver)
{
	for (size_t i = 0; i < ARRAY_SIZE(table) && driver == DRIVER_HOST; i++) {
		const char *value = value_of(params, table[i].name);

		if ((table[i].condition == NEEDS_HOST || table[i].condition == PREFERS_HOST) &&
			value != NULL && is_on(value))
			return table[i].name;
	}
	return NULL;
}

int permissions_read(
	const struct jail_config *config, bool userns, struct permissions *to, struct error *err)
{
	const char *children = value_of(&config->params, "children.max");
	const char *suser = value_of(&config->params, "allow.suser");

	*to = (struct permissions){
		.capabilities = DEFAULT_CAPABILITIES, .features = DEFAULT_FEATURES};
	if (config->driver == DRIVER_VNET) /* the network stack is its own */
		to->capabilities |= CAP(CAP_NET_ADMIN);
	if (read_booleans(&config->params, userns, to, err) != 0 ||
		read_sysv(&config->params, to, err) != 0)
		return -1;
	if (children != NULL && strcmp(children, "0") != 0) {
		if (check_condition("children.max", NEEDS_USERNS, userns, err) != 0)
			return -1;
		to->capabilities |= CAP(CAP_SYS_ADMIN);
		to->features |= FEATURE_NESTING | FEATURE_MOUNT;
	}
	if (capabilities_change(&config->confinement, userns, &to->capabilities, err) != 0 ||
		sysctls_check(&config->confinement.sysctls, config->driver, to->host_ipc, err) != 0)
		return -1;
	if (to->capabilities & CAP(CAP_NET_RAW))
		to->features |= FEATURE_ICMP;
	if (suser != NULL && !is_on(suser))
		to->capabilities = 0;
	return 0;
}
