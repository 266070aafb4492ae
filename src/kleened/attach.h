/* The way of bytes between an attached client and a process. */
#ifndef KLEENED_ATTACH_H
#define KLEENED_ATTACH_H

#include "base/wire.h"

struct session;

/* A process whose streams the daemon has in hand (warden/protocol.h, attachment). */
struct attachment {
	struct wire_conn conn;
	bool tty;
	int input, outputs[2]; /* with a terminal: input and outputs[0] are one descriptor */
	bool no_input; /* the process finds its input at the end, whatever the client sends */
	bool silent; /* its output goes nowhere */
};

enum attach_end { ATTACH_EXITED, ATTACH_GONE, ATTACH_LOST };

/* Takes the descriptors out of a STARTED message. */
int attachment_open(struct attachment *a, struct wire_message *m, struct error *err);
void attachment_close(struct attachment *a);

/*
 * Moves bytes until the process has ended and its output has been passed on (ATTACH_EXITED: *code
 * and *last are set), the client is gone (ATTACH_GONE), or the warden is (ATTACH_LOST). It waits
 * wherever the other side is slow; it holds no more than one piece of input.
 */
enum attach_end attach_run(struct session *s, struct attachment *a, int *code, bool *last);

#endif
