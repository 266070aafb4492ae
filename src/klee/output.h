/* SPDX-License-Identifier: BSD-2-Clause */
/* Output of a process, as it comes over a stream, to the descriptors of ours. */
#ifndef KLEE_OUTPUT_H
#define KLEE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct output {
	bool split; /* binary frames begin with a byte that says which descriptor */
	bool report; /* all is for people: standard error */
	int fd; /* of the frame under way */
	bool together; /* output_together */
	int last_of; /* descriptor of which the last byte is noted */
	int last; /* byte that is seen there, '\n' at first */

	/*
	 * While a reader is slow: what else is waited for, and what to do then; true gives up.
	 * With interrupted NULL nothing else is.
	 */
	int interrupt_fd;
	bool (*interrupted)(void *arg);
	void *arg;
};

/* Whether standard output and standard error are the same terminal, pipe or file. */
bool output_together(void);

/*
 * Writes a piece of a frame (see struct stream_events) completely, waiting for slow readers.
 * Returns -1 with errno in err->code if that is not possible: EPIPE if nobody reads any more,
 * EINTR if 'interrupted' gave up.
 */
int output_piece(
	struct output *o, const void *data, size_t len, bool first, bool text, struct error *err);

#endif
