/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/gunzip.h"

#include <stdlib.h>

#include "base/mem.h"

#define OUT_SIZE (128u << 10) /* bytes */

#define MAGIC_1 0x1f
#define MAGIC_2 0x8b

static int begin(struct gunzip *g, struct error *err)
{
	/* 16: with the header and the trailer of gzip */
	if (inflateInit2(&g->z, MAX_WBITS + 16) != Z_OK)
		return error_set(err, ERROR_SYSTEM, "cannot read the archive: out of memory");
	g->compressed = true;
	g->out = xmalloc(OUT_SIZE);
	return 0;
}

/* 1: there is more input, 0: there is none, -1 on error. */
static int fill(struct gunzip *g, struct error *err)
{
	const void *block;
	ssize_t n = g->below->read(g->below->arg, &block, err);

	if (n <= 0)
		return (int)n;
	g->z.next_in = (unsigned char *)(uintptr_t)block;
	g->z.avail_in = (unsigned int)n;
	return 1;
}

/* Whether another stream follows the one that has ended; what else follows does not count. */
static bool begin_next(struct gunzip *g)
{
	g->ended = *g->z.next_in != MAGIC_1 || inflateReset(&g->z) != Z_OK;
	if (g->ended)
		g->z.avail_in = 0;
	return !g->ended;
}

static ssize_t inflate_block(struct gunzip *g, const void **block, struct error *err)
{
	*block = g->out;
	for (;;) {
		int more = g->z.avail_in > 0 ? 1 : fill(g, err), rc;

		if (more < 0)
			return -1;
		if (more == 0 && !g->ended)
			return error_set(err, ERROR_INVALID, "the archive is truncated");
		if (more == 0)
			return 0;
		if (g->ended && !begin_next(g))
			continue;
		g->z.next_out = g->out;
		g->z.avail_out = OUT_SIZE;
		rc = inflate(&g->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_BUF_ERROR && rc != Z_STREAM_END)
			return error_set(err, ERROR_INVALID, "the archive is damaged: %s",
				g->z.msg != NULL ? g->z.msg : "no data of gzip");
		g->ended = rc == Z_STREAM_END;
		if (g->z.avail_out < OUT_SIZE)
			return OUT_SIZE - g->z.avail_out;
	}
}

static bool has_magic(const unsigned char *bytes, ssize_t n)
{
	return bytes[0] == MAGIC_1 && (n == 1 || bytes[1] == MAGIC_2);
}

static ssize_t read_gunzip(void *arg, const void **block, struct error *err)
{
	struct gunzip *g = arg;
	ssize_t n;

	if (g->compressed)
		return inflate_block(g, block, err);
	n = g->below->read(g->below->arg, block, err);
	if (g->begun || n <= 0 || !has_magic(*block, n)) {
		g->begun = true;
		return n;
	}
	if (begin(g, err) != 0)
		return -1;
	g->z.next_in = (unsigned char *)(uintptr_t)*block;
	g->z.avail_in = (unsigned int)n;
	return inflate_block(g, block, err);
}

void gunzip_init(struct gunzip *g, const struct archive_source *below)
{
	*g = (struct gunzip){.source = {.read = read_gunzip, .arg = g}, .below = below};
}

void gunzip_free(struct gunzip *g)
{
	if (g->compressed)
		inflateEnd(&g->z);
	free(g->out);
}
