/* SPDX-License-Identifier: BSD-2-Clause */
/* Which extended attributes are copied, of host/file.h. */
#ifndef HOST_LINUX_FILE_COPY_H
#define HOST_LINUX_FILE_COPY_H

#include <stdbool.h>

/* Whether file_copy_attributes copies the attribute, of that full name. */
bool file_copies_xattr(const char *name);

#endif
