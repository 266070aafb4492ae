/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host must have: one table of items, which `kleened dryinit` checks and `kleened init`
 * prepares (kleened/setup.h).
 */
#ifndef HOST_SETUP_H
#define HOST_SETUP_H

#include "base/error.h"
#include "base/mem.h"

/* Its members may use the daemon's socket. */
#define KLEENE_GROUP "kleene"

enum setup_state {
	SETUP_OK,
	SETUP_REBOOT, /* prepared, and in effect when the host has started again */
	SETUP_ADVICE, /* not there; Kleene runs without it, and the note says what does not work */
	SETUP_MISSING,
};

/* What of the daemon's configuration the host is prepared for. */
struct setup {
	const char *root; /* kleene_root */
	const char *firewall; /* the firewall's rules, pf_config_path */
	const char *template; /* what they are made of, pf_config_template_path */
};

struct setup_item {
	const char *name; /* what users read */
	const char *arg; /* what it is about, for its functions */

	/* Changes nothing. Appends to *note, without a newline, how it is. */
	enum setup_state (*check)(
		const struct setup *s, const struct setup_item *item, struct buffer *note);

	/*
	 * Prepares what is SETUP_MISSING, now and for the next start of the host, and appends to
	 * *note what was done. Can be repeated. NULL: that is for an administrator.
	 */
	int (*apply)(const struct setup *s, const struct setup_item *item, struct buffer *note,
		struct error *err);
};

/* The host's items, in the order in which they need each other; behind the last is one unnamed. */
extern const struct setup_item setup_items[];

#endif
