/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's view of a FreeBSD host: struct host of host/process.h. */
#ifndef HOST_FREEBSD_HOST_H
#define HOST_FREEBSD_HOST_H

#include "host/settings.h"

struct host {
	int fd; /* of the host's own file: a jail has no way to it, as there is no /proc/…/exe */
	char *instance, *run_dir;
	struct settings *settings;
};

#endif
