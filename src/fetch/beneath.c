/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/beneath.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define SHOWN 256

void beneath_init(struct beneath *b, int root)
{
	*b = (struct beneath){.root = root, .fd = -1};
}

void beneath_free(struct beneath *b)
{
	close_fd(&b->fd);
	free(b->path);
	b->path = NULL;
}

const char *beneath_printable(const char *path, char *buf, unsigned long size)
{
	unsigned long i;

	for (i = 0; path[i] != '\0' && i + 4 < size; i++)
		buf[i] = iscntrl((unsigned char)path[i]) ? '?' : path[i];
	memcpy(buf + i, path[i] != '\0' ? "..." : "\0\0\0", 4);
	return buf;
}

static bool is_component(const char *s, size_t len, const char *component)
{
	return len == strlen(component) && memcmp(s, component, len) == 0;
}

char *beneath_clean(const char *path, struct error *err)
{
	struct buffer clean = {0};
	char shown[SHOWN];
	const char *why = NULL;

	if (*path == '/')
		why = "it is absolute";
	else if (strlen(path) >= PATH_MAX)
		why = "it is too long";
	buffer_puts(&clean, "");
	for (const char *p = path; *p != '\0' && why == NULL; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");
		if (is_component(p, len, ".."))
			why = "it contains '..'";
		if (!is_component(p, len, ".") && len > 0) {
			if (clean.len > 0)
				buffer_puts(&clean, "/");
			buffer_add(&clean, p, len);
		}
		p += len;
	}
	if (why == NULL)
		return clean.data;
	buffer_free(&clean);
	error_set(err, ERROR_INVALID, "the path '%s' is refused: %s",
		beneath_printable(path, shown, sizeof(shown)), why);
	return NULL;
}

/* Opens the directory name in dirfd; an error names path up to and with it. */
static int open_component(
	int dirfd, const char *name, bool make, const char *path, struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	char shown[SHOWN];
	struct stat st;
	int fd = openat(dirfd, name, flags);

	if (fd < 0 && errno == ENOENT && make && mkdirat(dirfd, name, 0755) == 0 &&
		fchmodat(dirfd, name, 0755, 0) == 0)
		fd = openat(dirfd, name, flags);
	if (fd >= 0)
		return fd;
	int errnum = errno;
	beneath_printable(path, shown, sizeof(shown));
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return error_set(err, ERROR_INVALID,
			"'%s' is refused: a directory on the way is a symbolic link", shown);
	return error_errno(err, errnum, "cannot open the directory of '%s'", shown);
}

/* Walks from the root to the directory; the caller closes the descriptor. */
static int walk(struct beneath *b, const char *dir, bool make, const char *path, struct error *err)
{
	AUTO_FREE char *copy = xstrdup(dir);
	AUTO_CLOSE int fd = openat(b->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *rest = copy, *name;

	if (fd < 0)
		return error_errno(err, errno, "cannot open the directory");
	while ((name = strsep(&rest, "/")) != NULL && *name != '\0') {
		int next = open_component(fd, name, make, path, err);
		close_fd(&fd);
		if (next < 0)
			return -1;
		fd = next;
	}
	return take_fd(&fd);
}

int beneath_parent(
	struct beneath *b, const char *path, bool make, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *dir = xstrndup(path, slash ? (size_t)(slash - path) : 0);

	*name = slash ? slash + 1 : path;
	if (b->fd >= 0 && strcmp(b->path, dir) == 0)
		return b->fd;
	int fd = walk(b, dir, make, path, err);
	if (fd < 0)
		return -1;
	beneath_free(b);
	b->fd = fd;
	b->path = take_ptr(&dir);
	return fd;
}
