/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying what a file holds. */
#ifndef HOST_FILE_CONTENTS_H
#define HOST_FILE_CONTENTS_H

#include <sys/types.h>

/*
 * Copies the first 'size' bytes of a regular file into another, which is empty: sharing blocks or
 * within the kernel where the file systems can (copy_file_range(2)). Holes stay holes. -1 with
 * errno.
 */
int file_copy_contents(int from, int to, off_t size);

#endif
