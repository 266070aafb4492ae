/* Output of a process, as it comes over a stream, to the descriptors of ours. */
#ifndef KLEE_OUTPUT_H
#define KLEE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct output {
	bool split; /* binary frames begin with a byte that says which descriptor */
	int fd;	    /* of the frame under way */
	int last;   /* byte of standard output, '\n' at first */
};

/*
 * Writes a piece of a frame (see struct stream_events) completely, waiting for slow readers.
 * Returns -1 with errno in err->code if that is not possible: EPIPE if nobody reads any more.
 */
int output_piece(struct output *o, const void *data, size_t len, bool first, bool text,
	struct error *err);

/* write(2) until all is written, waiting where the descriptor is non-blocking. 0, -1 with errno. */
int write_all(int fd, const void *data, size_t len);

#endif
