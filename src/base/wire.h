/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between kleened and its wardens: a stream socket carries frames
 *
 *     u32 length of the fields | u32 type | u32 number of descriptors | fields …
 *     field: u32 tag | u32 length | bytes
 *
 * in the machine's byte order (both ends are on one machine). Descriptors travel with the frame
 * by SCM_RIGHTS, unix(4) and unix(7). A reader takes nothing on trust: lengths are checked against
 * the frame, a frame against WIRE_MAX, descriptors that no frame claims are closed.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/error.h"
#include "base/mem.h"

#define WIRE_MAX     (8u << 20) /* bytes of a frame: an argument list and environment fit */
#define WIRE_FDS_MAX 250 /* descriptors of a frame; unix(7) takes 253 */

/* A message being written. Zero-initialised, then wire_begin. */
struct wire {
	struct buffer frame;
};

void wire_begin(struct wire *w, uint32_t type);
void wire_put(struct wire *w, uint32_t tag, const void *data, size_t len);
void wire_u64(struct wire *w, uint32_t tag, uint64_t value);
void wire_str(struct wire *w, uint32_t tag, const char *s); /* NULL: no field */
void wire_strings(struct wire *w, uint32_t tag, const struct strings *list); /* a field each */
void wire_free(struct wire *w);

/*
 * Sends the message; the descriptors stay the caller's. flags: MSG_DONTWAIT makes it fail instead
 * of waiting when the socket is full; then the connection is of no more use.
 */
int wire_send(int fd, struct wire *w, const int *fds, size_t nfds, int flags, struct error *err);

/*
 * The same in parts, for who must not wait. wire_seal makes the frame whole, with as many
 * descriptors. wire_push sends from *sent on, and the descriptors with the first byte; with
 * MSG_DONTWAIT it fails with EAGAIN (or ENOBUFS) when the socket is full, and may be called again.
 */
int wire_seal(struct wire *w, size_t nfds, struct error *err);
int wire_push(int fd, const struct wire *w, size_t *sent, const int *fds, size_t nfds, int flags,
	struct error *err);

/* A message that was read. Fields are walked once, from first to last. */
struct wire_message {
	uint32_t type;
	struct buffer fields;
	size_t at;
	int fds[WIRE_FDS_MAX]; /* owned by the message until taken with take_fd */
	size_t nfds;
};

struct wire_field {
	uint32_t tag;
	const char *data; /* NUL-terminated copies are made by the readers below */
	size_t len;
};

/* The next field; false at the end or where the frame is malformed. */
bool wire_next(struct wire_message *m, struct wire_field *f);

/* The field's value; 0 unless it has exactly 8 bytes. */
uint64_t wire_field_u64(const struct wire_field *f);

/* The field's text in a string of its own, cut at a NUL byte; the caller frees it. */
char *wire_field_str(const struct wire_field *f);

void wire_message_free(struct wire_message *m); /* closes descriptors not taken; empties it */

/* One end of a connection: what has been read of frames not yet complete. */
struct wire_conn {
	int fd; /* owned */
	struct buffer in;
	int fds[2 * WIRE_FDS_MAX];
	size_t nfds;
	bool short_of_fds; /* this process could not take all that were sent */
};

void wire_conn_close(struct wire_conn *c); /* also closes fd; afterwards fd is -1 */

/*
 * Reads once what there is. Returns 1 if something came, 0 at the end of the stream, -1 on error,
 * with err->code EAGAIN if the descriptor is non-blocking and nothing was there.
 */
int wire_conn_read(struct wire_conn *c, struct error *err);

/*
 * Takes a complete frame out: 1 (m is filled), 0 (none complete yet), -1: it is malformed or, with
 * err->code EMFILE, this process had no room for its descriptors.
 */
int wire_conn_next(struct wire_conn *c, struct wire_message *m, struct error *err);

/*
 * Waits for a message, timeout_ms at most (-1: no limit). 1: m is filled; 0: the other end closed;
 * -1: error; a timeout has err->code ETIMEDOUT.
 */
int wire_conn_wait(struct wire_conn *c, struct wire_message *m, int timeout_ms, struct error *err);

#endif
