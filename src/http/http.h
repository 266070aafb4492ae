/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/1.1 messages as bytes (RFC 9112): heads and bodies of requests, and answers. Nothing here
 * knows of sockets.
 *
 * libwebsockets carries the connections, but its own HTTP server takes no chunked request bodies,
 * decodes paths before they are split, and drops malformed requests without an answer.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/mem.h"

#define HTTP_HEAD_MAX ((size_t)16 * 1024)
#define HTTP_BODY_MAX ((size_t)4 * 1024 * 1024)

struct http_head {
	char *method, *path, *query; /* lie in the parsed text; path and query still encoded */
	bool keep_alive;
	bool chunked;
	bool expect_continue;
	bool upgrade_websocket;
	const char *host, *origin; /* NULL: absent */
	const char *websocket_key, *websocket_version; /* NULL: absent */
	uint64_t length; /* Content-Length; 0 if absent */
};

/* The length of the head at the start of text, with its empty line, or 0 if it has not ended. */
size_t http_head_length(const char *text, size_t len);

/*
 * Takes the head of len bytes apart in place; text[len] must be writable. Returns 0, or the status
 * to refuse the request with and *err.
 */
int http_head_parse(char *text, size_t len, struct http_head *head, struct error *err);

/* A body that is arriving. Start from zero with chunked or left set. */
struct http_body {
	bool chunked;
	bool discard; /* read it, but keep nothing */
	bool done;
	int state; /* of the chunked coding */
	unsigned int line; /* bytes of the chunk line or trailer so far */
	uint64_t left; /* bytes of the body or chunk still to come */
	uint64_t total; /* bytes so far, as far as chunked goes */
	struct buffer data;
};

/*
 * Feeds bytes from the connection; returns how many belong to the body. *status: 0, or 400 or 413,
 * with which the request must be refused at once.
 */
size_t http_body_feed(struct http_body *body, const char *text, size_t len, int *status);

/*
 * Appends a whole answer. headers: further lines, each with its CRLF, or "". body: JSON text, NULL
 * for none. without_body: for HEAD, only its length is told.
 */
struct http_answer {
	int status;
	const char *headers;
	bool keep_alive;
	bool without_body;
};
void http_answer(
	struct buffer *out, const struct http_answer *answer, const char *body, size_t len);

/* An answer {"message": message}. */
void http_refusal(struct buffer *out, const struct http_answer *answer, const char *message);

const char *http_reason(int status);

/*
 * Decodes %XX (and '+' as a space if plus is set) of n bytes. NULL with *err if an escape is
 * broken, or the result has a NUL or is not UTF-8. The caller frees it.
 */
char *http_decode(const char *text, size_t n, bool plus, struct error *err);

#endif
