/* SPDX-License-Identifier: BSD-2-Clause */
#include "klee/attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "klee/output.h"
#include "klee/terminal.h"

#define PIECE (64u << 10) /* bytes of standard input in a frame */

enum input_state {
	INPUT_EMPTY, /* waiting for the descriptor */
	INPUT_READY, /* to be read as soon as the stream takes a frame */
	INPUT_HUNG_UP, /* reading never blocks; nobody watches the descriptor any more */
	INPUT_OVER,
};

struct attached {
	struct klee *k;
	const struct attachment *a;
	struct attach_end *end;
	struct stream *stream;
	struct watch *input_watch, *signal_watch;
	enum input_state input;
	int signals; /* pipe they arrive by */
	int interrupts;
	bool asked; /* the process has been asked to end by SIGTERM */
	struct terminal terminal;
	struct output output;
	bool started, over;
	bool stuck; /* writing to a reader that does not read */
	unsigned char *frame; /* STREAM_ROOM and PIECE */
};

static void resize(struct attached *at)
{
	AUTO_FREE char *path = NULL;
	unsigned int rows, cols;

	if (!at->a->tty || !at->started || !terminal_size(&rows, &cols))
		return;
	path = xasprintf("/exec/%s/resize?rows=%u&cols=%u", at->a->exec_id, rows, cols);
	client_post(at->k->client, path);
}

/* Klee goes away by this signal; kleened ends the process when it does. */
static void give_up(struct attached *at, int signal)
{
	at->end->signal = signal;
	at->over = true;
}

static void end_process(struct attached *at, bool force)
{
	AUTO_FREE char *path = xasprintf("/exec/%s/stop?force_stop=%s&stop_container=false",
		at->a->exec_id, force ? "true" : "false");

	client_post(at->k->client, path);
}

/*
 * Ctrl-C ends the process, the second time by force; after that Klee gives up on it. It does so
 * at once while its output is stuck.
 */
static void interrupt(struct attached *at)
{
	if (++at->interrupts > 2 || !at->started || at->stuck)
		give_up(at, SIGINT);
	else
		end_process(at, at->interrupts > 1);
}

/*
 * SIGTERM is for the process, which has the time for its end that it takes: who supervises Klee
 * supervises that. The second one is for Klee.
 */
static void terminate(struct attached *at)
{
	if (at->asked || !at->started || at->stuck)
		give_up(at, SIGTERM);
	else
		end_process(at, false);
	at->asked = true;
}

/* Stops as the caller's shell wants it, with the terminal as the shell expects it. */
static void suspend(struct attached *at)
{
	bool raw = at->terminal.raw;

	terminal_restore(&at->terminal);
	raise(SIGSTOP);
	if (raw)
		terminal_raw(&at->terminal);
	resize(at);
}

static void handle_signals(struct attached *at)
{
	unsigned char number;

	while (read(at->signals, &number, 1) == 1) {
		switch (number) {
		case SIGINT:
			interrupt(at);
			break;
		case SIGTERM:
			terminate(at);
			break;
		case SIGWINCH:
			resize(at);
			break;
		case SIGTSTP:
			suspend(at);
			break;
		default:
			give_up(at, number);
		}
	}
}

static void signals_ready(void *arg, bool hung_up)
{
	struct attached *at = arg;

	handle_signals(at);
	watch_resume(at->signal_watch);
}

static bool output_interrupted(void *arg)
{
	struct attached *at = arg;

	at->stuck = true;
	handle_signals(at);
	at->stuck = false;
	return at->over;
}

static void input_ready(void *arg, bool hung_up)
{
	struct attached *at = arg;

	if (at->input == INPUT_OVER)
		return;
	at->input = hung_up ? INPUT_HUNG_UP : INPUT_READY;
	stream_want_write(at->stream);
}

static void input_over(struct attached *at)
{
	at->input = INPUT_OVER;
	if (at->input_watch != NULL)
		watch_stop(at->input_watch);
	at->input_watch = NULL;
}

/* One frame of standard input, read only now that the stream takes it. */
static void send_input(void *arg)
{
	struct attached *at = arg;
	unsigned char *data = at->frame + STREAM_ROOM;
	ssize_t n = 0;

	if (at->input != INPUT_READY && at->input != INPUT_HUNG_UP)
		return;
	if (at->a->interactive)
		n = read(STDIN_FILENO, data, PIECE);
	if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
		n = -1;
	} else if (n <= 0) {
		n = 0; /* a terminal that hung up gives EIO: its input has ended */
		input_over(at);
	}
	if (n >= 0)
		stream_send(at->stream, data, (size_t)n);
	if (at->input == INPUT_READY) {
		at->input = INPUT_EMPTY;
		watch_resume(at->input_watch);
	} else if (at->input == INPUT_HUNG_UP) {
		stream_want_write(at->stream);
	}
}

static void on_starting(void *arg)
{
	struct attached *at = arg;

	at->started = true;
	resize(at);
	if (!at->a->interactive) {
		at->input = INPUT_READY;
		stream_want_write(at->stream);
		return;
	}
	at->input_watch = watch_new(at->k->client, STDIN_FILENO, input_ready, at);
	if (at->input_watch == NULL)
		input_ready(at, true);
}

static void on_output(void *arg, const void *data, size_t len, bool first, bool text)
{
	struct attached *at = arg;
	struct error err;

	if (at->over || output_piece(&at->output, data, len, first, text, &err) == 0)
		return;
	if (at->end->signal == 0)
		at->end->write_error = err.code;
	at->over = true;
}

static void on_closed(void *arg, int code, const char *reason, size_t len)
{
	struct attached *at = arg;

	closing_parse(&at->end->closing, code, reason, len);
	at->over = true;
}

static int catch_signals(struct attached *at, struct error *err)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGUSR1, SIGUSR2, SIGALRM, 0};

	at->signals = signals_catch(signals);
	if (at->signals < 0)
		return error_errno(err, errno, "cannot catch signals");
	at->output.interrupt_fd = at->signals;
	at->output.interrupted = output_interrupted;
	at->output.arg = at;
	at->signal_watch = watch_new(at->k->client, at->signals, signals_ready, at);
	if (at->signal_watch == NULL)
		return error_set(err, ERROR_SYSTEM, "cannot watch for signals");
	return 0;
}

static void start(struct attached *at)
{
	static const struct stream_events events = {
		.starting = on_starting,
		.output = on_output,
		.writable = send_input,
		.closed = on_closed,
	};
	json_t *config = json_pack("{s:s, s:b, s:b, s:b, s:b}", "exec_id", at->a->exec_id, "attach",
		1, "start_container", !at->a->running_only, "stopped_only",
		(int)at->a->stopped_only, "separate_stderr", !at->a->tty);
	unsigned int rows, cols;

	if (at->a->tty && terminal_size(&rows, &cols))
		json_object_update_new(
			config, json_pack("{s:i, s:i}", "rows", (int)rows, "cols", (int)cols));
	at->stream = stream_open(at->k->client, "/exec/start", config, &events, at);
	json_decref(config);
}

int attach(struct klee *k, const struct attachment *a, struct attach_end *end, struct error *err)
{
	struct attached at = {
		.k = k, .a = a, .end = end, .output = {.split = !a->tty, .last = '\n'}};

	at.output.last_of = a->status;
	at.output.together = output_together();
	if (klee_client(k, err) == NULL)
		return -1;
	if (catch_signals(&at, err) < 0) {
		signals_release();
		return -1;
	}
	at.frame = xmalloc(STREAM_ROOM + PIECE);
	if (a->tty && a->interactive)
		terminal_raw(&at.terminal);
	start(&at);
	while (!at.over)
		client_service(k->client);
	stream_abort(at.stream);
	input_over(&at);
	watch_stop(at.signal_watch);
	terminal_restore(&at.terminal);
	signals_release();
	free(at.frame);
	end->newline = at.output.last == '\n';
	return 0;
}
