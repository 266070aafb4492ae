/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/http.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/utf8.h"

#define CHUNK_LINE_MAX 256
#define TRAILERS_MAX   8192

size_t http_head_length(const char *text, size_t len)
{
	const char *end = len ? memmem(text, len, "\r\n\r\n", 4) : NULL;

	return end ? (size_t)(end - text) + 4 : 0;
}

static int refuse(struct error *err, int status, const char *why)
{
	error_set(err, ERROR_INVALID, "%s", why);
	return status;
}

/* Cuts "METHOD TARGET HTTP/1.x" apart. */
static int request_line(char *line, struct http_head *head, struct error *err)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	char *path;

	if (!version || target == line)
		return refuse(err, 400, "malformed request line");
	*target++ = '\0';
	*version++ = '\0';
	if (strncmp(version, "HTTP/", 5) != 0)
		return refuse(err, 400, "malformed request line");
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return refuse(err, 505, "only HTTP/1.1 is spoken here");
	head->keep_alive = version[7] == '1';
	head->method = line;
	for (path = line; *path; path++)
		if (!isalpha((unsigned char)*path))
			return refuse(err, 400, "malformed method");
	path = target;
	if (strncasecmp(path, "http://", 7) == 0)
		path = strchr(path + 7, '/');
	if (!path || path[0] != '/')
		return refuse(err, 400, "the request target must be a path");
	head->path = path;
	head->query = strchr(path, '?');
	if (head->query)
		*head->query++ = '\0';
	else
		head->query = path + strlen(path);
	return 0;
}

/* True if the comma-separated list has the token. */
static bool has_token(const char *list, const char *token)
{
	size_t n;

	while (*list) {
		list += strspn(list, ", \t");
		n = strcspn(list, ", \t");
		if (n == strlen(token) && strncasecmp(list, token, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static int content_length(const char *value, struct http_head *head, struct error *err)
{
	if (!*value || strlen(value) > 18 || strspn(value, "0123456789") != strlen(value))
		return refuse(err, 400, "malformed Content-Length");
	head->length = strtoull(value, NULL, 10);
	return 0;
}

/* Of what must not be there twice: two parties could each believe another one. */
static int only_one(const char **where, const char *value, const char *twice, struct error *err)
{
	if (*where)
		return refuse(err, 400, twice);
	*where = value;
	return 0;
}

struct header_seen {
	bool length, coding, upgrade, websocket;
};

static int header(const char *name, const char *value, struct http_head *head,
	struct header_seen *seen, struct error *err)
{
	if (strcasecmp(name, "Content-Length") == 0) {
		if (seen->length)
			return refuse(err, 400, "more than one Content-Length");
		seen->length = true;
		return content_length(value, head, err);
	}
	if (strcasecmp(name, "Transfer-Encoding") == 0) {
		if (seen->coding || strcasecmp(value, "chunked") != 0)
			return refuse(err, 501, "the only transfer coding known here is chunked");
		seen->coding = head->chunked = true;
	} else if (strcasecmp(name, "Connection") == 0) {
		if (has_token(value, "close"))
			head->keep_alive = false;
		else if (has_token(value, "keep-alive"))
			head->keep_alive = true;
		seen->upgrade |= has_token(value, "upgrade");
	} else if (strcasecmp(name, "Upgrade") == 0) {
		seen->websocket |= has_token(value, "websocket");
	} else if (strcasecmp(name, "Expect") == 0) {
		head->expect_continue = has_token(value, "100-continue");
	} else if (strcasecmp(name, "Host") == 0) {
		return only_one(&head->host, value, "more than one Host", err);
	} else if (strcasecmp(name, "Origin") == 0) {
		return only_one(&head->origin, value, "more than one Origin", err);
	} else if (strcasecmp(name, "Sec-WebSocket-Key") == 0) {
		head->websocket_key = value;
	} else if (strcasecmp(name, "Sec-WebSocket-Version") == 0) {
		head->websocket_version = value;
	}
	return 0;
}

/* Cuts "Name: value" apart; no spaces may stand before the colon, nor begin a line. */
static int header_line(
	char *line, struct http_head *head, struct header_seen *seen, struct error *err)
{
	char *value = strchr(line, ':');
	size_t n;

	if (!value || value == line || strcspn(line, " \t") < (size_t)(value - line))
		return refuse(err, 400, "malformed header");
	*value++ = '\0';
	value += strspn(value, " \t");
	n = strlen(value);
	while (n && strchr(" \t", value[n - 1]))
		value[--n] = '\0';
	return header(line, value, head, seen, err);
}

int http_head_parse(char *text, size_t len, struct http_head *head, struct error *err)
{
	struct header_seen seen = {false};
	char *line, *end;
	int status;

	memset(head, 0, sizeof(*head));
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && !strchr("\t\r\n", text[i] ? text[i] : 'x'))
			return refuse(err, 400, "control character in the request's head");
	text[len - 2] = '\0';
	end = strstr(text, "\r\n");
	*end = '\0';
	if ((status = request_line(text, head, err)))
		return status;
	for (line = end + 2; *line; line = end + 2) {
		end = strstr(line, "\r\n");
		*end = '\0';
		if (strpbrk(line, "\r\n"))
			return refuse(err, 400, "malformed header");
		if ((status = header_line(line, head, &seen, err)))
			return status;
	}
	if (seen.length && seen.coding)
		return refuse(err, 400, "both Content-Length and Transfer-Encoding");
	head->upgrade_websocket = seen.upgrade && seen.websocket;
	return 0;
}

/* Where the chunked coding stands. */
enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END, TRAILER_START, TRAILER };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The line of a chunk has ended. */
static void chunk_begins(struct http_body *b)
{
	b->state = b->left ? CHUNK_DATA : TRAILER_START;
	b->line = 0;
}

static int chunk_size(struct http_body *b, char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		b->left = b->left * 16 + (uint64_t)digit;
		b->line++;
		return b->total + b->left > HTTP_BODY_MAX ? 413 : 0;
	}
	if (!b->line)
		return 400;
	if (c == '\n')
		chunk_begins(b);
	else if (strchr("\r; \t", c) && c)
		b->state = CHUNK_EXTENSION;
	else
		return 400;
	return 0;
}

/* Takes one byte that is not content. */
static int chunk_byte(struct http_body *b, char c)
{
	switch (b->state) {
	case CHUNK_SIZE:
		return chunk_size(b, c);
	case CHUNK_EXTENSION:
		if (c == '\n')
			chunk_begins(b);
		else if (++b->line > CHUNK_LINE_MAX)
			return 400;
		return 0;
	case CHUNK_END:
		if (c == '\n')
			b->state = CHUNK_SIZE;
		else if (c != '\r')
			return 400;
		return 0;
	default: /* trailers: an empty line ends the body */
		if (++b->line > TRAILERS_MAX)
			return 400;
		if (c == '\n') {
			b->done = b->state == TRAILER_START;
			b->state = TRAILER_START;
		} else if (c != '\r') {
			b->state = TRAILER;
		}
		return 0;
	}
}

static size_t content(struct http_body *b, const char *text, size_t len)
{
	size_t n = len < b->left ? len : (size_t)b->left;

	if (!b->discard)
		buffer_add(&b->data, text, n);
	b->total += n;
	b->left -= n;
	return n;
}

size_t http_body_feed(struct http_body *b, const char *text, size_t len, int *status)
{
	size_t used = 0;

	*status = 0;
	if (!b->chunked) {
		if (b->left > HTTP_BODY_MAX) {
			*status = 413;
			return 0;
		}
		used = content(b, text, len);
		b->done = b->left == 0;
		return used;
	}
	while (used < len && !b->done && !*status) {
		if (b->state == CHUNK_DATA) {
			used += content(b, text + used, len - used);
			if (!b->left)
				b->state = CHUNK_END;
		} else {
			*status = chunk_byte(b, text[used++]);
		}
	}
	return used;
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{101, "Switching Protocols"}, {200, "OK"}, {201, "Created"},
		{204, "No Content"}, {400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {409, "Conflict"}, {413, "Content Too Large"},
		{426, "Upgrade Required"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"},
		{503, "Service Unavailable"}, {505, "HTTP Version Not Supported"}};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void http_answer(struct buffer *out, const struct http_answer *answer, const char *body, size_t len)
{
	buffer_printf(out, "HTTP/1.1 %d %s\r\n%s", answer->status, http_reason(answer->status),
		answer->headers);
	if (!answer->keep_alive)
		buffer_puts(out, "Connection: close\r\n");
	if (answer->status == 204) {
		buffer_puts(out, "\r\n");
		return;
	}
	if (body)
		buffer_puts(out, "Content-Type: application/json\r\n");
	buffer_printf(out, "Content-Length: %zu\r\n\r\n", len);
	if (body && !answer->without_body)
		buffer_add(out, body, len);
}

void http_refusal(struct buffer *out, const struct http_answer *answer, const char *message)
{
	json_t *json = json_object();
	AUTO_FREE char *text = NULL;

	utf8_set(json, "message", message);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text)
		http_answer(out, answer, text, strlen(text));
}

char *http_decode(const char *text, size_t n, bool plus, struct error *err)
{
	char *out = xmalloc(n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int hi, lo;

		out[len] = plus && text[i] == '+' ? ' ' : text[i];
		if (text[i] == '%') {
			hi = i + 2 < n ? hex_digit(text[i + 1]) : -1;
			lo = i + 2 < n ? hex_digit(text[i + 2]) : -1;
			if (hi < 0 || lo < 0 || (hi == 0 && lo == 0))
				goto broken;
			out[len] = (char)(hi * 16 + lo);
			i += 2;
		}
		len++;
	}
	out[len] = '\0';
	if (utf8_valid(out, len))
		return out;
broken:
	error_set(err, ERROR_INVALID, "bad percent-encoding in \"%.*s\"", (int)(n < 200 ? n : 200),
		text);
	free(out);
	return NULL;
}
