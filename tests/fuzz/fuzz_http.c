/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads and bodies of HTTP requests, and what is percent-encoded in them. */
#include "fuzz.h"

#include "http/http.h"

/* A body is the same whether it comes at once or byte by byte. */
static void feed(const char *text, size_t size, const struct http_head *head)
{
	struct http_body whole = {.chunked = head->chunked, .left = head->length};
	struct http_body pieces = whole;
	int status = 0, other = 0;
	size_t used, at = 0;

	if (!head->chunked && (head->length == 0 || head->length > HTTP_BODY_MAX))
		return;
	used = http_body_feed(&whole, text, size, &status);
	must(used <= size);
	while (at < size && !pieces.done && other == 0) {
		must(http_body_feed(&pieces, text + at, 1, &other) <= 1);
		at++;
	}
	must((status == 0) == (other == 0) && whole.done == pieces.done);
	if (whole.done)
		must(at == used && whole.data.len == pieces.data.len);
	buffer_free(&whole.data);
	buffer_free(&pieces.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *decoded;
	size_t length = http_head_length(text, size);
	struct http_head head = {0};
	struct error err = {0};

	must(length <= size);
	decoded = http_decode(text, strlen(text), true, &err);
	must(decoded == NULL || strlen(decoded) <= strlen(text));
	free(decoded);
	if (length > 0 && http_head_parse(text, length, &head, &err) == 0) {
		must(head.method != NULL && head.path != NULL);
		feed((const char *)data + length, size - length, &head);
	} else if (length > 0) {
		must(err.message[0] != '\0');
	}
	free(text);
	return 0;
}
