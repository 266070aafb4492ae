/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/unsafe.h"

/* Of Unicode, beyond the first controls of ASCII. */
static const struct {
	uint32_t first, last;
} ranges[] = {
	{0x7f, 0x9f}, /* controls */
	{0x61c, 0x61c}, /* mark of Arabic letters: direction */
	{0x200b, 0x200f}, /* without width; marks of direction */
	{0x2028, 0x202e}, /* separators of lines; embeddings and overrides of direction */
	{0x2060, 0x2069}, /* without width; isolates of direction */
	{0xfeff, 0xfeff}, /* without width */
	{0xfff9, 0xfffb}, /* annotations */
	{0xe0000, 0xe007f}, /* tags */
};

/* The character that begins at p, and its length; one that is malformed counts as its first byte.
 */
static uint32_t decode(const unsigned char *p, size_t *len)
{
	size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 1;
	uint32_t c = n == 1 ? *p : *p & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) { /* also at the text's end */
			*len = 1;
			return *p;
		}
		c = c << 6 | (p[i] & 0x3fU);
	}
	*len = n;
	return c;
}

static int is_unsafe(uint32_t c)
{
	if (c < ' ')
		return 1;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return 1;
	return 0;
}

size_t unsafe_length(const char *p, uint32_t *character)
{
	size_t len;
	uint32_t c = decode((const unsigned char *)p, &len);

	if (character)
		*character = c;
	return is_unsafe(c) ? len : 0;
}
