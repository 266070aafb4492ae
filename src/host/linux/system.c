#include "host/system.h"

const enum host_system host_system = HOST_LINUX;
