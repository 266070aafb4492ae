/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives, unpacked into a directory of its own that lies in another: nothing may be beside it
 * afterwards.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fetch/unpack.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static ssize_t give(void *arg, const void **block, struct error *err)
{
	struct input *in = arg;
	size_t n = in->size;

	(void)err;
	*block = in->data;
	in->size = 0;
	return (ssize_t)n;
}

static int remove_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static size_t count(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	must(dir != NULL);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2; /* . and .. */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct archive_source source = {give, &in};
	char outer[] = "/tmp/fuzz-archive-XXXXXX";
	AUTO_FREE char *inner = NULL;
	struct archive_stats stats;
	struct error err = {0};
	int fd = -1;

	must(mkdtemp(outer) != NULL);
	inner = xasprintf("%s/inner", outer);
	must(mkdir(inner, 0700) == 0 && (fd = open(inner, O_RDONLY | O_DIRECTORY)) >= 0);
	if (archive_unpack(&source, fd, &stats, NULL, NULL, &err) != 0)
		must(err.message[0] != '\0');
	close(fd);
	must(count(outer) == 1);
	must(nftw(outer, remove_file, 16, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
