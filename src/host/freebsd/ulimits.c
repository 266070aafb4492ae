/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of processes that FreeBSD has: host/ulimit.h. */
#include <sys/types.h>

#include "host/ulimit.h"

#include <stddef.h>

const struct ulimit_kind ulimit_kinds[] = {
	{"as", RLIMIT_AS},
	{"core", RLIMIT_CORE},
	{"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},
	{"fsize", RLIMIT_FSIZE},
	{"kqueues", RLIMIT_KQUEUES},
	{"memlock", RLIMIT_MEMLOCK},
	{"nofile", RLIMIT_NOFILE},
	{"nproc", RLIMIT_NPROC},
	{"pseudoterminals", RLIMIT_NPTS},
	{"rss", RLIMIT_RSS},
	{"sbsize", RLIMIT_SBSIZE},
	{"stack", RLIMIT_STACK},
	{"swapuse", RLIMIT_SWAP},
	{"umtxp", RLIMIT_UMTXP},
	{NULL, 0},
};
