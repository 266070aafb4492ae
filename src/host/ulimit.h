/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of single processes, getrlimit(2), as users write them: "nofile=1024:4096". */
#ifndef HOST_ULIMIT_H
#define HOST_ULIMIT_H

#include <sys/resource.h>

#include "base/error.h"

/* The limits this system has; ends with a row without name. */
struct ulimit_kind {
	const char *name;
	int resource; /* of setrlimit(2) */
};

extern const struct ulimit_kind ulimit_kinds[];

struct ulimit {
	int resource;
	struct rlimit limit;
};

/*
 * Reads NAME=SOFT[:HARD]; without HARD it is as SOFT, and -1 or "unlimited" is no limit.
 * ERROR_INVALID naming what is wrong.
 */
int ulimit_parse(const char *text, struct ulimit *u, struct error *err);

/* Sets it for this process and those it starts, setrlimit(2). */
int ulimit_set(const char *text, struct error *err);

#endif
