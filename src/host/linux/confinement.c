/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux can confine a container by: host/confinement.h. */
#include "host/confinement.h"

#include "host/linux/capabilities.h"
#include "host/linux/sysctls.h"

int confinement_check(const struct confinement *c, enum network_driver driver, struct error *err)
{
	if (capabilities_check(c, driver, err) != 0)
		return -1;
	return sysctls_check(&c->sysctls, driver, false, err);
}
