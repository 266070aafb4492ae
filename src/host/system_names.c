/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/system.h"

const char *const host_system_names[HOST_SYSTEMS] = {
	[HOST_FREEBSD] = "FreeBSD", [HOST_LINUX] = "Linux"};
