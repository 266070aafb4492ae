/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks of files that the kernel releases, however their holder ends: flock(2). */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

/*
 * How long to wait, in milliseconds, for what only a daemon can hold that is gone: one that was
 * just killed may have been starting a process, which lets go of its copies of descriptors with its
 * first instructions, but not before it gets a processor.
 */
#define LOCK_OF_THE_DEAD 5000

/*
 * Locks the open file, how being LOCK_EX or LOCK_SH, and waits at most so many milliseconds while
 * somebody else has it. -1 with errno: EWOULDBLOCK if he still has.
 */
int lock_take(int fd, int how, int milliseconds);

#endif
