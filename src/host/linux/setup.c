/* SPDX-License-Identifier: BSD-2-Clause */
/* What a Linux host must have. */
#include "host/setup.h"

#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "host/linux/cgroup.h"
#include "host/linux/program.h"
#include "host/setup_group.h"
#include "host/storage.h"

#define STACK_SIZE 16384 /* of a child that only ends */

/* A mount without layers fails in any case, but with ENODEV only where there is no overlayfs. */
static enum setup_state overlay_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	if (mount("overlay", "/", "overlay", 0, NULL) == 0 || errno == EINVAL) {
		buffer_puts(note, "the kernel has it");
		return SETUP_OK;
	}
	if (errno == ENODEV)
		buffer_puts(note, "the kernel does not have it, nor a module for it");
	else
		buffer_printf(note, "cannot be mounted: %s", strerror(errno));
	return SETUP_MISSING;
}

static int end(void *arg)
{
	(void)arg;
	return 0;
}

/* Makes namespaces as process.c does for a warden. Returns 0 or errno. */
static int try_namespaces(int flags)
{
	char *stack = xmalloc(STACK_SIZE);
	int pid = clone(end, stack + STACK_SIZE, flags | CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	int errnum = pid < 0 ? errno : 0;

	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(stack);
	return errnum;
}

static enum setup_state namespaces_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	static const struct {
		int flag;
		const char *name;
	} kinds[] = {
		{CLONE_NEWPID, "pid"},
		{CLONE_NEWNS, "mount"},
		{CLONE_NEWUTS, "uts"},
		{CLONE_NEWIPC, "ipc"},
		{CLONE_NEWCGROUP, "cgroup"},
		{CLONE_NEWNET, "network"},
	};
	int errnum = 0, flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		flags |= kinds[i].flag;
		errnum = try_namespaces(kinds[i].flag);
		if (errnum == 0)
			continue;
		buffer_printf(
			note, "a %s namespace cannot be made: %s", kinds[i].name, strerror(errnum));
		return SETUP_MISSING;
	}
	errnum = try_namespaces(flags);
	buffer_printf(note, errnum == 0 ? "can be made" : "cannot be made together: %s",
		strerror(errnum));
	return errnum == 0 ? SETUP_OK : SETUP_MISSING;
}

static enum setup_state groups_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	static const char *const flags[CONTROLLERS] = {"--memory", "--cpus", "--pids"};
	struct cgroups *c = cgroups_of_host("");
	enum setup_state state = SETUP_OK;

	if (c->n == 0)
		buffer_puts(note, "none are mounted for writing");
	else if (!c->list[0].unified)
		buffer_puts(note, "version 1");
	else
		buffer_puts(note, c->n == 1 ? "version 2" : "hybrid, version 2 beside version 1");
	for (int i = 0; i < CONTROLLERS; i++) {
		if (cgroups_with(c, (enum controller)i) != NULL)
			continue;
		buffer_printf(note, "; no controller '%s', so %s is refused",
			controller_name((enum controller)i), flags[i]);
		state = SETUP_ADVICE;
	}
	cgroups_close(c);
	return state;
}

static bool is_filesystem(const char *path, unsigned long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == magic;
}

/* The part of the path that exists. The caller frees. */
static char *existing_part(const char *path)
{
	char *part = xstrdup(path), *slash;
	struct statfs fs;

	while (statfs(part, &fs) != 0 && (slash = strrchr(part, '/')) != NULL)
		slash[slash == part && slash[1] != '\0' ? 1 : 0] = '\0';
	return part;
}

static enum setup_state root_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	AUTO_FREE char *part = existing_part(s->root);
	bool there = strcmp(part, s->root) == 0;

	if (is_filesystem(part, OVERLAYFS_SUPER_MAGIC)) {
		buffer_printf(
			note, "%s is on overlayfs, which cannot hold layers of another", s->root);
		return SETUP_MISSING;
	}
	if (*part != '\0' && getxattr(part, "user.kleene", NULL, 0) < 0 && errno == EOPNOTSUPP) {
		buffer_printf(
			note, "the file system of %s takes no user extended attributes", s->root);
		return SETUP_MISSING;
	}
	buffer_printf(note, there ? "%s" : "%s does not exist yet", s->root);
	return there ? SETUP_OK : SETUP_MISSING;
}

static int root_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	struct storage *st = storage_open(s->root, err);

	if (st == NULL)
		return -1;
	storage_close(st);
	buffer_printf(note, "made %s", s->root);
	return 0;
}

static enum setup_state bootstrap_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	static const char *const programs[] = {"mmdebstrap", "debootstrap"};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		AUTO_FREE char *path = program_find(programs[i]);

		if (path == NULL)
			continue;
		buffer_printf(note, "made with %s", path);
		return SETUP_OK;
	}
	buffer_puts(note, "need mmdebstrap or debootstrap; images can be made from archives");
	return SETUP_ADVICE;
}

int group_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO_FREE char *path = program_find("groupadd");
	AUTO(strings_free) struct strings argv = {0}, env = {0};

	if (path == NULL)
		return error_set(err, ERROR_SYSTEM, "there is no groupadd(8) to make it");
	strings_add(&argv, path);
	strings_add(&argv, "--system");
	strings_add(&argv, item->arg);
	if (program_run(&argv, &env, &(struct progress){0}, err) != 0)
		return -1;
	buffer_puts(note, "made; nobody is in it yet");
	return 0;
}

const struct setup_item setup_items[] = {
	{"overlayfs", NULL, overlay_check, NULL},
	{"namespaces", NULL, namespaces_check, NULL},
	{"control groups", NULL, groups_check, NULL},
	{"storage directory", NULL, root_check, root_apply},
	{"group " KLEENE_GROUP, KLEENE_GROUP, group_check, group_apply},
	{"base images by fetch-auto", NULL, bootstrap_check, NULL},
	{0},
};
