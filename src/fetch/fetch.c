/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/fetch.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "fetch/stream.h"
#include "fetch/unpack.h"

#define UPDATE_S 0.25 /* between two updates */

struct fetch {
	struct stream *stream;
	EVP_MD_CTX *sum; /* NULL: none wanted */
	const struct progress *progress;
	struct archive_stats *stats;
	double begun, updated; /* seconds */
};

static double now(void)
{
	return (double)now_ms() / 1000;
}

/* One line: "12.3 of 45.6 MB, 3.2 MB/s, 0:10 left, 1234 files". */
static void render(const struct fetch *f, double at, char *line, size_t size)
{
	double done = (double)stream_done(f->stream) / 1e6;
	double total = (double)stream_total(f->stream) / 1e6;
	double rate = at > f->begun ? done / (at - f->begun) : 0;
	struct buffer b = {0};

	if (total > 0)
		buffer_printf(&b, "%.1f of %.1f MB", done, total);
	else
		buffer_printf(&b, "%.1f MB", done);
	buffer_printf(&b, ", %.1f MB/s", rate);
	if (total > done && rate > 0) {
		long left = (long)((total - done) / rate) + 1;
		buffer_printf(&b, ", %ld:%02ld left", left / 60, left % 60);
	}
	buffer_printf(&b, ", %" PRIu64 " files", f->stats->members);
	snprintf(line, size, "%s", b.data);
	buffer_free(&b);
}

static void update(struct fetch *f, bool last)
{
	double at = now();
	char line[160];

	if (!last && at - f->updated < UPDATE_S)
		return;
	f->updated = at;
	render(f, at, line, sizeof(line));
	progress_update(f->progress, line);
}

static void unpacked(void *arg, const struct archive_stats *stats)
{
	update(arg, false);
}

static ssize_t read_block(void *arg, const void **block, struct error *err)
{
	struct fetch *f = arg;
	ssize_t n = stream_read(f->stream, block, f->progress, err);

	if (n > 0 && f->sum != NULL && EVP_DigestUpdate(f->sum, *block, (size_t)n) != 1)
		return error_set(err, ERROR_SYSTEM, "cannot compute a SHA-256 sum");
	update(f, false);
	return n;
}

static int check_sum(struct fetch *f, const char *expected, struct error *err)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned int len;

	if (f->sum == NULL || expected == NULL)
		return 0;
	if (EVP_DigestFinal_ex(f->sum, sum, &len) != 1)
		return error_set(err, ERROR_SYSTEM, "cannot compute a SHA-256 sum");
	for (unsigned int i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	if (strcasecmp(hex, expected) == 0)
		return 0;
	return error_set(err, ERROR_INVALID, "%s has the SHA-256 sum %s instead of %s",
		stream_url(f->stream), hex, expected);
}

static void tell_left_out(struct fetch *f)
{
	char line[160];

	if (f->stats->devices > 0) {
		snprintf(line, sizeof(line), "left out: %" PRIu64 " device nodes",
			f->stats->devices);
		progress_line(f->progress, line);
	}
	if (f->stats->attributes > 0) {
		snprintf(line, sizeof(line),
			"left out: extended attributes or access control lists of %" PRIu64
			" files",
			f->stats->attributes);
		progress_line(f->progress, line);
	}
}

static int unpack(struct fetch *f, const char *sha256, int dirfd, struct error *err)
{
	struct archive_source source = {.read = read_block, .arg = f};

	if (sha256 != NULL) {
		f->sum = EVP_MD_CTX_new();
		if (f->sum == NULL || EVP_DigestInit_ex(f->sum, EVP_sha256(), NULL) != 1)
			return error_set(err, ERROR_SYSTEM, "cannot compute a SHA-256 sum");
	}
	f->begun = f->updated = now();
	if (archive_unpack(&source, dirfd, f->stats, unpacked, f, err) != 0)
		return -1;
	if (check_sum(f, sha256, err) != 0)
		return -1;
	update(f, true);
	tell_left_out(f);
	return 0;
}

int image_fetch(
	const char *url, const char *sha256, int dirfd, const struct progress *p, struct error *err)
{
	struct archive_stats stats = {0};
	struct fetch f = {.stream = stream_open(url, err), .progress = p, .stats = &stats};
	int rc;

	if (f.stream == NULL)
		return -1;
	rc = unpack(&f, sha256, dirfd, err);
	EVP_MD_CTX_free(f.sum);
	stream_close(f.stream);
	return rc;
}

int fetch_text(const char *url, size_t max, struct buffer *text, const struct progress *p,
	struct error *err)
{
	struct stream *s = stream_open(url, err);
	const void *block;
	ssize_t n = -1;

	if (s == NULL)
		return -1;
	while ((n = stream_read(s, &block, p, err)) > 0) {
		if ((size_t)n > max || text->len > max - (size_t)n) {
			n = error_set(err, ERROR_TOO_LARGE, "%s has more than %zu bytes",
				stream_url(s), max);
			break;
		}
		buffer_add(text, block, (size_t)n);
	}
	stream_close(s);
	return n < 0 ? -1 : 0;
}
