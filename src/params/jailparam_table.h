/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of jail parameters: every one that jail(8) of FreeBSD 14 knows, true and pseudo ones,
 * and what each is on both systems. Parsing, errors, changes of running containers, the manual page
 * kleene-jailparam(7) and its tests come from it.
 */
#ifndef PARAMS_JAILPARAM_TABLE_H
#define PARAMS_JAILPARAM_TABLE_H

#include <stddef.h>

#include "host/system.h"

enum jailparam_type {
	JAILPARAM_BOOLEAN,
	JAILPARAM_NUMBER,
	JAILPARAM_SECONDS,
	JAILPARAM_TEXT,
	JAILPARAM_MODE, /* one of a few words: disable, new, inherit */
	JAILPARAM_LIST, /* separated by commas */
	JAILPARAM_COMMANDS, /* command lines, separated by commas */
	JAILPARAM_TYPES
};

/* What becomes of a change while the container runs. */
enum jailparam_change {
	JAILPARAM_REFUSED, /* the parameter cannot be given at all */
	JAILPARAM_RESTART, /* it counts when the container is started anew */
	JAILPARAM_NEXT, /* kleened's own: it counts whenever it is used the next time */
	JAILPARAM_LIVE, /* the running container is changed */
};

struct jailparam {
	const char *name;
	enum jailparam_type type;
	long min, max; /* numbers and seconds; both 0: no limit but that of an int */
	const char *
		words; /* modes: those allowed, separated by blanks; the first when none is given */
	size_t member; /* in struct jail_settings; 0: passed on to the host */
	struct jailparam_on {
		enum jailparam_change change;
		const char *def; /* the value when none is given; NULL: there is none */
		const char *text; /* what it does; refused: why, a clause for the error and the
				     manual */
		long min, max; /* in place of the common ones unless both are 0 */
	} on[HOST_SYSTEMS];
};

extern const struct jailparam jailparam_table[];
extern const size_t jailparam_count;

/* As users see the types. */
extern const char *const jailparam_type_names[JAILPARAM_TYPES];

#endif
