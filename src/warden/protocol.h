/*
 * What kleened and a warden say to each other, in frames of base/wire.h.
 *
 * At first over the socket pair the warden was started with: SETUP, answered by READY or FAILED;
 * from then on that connection is a WATCH. For all else the daemon connects to the warden's
 * control socket, once for each of these:
 *
 *   START    runs a process        → STARTED or FAILED; the connection then is the *attachment*:
 *   ATTACH   takes up a running one   see below
 *   WATCH    → EXEC for each process, then OK; then an EXIT for each process that ends, and ENDED
 *   SIGNAL   a process             → OK or FAILED
 *   RESIZE   a process's terminal  → OK or FAILED
 *   STOP     ends all processes    → OK at once; the warden's end is the answer
 *   UPDATE   jail parameters       → OK or FAILED
 *
 * On an attachment, STARTED carries the daemon's copies of the process's streams: the terminal
 * (one descriptor), or standard input, output and error (three). While the connection is open the
 * daemon reads them; once it is closed (also because the daemon died) the warden writes what comes
 * to the container's log. The warden sends EXIT on it when the process ends; the daemon may send
 * CLOSE_STDIN on it. A process started with detached set is logged from the first.
 *
 * A process started with internal set is one of the daemon's: it belongs to no execution instance,
 * and its EXIT goes to the connection that started it alone. Such a connection takes one START
 * after another; with hold set the container does not end before that connection is closed.
 */
#ifndef WARDEN_PROTOCOL_H
#define WARDEN_PROTOCOL_H

#include "base/wire.h"
#include "host/jail.h"

enum warden_message {
	MSG_SETUP = 1, /* descriptors: control socket (bound), two log files, status file, then
			  those of the handover */
	MSG_READY,
	MSG_FAILED,
	MSG_START, /* descriptor, if there is one: a file for the output that would be logged */
	MSG_STARTED,
	MSG_ATTACH,
	MSG_CLOSE_STDIN,
	MSG_WATCH,
	MSG_EXEC,
	MSG_EXIT,
	MSG_SIGNAL,
	MSG_RESIZE,
	MSG_STOP,
	MSG_UPDATE,
	MSG_OK,
	MSG_ENDED, /* to those who watch: no process is left, in whatever order they ended */
};

enum warden_field {
	FIELD_ID = 1, /* str: container (SETUP), process (all others) */
	FIELD_HOSTNAME, /* str */
	FIELD_ROOT_PATH,
	FIELD_ROOT_LOWER,
	FIELD_ROOT_BASE,
	FIELD_ROOT_UNSYNCED, /* u64: 0 or 1 */
	FIELD_DEVFS, /* u64: 0 or 1 */
	FIELD_DRIVER, /* u64: enum network_driver */
	FIELD_ENDPOINT, /* bytes: a struct jail_endpoint; both ends are of one build */
	FIELD_PARAM, /* str, one each */
	FIELD_MOUNT_SOURCE, /* str, begins a mount */
	FIELD_MOUNT_DESTINATION, /* str */
	FIELD_MOUNT_TYPE, /* str */
	FIELD_MOUNT_OPTIONS, /* str */
	FIELD_MOUNT_FLAGS, /* u64: enum mount_flag */
	FIELD_HANDOVER, /* bytes for jail_create */
	FIELD_LOG_SIZE, /* u64: bytes of one log file */
	FIELD_ARG, /* str, one each */
	FIELD_ENV, /* str, one each */
	FIELD_DIRECTORY, /* str: absolute path in the container */
	FIELD_USER, /* str: name or uid, optionally ":group" */
	FIELD_CLEAN, /* u64: 1: HOME SHELL USER TERM PATH are set from the user database */
	FIELD_TTY, /* u64: 0 or 1 */
	FIELD_DETACHED, /* u64: 0 or 1 */
	FIELD_INTERNAL, /* u64: 0 or 1 */
	FIELD_HOLD, /* u64: 0 or 1 */
	FIELD_REQUIRE, /* str: do nothing, successfully, unless this path exists in the container */
	FIELD_PID, /* u64: as the warden sees it */
	FIELD_NUMBER, /* u64: jail_number (READY, and OK after WATCH) */
	FIELD_CODE, /* u64: exit code (EXIT); 126, 127 or 0 (FAILED) */
	FIELD_KIND, /* u64: enum error_kind (FAILED) */
	FIELD_TEXT, /* str (FAILED) */
	FIELD_LAST, /* u64: 1: no process is left, the container ends (EXIT) */
	FIELD_SIGNAL, /* u64 */
	FIELD_ROWS, /* u64 */
	FIELD_COLS, /* u64 */
	FIELD_TIMEOUT, /* u64: milliseconds between SIGTERM and SIGKILL (STOP); 0: no SIGTERM */
};

enum mount_flag { MOUNT_READ_ONLY = 1, MOUNT_POPULATE = 2 };

/* The PATH of processes unless they are given another. */
#define DEFAULT_PATH "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"

#define SETUP_FDS 4 /* of MSG_SETUP, before the handover's */

/* A process to be started, FIELD_ARG and following. */
struct process_spec {
	char *id;
	struct strings argv, env;
	char *directory; /* that it begins in; NULL: "/" */
	char *user; /* "": root */
	char *require; /* NULL: no condition */
	bool clean, tty, detached, internal, hold;
	unsigned short rows, cols; /* of the terminal; 0: unknown */
};

/* What a warden is told at first. */
struct warden_setup {
	struct jail_config jail;
	uint64_t log_size;
	int listener, logs[2], status; /* taken from the message's descriptors */
};

/* protocol_get_setup: on failure what *s holds is lost; a warden without setup ends anyway. */
void protocol_put_setup(struct wire *w, const struct warden_setup *s);
int protocol_get_setup(struct wire_message *m, struct warden_setup *s, struct error *err);

void protocol_put_start(struct wire *w, const struct process_spec *p);
int protocol_get_start(struct wire_message *m, struct process_spec *p, struct error *err);
void process_spec_free(struct process_spec *p);

/* Writes FAILED with the error's kind, code and text; reads it back into *err, returns -1. */
void protocol_put_failed(struct wire *w, const struct error *err);
int protocol_get_failed(struct wire_message *m, struct error *err);

#endif
