/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/setup_group.h"

#include <grp.h>

enum setup_state group_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	const struct group *group = getgrnam(item->arg);

	(void)s;
	if (group == NULL) {
		buffer_puts(note, "there is none: the socket is for root alone");
		return SETUP_MISSING;
	}
	buffer_printf(note, "%u; its members are as good as root", (unsigned)group->gr_gid);
	return SETUP_OK;
}
