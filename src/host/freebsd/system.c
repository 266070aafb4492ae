/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/system.h"

const enum host_system host_system = HOST_FREEBSD;

/* login.conf(5) */
const char login_path[] = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

/* jemalloc(3) does so by itself. */
void system_return_memory(void)
{
}
