/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading archives with libarchive; what is read is written in member.c. */
#include "fetch/unpack.h"

#include <errno.h>
#include <locale.h>
#include <string.h>

#include "base/mem.h"
#include "fetch/gunzip.h"
#include "fetch/member.h"

void unpack_report(struct unpack *u)
{
	if (u->progress != NULL)
		u->progress(u->progress_arg, u->stats);
}

/* Keeps the last 512 bytes of the stream: a tar archive ends in zeros. */
static void keep_tail(struct unpack *u, const char *block, size_t n)
{
	size_t size = sizeof(u->tail);

	if (n >= size) {
		memcpy(u->tail, block + n - size, size);
		return;
	}
	memmove(u->tail, u->tail + n, size - n);
	memcpy(u->tail + size - n, block, n);
}

static la_ssize_t read_source(struct archive *a, void *arg, const void **block)
{
	struct unpack *u = arg;
	ssize_t n = u->source->read(u->source->arg, block, u->err);

	if (n < 0) {
		u->source_failed = true;
		archive_set_error(a, EIO, "%s", u->err->message);
		return ARCHIVE_FATAL;
	}
	keep_tail(u, *block, (size_t)n);
	return n;
}

int unpack_fail(struct unpack *u)
{
	const char *text = archive_error_string(u->reader);
	char why[SHOWN];

	if (u->source_failed && u->err->kind == ERROR_INVALID && u->member[0] != '\0') {
		AUTO_FREE char *reason = xstrdup(u->err->message);

		return error_set(u->err, ERROR_INVALID, "%s after member '%s'", reason, u->member);
	}
	if (u->source_failed)
		return -1;
	beneath_printable(text ? text : "unknown error", why, sizeof(why));
	if (archive_errno(u->reader) == ENOMEM)
		return error_set(u->err, ERROR_SYSTEM, "cannot read the archive: %s", why);
	if (u->stats->members == 0 && strstr(why, "Unrecognized") != NULL)
		return error_set(u->err, ERROR_INVALID,
			"this is no tar archive, plain or compressed by gzip, bzip2, xz or zstd");
	const char *what = strcasestr(why, "truncated") ? "truncated" : "damaged";
	if (u->member[0] == '\0')
		return error_set(u->err, ERROR_INVALID, "the archive is %s: %s", what, why);
	return error_set(u->err, ERROR_INVALID, "the archive is %s after member '%s': %s", what,
		u->member, why);
}

static int unpack_all(struct unpack *u)
{
	int rc;

	while ((rc = archive_read_next_header(u->reader, &u->entry)) != ARCHIVE_EOF) {
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return unpack_fail(u);
		u->left_out = false;
		if (member_unpack(u) != 0)
			return -1;
		u->stats->attributes += u->left_out ? 1 : 0;
		unpack_report(u);
	}
	return 0;
}

static bool is_plain(struct archive *a)
{
	return archive_filter_count(a) == 1; /* the source itself counts */
}

/*
 * The source is read to its end, so that its own checks apply, and the archive must have an end:
 * tar takes a file that ends between two members for complete, but it is more likely cut off.
 * Compressed ones are read to the end of the compression, which checks that itself.
 */
static int finish(struct unpack *u, bool compressed)
{
	static const char zeros[sizeof(u->tail)];
	const void *block;
	ssize_t n;

	while ((n = u->source->read(u->source->arg, &block, u->err)) > 0)
		keep_tail(u, block, (size_t)n);
	if (n < 0)
		return -1;
	if (u->stats->members == 0)
		return error_set(u->err, ERROR_INVALID, "the archive is empty");
	if (!compressed && is_plain(u->reader) && memcmp(u->tail, zeros, sizeof(zeros)) != 0)
		return error_set(u->err, ERROR_INVALID,
			"the archive is truncated after member '%s'", u->member);
	return 0;
}

/* None but these: each further format or helper program is one more way in. */
static int open_reader(struct unpack *u)
{
	struct archive *a = u->reader;

	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
		archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
		archive_read_support_filter_xz(a) != ARCHIVE_OK ||
		archive_read_support_filter_zstd(a) != ARCHIVE_OK)
		return error_set(u->err, ERROR_SYSTEM,
			"this libarchive lacks tar, bzip2, xz or zstd: %s",
			archive_error_string(a));
	/* reads past the end mark, which makes the filters check the end of what they read */
	if (archive_read_set_option(a, "tar", "read_concatenated_archives", "1") != ARCHIVE_OK)
		return unpack_fail(u);
	if (archive_read_open(a, u, NULL, read_source, NULL) != ARCHIVE_OK)
		return unpack_fail(u);
	return 0;
}

int archive_unpack(const struct archive_source *source, int dirfd, struct archive_stats *stats,
	void (*progress)(void *arg, const struct archive_stats *stats), void *progress_arg,
	struct error *err)
{
	struct gunzip gunzip;
	struct unpack u = {
		.source = &gunzip.source,
		.stats = stats,
		.progress = progress,
		.progress_arg = progress_arg,
		.reader = archive_read_new(),
		.err = err,
	};
	/* names in pax headers are UTF-8; libarchive translates them to the thread's locale */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
	int rc;

	gunzip_init(&gunzip, source);
	*stats = (struct archive_stats){0};
	beneath_init(&u.files, dirfd);
	beneath_init(&u.links, dirfd);
	if (u.reader == NULL)
		rc = error_set(err, ERROR_SYSTEM, "cannot read archives: out of memory");
	else if (open_reader(&u) != 0 || unpack_all(&u) != 0 || finish(&u, gunzip.compressed) != 0)
		rc = -1;
	else
		rc = member_finish(&u);
	member_free(&u);
	archive_read_free(u.reader);
	gunzip_free(&gunzip);
	if (utf8 != (locale_t)0) {
		uselocale(before);
		freelocale(utf8);
	}
	return rc;
}
