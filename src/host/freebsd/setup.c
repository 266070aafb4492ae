/* SPDX-License-Identifier: BSD-2-Clause */
/* What a FreeBSD host must have. */
#include "host/setup.h"

#include <sys/param.h>

#include <errno.h>
#include <string.h>
#include <sys/linker.h>
#include <sys/module.h>

#include "host/freebsd/command.h"
#include "host/freebsd/devfs.h"
#include "host/freebsd/setup_items.h"
#include "host/freebsd/zfs.h"
#include "host/setup_group.h"
#include "host/storage.h"

static enum setup_state module_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	bool loaded = modfind(item->arg) >= 0;

	buffer_puts(note, loaded ? "loaded" : "not loaded");
	return loaded ? SETUP_OK : SETUP_MISSING;
}

static int module_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	if (kldload(item->arg) < 0 && errno != EEXIST)
		return error_errno(err, errno, "kldload %s", item->arg);
	buffer_puts(note, "loaded");
	return 0;
}

static enum setup_state devfs_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	struct error err;

	if (devfs_check_ruleset(DEVFS_RULESET_JAIL, &err) < 0) {
		buffer_puts(note, err.message);
		return SETUP_MISSING;
	}
	buffer_puts(note, "loaded");
	return SETUP_OK;
}

/* The rules are in files whose format is that of devfs(8)'s boot script: it is what loads them. */
static int devfs_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	static const char *const argv[] = {"/usr/sbin/service", "devfs", "onestart", NULL};

	if (command_run(argv, NULL, err) < 0)
		return -1;
	buffer_puts(note, "loaded by service devfs onestart");
	return 0;
}

static enum setup_state root_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	AUTO_FREE char *pool = xstrndup(s->root, strcspn(s->root, "/"));
	struct error err;
	struct zfs *z;
	bool has_pool, has_root;

	if (modfind("zfs") < 0) { /* zfs_open would load it */
		buffer_printf(note, "%s is known when the kernel module zfs is loaded", s->root);
		return SETUP_MISSING;
	}
	z = zfs_open(&err);
	if (z == NULL) {
		buffer_puts(note, err.message);
		return SETUP_MISSING;
	}
	has_pool = zfs_exists(z, pool);
	has_root = has_pool && zfs_exists(z, s->root);
	zfs_close(z);
	if (has_root)
		buffer_puts(note, s->root);
	else if (has_pool)
		buffer_printf(note, "%s does not exist yet", s->root);
	else
		buffer_printf(note, "%s: there is no ZFS pool %s on this host", s->root, pool);
	return has_root ? SETUP_OK : SETUP_MISSING;
}

static int root_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	struct storage *st = storage_open(s->root, err);

	if (st == NULL)
		return -1;
	buffer_printf(note, "made %s, mounted on %s", s->root, storage_directory(st));
	storage_close(st);
	return 0;
}

int group_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	const char *const argv[] = {"/usr/sbin/pw", "groupadd", item->arg, NULL};

	if (command_run(argv, NULL, err) < 0)
		return -1;
	buffer_puts(note, "made; nobody is in it yet");
	return 0;
}

#define MODULE(name)                                                                               \
	{                                                                                          \
		"kernel module " name, name, module_check, module_apply                            \
	}
#define RC_ENABLE(name)                                                                            \
	{                                                                                          \
		"rc.conf " name, name, rc_enable_check, rc_enable_apply                            \
	}

/* zfs, pf and pflog are loaded by the boot scripts that rc.conf enables. */
const struct setup_item setup_items[] = {
	MODULE("zfs"),
	MODULE("pf"),
	MODULE("pflog"),
	MODULE("if_bridge"),
	MODULE("if_epair"),
	MODULE("nullfs"),
	{"rc.conf kld_list", "if_bridge if_epair nullfs", kld_list_check, kld_list_apply},
	RC_ENABLE("zfs_enable"),
	RC_ENABLE("pf_enable"),
	RC_ENABLE("pflog_enable"),
	{"rc.conf pf_rules", "pf_rules", rc_firewall_check, rc_firewall_apply},
	{"template of pf's rules", NULL, template_check, template_apply},
	{"pf's rules", NULL, rules_check, rules_apply},
	{"devfs ruleset of jails", NULL, devfs_check, devfs_apply},
	{"resource accounting", "kern.racct.enable", tunable_check, tunable_apply},
	{"ZFS dataset", NULL, root_check, root_apply},
	{"group " KLEENE_GROUP, KLEENE_GROUP, group_check, group_apply},
	{0},
};
