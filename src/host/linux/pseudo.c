/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/pseudo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/linux/detached.h"
#include "host/params.h"

#define NO_DOMAIN "(none)" /* what the kernel begins with */

/* ---- names ---- */

static int set_hostname(const char *name, struct error *err)
{
	if (sethostname(name, strlen(name)) != 0)
		return error_errno(err, errno, "cannot set the hostname '%s'", name);
	return 0;
}

static int set_domain(const char *name, struct error *err)
{
	if (setdomainname(name, strlen(name)) != 0)
		return error_errno(err, errno, "cannot set the domain name '%s'", name);
	return 0;
}

int names_set(const struct jail_config *config, struct error *err)
{
	const char *domain = param_value(&config->params, "host.domainname");

	if (config->hostname[0] != '\0' && set_hostname(config->hostname, err) != 0)
		return -1;
	if (domain == NULL && config->hostname[0] == '\0')
		return 0; /* both are the host's */
	return set_domain(domain ? domain : NO_DOMAIN, err);
}

int names_update(const struct strings *params, struct error *err)
{
	static const struct {
		const char *name;
		int (*set)(const char *value, struct error *err);
	} live[] = {{"host.hostname", set_hostname}, {"host.domainname", set_domain}};

	for (size_t i = 0; i < ARRAY_SIZE(live); i++) {
		const char *value = param_value(params, live[i].name);

		if (value != NULL && live[i].set(value, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- file systems ---- */

bool pseudo_is_off(const struct jail_config *config, const char *name)
{
	const char *value = param_value(&config->params, name);

	return value != NULL && strcmp(value, "false") == 0;
}

/* mount(8) of FreeBSD calls some options differently. */
static const char *option_name(const char *name)
{
	return strcmp(name, "inodes") == 0 ? "nr_inodes" : name;
}

/* Gives the options to the file system; what is the mount's is added to *attributes. */
static int set_options(int fs, const char *options, unsigned int *attributes, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(options ? options : "");
	char *rest = copy, *option;

	while ((option = strsep(&rest, ",")) != NULL) {
		char *value = strchr(option, '=');

		if (strcmp(option, "noexec") == 0)
			*attributes |= MOUNT_ATTR_NOEXEC;
		if (value == NULL)
			continue; /* nosuid is always set */
		*value++ = '\0';
		if (fsconfig(fs, FSCONFIG_SET_STRING, option_name(option), value, 0) != 0)
			return error_errno(err, errno, "option %s=%s of tmpfs", option, value);
	}
	return 0;
}

static int make_tmpfs(const struct jail_mount *m, struct error *err)
{
	unsigned int attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	AUTO_CLOSE int fs = detached_begin("tmpfs", err);

	if (m->read_only)
		attributes |= MOUNT_ATTR_RDONLY;
	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0) != 0)
		return fs < 0 ? -1 : error_errno(err, errno, "cannot name a tmpfs");
	if (set_options(fs, m->options, &attributes, err) != 0)
		return -1;
	return detached_end(&fs, "tmpfs", attributes, err);
}

/* The container's own /proc, with what masks parts of it: a new one would show them. */
static int clone_proc(const struct jail_mount *m, int proc, struct error *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	AUTO_CLOSE int fd = open_tree(
		proc, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);

	if (fd < 0)
		return error_errno(err, errno, "cannot take /proc a second time");
	if (m->read_only &&
		mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) != 0)
		return error_errno(err, errno, "cannot make it read-only");
	return take_fd(&fd);
}

int text_tree(const struct jail_mount *m, int scratch, const char *name, struct error *err)
{
	const size_t len = m->options != NULL ? strlen(m->options) : 0;
	AUTO_CLOSE int file = openat(scratch, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (file < 0 || fchmod(file, 0644) != 0 ||
		(len > 0 && write(file, m->options, len) != (ssize_t)len))
		return error_errno(err, errno, "cannot write a file for %s", m->destination);
	return detached_copy(file, m->destination,
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			(m->read_only ? MOUNT_ATTR_RDONLY : 0),
		err);
}

int pseudo_tree(const struct jail_mount *m, int proc, struct error *err)
{
	if (strcmp(m->type, "tmpfs") == 0)
		return make_tmpfs(m, err);
	if (strcmp(m->type, "procfs") == 0)
		return clone_proc(m, proc, err);
	return error_set(err, ERROR_INVALID, "there is no %s on Linux", m->type);
}
