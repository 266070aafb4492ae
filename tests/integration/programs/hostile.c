/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library that an image has in the places where programs of the host might look for one: whoever
 * loads it is found out, by a file.
 */
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void loaded(void)
{
	int fd = open("/loaded", O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (fd >= 0) {
		(void)!write(fd, "loaded\n", 7);
		close(fd);
	}
}
