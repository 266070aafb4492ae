/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds each file of a directory to a fuzzing target, once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(int dir, const char *name)
{
	AUTO_CLOSE int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	AUTO(buffer_free) struct buffer input = {0};
	char piece[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		buffer_add(&input, piece, (size_t)n);
	printf("%s: %zu bytes\n", name, input.len);
	fflush(stdout); /* what is left if the next line does not return */
	LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.len);
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	unsigned int count = 0;

	if (dir == NULL) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		replay(dirfd(dir), entry->d_name);
		count++;
	}
	closedir(dir);
	printf("%u inputs\n", count);
	return count > 0 ? 0 : 1;
}
