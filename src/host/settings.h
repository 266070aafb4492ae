/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's settings that networks need otherwise than they were, sysctl(8). What they were is in
 * the file <run_dir>/settings, a line "NAME BEFORE NOW" each, written before the change. Like the
 * settings themselves it does not outlive a reboot.
 */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include "base/error.h"

#define SETTING_VALUE_MAX 32 /* with the NUL */

struct settings;

/* Knows where the file is or will be; nothing is read or written yet. */
struct settings *settings_new(const char *run_dir);
void settings_free(struct settings *s);

/*
 * Gives the setting the value; if it had another, that is noted and said in the log with the
 * reason. Names are as setting_read has them. From any thread.
 */
int setting_change(struct settings *s, const char *name, const char *value, const char *reason,
	struct error *err);

/* Puts back all that is noted and that nobody has changed since. Errors are logged. */
void settings_restore(struct settings *s);

/* ---- by host/<system>/settings.c ---- */

/*
 * Linux: names below /proc/sys ("net/ipv4/ip_forward"); FreeBSD: those of sysctl(3), whose values
 * are numbers. ERROR_NOT_FOUND: there is no such setting (any more).
 */
int setting_read(const char *name, char value[SETTING_VALUE_MAX], struct error *err);
int setting_write(const char *name, const char *value, struct error *err);

#endif
