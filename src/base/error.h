/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors are values. A function that can fail takes a struct error from its caller, returns -1
 * (or NULL) and leaves in it one line that says what was attempted, on what, and why it failed.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* The numbers are for ever: they go over control sockets (warden/protocol.h). */
enum error_kind {
	ERROR_NONE = 0,
	ERROR_INVALID = 1, /* what is asked for cannot be: as ERROR_CONFLICT, or 400 */
	ERROR_NOT_FOUND = 2, /* no such object: 404 */
	ERROR_CONFLICT = 3, /* the object's state forbids it: 409, or 404 where no 409 is listed */
	ERROR_TOO_LARGE = 4, /* the request is over a limit: 413 */
	ERROR_EXEC = 5, /* the command cannot run in the container: code is 126 or 127 */
	ERROR_UNAVAILABLE = 6, /* too much at once, or shutting down: 503 */
	ERROR_SYSTEM = 7, /* the host refused, or a fault of ours: 500 */
};

struct error {
	enum error_kind kind;
	int code; /* errno for ERROR_SYSTEM (0: none), exit code for ERROR_EXEC */
	char message[1024];
};

/* Fills *err with the formatted line; always returns -1, so that "return error_set(…)" works. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set with ERROR_SYSTEM, and ": " and the text of errnum behind the line. */
int error_errno(struct error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts the formatted text and ": " in front of the line already in *err; returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Tells compilers and analysers, which see one file at a time, that these always return -1. */
static inline int error_failed(int result)
{
	(void)result;
	return -1;
}
#define error_set(...)	  error_failed(error_set(__VA_ARGS__))
#define error_errno(...)  error_failed(error_errno(__VA_ARGS__))
#define error_prefix(...) error_failed(error_prefix(__VA_ARGS__))

#endif
