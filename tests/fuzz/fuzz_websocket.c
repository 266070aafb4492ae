/* SPDX-License-Identifier: BSD-2-Clause */
/* WebSocket frames from clients: all at once, and byte by byte. */
#include "fuzz.h"

#include "http/ws.h"

/* Reads everything in pieces of so many bytes; the sum of payloads, and *code the end. */
static size_t read_all(const uint8_t *data, size_t size, size_t step, int *code)
{
	uint8_t *copy = (uint8_t *)fuzz_text(data, size);
	struct ws_reader reader = {0};
	size_t sum = 0;

	*code = 0;
	for (size_t at = 0; at < size && *code >= 0; at += step) {
		uint8_t *next = copy + at;
		size_t left = size - at < step ? size - at : step;
		struct ws_piece piece;

		while ((*code = ws_read(&reader, &next, &left, &piece)) > 0) {
			must(piece.opcode != WS_CONTINUATION && left <= step);
			sum += piece.len;
		}
	}
	free(copy);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *key = fuzz_text(data, size), accept[32];
	int whole, single;
	size_t sum = read_all(data, size, size > 0 ? size : 1, &whole);

	must(read_all(data, size, 1, &single) == sum && (whole < 0) == (single < 0));
	if (ws_accept(key, accept) == 0)
		must(strlen(key) == 24 && strlen(accept) == 28);
	free(key);
	return 0;
}
