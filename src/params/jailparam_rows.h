/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rows of jailparam_table.c are written with. */
#ifndef PARAMS_JAILPARAM_ROWS_H
#define PARAMS_JAILPARAM_ROWS_H

#include "params/jailparam.h"
#include "params/jailparam_table.h"

#define MEMBER(name)  .member = offsetof(struct jail_settings, name)
#define RANGE(lo, hi) .min = (lo), .max = (hi)

#define HERE(how, value, ...)                                                                      \
	{                                                                                          \
		.change = JAILPARAM_##how, .def = (value), .text = __VA_ARGS__                     \
	}
#define FREEBSD(how, value, text) [HOST_FREEBSD] = HERE(how, value, text)
#define LINUX(how, value, ...)	  [HOST_LINUX] = HERE(how, value, __VA_ARGS__)
#define ON(...)			  .on = {__VA_ARGS__}
#define SAME(how, value, text)	  ON(FREEBSD(how, value, text), LINUX(how, value, text))

/* What a kernel of FreeBSD has and Linux has not. */
#define FREEBSD_ONLY(how, value, text, reason)                                                     \
	ON(FREEBSD(how, value, text), LINUX(REFUSED, value, reason))

#define HOOK(hook) JAILPARAM_COMMANDS, MEMBER(hooks[hook])
#define BOOLEAN	   JAILPARAM_BOOLEAN
#define MOUNT_ALONE                                                                                \
	"Accepted; allow.mount decides alone, since the kernel of Linux does not allow one kind "  \
	"of file system and refuse another."
#define MODE(list) JAILPARAM_MODE, .words = (list)

#endif
