/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/system.h"

#include <malloc.h>

#define LARGE (256 << 10) /* bytes */

const enum host_system host_system = HOST_LINUX;

/* login.defs(5), of root; what an administrator has installed comes before the distribution's */
const char login_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* Left alone, mallopt(3), the first large block that is freed makes all of its size stay. */
void system_return_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, LARGE);
}
