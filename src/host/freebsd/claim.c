/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "host/freebsd/host.h"
#include "host/freebsd/netif.h"

#define PREFIX "claim-"

/* Of the kernel's 32,768 numbers of each kind the first are for administrators. */
#define FIRST_NUMBER 1000
#define LAST_NUMBER  32767
#define TRIES	     64

static char *claim_path(const struct host *h, const char *name)
{
	return xasprintf("%s/" PREFIX "%s", h->run_dir, name);
}

/* 1: somebody else has claimed it. */
static int claim(struct host *h, const char *name, struct error *err)
{
	AUTO_FREE char *path = claim_path(h, name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return 0;
	return errno == EEXIST ? 1 : error_errno(err, errno, "%s", path);
}

void claim_drop(struct host *h, const char *name)
{
	AUTO_FREE char *path = claim_path(h, name);

	unlink(path);
}

/* 1: the number is taken. */
static int try_number(
	struct host *h, const char *kind, unsigned int number, char *name, struct error *err)
{
	char created[INTERFACE_MAX];
	int result;

	snprintf(created, sizeof(created), "%s%u", kind, number);
	snprintf(name, INTERFACE_MAX, "%s%s", created, strcmp(kind, "epair") == 0 ? "a" : "");
	result = claim(h, name, err);
	if (result != 0)
		return result;
	if (netif_create(created, err) == 0)
		return 0;
	claim_drop(h, name);
	return err->code == EEXIST ? 1 : -1;
}

int claim_make(struct host *h, const char *kind, char name[INTERFACE_MAX], struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		unsigned int number =
			FIRST_NUMBER + arc4random_uniform(LAST_NUMBER - FIRST_NUMBER + 1);
		int result = try_number(h, kind, number, name, err);

		if (result <= 0)
			return result;
	}
	return error_set(err, ERROR_SYSTEM, "no name for a new interface %sN was free in %d tries",
		kind, TRIES);
}

static void sweep(struct host *h, const char *name)
{
	char mark[NETIF_MARK_MAX];
	struct error err;

	netif_mark(name, mark);
	if (mark[0] == '\0' && netif_exists(name)) {
		if (netif_destroy(name, &err) < 0) {
			log_error("%s", err.message);
			return;
		}
		log_notice("interface %s was just being made: it is removed", name);
	}
	claim_drop(h, name);
}

void claims_sweep(struct host *h)
{
	DIR *d = opendir(h->run_dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
			interface_name_valid(entry->d_name + strlen(PREFIX)))
			sweep(h, entry->d_name + strlen(PREFIX));
	if (d != NULL)
		closedir(d);
}
