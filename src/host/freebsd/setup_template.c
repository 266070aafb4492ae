/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The template of pf's rules: the administrator's, which begins as the sample that is installed;
 * and the rules themselves, which begin as the template.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file_contents.h"
#include "host/freebsd/pffile.h"
#include "host/freebsd/setup_items.h"

#define INSTALLED "/usr/local/etc/kleened/pf.conf.kleene.sample"

static enum setup_state file_check(const char *path, struct buffer *note)
{
	if (access(path, R_OK) == 0) {
		buffer_puts(note, path);
		return SETUP_OK;
	}
	buffer_printf(note, "%s: %s", path, strerror(errno));
	return SETUP_MISSING;
}

enum setup_state template_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	return file_check(s->template, note);
}

/* That beside the template, if there is one; *path says which was looked for last. */
static int open_sample(const struct setup *s, char **path, struct error *err)
{
	int fd;

	*path = xasprintf("%s.sample", s->template);
	fd = open(*path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	free(*path);
	*path = xstrdup(INSTALLED);
	fd = open(*path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd : error_errno(err, errno, "the sample %s", *path);
}

/* It has its name when it is whole, and never takes the place of another. */
int template_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO_FREE char *new = xasprintf("%s.kleened", s->template);
	AUTO_FREE char *sample = NULL;
	AUTO_CLOSE int from = open_sample(s, &sample, err);
	AUTO_CLOSE int to = -1;
	struct stat st;
	int result;

	if (from < 0)
		return -1;
	to = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (to < 0 || fstat(from, &st) < 0)
		return error_errno(err, errno, "cannot write %s", new);
	result = file_copy_contents(from, to, st.st_size);
	if (result == 0)
		result = fsync(to);
	if (result == 0)
		result = link(new, s->template);
	if (result < 0)
		error_errno(err, errno, "cannot make %s of %s", s->template, sample);
	unlink(new);
	if (result == 0)
		buffer_printf(note, "made %s of %s", s->template, sample);
	return result;
}

enum setup_state rules_check(
	const struct setup *s, const struct setup_item *item, struct buffer *note)
{
	return file_check(s->firewall, note);
}

int rules_apply(const struct setup *s, const struct setup_item *item, struct buffer *note,
	struct error *err)
{
	AUTO_FREE char *new = xasprintf("%s.kleened", s->firewall);
	AUTO(buffer_free) struct buffer text = {0};
	int result;

	if (pf_file_render_first(s->template, &text, err) < 0 || pf_file_write(new, &text, err) < 0)
		return -1;
	/* never in the place of another */
	result = link(new, s->firewall);
	if (result < 0)
		error_errno(err, errno, "cannot make %s", s->firewall);
	else
		buffer_printf(note, "made %s of %s", s->firewall, s->template);
	unlink(new);
	return result;
}
