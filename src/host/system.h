/* SPDX-License-Identifier: BSD-2-Clause */
/* Which system the programs were built for, where what they say and accept depends on it. */
#ifndef HOST_SYSTEM_H
#define HOST_SYSTEM_H

enum host_system { HOST_FREEBSD, HOST_LINUX };
#define HOST_SYSTEMS 2

extern const enum host_system host_system;
extern const char *const host_system_names[HOST_SYSTEMS];

/* The PATH of processes unless they are given another: that of root's login on this system. */
extern const char login_path[];

/* The configuration file of the daemon that is read when it exists and no other is named. */
extern const char daemon_config_path[];

/* Makes free(3) give large blocks back to the system at once, whatever was allocated before. */
void system_return_memory(void);

#endif
