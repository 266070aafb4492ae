/* SPDX-License-Identifier: BSD-2-Clause */
/* What rc.conf(5), by sysrc(8), and loader.conf(5) set for the next start of the host. */
#include <sys/param.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/linker.h>
#include <sys/module.h>
#include <sys/stat.h>
#include <sys/sysctl.h>

#include "host/freebsd/command.h"
#include "host/freebsd/loader_conf.h"
#include "host/freebsd/setup_items.h"

#define LOADER_CONF	"/boot/loader.conf"
#define LOADER_CONF_NEW LOADER_CONF ".kleened"
#define LOADER_CONF_MAX (1u << 20) /* bytes */

/* The value of a variable of rc.conf(5), defaults included. */
static int rc_get(const char *name, struct buffer *value, struct error *err)
{
	const char *const argv[] = {"/usr/sbin/sysrc", "-n", name, NULL};

	/* one that the defaults only mention in a comment, as kld_list in 13.2 */
	if (command_run(argv, value, err) < 0 && strstr(err->message, "unknown variable") == NULL)
		return -1;
	while (value->len > 0 && value->data[value->len - 1] == '\n')
		value->data[--value->len] = '\0';
	buffer_puts(value, "");
	return 0;
}

/* assignment: "NAME=VALUE", or "NAME+=WORD", which adds a word that is not there. */
static int rc_set(const char *assignment, struct buffer *note, struct error *err)
{
	const char *const argv[] = {"/usr/sbin/sysrc", assignment, NULL};

	if (command_run(argv, NULL, err) < 0)
		return -1;
	buffer_printf(note, "%ssysrc %s", note->len > 0 ? ", " : "", assignment);
	return 0;
}

static enum setup_state unknown(struct buffer *note, const struct error *err)
{
	buffer_puts(note, err->message);
	return SETUP_MISSING;
}

/* Appends the modules that are not in kld_list and do not come with the kernel itself. */
static int missing_modules(const char *names, struct strings *missing, struct error *err)
{
	AUTO(buffer_free) struct buffer value = {0};
	AUTO(strings_free) struct strings listed = {0};
	AUTO_FREE char *copy = xstrdup(names);
	char *rest, *word;

	if (rc_get("kld_list", &value, err) < 0)
		return -1;
	rest = value.data;
	while ((word = strsep(&rest, " \t\n")) != NULL)
		strings_add(&listed, word);
	rest = copy;
	while ((word = strsep(&rest, " ")) != NULL) {
		AUTO_FREE char *file = xasprintf("%s.ko", word);
		bool in_kernel = modfind(word) >= 0 && kldfind(file) < 0;

		if (!in_kernel && !strings_has(&listed, word) && !strings_has(&listed, file))
			strings_add(missing, word);
	}
	return 0;
}

enum setup_state kld_list_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	AUTO(strings_free) struct strings missing = {0};
	struct error err;

	if (missing_modules(item->arg, &missing, &err) < 0)
		return unknown(note, &err);
	if (missing.n == 0) {
		buffer_printf(note, "loads %s", item->arg);
		return SETUP_OK;
	}
	buffer_puts(note, "lacks");
	for (size_t i = 0; i < missing.n; i++)
		buffer_printf(note, " %s", missing.v[i]);
	return SETUP_MISSING;
}

int kld_list_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO(strings_free) struct strings missing = {0};

	if (missing_modules(item->arg, &missing, err) < 0)
		return -1;
	for (size_t i = 0; i < missing.n; i++) {
		AUTO_FREE char *assignment = xasprintf("kld_list+=%s", missing.v[i]);

		if (rc_set(assignment, note, err) < 0)
			return -1;
	}
	return 0;
}

/* As checkyesno of rc.subr(8). */
static bool is_yes(const char *value)
{
	static const char *const words[] = {"yes", "true", "on", "1"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

enum setup_state rc_enable_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	AUTO(buffer_free) struct buffer value = {0};
	struct error err;

	if (rc_get(item->arg, &value, &err) < 0)
		return unknown(note, &err);
	buffer_printf(note, "is %s", value.len > 0 ? value.data : "empty");
	return is_yes(value.data) ? SETUP_OK : SETUP_MISSING;
}

int rc_enable_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO_FREE char *assignment = xasprintf("%s=YES", item->arg);

	return rc_set(assignment, note, err);
}

enum setup_state rc_firewall_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	AUTO(buffer_free) struct buffer value = {0};
	struct error err;

	if (rc_get(item->arg, &value, &err) < 0)
		return unknown(note, &err);
	buffer_printf(note, "is %s", value.len > 0 ? value.data : "empty");
	return strcmp(value.data, s->firewall) == 0 ? SETUP_OK : SETUP_MISSING;
}

int rc_firewall_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO_FREE char *assignment = xasprintf("%s=%s", item->arg, s->firewall);

	return rc_set(assignment, note, err);
}

/* The file's text ("" if there is none) and its mode. */
static int loader_conf_read(struct buffer *text, mode_t *mode, struct error *err)
{
	AUTO_CLOSE int fd = open(LOADER_CONF, O_RDONLY | O_CLOEXEC);
	char block[4096];
	struct stat st;
	ssize_t n = 0;

	*mode = 0644;
	buffer_puts(text, "");
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, LOADER_CONF);
	*mode = st.st_mode & 07777;
	while (text->len < LOADER_CONF_MAX && (n = read(fd, block, sizeof(block))) > 0)
		buffer_add(text, block, (size_t)n);
	return n < 0 ? error_errno(err, errno, LOADER_CONF) : 0;
}

/* The host boots with it: it is replaced as a whole, or not. */
static int loader_conf_write(const struct buffer *text, mode_t mode, struct error *err)
{
	AUTO_CLOSE int fd =
		open(LOADER_CONF_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, text->data, text->len);

	if (n != (ssize_t)text->len || fchmod(fd, mode) < 0 || fsync(fd) < 0 ||
		rename(LOADER_CONF_NEW, LOADER_CONF) < 0) {
		error_errno(err, n >= 0 && n != (ssize_t)text->len ? ENOSPC : errno, LOADER_CONF);
		unlink(LOADER_CONF_NEW);
		return -1;
	}
	return 0;
}

enum setup_state tunable_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	AUTO(buffer_free) struct buffer text = {0};
	struct error err;
	mode_t mode;
	int value = 0;
	size_t len = sizeof(value);

	if (sysctlbyname(item->arg, &value, &len, NULL, 0) < 0) {
		buffer_puts(note, "this kernel does not have it: it sets no limits by rctl(8)");
		return SETUP_ADVICE;
	}
	buffer_printf(note, "%s is %d", item->arg, value);
	if (value != 0)
		return SETUP_OK;
	if (loader_conf_read(&text, &mode, &err) < 0)
		return unknown(note, &err);
	if (!loader_conf_has(text.data, item->arg, "1"))
		return SETUP_MISSING;
	buffer_puts(note, " until the host is rebooted");
	return SETUP_REBOOT;
}

int tunable_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};
	mode_t mode;

	if (loader_conf_read(&text, &mode, err) < 0)
		return -1;
	if (loader_conf_has(text.data, item->arg, "1"))
		return 0;
	loader_conf_add(&text, item->arg, "1");
	if (loader_conf_write(&text, mode, err) < 0)
		return -1;
	buffer_printf(note, "%s=1 in " LOADER_CONF ", which needs a reboot", item->arg);
	return 0;
}
