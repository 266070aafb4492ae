/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/file_mounts.h"

/*
 * 13.2, the first release with mounts on files, has the fault; sources of 15.0 have it mended. Of
 * those between nothing was seen: they are taken for faulty, since a panic takes everything down.
 */
#define MENDED 1500000

bool file_mounts_are_safe(int osreldate)
{
	return osreldate >= MENDED;
}
