/* SPDX-License-Identifier: BSD-2-Clause */
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
 *   KILL     the container's own process, or all if it has ended → OK or FAILED
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

/*
 * Containers outlive the daemon, and its upgrade: a daemon speaks with wardens of earlier releases,
 * and of later ones after a step back. So numbers are for ever, those of enum error_kind and of the
 * flags below included: what is new gets the next number that nothing has ever had, and none
 * changes its meaning. Fields that one does not know are passed over; a request that a warden does
 * not know is answered with FAILED. tests/unit/test_protocol.c has the table frozen. SETUP alone
 * is always read by the build that wrote it, as the daemon brings the warden's program along;
 * therefore the handover's bytes may be what they are.
 */
#define PROTOCOL_VERSION 2 /* 1: the first release, which did not say so */

enum warden_message {
	MSG_SETUP = 1, /* descriptors: control socket (bound), two log files, status file, lock,
			  then those of the handover */
	MSG_READY = 2,
	MSG_FAILED = 3,
	MSG_START = 4, /* descriptor, if there is one: a file for the output that would be logged */
	MSG_STARTED = 5,
	MSG_ATTACH = 6,
	MSG_CLOSE_STDIN = 7,
	MSG_WATCH = 8,
	MSG_EXEC = 9,
	MSG_EXIT = 10,
	MSG_SIGNAL = 11,
	MSG_RESIZE = 12,
	MSG_STOP = 13,
	MSG_UPDATE = 14,
	MSG_OK = 15,
	MSG_ENDED = 16, /* to those who watch: no process is left, in whatever order they ended */
	MSG_KILL = 17,
	MSG_END /* the next number, of no message */
};

enum warden_field {
	FIELD_ID = 1, /* str: container (SETUP), process (all others) */
	FIELD_HOSTNAME = 2, /* str */
	FIELD_ROOT_PATH = 3,
	FIELD_ROOT_LOWER = 4,
	FIELD_ROOT_BASE = 5,
	FIELD_ROOT_UNSYNCED = 6, /* u64: 0 or 1 */
	FIELD_DEVFS = 7, /* u64: 0 or 1 */
	FIELD_DRIVER = 8, /* u64: enum network_driver */
	FIELD_RETIRED_9 = 9, /* was a struct as it lay in memory; passed over */
	FIELD_PARAM = 10, /* str, one each */
	FIELD_MOUNT_SOURCE = 11, /* str, begins a mount */
	FIELD_MOUNT_DESTINATION = 12, /* str */
	FIELD_MOUNT_TYPE = 13, /* str */
	FIELD_MOUNT_OPTIONS = 14, /* str */
	FIELD_MOUNT_FLAGS = 15, /* u64: enum mount_flag */
	FIELD_HANDOVER = 16, /* bytes for jail_create */
	FIELD_LOG_SIZE = 17, /* u64: bytes of one log file */
	FIELD_ARG = 18, /* str, one each */
	FIELD_ENV = 19, /* str, one each */
	FIELD_DIRECTORY = 20, /* str: absolute path in the container, made when missing */
	FIELD_USER = 21, /* str: name or uid, optionally ":group" */
	FIELD_CLEAN = 22, /* u64: 1: HOME SHELL USER TERM PATH are set from the user database */
	FIELD_TTY = 23, /* u64: 0 or 1 */
	FIELD_DETACHED = 24, /* u64: 0 or 1 */
	FIELD_INTERNAL = 25, /* u64: 0 or 1 */
	FIELD_HOLD = 26, /* u64: 0 or 1 */
	FIELD_REQUIRE =
		27, /* str: do nothing, successfully, unless this path exists in the container */
	FIELD_PID = 28, /* u64: as the warden sees it */
	FIELD_NUMBER = 29, /* u64: jail_number (READY, and OK after WATCH) */
	FIELD_CODE = 30, /* u64: exit code (EXIT); 126, 127 or 0 (FAILED) */
	FIELD_KIND = 31, /* u64: enum error_kind (FAILED) */
	FIELD_TEXT = 32, /* str (FAILED) */
	FIELD_LAST = 33, /* u64: 1: no process is left, the container ends (EXIT) */
	FIELD_SIGNAL = 34, /* u64; STOP: for the container's own process, in place of SIGTERM */
	FIELD_ROWS = 35, /* u64 */
	FIELD_COLS = 36, /* u64 */
	FIELD_TIMEOUT =
		37, /* u64: milliseconds between SIGTERM and SIGKILL (STOP); 0: no SIGTERM */
	FIELD_VERSION = 38, /* u64: PROTOCOL_VERSION (WATCH, OK after it, READY); none: 1 */
	FIELD_ENDPOINT_ID = 39, /* str, begins an endpoint */
	FIELD_ENDPOINT_INTERFACE = 40, /* str */
	FIELD_ENDPOINT_TYPE = 41, /* u64: enum network_type */
	FIELD_ENDPOINT_NETWORK = 42, /* str */
	FIELD_ENDPOINT_SUBNET = 43, /* str, one for each family that has one, as the next two */
	FIELD_ENDPOINT_ADDRESS = 44, /* str */
	FIELD_ENDPOINT_GATEWAY = 45, /* str */
	FIELD_ENDPOINT_FLAGS = 46, /* u64: enum endpoint_flag */
	FIELD_GROUP = 47, /* str, one each: a group of the process beside its user's */
	FIELD_ULIMIT = 48, /* str, one each, as host/ulimit.h has them */
	FIELD_ROOT_READ_ONLY = 49, /* u64: 0 or 1 */
	FIELD_SHM_SIZE = 50, /* u64: bytes; 0: as usual */
	FIELD_SYSCTL = 51, /* str, "name=value", one each */
	FIELD_END /* the next number, of no field */
};

enum mount_flag { MOUNT_READ_ONLY = 1, MOUNT_POPULATE = 2 };

enum endpoint_flag { ENDPOINT_INTERNAL = 1, ENDPOINT_ICC = 2 };

/* of MSG_SETUP, before the handover's: control socket, two logs, status file, and the lock */
#define SETUP_FDS  5
#define SETUP_LOCK 4 /* the last of them; kept open, it says that there is a warden */

/* A process to be started, FIELD_ARG and following. */
struct process_spec {
	char *id;
	struct strings argv, env, groups, ulimits;
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
	int listener, logs[2], status, lock; /* taken from the message's descriptors */
};

/* protocol_get_setup: on failure what *s holds is lost; a warden without setup ends anyway. */
void protocol_put_setup(struct wire *w, const struct warden_setup *s);
int protocol_get_setup(struct wire_message *m, struct warden_setup *s, struct error *err);

void protocol_put_start(struct wire *w, const struct process_spec *p);
int protocol_get_start(struct wire_message *m, struct process_spec *p, struct error *err);
void process_spec_free(struct process_spec *p);

/* WATCH, and the version that the other end has said in a message; 1 if it has not said any. */
void protocol_put_watch(struct wire *w);
unsigned int protocol_version(uint64_t said);

/* Writes FAILED with the error's kind, code and text; reads it back into *err, returns -1. */
void protocol_put_failed(struct wire *w, const struct error *err);
int protocol_get_failed(struct wire_message *m, struct error *err);

#endif
