/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/ws.h"

#include <jansson.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "http/utf8.h"

/* The length of the head that begins with these bytes, at least two of them. */
static unsigned int head_length(const uint8_t *head)
{
	unsigned int size = head[1] & 0x7f;

	return 2 + (size == 126 ? 2 : size == 127 ? 8 : 0) + 4;
}

/* Takes in a whole head. Returns -1 if it breaks the protocol. */
static int begin_frame(struct ws_reader *r)
{
	unsigned int size = r->head[1] & 0x7f, at = 2;
	unsigned int bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
	bool control;

	r->final = r->head[0] & 0x80;
	r->opcode = r->head[0] & 0x0f;
	control = r->opcode & 8;
	r->left = bytes ? 0 : size;
	while (bytes--)
		r->left = r->left << 8 | r->head[at++];
	memcpy(r->mask, r->head + at, sizeof(r->mask));
	r->masked = 0;
	r->control_len = 0;
	r->in_frame = true;
	r->head_len = 0;
	if (control)
		return !r->final || r->left > WS_CONTROL_MAX || r->opcode > WS_PONG ? -1 : 0;
	if (r->opcode > WS_BINARY || (r->opcode == WS_CONTINUATION) != r->in_message ||
		r->left >> 63)
		return -1;
	return 0;
}

/* Gathers a head. Returns 1 when it is whole. */
static int read_head(struct ws_reader *r, uint8_t **data, size_t *len)
{
	while (*len) {
		r->head[r->head_len++] = *(*data)++;
		--*len;
		if (r->head_len < 2)
			continue;
		/* extensions were not agreed on, and clients must mask */
		if ((r->head[0] & 0x70) || !(r->head[1] & 0x80))
			return -1;
		if (r->head_len == head_length(r->head))
			return begin_frame(r) ? -1 : 1;
	}
	return 0;
}

static void unmask(struct ws_reader *r, uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		data[i] ^= r->mask[(r->masked + i) & 3];
	r->masked = (unsigned int)((r->masked + n) & 3);
}

static int control_piece(struct ws_reader *r, const uint8_t *data, size_t n, struct ws_piece *piece)
{
	if (n)
		memcpy(r->control + r->control_len, data, n);
	r->control_len += n;
	if (r->left)
		return 0;
	r->in_frame = false;
	*piece = (struct ws_piece){.opcode = (enum ws_opcode)r->opcode,
		.data = r->control,
		.len = r->control_len,
		.begin = true,
		.end = true};
	return 1;
}

int ws_read(struct ws_reader *r, uint8_t **data, size_t *len, struct ws_piece *piece)
{
	uint8_t *start;
	size_t n;
	bool begin = false;
	int rc;

	if (!r->in_frame) {
		rc = read_head(r, data, len);
		if (rc <= 0)
			return rc;
		begin = true;
	}
	if (r->left && !*len && !begin)
		return 0;
	n = r->left < *len ? (size_t)r->left : *len;
	start = *data;
	unmask(r, start, n);
	*data += n;
	*len -= n;
	r->left -= n;
	if (r->opcode & 8)
		return control_piece(r, start, n, piece);
	if (begin && r->opcode != WS_CONTINUATION)
		r->message_opcode = r->opcode;
	*piece = (struct ws_piece){.opcode = (enum ws_opcode)r->message_opcode,
		.data = start,
		.len = n,
		.left = r->left,
		.begin = begin && r->opcode != WS_CONTINUATION,
		.end = r->final && !r->left};
	if (!r->left) {
		r->in_frame = false;
		r->in_message = !r->final;
	}
	return 1;
}

/* 1004 is reserved, 1005, 1006 and 1015 are for programs to tell themselves; 1012 to 1014 came
 * later. */
static bool may_be_sent(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

int ws_close_code(const uint8_t *payload, size_t len)
{
	int code;

	if (len == 0)
		return 0;
	if (len == 1)
		return 1002;
	code = payload[0] << 8 | payload[1];
	return may_be_sent(code) && utf8_valid((const char *)payload + 2, len - 2) ? code : 1002;
}

size_t ws_head(uint8_t head[WS_HEAD_MAX], enum ws_opcode opcode, size_t len)
{
	unsigned int bytes = len < 126 ? 0 : len <= 0xffff ? 2 : 8;

	head[0] = (uint8_t)(0x80 | opcode);
	head[1] = (uint8_t)(bytes == 0 ? len : bytes == 2 ? 126 : 127);
	for (unsigned int i = 0; i < bytes; i++)
		head[2 + i] = (uint8_t)((uint64_t)len >> (8 * (bytes - 1 - i)));
	return 2 + bytes;
}

int ws_accept(const char *key, char accept[32])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[24 + sizeof(guid)], nonce[32];
	unsigned char hash[20];

	if (strlen(key) != 24 || lws_b64_decode_string(key, nonce, sizeof(nonce)) != 16)
		return -1;
	snprintf(text, sizeof(text), "%s%s", key, guid);
	lws_SHA1((unsigned char *)text, strlen(text), hash);
	return lws_b64_encode_string((char *)hash, sizeof(hash), accept, 32) > 0 ? 0 : -1;
}

static char *message_json(const char *type, const char *message, const char *data)
{
	json_t *json = json_object();
	char *text;

	json_object_set_new(json, "msg_type", json_string(type));
	utf8_set(json, "message", message);
	utf8_set(json, "data", data);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

/* Takes at least n bytes off the end of text, at a character. */
static void shorten(char *text, size_t n)
{
	size_t len = strlen(text);

	text[utf8_cut(text, len, len > n ? len - n : 0)] = '\0';
}

size_t ws_reason(char reason[WS_REASON_MAX + 1], const char *type, const char *message,
	const char *data, bool *cut)
{
	AUTO_FREE char *m = xstrdup(message);
	AUTO_FREE char *d = xstrdup(data);
	size_t len;

	*cut = false;
	for (;;) {
		AUTO_FREE char *text = message_json(type, m, d);

		len = strlen(text);
		if (len <= WS_REASON_MAX) {
			memcpy(reason, text, len + 1);
			return len;
		}
		*cut = true;
		/* an escape may be six bytes for one: take a sixth of what is too much */
		shorten(*m ? m : d, (len - WS_REASON_MAX + 5) / 6);
	}
}
