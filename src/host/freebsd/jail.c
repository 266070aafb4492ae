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
#include "host/freebsd/newmounts.h"
#include "host/freebsd/nullmounts.h"
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

/*
 * A jail with a network stack of its own (vnet) takes neither ip4 nor ip6; and where the user
 * gave one of them, that stands.
 */
static int add_network(struct jailparams *list, enum network_driver driver, struct error *err)
{
	static const char *const families[] = {"ip4", "ip6"};
	const char *value = driver == DRIVER_HOST ? "inherit" : "disable";

	if (jailparams_find(list, "vnet") != NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		char addresses[16];

		snprintf(addresses, sizeof(addresses), "%s.addr", families[i]);
		if (jailparams_find(list, families[i]) == NULL &&
			jailparams_find(list, addresses) == NULL &&
			add(list, families[i], value, err) < 0)
			return -1;
	}
	return 0;
}

static int add_all(struct jailparams *list, const struct jail *j, const struct jail_config *config,
	struct error *err)
{
	if (add_defaults(list, config, err) < 0 || add_users(list, &config->params, err) < 0 ||
		add_network(list, config->driver, err) < 0)
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
	return j->jid < 0 ? -1 : 0;
}

static void jail_free(struct jail *j)
{
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

	jailcall_remove(j->jid, &err);
	unmount_all(j->root);
	jail_free(j);
}
