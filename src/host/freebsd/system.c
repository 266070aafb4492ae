#include "host/system.h"

const enum host_system host_system = HOST_FREEBSD;

/* jemalloc(3) does so by itself. */
void system_return_memory(void)
{
}
