/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and undoing the jail: host/jail.h. */
#include <sys/param.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/procctl.h>
#include <time.h>
#include <unistd.h>

#include "host/freebsd/devfs.h"
#include "host/freebsd/jail_impl.h"
#include "host/freebsd/jailcall.h"
#include "host/freebsd/jailparam.h"
#include "host/freebsd/jailparam_sysctl.h"
#include "host/freebsd/mounts.h"
#include "host/freebsd/netif.h"
#include "host/freebsd/newmounts.h"
#include "host/freebsd/nullmounts.h"
#include "host/freebsd/vnet.h"
#include "host/params.h"

/* What the warden alone decides. */
static const char *const reserved[] = {"jid", "name", "path", "persist"};

static int add(struct jailparams *list, const char *name, const char *value, struct error *err)
{
	AUTO_FREE char *text = xasprintf("%s=%s", name, value);

	return jailparams_add(list, text, jailparam_sysctl, NULL, err);
}

/* The defaults come first: what the user says replaces them. */
static int add_defaults(
	struct jailparams *list, const struct jail_config *config, struct error *err)
{
	char ruleset[16];

	snprintf(ruleset, sizeof(ruleset), "%d", DEVFS_RULESET_JAIL);
	if (add(list, "devfs_ruleset", ruleset, err) < 0)
		return -1;
	if (config->hostname != NULL && config->hostname[0] != '\0')
		return add(list, "host.hostname", config->hostname, err);
	return 0;
}

/* True for those that the kernel does not know: they are this program's to heed. */
static bool is_pseudo(const char *text)
{
	static const char *const pseudo[] = {"exec.fib=", "mount.fdescfs=", "mount.procfs="};

	for (size_t i = 0; i < ARRAY_SIZE(pseudo); i++)
		if (strncmp(text, pseudo[i], strlen(pseudo[i])) == 0)
			return true;
	return false;
}

static int add_users(struct jailparams *list, const struct strings *params, struct error *err)
{
	for (size_t i = 0; i < params->n; i++)
		if (!is_pseudo(params->v[i]) &&
			jailparams_add(list, params->v[i], jailparam_sysctl, NULL, err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (jailparams_find(list, reserved[i]) != NULL)
			return error_set(err, ERROR_INVALID,
				"the jail parameter %s cannot be set by the user", reserved[i]);
	return 0;
}

/* The container's addresses of a family, with commas between; "": none. The caller frees. */
static char *addresses_of(const struct jail_config *config, int family)
{
	AUTO(strings_free) struct strings list = {0};
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < config->nendpoints; i++) {
		const struct address *a = &config->endpoints[i].address[family];

		if (!address_is_none(a))
			strings_add(&list, address_format(a, text));
	}
	return strings_join(&list, ",");
}

static int add_family(struct jailparams *list, const char *name, int family,
	const struct jail_config *config, struct error *err)
{
	AUTO_FREE char *addr = xasprintf("%s.addr", name);
	AUTO_FREE char *addresses = addresses_of(config, family);

	/* where the user gave one of them, that stands */
	if (jailparams_find(list, name) != NULL || jailparams_find(list, addr) != NULL)
		return 0;
	if (config->driver == DRIVER_HOST)
		return add(list, name, "inherit", err);
	return addresses[0] != '\0' ? add(list, addr, addresses, err)
				    : add(list, name, "disable", err);
}

/* A jail with a network stack of its own takes neither ip4 nor ip6. */
static int add_network(struct jailparams *list, const struct jail_config *config, struct error *err)
{
	const struct jailparam *vnet = jailparams_find(list, "vnet");
	const int inherit = JAILPARAM_INHERIT;

	if (config->driver == DRIVER_VNET && vnet == NULL)
		return add(list, "vnet", "new", err);
	if (config->driver == DRIVER_VNET && vnet->len == sizeof(inherit) &&
		memcmp(vnet->value, &inherit, sizeof(inherit)) == 0)
		return error_set(err, ERROR_INVALID,
			"vnet=inherit: a container with the network driver vnet has a stack of its "
			"own");
	if (vnet != NULL)
		return 0;
	if (add_family(list, "ip4", IPV4, config, err) < 0)
		return -1;
	return add_family(list, "ip6", IPV6, config, err);
}

static int add_all(struct jailparams *list, const struct jail *j, const struct jail_config *config,
	struct error *err)
{
	if (add_defaults(list, config, err) < 0 || add_users(list, &config->params, err) < 0 ||
		add_network(list, config, err) < 0)
		return -1;
	if (add(list, "name", j->name, err) < 0 || add(list, "path", j->root, err) < 0)
		return -1;
	/* it stays while no process is in it: processes come and go by jail_attach(2) */
	return jailparams_add(list, "persist", jailparam_sysctl, NULL, err);
}

static int ruleset_of(const struct jailparams *list)
{
	const struct jailparam *p = jailparams_find(list, "devfs_ruleset");
	int number = DEVFS_RULESET_JAIL;

	if (p != NULL && p->len == sizeof(number))
		memcpy(&number, p->value, sizeof(number));
	return number;
}

static int fib_of(const struct strings *params)
{
	const char *value = param_value(params, "exec.fib");

	return value != NULL ? (int)strtol(value, NULL, 10) : -1;
}

static int create(struct jail *j, const struct jail_config *config, struct error *err)
{
	AUTO(jailparams_free) struct jailparams list = {0};

	if (add_all(&list, j, config, err) < 0)
		return -1;
	if (config->devfs && devfs_mount(j->root, ruleset_of(&list), err) < 0)
		return -1;
	if (newmounts_wanted(config, j->root, err) < 0 ||
		nullmounts_make(config, j->root, ruleset_of(&list), err) < 0)
		return -1;
	j->jid = jailcall_create(&list, j->name, err);
	if (j->jid < 0)
		return -1;
	if (config->driver == DRIVER_VNET &&
		vnet_configure(j->jid, config->endpoints, config->nendpoints, err) < 0) {
		struct error ignored;

		jailcall_remove(j->jid, &ignored);
		return -1;
	}
	return 0;
}

/*
 * Interfaces that are still in the jail when it goes come back to the host: they are removed
 * before, while nobody moves them.
 */
static void note_interfaces(struct jail *j, const struct jail_config *config)
{
	for (size_t i = 0; config->driver == DRIVER_VNET && i < config->nendpoints; i++)
		strings_add(&j->interfaces, config->endpoints[i].interface);
}

static void jail_free(struct jail *j)
{
	strings_free(&j->interfaces);
	free(j->name);
	free(j->root);
	free(j);
}

/* Nothing of the container is left to wait for, but the kernel may still be at taking it down. */
static void unmount_all(const char *root)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	struct error err;

	for (int tries = 0; tries < 100; tries++) {
		if (mounts_remove_below(root, false, NULL, &err) == 0)
			return;
		nanosleep(&pause, NULL);
	}
}

struct jail *jail_create(const struct jail_config *config, struct error *err)
{
	struct jail *j = xcalloc(1, sizeof(*j));
	char real[PATH_MAX];

	j->jid = -1;
	j->name = jailparam_jail_name(config->id);
	if (realpath(config->root.path, real) == NULL) {
		error_errno(err, errno, "%s", config->root.path);
		jail_free(j);
		return NULL;
	}
	j->root = xstrdup(real);
	j->fib = fib_of(&config->params);
	note_interfaces(j, config);
	/* EBUSY: this process is one already */
	if (procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL) < 0 && errno != EBUSY) {
		error_errno(err, errno, "procctl PROC_REAP_ACQUIRE");
		jail_free(j);
		return NULL;
	}
	if (create(j, config, err) < 0) {
		unmount_all(j->root);
		procctl(P_PID, getpid(), PROC_REAP_RELEASE, NULL);
		jail_free(j);
		return NULL;
	}
	return j;
}

int jail_update(struct jail *j, const struct strings *params, struct error *err)
{
	AUTO(jailparams_free) struct jailparams list = {0};

	if (add_users(&list, params, err) < 0)
		return -1;
	return jailcall_update(&list, j->jid, j->name, err);
}

int jail_number(const struct jail *j)
{
	return j->jid;
}

void jail_destroy(struct jail *j)
{
	struct error err;

	for (size_t i = 0; i < j->interfaces.n; i++)
		netif_destroy(j->interfaces.v[i], &err);
	jailcall_remove(j->jid, &err);
	unmount_all(j->root);
	jail_free(j);
}
