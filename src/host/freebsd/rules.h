/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of rctl(8) that keep a container's limits, as text. Nothing here asks the kernel.
 *
 * Memory is limited twice, both times by ending the process that goes too far: what is resident
 * (memoryuse), which the kernel counts once a second; and, as a fast process gets hold of much more
 * within a second, what has been asked for (swapuse), to four times as much, at once. "deny" would
 * make the first swap for ever and the second fail in ways that say nothing. With each goes a
 * "log" of the same amount: its line in the kernel's message buffer, dmesg(8), is what tells
 * afterwards why a process was ended. As nobody can tell lines of different runs of a container
 * from each other, the amounts of each run are a few bytes more, less than a page, by a tag.
 */
#ifndef FREEBSD_RULES_H
#define FREEBSD_RULES_H

#include "base/mem.h"
#include "host/limit.h"

#define RULES_PAGE 4096 /* bytes; tags are less */

/* Adds the rules of the limits for a jail of that name: "jail:NAME:maxproc:deny=32". */
void rules_make(const char *jail, const struct limits *l, unsigned int tag, struct strings *rules);

/* Adds filters that match those rules whatever their amounts: "jail:NAME:maxproc:deny". */
void rules_filters(const char *jail, struct strings *filters);

/* Whether the message buffer tells of one of the rules, a list joined by ',' that may be empty. */
bool rules_matched(const char *rules, const char *messages, size_t len);

/* Adds the names of the jails that rules in a list are for, each once. */
void rules_jails(const char *rules, struct strings *jails);

#endif
