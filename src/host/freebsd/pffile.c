/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/freebsd/pffile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (16u << 20) /* bytes */

/* How a file begins that is there only while there are networks. */
#define OURS "# Made by kleened from"

/* How one begins that "kleened init" has made, as there was none. */
#define FIRST "# Written by kleened init from"

int pf_file_read(const char *path, struct buffer *text, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char block[8192];
	struct stat st;
	ssize_t n = -1;

	buffer_puts(text, "");
	if (fd < 0) {
		error_errno(err, errno, "%s", path);
		if (err->code == ENOENT)
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, ERROR_INVALID, "%s is not a file", path);
	while (text->len < FILE_MAX && (n = read(fd, block, sizeof(block))) > 0)
		buffer_add(text, block, (size_t)n);
	return n == 0 ? 0 : error_errno(err, n < 0 ? errno : EFBIG, "%s", path);
}

int pf_file_write(const char *path, const struct buffer *text, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, text->data, text->len);

	if (n == (ssize_t)text->len && fsync(fd) == 0)
		return 0;
	return error_errno(err, n < 0 ? errno : ENOSPC, "cannot write %s", path);
}

bool pf_file_is_ours(const struct buffer *text)
{
	return text->len > 0 && strncmp(text->data, OURS, strlen(OURS)) == 0;
}

/* The template's text with the model in the place of its marks. */
static int fill_in(
	const char *template, const struct firewall *fw, struct buffer *out, struct error *err)
{
	AUTO(buffer_free) struct buffer text = {0};

	if (pf_file_read(template, &text, err) < 0)
		return error_prefix(err, "the template of pf's rules");
	if (firewall_pf_render(fw, text.data, out, err) < 0)
		return error_prefix(err, "%s", template);
	return 0;
}

int pf_file_render(
	const char *template, const struct firewall *fw, struct buffer *out, struct error *err)
{
	buffer_printf(out, OURS " %s: change that instead, this file is overwritten.\n", template);
	return fill_in(template, fw, out, err);
}

int pf_file_render_first(const char *template, struct buffer *out, struct error *err)
{
	const struct firewall nothing = {.instance = ""};

	buffer_printf(
		out, FIRST " %s, and yours: it counts while there are no networks.\n", template);
	return fill_in(template, &nothing, out, err);
}
