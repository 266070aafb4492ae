/* SPDX-License-Identifier: BSD-2-Clause */
/* WebSocket frames as bytes (RFC 6455), the server's side. Nothing here knows of sockets. */
#ifndef HTTP_WS_H
#define HTTP_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_HEAD_MAX    10 /* of a frame that a server sends */
#define WS_CONTROL_MAX 125 /* payload of a ping, pong or close */
#define WS_REASON_MAX  123

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

/* Reads the frames of a client. Start from zero. */
struct ws_reader {
	uint8_t head[14]; /* of the frame at hand, as far as it has come */
	unsigned int head_len;
	bool in_frame;
	bool in_message; /* a fragmented message has not ended */
	uint8_t opcode, message_opcode;
	bool final;
	uint64_t left; /* payload still to come */
	uint8_t mask[4];
	unsigned int masked; /* bytes unmasked so far, modulo 4 */
	uint8_t control[WS_CONTROL_MAX];
	size_t control_len;
};

/* A piece of a message, or a whole control frame. data lies in what was fed, unmasked. */
struct ws_piece {
	enum ws_opcode opcode; /* never WS_CONTINUATION: that of the message */
	const uint8_t *data;
	size_t len;
	uint64_t left; /* what is still to come of the frame, as its head has announced */
	bool begin; /* of the message */
	bool end;
};

/*
 * Takes the next piece out of *data and *len. Returns 1 and fills *piece, 0 if more bytes are
 * needed, -1 if the client breaks the protocol.
 */
int ws_read(struct ws_reader *r, uint8_t **data, size_t *len, struct ws_piece *piece);

/*
 * The code to answer a client's close frame with, whose payload this is: its own, 0 if it has none,
 * 1002 if the frame breaks the protocol: a code that must not be sent or is nobody's (RFC
 * 6455, 7.4), or a reason that is not UTF-8.
 */
int ws_close_code(const uint8_t *payload, size_t len);

/* Writes the head of an unfragmented, unmasked frame; returns its length. */
size_t ws_head(uint8_t head[WS_HEAD_MAX], enum ws_opcode opcode, size_t len);

/* Writes Sec-WebSocket-Accept for a client's key. Returns -1 if it is not the Base64 of 16 bytes.
 */
int ws_accept(const char *key, char accept[32]);

/*
 * Writes a WebSocketMessage that fits a close frame into reason, and returns its length: first the
 * message, then data is cut, at characters. *cut: whether something was.
 */
size_t ws_reason(char reason[WS_REASON_MAX + 1], const char *type, const char *message,
	const char *data, bool *cut);

#endif
