/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling a service manager how the daemon is, as sd_notify(3) describes it. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* Sends "READY=1", "STOPPING=1"; without a service manager that wants to know it does nothing. */
void notify_manager(const char *state);

#endif
