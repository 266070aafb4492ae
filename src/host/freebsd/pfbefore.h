/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pf(4) and its file were before Kleene had networks, and are again when it has none: the file
 * waits as FILE.before-kleene, and that pf was disabled is noted in run_dir, as it holds until the
 * host's next start.
 */
#ifndef HOST_FREEBSD_PFBEFORE_H
#define HOST_FREEBSD_PFBEFORE_H

#include <stdbool.h>

#include "base/error.h"

/* Keeps the file, which is not ours, until pfbefore_restore; there need not be one. */
int pfbefore_keep(const char *config, struct error *err);

/* Enables pf unless it is; run_dir: where that is noted. */
int pfbefore_enable(const char *run_dir, struct error *err);

/* When what was to come in its place could not be loaded: all stays as it was. */
void pfbefore_undo(const char *config, const char *run_dir);

/*
 * Loads the rules that were kept, or none, makes their file what it was, and disables pf if
 * pfbefore_enable has enabled it. theirs: somebody has written the file since, so it counts, and
 * stays. Can be repeated. Rules that pf does not take, as it would not at the host's start either,
 * are logged.
 */
int pfbefore_restore(const char *config, const char *run_dir, bool theirs, struct error *err);

/* pfctl(8) takes a file with names and macros apart; the kernel takes what comes of it, or not. */
int pf_load(const char *path, struct error *err);

#endif
