/* SPDX-License-Identifier: BSD-2-Clause */
/* What is Linux's alone: host/confinement.h. */
#include "host/confinement.h"

int confinement_check(const struct confinement *c, enum network_driver driver, struct error *err)
{
	if (c->read_only)
		return error_set(err, ERROR_INVALID,
			"--read-only is not available on FreeBSD: a container's root is a dataset "
			"that kleened itself writes to; mounts can be read-only");
	if (c->cap_add.n > 0 || c->cap_drop.n > 0)
		return error_set(err, ERROR_INVALID,
			"--cap-add and --cap-drop are Linux's: on FreeBSD jail parameters say what "
			"a container may do, such as -J allow.raw_sockets");
	if (c->shm_size > 0)
		return error_set(err, ERROR_INVALID,
			"--shm-size is Linux's: on FreeBSD shared memory is no file system");
	if (c->sysctls.n > 0)
		return error_set(err, ERROR_INVALID,
			"--sysctl is Linux's: on FreeBSD these settings are the host's, or jail "
			"parameters");
	return 0;
}
