/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/pfbefore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "host/freebsd/command.h"

#define TRIES	 8 /* of pfctl(8) */
#define NO_RULES "/dev/null"

/* DIOCSTART and DIOCSTOP of pf(4), whose header differs from release to release. */
#define PF_START _IO('D', 1)
#define PF_STOP	 _IO('D', 2)

static char *kept_name(const char *config)
{
	return xasprintf("%s.before-kleene", config);
}

static char *note_name(const char *run_dir)
{
	return xasprintf("%s/pf-was-disabled", run_dir);
}

int pfbefore_keep(const char *config, struct error *err)
{
	AUTO_FREE char *kept = kept_name(config);
	AUTO_FREE char *new = xasprintf("%s.new", kept);
	int result = 0;

	unlink(new);
	if (link(config, new) < 0)
		return errno == ENOENT
			       ? 0
			       : error_errno(err, errno, "cannot keep %s as %s", config, kept);
	/* in the place of one that was kept earlier, when somebody has written the file since */
	if (rename(new, kept) < 0)
		result = error_errno(err, errno, "cannot keep %s as %s", config, kept);
	unlink(new); /* rename(2) leaves it where both were the same file already */
	return result;
}

static int open_pf(struct error *err)
{
	int fd = open("/dev/pf", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return error_set(err, ERROR_SYSTEM,
			"pf is not loaded, which networks need: 'kleened init' prepares it");
	return error_errno(err, errno, "/dev/pf");
}

int pfbefore_enable(const char *run_dir, struct error *err)
{
	AUTO_FREE char *note = note_name(run_dir);
	AUTO_CLOSE int fd = open_pf(err), noted = -1;

	if (fd < 0)
		return -1;
	if (ioctl(fd, PF_START) < 0)
		return errno == EEXIST ? 0 : error_errno(err, errno, "cannot enable pf");
	log_notice("pf was disabled: it is enabled while there are networks of containers");
	/* afterwards: rather does it stay enabled than that it is disabled for no reason */
	noted = open(note, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (noted < 0)
		log_error("%s: %s: pf stays enabled", note, strerror(errno));
	return 0;
}

static int disable(const char *run_dir, struct error *err)
{
	AUTO_FREE char *note = note_name(run_dir);
	AUTO_CLOSE int fd = -1;

	if (access(note, F_OK) < 0)
		return 0;
	fd = open_pf(err);
	if (fd < 0)
		return -1;
	if (ioctl(fd, PF_STOP) < 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot disable pf");
	log_notice("pf is disabled, as it was before there were networks");
	unlink(note);
	return 0;
}

int pf_load(const char *path, struct error *err)
{
	const char *const argv[] = {"/sbin/pfctl", "-q", "-f", path, NULL};

	for (int i = 0; i < TRIES; i++) {
		if (command_run(argv, NULL, err) == 0)
			return 0;
		/* it asks all interfaces for their groups, and one has gone meanwhile */
		if (strstr(err->message, "SIOCGIFGROUP") == NULL)
			break;
	}
	return error_prefix(err, "pf does not take the rules");
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return lstat(a, &first) == 0 && lstat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

void pfbefore_undo(const char *config, const char *run_dir)
{
	AUTO_FREE char *kept = kept_name(config);
	struct error err;

	if (disable(run_dir, &err) < 0)
		log_error("%s", err.message);
	if (is_same_file(config, kept))
		unlink(kept);
}

/* Rules that were there before; "": none. */
static int load_again(const char *path, struct error *err)
{
	if (path[0] != '\0') {
		if (pf_load(path, err) == 0)
			return 0;
		log_error("%s: %s: there are no rules now", path, err->message);
	}
	return pf_load(NO_RULES, err);
}

int pfbefore_restore(const char *config, const char *run_dir, bool theirs, struct error *err)
{
	AUTO_FREE char *kept = kept_name(config);
	bool had = access(kept, F_OK) == 0;

	if (load_again(theirs ? config : had ? kept : "", err) < 0 || disable(run_dir, err) < 0)
		return -1;
	/* last: until then the file says that there is something to be restored */
	if (theirs)
		return 0;
	if (had ? rename(kept, config) < 0 : unlink(config) < 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot make %s what it was", config);
	return 0;
}
