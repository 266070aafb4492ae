/* SPDX-License-Identifier: BSD-2-Clause */
/* Which settings may be given: sysctls.h. */
#include <string.h>

#include "host/linux/sysctls.h"

#define NAME_MAX_LENGTH 200

/* Those of an IPC namespace, and all whose names begin like one that ends with '.'. */
static const char *const ipc[] = {"fs.mqueue.", "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",
	"kernel.sem", "kernel.shm_rmid_forced", "kernel.shmall", "kernel.shmmax", "kernel.shmmni"};

static bool is_of_ipc(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(ipc); i++) {
		size_t n = strlen(ipc[i]);

		if (ipc[i][n - 1] == '.' ? len > n && memcmp(name, ipc[i], n) == 0
					 : len == n && memcmp(name, ipc[i], n) == 0)
			return true;
	}
	return false;
}

/* Parts of letters, digits, '_' and '-' between dots: it becomes a path. */
static bool is_name(const char *name, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";

	if (len == 0 || len > NAME_MAX_LENGTH || name[0] == '.' || name[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] == '.' ? name[i + 1] == '.' : strchr(allowed, name[i]) == NULL)
			return false;
	return true;
}

static int check_one(const char *text, enum network_driver driver, bool host_ipc, struct error *err)
{
	size_t len = strcspn(text, "=");
	int shown = (int)(len < NAME_MAX_LENGTH ? len : NAME_MAX_LENGTH);

	if (text[len] != '=' || !is_name(text, len))
		return error_set(
			err, ERROR_INVALID, "bad sysctl '%.*s': expected NAME=VALUE", shown, text);
	if (strncmp(text, "net.", 4) == 0 && driver != DRIVER_HOST)
		return 0;
	if (strncmp(text, "net.", 4) == 0)
		return error_set(err, ERROR_INVALID,
			"sysctl '%.*s': with the network driver host it is the host's", shown,
			text);
	if (!is_of_ipc(text, len))
		return error_set(err, ERROR_INVALID,
			"sysctl '%.*s' is the whole host's: a container has net.*, fs.mqueue.* and "
			"kernel.msg*, sem and shm* for itself",
			shown, text);
	if (host_ipc)
		return error_set(err, ERROR_INVALID,
			"sysctl '%.*s': with sysvmsg, sysvsem and sysvshm inherited it is the "
			"host's",
			shown, text);
	return 0;
}

int sysctls_check(
	const struct strings *sysctls, enum network_driver driver, bool host_ipc, struct error *err)
{
	for (size_t i = 0; i < sysctls->n; i++)
		if (check_one(sysctls->v[i], driver, host_ipc, err) != 0)
			return -1;
	return 0;
}
